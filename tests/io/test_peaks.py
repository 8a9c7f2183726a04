"""Intervals, as programs that call peaks write them."""

import gzip
from pathlib import Path

import pytest

from rcseq.io import SequenceFileError, read_peaks, read_sequences


def write(folder: Path, name: str, *rows: str) -> Path:
    path = folder / name
    path.write_text("".join(row.replace(" ", "\t") + "\n" for row in rows))
    return path


def test_bed_of_three_columns_and_of_six(tmp_path: Path) -> None:
    peaks = read_peaks(write(tmp_path, "a.bed", "chr1 5 9", "chr2 0 4 x 7 -"))
    assert peaks["summit"].tolist() == [-1, -1]
    assert peaks["name"].tolist() == ["", "x"]
    assert peaks["strand"].tolist() == [".", "-"]
    assert peaks["score"].isna().tolist() == [True, False]
    assert peaks["line"].tolist() == [1, 2]


def test_narrow_peak_has_summits_and_signals(tmp_path: Path) -> None:
    rows = ["chr1 10 20 a 900 . 5.5 -1 3 2", "chr1 30 40 . 10 + 1.5 -1 3 -1"]
    for name in ("a.narrowPeak", "a.bed"):  # those of ENCODE are called .bed.gz
        peaks = read_peaks(write(tmp_path, name, "track type=narrowPeak", *rows))
        assert peaks["summit"].tolist() == [12, -1]
        assert peaks["score"].tolist() == [5.5, 1.5]
        assert peaks["line"].tolist() == [2, 3]


def test_broad_peak_has_signals(tmp_path: Path) -> None:
    peaks = read_peaks(write(tmp_path, "a.broadPeak", "chr1 10 20 a 900 . 5.5 -1 3"))
    assert (peaks["summit"].item(), peaks["score"].item()) == (-1, 5.5)


def test_whole_numbers_as_r_and_pandas_write_them(tmp_path: Path) -> None:
    peaks = read_peaks(write(tmp_path, "a.bed", "chr1 1e+05 100200", "chr1 10.0 1.2e+07"))
    assert peaks[["start", "end"]].to_numpy().tolist() == [[100_000, 100_200], [10, 12_000_000]]


def test_bed12_is_no_narrow_peak(tmp_path: Path) -> None:
    peaks = read_peaks(write(tmp_path, "a.bed", "chr1 10 20 a 900 + 10 20 0 1 10, 0,"))
    assert (peaks["summit"].item(), peaks["score"].item()) == (-1, 900)


def test_comments_blank_lines_gzip_and_a_chromosome_called_track1(tmp_path: Path) -> None:
    path = tmp_path / "a.narrowPeak.gz"
    path.write_bytes(
        gzip.compress(b"#chrom\nbrowser hide all\n\ntrack1\t1\t5\ta\t0\t.\t1\t1\t1\t3\r\n")
    )
    assert read_peaks(path)[["chrom", "summit"]].to_numpy().tolist() == [["track1", 4]]


@pytest.mark.parametrize(
    ("name", "row", "message"),
    [
        ("a.narrowPeak", "chr1 10 20", "line 1: narrowPeak has 10 columns, but here are 3"),
        ("a.narrowPeak", "chr1 10 20 a 0 . 1 1 1 10", "line 1: the summit, column 10, is '10', n"),
        ("a.narrowPeak", "chr1 10 20 a 0 . 1 1 1 x", "line 1: the summit, column 10, is 'x'"),
        ("a.bed", "chr1 1.234568e+08 123456999", r"line 1: '1.*' is not .* options\(scipen=999\)"),
        (
            "a.bed",
            "chr1 1e+00 5",
            r"line 1: '1e\+00' is not .* whole number .* may have been round",
        ),
        ("a.bed", "chr1 1.25e+01 50", "line 1: '1.25e.01' is not an interval's start or end"),
        ("a.bed", "chr1 1e+99 50", "line 1: '1e.99' is not an interval's start or end"),
        ("a.bed", "chr1 ² 3", "line 1: '²' is not an interval's start or end"),
        ("a.bed", f"chr1 {'9' * 5000} 3", "line 1: '999*' is not an interval's start or end"),
        ("a.bed", "chr1 -1 3", "line 1: '-1' is not an interval's start or end"),
        ("a.bed", "chr1 1.5 3", "line 1: '1.5' is not an interval's start or end"),
        ("a.bed", " 1 3", "line 1: the name of the chromosome is empty"),
        ("a.bed", "chr1 5 3", "line 1: the interval 5-3 is empty"),
        ("a.bed", "chr1 1 3 a 0 *", r"line 1: the strand is '\*', not \+, - or \."),
        ("a.bed", "# nothing", "a.bed holds no intervals"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(
    tmp_path: Path, name: str, row: str, message: str
) -> None:
    with pytest.raises(SequenceFileError, match=message):
        read_peaks(write(tmp_path, name, row))


def test_sequences_of_narrow_peak_are_around_the_summit(tmp_path: Path) -> None:
    pytest.importorskip("pyfaidx", reason='reading a genome is the extra "genome"')
    (tmp_path / "g.fa").write_text(">chr1\nAAAAACGTAAAAAAAAAAAA\n")
    path = write(tmp_path, "x.narrowPeak", "chr1 2 18 . 0 . 5 1 1 4", "chr1 2 18 . 0 - 5 1 1 4")
    table = read_sequences(path, genome=tmp_path / "g.fa", width=3)
    assert table["sequence"].tolist() == ["CGT", "ACG"]
    assert len(read_sequences(path, genome=tmp_path / "g.fa")["sequence"][0]) == 16
