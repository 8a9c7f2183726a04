"""``rcseq motifs``."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

import rcseq
from rcseq.cli import main
from rcseq.io import read_motifs

pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def few_filters(tmp_path_factory: pytest.TempPathFactory, sequences: Any) -> Path:
    """Save a model of two filters, of which the logos are drawn quickly."""
    from sklearn.pipeline import make_pipeline

    network = rcseq.SequenceClassifier(
        "convnet", module__n_filters=2, max_epochs=1, random_state=0, device="cpu"
    )
    model = make_pipeline(rcseq.DNAOneHotEncoder(), network)
    model.fit([*sequences["positives"], *sequences["negatives"]], [1] * 24 + [0] * 24)
    return rcseq.save(model, tmp_path_factory.mktemp("model") / "model.rcseq")


@pytest.fixture
def motifs(few_filters: Path, tmp_path: Path, sequences: Any, fasta: Any) -> Any:
    path = fasta(tmp_path / "sites.fa", sequences["positives"], name="site{}")

    def run(*arguments: object, model: Path = few_filters) -> Result:
        given = ["motifs", model, path, "--out", tmp_path / "motifs", *arguments]
        return CliRunner().invoke(main, [str(word) for word in given], catch_exceptions=False)

    return run


class Found:
    """What stands in for TF-MoDISco, which takes a minute; it is run by the extended tests."""

    def __init__(self) -> None:
        self.onehot: Any = None

    def __call__(self, onehot: Any, contributions: Any, *, min_sites: int) -> list[Any]:
        from rcseq.motifs import DiscoveredMotif

        self.onehot, self.contributions = onehot, contributions
        counts = 20 * np.eye(4)[[2, 0, 3, 0, 0]]
        return [DiscoveredMotif("pattern1", counts, counts, 20, 1)]


@pytest.fixture
def discovery(monkeypatch: pytest.MonkeyPatch) -> Found:
    found = Found()
    monkeypatch.setattr("rcseq.motifs.discover_motifs", found)
    return found


def test_motifs_of_filters_and_of_sites(motifs: Any, discovery: Found, tmp_path: Path) -> None:
    pytest.importorskip("captum", reason='DeepLIFT is the extra "motifs"')
    result = motifs("--max-sequences", 10)
    assert result.exit_code == 0, result.output
    assert "10 of the 24 sequences are used" in result.stderr
    out = tmp_path / "motifs"
    table = pd.read_csv(out / "motifs.tsv", sep="\t", keep_default_na=False)
    names = [motif.name for motif in read_motifs(out / "motifs.meme")]
    assert names == table["motif"].tolist()
    assert table.iloc[0].tolist()[:4] == ["pattern1", "contributions", "GATAA", 20]
    assert table["from"].tolist()[1:] == ["filter"] * (len(table) - 1)
    assert {path.stem for path in (out / "logos").iterdir()} == set(names)
    assert sorted(path.name for path in out.iterdir()) == ["logos", "motifs.meme", "motifs.tsv"]
    assert discovery.onehot.shape == discovery.contributions.shape == (10, 4, 60)


def test_as_many_logos_as_asked_for(motifs: Any, discovery: Found, tmp_path: Path) -> None:
    result = motifs("--attributions", "saliency", "--max-logos", 1)
    assert result.exit_code == 0, result.output
    assert [path.stem for path in (tmp_path / "motifs" / "logos").iterdir()] == ["pattern1"]
    assert re.search(r"and 1 logo of \d+ motifs, see --max-logos", result.output)
    assert len(read_motifs(tmp_path / "motifs" / "motifs.meme")) > 1


@pytest.mark.parametrize("method", ["deeplift", "saliency", "mutagenesis"])
def test_contributions_are_hypothetical(motifs: Any, discovery: Found, method: str) -> None:
    if method == "deeplift":
        pytest.importorskip("captum", reason='DeepLIFT is the extra "motifs"')
    assert motifs("--attributions", method, "--max-sequences", 4).exit_code == 0
    assert (discovery.contributions != 0).mean() > 0.5  # of the bases that are not there as well


def test_a_model_without_a_network(
    motifs: Any, discovery: Found, sequences: Any, tmp_path: Path
) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(rcseq.KmerVectorizer(k=2), LogisticRegression(max_iter=1000))
    model.fit([*sequences["positives"], *sequences["negatives"]], [1] * 24 + [0] * 24)
    path = rcseq.save(model, tmp_path / "kmers.rcseq")
    result = motifs("--max-sequences", 3, model=path)
    assert result.exit_code == 0, result.output
    assert "No motifs of filters: LogisticRegression holds no network" in result.stderr
    assert "by mutagenesis" in result.stderr
    texts = rcseq.DNAOneHotEncoder().fit(sequences["positives"])
    assert discovery.onehot[0].tolist() == texts.transform(sequences["positives"])[0].tolist()


def test_matches_that_chance_explains_are_not_shown(
    motifs: Any, discovery: Found, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "known.jaspar").write_text(
        ">M1 GATA\nA [0 9 0 9 9]\nC [0 0 0 0 0]\nG [9 0 0 0 0]\nT [0 0 9 0 0]\n"
    )

    def match(found: list[Any], known: list[Any], n_best: int) -> pd.DataFrame:
        names = [motif.name for motif in found[:2]]
        q_values = [0.01, 0.2]
        return pd.DataFrame({"motif": names, "match": "M1 GATA", "q_value": q_values})

    monkeypatch.setattr("rcseq.motifs.match_motifs", match)
    options = ["--attributions", "saliency", "--database", tmp_path / "known.jaspar"]
    assert motifs(*options).exit_code == 0
    matches = pd.read_csv(tmp_path / "motifs" / "matches.tsv", sep="\t")
    assert matches["motif"].tolist() == ["pattern1"]
    table = pd.read_csv(tmp_path / "motifs" / "motifs.tsv", sep="\t", keep_default_na=False)
    assert table["match"].tolist()[:2] == ["M1 GATA", ""]


def test_one_sentence(motifs: Any, tmp_path: Path, sequences: Any, fasta: Any) -> None:
    def refused(*arguments: object) -> str:
        result = motifs(*arguments)
        assert result.exit_code == 2, result.output
        assert not (tmp_path / "motifs").exists()
        (line,) = [line for line in result.stderr.splitlines() if line.startswith("Error")]
        return line

    assert "there is no such file" in refused("--database", tmp_path / "nowhere.meme")
    assert "output=3 is not one of" in refused("--attributions", "saliency", "--output", 3)
    fasta(tmp_path / "sites.fa", ["A" * 61])
    assert "record 1 (chr1:1-60): it has 61 bases" in refused()


@pytest.mark.extended
def test_a_planted_motif_is_found_and_named(tmp_path: Path) -> None:
    pytest.importorskip("modiscolite", reason='discovery is the extra "motifs"')
    from sklearn.pipeline import make_pipeline

    from rcseq.datasets import load_simulation_motifs, make_motif_sequences

    data = make_motif_sequences(1500, length=200, classes=[[], ["GATA_disc1"]], random_state=0)
    network = rcseq.SequenceClassifier(max_epochs=12, random_state=0)
    model = make_pipeline(rcseq.DNAOneHotEncoder(), network).fit(data.sequences, data.target)
    rcseq.save(model, tmp_path / "model.rcseq")
    sites = data.sequences[data.target == 1]
    (tmp_path / "sites.fa").write_text("".join(f">{i}\n{s}\n" for i, s in enumerate(sites)))
    paths = [str(tmp_path / name) for name in ("model.rcseq", "sites.fa", "out")]
    options = ["--out", paths[2], "--max-sequences", "300"]
    result = CliRunner().invoke(main, ["motifs", *paths[:2], *options], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    found = read_motifs(tmp_path / "out" / "motifs.meme")
    similarity = rcseq.motifs.motif_similarity(found[:1], load_simulation_motifs())
    assert similarity.iloc[0].idxmax() == "GATA_disc1"
    assert similarity.iloc[0].max() > 0.9


def test_a_network_that_reads_more_than_the_bases(
    motifs: Any, discovery: Found, sequences: Any, tmp_path: Path
) -> None:
    model = rcseq.make_model(
        "fast", strategy="concatenated", max_epochs=1, random_state=0, module__n_filters=2
    ).fit([*sequences["positives"], *sequences["negatives"]], [1] * 24 + [0] * 24)
    path = rcseq.save(model, tmp_path / "concatenated.rcseq")
    result = motifs(model=path)
    assert result.exit_code == 0, result.stderr
    assert "No motifs of filters: ConvNet reads 8 channels" in result.stderr
    assert "Contributions of the bases by mutagenesis" in result.stderr
    assert discovery.onehot.shape[1] == 4
    refused = motifs("--attributions", "deeplift", model=path)
    assert refused.exit_code == 1
    assert "no contributions of single bases by DeepLIFT" in refused.stderr
