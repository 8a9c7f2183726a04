"""Windows of long sequences: what they cover, on both strands."""

import numpy as np
import pytest

from rcseq.sequences import Windows, window_starts


@pytest.mark.parametrize("length", [1, 2, 3, 4, 7, 20])
def test_windows_cover_every_stretch_of_half_their_length_on_both_strands(length: int) -> None:
    for size in range(1, 90):
        starts = window_starts(size, length)
        if size <= length:
            assert starts.tolist() == [0]
            continue
        assert starts[0] == 0
        assert starts[-1] == size - length
        steps = np.diff(starts)
        assert steps.min() > 0
        assert steps.max() <= max(1, length // 2)
        assert (size - length - starts[::-1]).tolist() == starts.tolist()
        assert len(starts) <= 2 * (size / max(1, length // 2)) + 2


def test_windows_are_no_array() -> None:
    windows = Windows(np.zeros((3, 5), np.uint8), np.array([0, 1, 3]))
    assert len(windows) == 2
    with pytest.raises(ValueError, match=r"2 sequences are 3 windows .* of at most 5 bases"):
        np.asarray(windows)
