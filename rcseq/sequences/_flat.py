"""Codes of sequences one after another."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from rcseq import alphabet

__all__ = ["FlatCodes", "runs"]


class FlatCodes(NamedTuple):
    """Codes of sequences one after another, without padding.

    Sequence `i` is ``codes[offsets[i]:offsets[i + 1]]``.
    """

    codes: alphabet.Codes
    offsets: npt.NDArray[np.intp]

    @property
    def lengths(self) -> npt.NDArray[np.intp]:
        """Length of each sequence, ``(n,)``."""
        return np.diff(self.offsets)

    def reverse_complement(self) -> FlatCodes:
        """Return the other strand of each sequence, the last sequence first."""
        offsets = self.offsets[-1] - self.offsets[::-1]
        return FlatCodes(alphabet.reverse_complement_codes(self.codes), offsets)

    def parts(self, n_bases: int = 4_000_000) -> Iterator[FlatCodes]:
        """Yield runs of whole sequences of about `n_bases` together, to bound working memory.

        Parameters
        ----------
        n_bases : int, default=4_000_000

        Yields
        ------
        FlatCodes
        """
        for first, last in runs(self.offsets, n_bases):
            offsets = self.offsets[first : last + 1]
            yield FlatCodes(self.codes[offsets[0] : offsets[-1]], offsets - offsets[0])


def runs(offsets: npt.NDArray[np.intp], n_bases: int) -> Iterator[tuple[int, int]]:
    """Yield runs of whole sequences, first and last, of about `n_bases` together."""
    cuts = np.arange(0, offsets[-1], n_bases)
    firsts = np.unique(np.searchsorted(offsets, cuts, side="right") - 1).tolist()
    yield from pairwise([*firsts, len(offsets) - 1])
