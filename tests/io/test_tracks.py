"""Tracks: written, read back, and read by another library."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rcseq.io import SequenceFileError, TrackBlock, check_track_name, read_track, write_track

SIZES = {"chr2": 1_000, "chr10": 400, "chr1": 100}
NAMES = ["track.bedgraph", "track.bw"]


def block(chrom: str, *values: float, first: int = 0, step: int = 10) -> TrackBlock:
    start = first + step * np.arange(len(values))
    return TrackBlock(chrom, start, start + step, np.array(values, np.float32))


BLOCKS = [
    block("chr2", 0.1, float("nan"), 1 / 3),
    block("chr2", -2.5, first=500),
    block("chr10", 1e-7, 12345.678, first=20),
]


@pytest.fixture(params=NAMES)
def path(request: Any, tmp_path: Path) -> Path:
    if request.param.endswith("bw"):
        pytest.importorskip("pybigtools", reason='bigWig is the extra "tracks"')
    return tmp_path / request.param


def rows(blocks: Any) -> list[tuple[str, int, int, float]]:
    return [
        (chrom, *row)
        for chrom, start, end, value in blocks
        for row in zip(start.tolist(), end.tolist(), value.tolist(), strict=True)
    ]


def test_a_track_is_read_back_to_the_last_bit(path: Path) -> None:
    write_track(path, SIZES, iter(BLOCKS))
    expected = [row for row in rows(BLOCKS) if row[3] == row[3]]
    assert rows(read_track(path)) == expected
    assert list(path.parent.iterdir()) == [path]


def test_another_library_reads_the_bigwig(tmp_path: Path) -> None:
    pytest.importorskip("pybigtools", reason='bigWig is the extra "tracks"')
    other = pytest.importorskip("pyBigWig", reason="no other reader of bigWig")
    write_track(tmp_path / "track.bw", SIZES, BLOCKS)
    with other.open(str(tmp_path / "track.bw")) as file:
        assert file.chroms("chr10") == 400
        assert [np.float32(v) for *_, v in file.intervals("chr10")] == list(BLOCKS[2].value)


def test_long_tracks_come_in_parts(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rcseq.io._tracks._STRETCH", 20)
    monkeypatch.setattr("rcseq.io._tracks._ROWS", 2)
    write_track(path, SIZES, [block("chr2", *range(7)), block("chr1", 1, 2)])
    parts = list(read_track(path))
    assert len(parts) > 2
    assert rows(parts) == rows([block("chr2", *range(7)), block("chr1", 1, 2)])


def test_an_error_among_the_values_leaves_no_file(path: Path) -> None:
    def blocks() -> Any:
        yield BLOCKS[0]
        raise KeyboardInterrupt

    path.write_text("what was there before")
    with pytest.raises(KeyboardInterrupt):
        write_track(path, SIZES, blocks())
    assert path.read_text() == "what was there before"
    assert list(path.parent.iterdir()) == [path]


def test_a_track_without_values_is_refused(path: Path) -> None:
    with pytest.raises(ValueError, match="there is no value to write"):
        write_track(path, SIZES, [block("chr1", float("nan"))])
    assert not list(path.parent.iterdir())


def test_a_chromosome_that_is_not_there_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("pybigtools", reason='bigWig is the extra "tracks"')
    with pytest.raises(OSError, match="came out with 0 of 10 bases"):
        write_track(tmp_path / "track.bw", {"chr1": 50}, [block("chrX", 1.0)])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["track", "track.wig", "track.bw.gz"])
def test_the_ending_tells_the_format(name: str) -> None:
    with pytest.raises(ValueError, match=r"ends in \.bw"):
        check_track_name(name)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("chr1\t0\t10\t1\nchr1\t10\t20\n", "line 2: .* is not chromosome, start, end and value"),
        ("chr1 x 10 1\n", "line 1"),
    ],
)
def test_damaged_bedgraph(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "track.bg"
    path.write_text(text)
    with pytest.raises(SequenceFileError, match=message):
        list(read_track(path))


def test_damaged_bigwig(tmp_path: Path) -> None:
    pytest.importorskip("pybigtools", reason='bigWig is the extra "tracks"')
    path = tmp_path / "track.bw"
    with pytest.raises(SequenceFileError, match="there is no such file"):
        list(read_track(path))
    path.write_bytes(b"nothing of the kind" * 100)
    with pytest.raises(SequenceFileError, match="cannot be read as a bigWig"):
        list(read_track(path))


def test_without_the_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pybigtools", None)
    with pytest.raises(ImportError, match=r'pip install "rcseq\[tracks\]"'):
        write_track(tmp_path / "track.bw", SIZES, BLOCKS)
    write_track(tmp_path / "track.bdg", SIZES, BLOCKS)
