"""Codes one after another: cut into parts, and the other strand."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rcseq.sequences import FlatCodes


@given(st.lists(st.integers(1, 9), min_size=1, max_size=20), st.integers(1, 30))
def test_parts_are_the_whole_in_order(lengths: list[int], n_bases: int) -> None:
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    codes = (np.arange(offsets[-1]) % 4).astype(np.uint8)
    parts = list(FlatCodes(codes, offsets).parts(n_bases))
    assert np.concatenate([part.lengths for part in parts]).tolist() == lengths
    np.testing.assert_array_equal(np.concatenate([part.codes for part in parts]), codes)
    for part in parts:
        assert part.offsets[0] == 0
        assert part.offsets[-1] == len(part.codes)
        # More by no more than the sequence in which the part before ended.
        assert len(part.codes) < n_bases + max(lengths)
