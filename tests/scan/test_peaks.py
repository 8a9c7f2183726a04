from pathlib import Path

import numpy as np
import pytest

from rcseq.io import TrackBlock, read_peaks, write_track
from rcseq.scan import find_peaks

START = np.arange(0, 100, 10)
VALUE = np.array([0, 0.6, 0.9, 0.6, 0, 0.5, 0, 0, 0.7, 2.0], np.float32)
TRACK = [
    TrackBlock("chr1", START[:2], START[:2] + 10, VALUE[:2]),  # a peak goes on in the next block
    TrackBlock("chr1", START[2:], START[2:] + 10, VALUE[2:]),
    TrackBlock("chr2", START[:1], START[:1] + 10, VALUE[2:3]),
]


def test_peaks() -> None:
    peaks = find_peaks(TRACK, 0.5)
    assert peaks[["chrom", "start", "end"]].to_numpy().tolist() == [
        ["chr1", 10, 40],
        ["chr1", 50, 60],
        ["chr1", 80, 100],
        ["chr2", 0, 10],
    ]
    assert peaks["summit"].tolist() == [15, 5, 15, 5]
    assert peaks["score"].tolist() == [900, 500, 1000, 900]


def test_gaps_and_lengths() -> None:
    peaks = find_peaks(TRACK, 0.5, max_gap=10)
    assert peaks[["start", "end"]].to_numpy().tolist() == [[10, 60], [80, 100], [0, 10]]
    assert find_peaks(TRACK, 0.5, max_gap=10, min_length=50)["name"].tolist() == ["peak1"]
    assert find_peaks(TRACK, 5).empty


def test_peaks_of_a_file_are_narrowpeak(tmp_path: Path) -> None:
    write_track(tmp_path / "track.bdg", {"chr1": 100, "chr2": 10}, TRACK)
    peaks = find_peaks(tmp_path / "track.bdg", 0.5)
    peaks.to_csv(tmp_path / "peaks.narrowPeak", sep="\t", header=False, index=False)
    read = read_peaks(tmp_path / "peaks.narrowPeak")
    assert read["summit"].tolist() == (peaks["start"] + peaks["summit"]).tolist()
    np.testing.assert_allclose(read["score"], peaks["signal"])


@pytest.mark.parametrize("options", [{"threshold": float("nan")}, {"max_gap": -1}])
def test_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        find_peaks(TRACK, **{"threshold": 1.0, **options})  # type: ignore[arg-type]
