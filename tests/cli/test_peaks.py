"""Peaks and a genome on the command line."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from rcseq.datasets import SimulatedGenome, make_genome

pytest.importorskip("pyfaidx", reason='reading a genome is the extra "genome"')


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> SimulatedGenome:
    folder = tmp_path_factory.mktemp("genome")
    sizes = {"chr1": 20_000, "chr2": 20_000, "chr3": 20_000, "chr4": 20_000}
    return make_genome(folder, chromosomes=sizes, n_sites=40, random_state=0)


@pytest.fixture
def peaks(truth: SimulatedGenome) -> list[str]:
    return ["--peaks", str(truth.peaks), "--genome", str(truth.genome), "--width", "60"]


@pytest.mark.parametrize("negatives", [[], ["--negatives", "dinucleotide"]])
def test_folds_of_chromosomes(
    compare: Any, tmp_path: Path, peaks: list[str], negatives: list[str]
) -> None:
    result = compare(*peaks, *negatives, "--groups", "chromosome", "--no-baseline")
    assert result.exit_code == 0, result.stderr
    assert "peaks.narrowPeak (40 peaks of 60 bases; around their summits) and 40 " in result.stderr
    predictions = pd.read_csv(tmp_path / "out" / "predictions.csv.gz").drop_duplicates("index")
    chrom = pd.read_csv(peaks[1], sep="\t", header=None)[0]
    fold = predictions.set_index("index")["fold"].sort_index()
    assert fold[:40].groupby(chrom).nunique().tolist() == [1] * 4
    assert len(fold) == 80


def test_a_single_chromosome_cannot_be_folded(compare: Any, peaks: list[str]) -> None:
    result = compare(*peaks, "--groups", "chromosome", "--chromosomes", "chr1")
    assert result.exit_code == 2
    assert result.stderr.count("Error") == 1
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--genome", "g.fa"], "--genome goes with --peaks"),
        (["--exclude-chromosomes", "chrX"], "--exclude-chromosomes goes with --peaks"),
        (["--peaks", "a.bed"], "--peaks needs the --genome in which they lie"),
        (["--peaks", "a.bed", "--table", "a.tsv"], "give --peaks or other sequences, not both"),
        (["--peaks", "a.bed", "--genome", "g.fa"], "g.fa: there is no such file"),
    ],
)
def test_options_that_do_not_go_together(compare: Any, arguments: list[str], message: str) -> None:
    result = compare(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("chr9\t1\t50", "x.bed, line 1: there is no 'chr9' in"),
        ("1\t1\t50", "x.bed, line 1: there is no '1' in"),
        ("chr1\t19990\t20001", "x.bed, line 1: the interval ends at 20001, but chr1 in"),
        ("", "x.bed holds no intervals"),
        ("chr1\tx\t5", "x.bed, line 1: 'x' "),
    ],
)
def test_bad_peaks_are_refused_in_one_sentence(
    compare: Any, tmp_path: Path, truth: SimulatedGenome, row: str, message: str
) -> None:
    (tmp_path / "x.bed").write_text(f"{row}\n")
    result = compare("--peaks", str(tmp_path / "x.bed"), "--genome", str(truth.genome))
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_too_many_negatives_are_refused(compare: Any, peaks: list[str]) -> None:
    result = compare(*peaks, "--ratio", "50")
    assert result.exit_code == 2
    assert "has room for" in result.stderr
