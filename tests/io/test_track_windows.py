"""Values of a track, base by base."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rcseq.io import SequenceFileError, TrackBlock, read_track_windows, write_track

SIZES = {"chr1": 60, "chr2": 40}


@pytest.fixture(params=["reads.bedgraph", "reads.bw"])
def path(request: Any, tmp_path: Path) -> Path:
    if request.param.endswith("bw"):
        pytest.importorskip("pybigtools", reason='bigWig is the extra "tracks"')
    return tmp_path / request.param


def windows(*places: tuple[str, int, int]) -> pd.DataFrame:
    return pd.DataFrame(places, columns=["chrom", "start", "end"])


def test_every_base_has_its_value(path: Path) -> None:
    rng = np.random.default_rng(0)
    bases = {chrom: rng.poisson(0.7, size).astype(np.float32) for chrom, size in SIZES.items()}
    blocks = []
    for chrom, values in bases.items():
        there = np.flatnonzero(values)
        blocks.append(TrackBlock(chrom, there, there + 1, values[there]))
    write_track(path, SIZES, blocks)
    places = windows(("chr2", 3, 13), ("chr1", 0, 10), ("chr1", 5, 15), ("chr1", 50, 60))
    found = read_track_windows(path, places)
    assert found.dtype == np.float32
    for values, (chrom, start, end) in zip(found, places.to_numpy(), strict=True):
        assert values.tolist() == bases[chrom][start:end].tolist()


def test_stretches_are_cut_at_the_edges_of_windows_and_chromosomes(path: Path) -> None:
    stretch = np.array([10]), np.array([30]), np.array([2.5], np.float32)
    write_track(path, SIZES, [TrackBlock("chr2", *stretch)])
    places = windows(("chr2", -5, 15), ("chr2", 12, 32), ("chr2", 28, 48))
    found = read_track_windows(path, places)
    expected = np.zeros((3, 20))
    expected[0, 15:], expected[1, :18], expected[2, :2] = 2.5, 2.5, 2.5
    np.testing.assert_array_equal(found, expected)


def test_what_cannot_be_read_is_said(path: Path) -> None:
    with pytest.raises(SequenceFileError, match="no such file"):
        read_track_windows(path, windows(("chr1", 0, 5)))
    one = np.array([0]), np.array([1]), np.array([1], np.float32)
    write_track(path, {"1": 60}, [TrackBlock("1", *one)])
    with pytest.raises(SequenceFileError, match="there is no chromosome 'chr1'; it has 1"):
        read_track_windows(path, windows(("chr1", 0, 5)))
    with pytest.raises(ValueError, match="widths from 5 to 6"):
        read_track_windows(path, windows(("1", 0, 5), ("1", 0, 6)))
