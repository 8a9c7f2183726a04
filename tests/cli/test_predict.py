"""``rcseq predict``."""

import gzip
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

import rcseq
from rcseq.cli import main


@pytest.fixture
def predict(model_file: Path) -> Any:
    def run(*arguments: object, **options: Any) -> Result:
        given = ["predict", str(model_file), *map(str, arguments)]
        return CliRunner().invoke(main, given, catch_exceptions=False, **options)

    return run


@pytest.fixture
def sites(tmp_path: Path, sequences: dict[str, list[str]], fasta: Any) -> Path:
    path: Path = fasta(tmp_path / "sites.fa", sequences["positives"], name="site{}")
    return path


def test_one_row_a_sequence(
    predict: Any, sites: Path, tmp_path: Path, model_file: Path, sequences: Any
) -> None:
    out = tmp_path / "predictions.tsv"
    result = predict(sites, "--out", out)
    assert result.exit_code == 0, result.stderr
    assert result.stdout == ""
    assert "24 sequences predicted" in result.stderr
    table = pd.read_csv(out, sep="\t")
    assert list(table) == ["name", "probability_0", "probability_1"]
    assert table["name"].tolist()[:5] == ["site1", "site2", "site3", "site4", "site1"]
    expected = rcseq.load(model_file).predict_proba(sequences["positives"])
    np.testing.assert_allclose(table.iloc[:, 1:], expected, atol=1e-6)


def test_parts_make_the_same_file(predict: Any, sites: Path, monkeypatch: Any) -> None:
    whole = predict(sites, "--both-strands").stdout
    monkeypatch.setattr(
        "rcseq.io.iter_sequences.__kwdefaults__",
        {**rcseq.io.iter_sequences.__kwdefaults__, "n_bases": 100},
    )
    monkeypatch.setattr("rcseq.io._fasta._BLOCK", 128)
    parts = predict(sites, "--both-strands").stdout
    header, *rows = whole.splitlines()
    assert header == parts.splitlines()[0]
    assert header.split("\t")[4:] == [
        "probability_1",
        "probability_1_reverse",
        "probability_1_difference",
    ]
    for a, b in zip(rows, parts.splitlines()[1:], strict=True):
        first, second = a.split("\t"), b.split("\t")
        assert first[0] == second[0]
        np.testing.assert_allclose(
            np.array(first[1:], float), np.array(second[1:], float), atol=1e-6
        )


def test_standard_input_table_and_gzip(predict: Any, sites: Path, tmp_path: Path) -> None:
    expected = predict(sites).stdout
    assert predict("-", input=sites.read_bytes()).stdout == expected
    packed = tmp_path / "out.tsv.gz"
    predict(sites, "--out", packed)
    assert gzip.decompress(packed.read_bytes()).decode() == expected
    table = tmp_path / "sites.csv"
    frame = rcseq.io.read_fasta(sites).rename(columns={"name": "id", "sequence": "dna"})
    frame.to_csv(table, index=False)
    columns = ["--sequence-column", "dna", "--name-column", "id"]
    assert predict(table, *columns).stdout == expected


def test_intervals(predict: Any, sites: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyfaidx")
    bed = tmp_path / "sites.bed"
    bed.write_text("site2\t0\t60\tmine\n")
    genome = tmp_path / "genome.fa"
    genome.write_text(">site2\n" + sites.read_text().split("\n")[3] + "\n")
    result = predict(bed, "--genome", genome)
    name, *found = result.stdout.splitlines()[1].split("\t")
    expected = predict(sites).stdout.splitlines()[2].split("\t")[1:]
    assert name == "mine"
    np.testing.assert_allclose(np.array(found, float), np.array(expected, float), atol=1e-6)
    with genome.open("a") as file:
        file.write(">longer\n" + "ACGT" * 20 + "\n")
    bed.write_text("longer\t0\t80\n")
    result = predict(bed, "--genome", genome)
    assert result.exit_code == 2
    assert "it has 80 bases" in result.stderr
    assert "--width 60" in result.stderr
    assert predict(bed, "--genome", genome, "--width", 60).exit_code == 0
    bed.write_text("chr2\t0\t60\n")
    result = predict(bed, "--genome", genome)
    assert result.exit_code == 2
    assert "sites.bed, line 1: there is no 'chr2'" in result.stderr


def test_longer_sequences_are_refused_or_cropped_by_choice(predict: Any, tmp_path: Path) -> None:
    path, out = tmp_path / "long.fa", tmp_path / "out.tsv"
    path.write_text(">a\n" + "ACGT" * 15 + "\n>b\n" + "ACGT" * 16 + "\n")
    result = predict(path, "--out", out)
    assert result.exit_code == 2
    assert "long.fa, record 2 (b): it has 64 bases, but" in result.stderr
    assert "--longer crop" in result.stderr
    assert not out.exists()
    result = predict(path, "--longer", "crop")
    assert len(result.stdout.splitlines()) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no sequences"),
        (">a\nACGT\n>b\nMKLV\n", "record 2 (b): 'L' at position 3 is not a letter of DNA"),
        ("some,table\nx,y\n", "has no column 'sequence'"),
    ],
)
def test_wrong_input_writes_nothing(predict: Any, tmp_path: Path, text: str, message: str) -> None:
    path, out = tmp_path / "in.txt", tmp_path / "out.tsv"
    path.write_text(text)
    out.write_text("of before")
    result = predict(path, "--out", out)
    assert result.exit_code == 2
    assert message in result.stderr
    assert str(path) in result.stderr
    assert out.read_text() == "of before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.txt", "out.tsv"]


def test_places_that_cannot_be_written(predict: Any, sites: Path, tmp_path: Path) -> None:
    for out, message in [
        (tmp_path / "new" / "out.tsv", "there is no folder"),
        (tmp_path, "directory"),
        (sites / "out.tsv", "there is no folder"),
    ]:
        result = predict(sites, "--out", out)
        assert result.exit_code == 2
        assert message in result.stderr


@pytest.fixture
def full_disk() -> Iterator[None]:
    """Let no file grow over 200 bytes."""
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_full_disk(predict: Any, sites: Path, tmp_path: Path, request: Any) -> None:
    out = tmp_path / "out.tsv"
    left = tmp_path / f".out.tsv.{2**22 + 1}-0123abcd.tmp"  # of one that was killed
    left.touch()
    request.getfixturevalue("full_disk")
    result = predict(sites, "--out", out)
    assert result.exit_code == 2
    assert f"--out {out} cannot be written: File too large." in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["sites.fa"]


def test_spread_needs_an_ensemble(predict: Any, sites: Path, tmp_path: Path) -> None:
    result = predict(sites, "--spread", "--out", tmp_path / "predictions.tsv")
    assert result.exit_code == 2
    assert "has no members whose answers could be compared" in result.stderr
    assert not (tmp_path / "predictions.tsv").exists()


def test_spread_of_an_ensemble(sites: Path, tmp_path: Path, sequences: Any) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    from rcseq.estimators import SequenceEnsembleClassifier

    member = make_pipeline(rcseq.KmerVectorizer(2), LogisticRegression(max_iter=5000))
    model = SequenceEnsembleClassifier(member, n_members=2, random_state=0)
    model.fit(sequences["positives"] + sequences["negatives"], [1] * 24 + [0] * 24)
    path = rcseq.save(model, tmp_path / "ensemble.rcseq")
    command = ["predict", str(path), str(sites), "--spread"]
    result = CliRunner().invoke(main, command, catch_exceptions=False)
    table = pd.read_csv(StringIO(result.stdout), sep="\t")
    expected = model.predict_proba(sequences["positives"], return_std=True)[1]
    np.testing.assert_allclose(table["probability_1_std"], expected, atol=1e-6)
