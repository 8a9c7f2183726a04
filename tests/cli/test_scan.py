"""``rcseq scan``."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

import rcseq
from rcseq.cli import main
from rcseq.io import read_peaks, read_track

pytest.importorskip("pyfaidx", reason='reading a genome is the extra "genome"')


@pytest.fixture
def genome(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    path = tmp_path / "genome.fa"
    records = [f">chr{i}\n{''.join(rng.choice(list('ACGT'), 600))}\n" for i in (1, 2)]
    path.write_text("".join(records))
    return path


@pytest.fixture
def scan(model_file: Path, genome: Path, tmp_path: Path) -> Any:
    def run(*arguments: object, model: Path = model_file, out: str = "track.bdg") -> Result:
        given = ["scan", model, "--genome", genome, "--out", tmp_path / out, "--jobs", 1]
        options = [str(argument) for argument in (*given, *arguments)]
        return CliRunner().invoke(main, options, catch_exceptions=False)

    return run


def values(path: Path) -> dict[tuple[str, int], float]:
    return {
        (chrom, s): v
        for chrom, start, _, value in read_track(path)
        for s, v in zip(start.tolist(), value.tolist(), strict=True)
    }


@pytest.mark.parametrize("out", ["track.bdg", "track.bw"])
def test_a_track_of_predictions(
    scan: Any, out: str, genome: Path, tmp_path: Path, model_file: Path
) -> None:
    if out.endswith("bw"):
        pytest.importorskip("pybigtools", reason='bigWig is the extra "tracks"')
    result = scan(out=out)
    assert result.exit_code == 0, result.output
    assert "1,000 bases in" in result.stdout
    text = genome.read_text().split("\n")[1]
    found = values(tmp_path / out)
    windows = [text[start - 5 : start + 55] for start in range(50, 550, 50)]
    expected = rcseq.load(model_file).predict_proba(windows)[:, 1]
    given = [found["chr1", start] for start in range(50, 550, 50)]
    np.testing.assert_allclose(given, expected, atol=1e-6)
    assert sorted(path.name for path in tmp_path.glob("*")) == ["genome.fa", "genome.fa.fai", out]


def test_parts_of_a_genome(scan: Any, tmp_path: Path) -> None:
    scan("--step", 10)
    whole = values(tmp_path / "track.bdg")
    scan("--step", 10, "--chromosomes", "chr2")
    assert values(tmp_path / "track.bdg") == pytest.approx(
        {k: v for k, v in whole.items() if k[0] == "chr2"}
    )
    (tmp_path / "regions.bed").write_text("chr2\t100\t200\n")
    scan("--step", 10, "--regions", tmp_path / "regions.bed")
    assert values(tmp_path / "track.bdg") == pytest.approx(
        {k: v for k, v in whole.items() if k[0] == "chr2" and 100 <= k[1] < 200}
    )


def test_kinds_and_strands(scan: Any, tmp_path: Path) -> None:
    scan()
    probability = np.array(list(values(tmp_path / "track.bdg").values()))
    scan("--kind", "logit", "--strand", "reverse")
    logit = np.array(list(values(tmp_path / "track.bdg").values()))
    np.testing.assert_allclose(1 / (1 + np.exp(-logit)), probability, atol=1e-5)


def test_peaks(scan: Any, tmp_path: Path) -> None:
    scan("--step", 10)
    found = values(tmp_path / "track.bdg")
    threshold = float(np.median(list(found.values())))
    peaks = tmp_path / "peaks.narrowPeak"
    result = scan("--step", 10, "--peaks", peaks, "--threshold", threshold)
    table = read_peaks(peaks)
    assert f"{len(table)} peaks" in result.stdout
    covered = sum(table["end"] - table["start"])
    assert covered == 10 * sum(value >= threshold for value in found.values())


def test_an_output_by_its_name(scan: Any, tmp_path: Path, sequences: Any) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    labels = (["a", "b", "c"] * 16)[:48]
    logistic = LogisticRegression(max_iter=1000)
    model = make_pipeline(rcseq.KmerVectorizer(k=2), logistic)
    model.fit([*sequences["positives"], *sequences["negatives"]], labels)
    path = rcseq.save(model, tmp_path / "three.rcseq")
    several = scan("--width", 60, model=path)
    assert several.exit_code == 2
    assert "the model has 3 outputs" in several.stderr
    assert scan("--width", 60, "--output", "b", model=path).exit_code == 0
    by_name = values(tmp_path / "track.bdg")
    scan("--width", 60, "--output", 1, model=path)
    assert values(tmp_path / "track.bdg") == by_name
    assert "its classes are a, b, c" in scan("--output", "d", model=path).stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--out", "{tmp}/track.wig"], r"the name of a track ends in"),
        (["--out", "{tmp}/nowhere/track.bdg"], "there is no folder"),
        (["--genome", "{tmp}/nowhere.fa"], "nowhere.fa: there is no such file"),
        (["--step", "61"], "step=61 is not between 1 and the 60 bases of a window"),
        (["--width", "90"], "width=90, but the model reads 60 bases"),
        (["--chromosomes", "1"], "there is no '1' in .*genome.fa. It calls it 'chr1'"),
        (["--regions", "{tmp}/empty.bed"], "empty.bed holds no intervals"),
        (["--regions", "{tmp}/other.bed"], "other.bed, line 2: there is no 'chr9' in .*genome.fa"),
        (["--regions", "{tmp}/far.bed"], "far.bed, line 1: the interval ends at 99999, but chr1"),
        (["--peaks", "{tmp}/peaks.bed"], "--peaks and --threshold go together"),
        (["--peaks", "{tmp}", "--threshold", "1"], "--peaks .* is a folder"),
    ],
)
def test_one_sentence(scan: Any, tmp_path: Path, options: list[str], message: str) -> None:
    (tmp_path / "empty.bed").write_text("# nothing\n")
    (tmp_path / "other.bed").write_text("# elsewhere\nchr9\t0\t10\n")
    (tmp_path / "far.bed").write_text("chr1\t0\t99999\n")
    result = scan(*(option.format(tmp=tmp_path) for option in options))
    assert result.exit_code == 2
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("Error")]
    assert pd.Series([line]).str.contains(message).all(), line
    assert not list(tmp_path.glob("track*"))
    assert not list(tmp_path.glob("peaks*"))
