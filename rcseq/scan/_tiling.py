"""How windows lie along a chromosome, and which bases each of them speaks for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rcseq import alphabet

__all__ = ["Tiling"]


@dataclass(frozen=True)
class Tiling:
    """Tiles of `step` bases from the first base on, and a window around the middle of each.

    Parameters
    ----------
    width : int
        Bases of a window.
    step : int
        Bases of a tile, at most `width`: no base has a value of a window that did not read it.

    Raises
    ------
    ValueError
        If a parameter is out of its range.
    """

    width: int
    step: int

    def __post_init__(self) -> None:
        if self.width < 1:
            raise ValueError(f"width={self.width} is not a number of bases; give 1 or more")
        if not 1 <= self.step <= self.width:
            raise ValueError(
                f"step={self.step} is not between 1 and the {self.width} bases of a window: bases "
                "that no window reads would have a value"
            )

    def tiles(self, size: int) -> range:
        """Return the tiles of a chromosome whose windows lie within it."""
        first = -(self._before // self.step)
        last = (size - self.width - self._before) // self.step
        return range(first, max(first, last + 1))

    def within(self, start: int, end: int, size: int) -> range:
        """Return those of them that touch a region."""
        tiles = self.tiles(size)
        first, stop = start // self.step, -(-end // self.step)
        return range(max(tiles.start, first), max(tiles.start, first, min(tiles.stop, stop)))

    def bases(self, tiles: range) -> tuple[int, int]:
        """Return the first base that the windows of some tiles read, and the first they do not."""
        start = tiles.start * self.step + self._before
        return start, start + (len(tiles) - 1) * self.step + self.width

    def windows(self, codes: alphabet.Codes) -> alphabet.Codes:
        """Cut what :meth:`bases` names into windows, ``(n, width)``, without a copy."""
        return np.lib.stride_tricks.sliding_window_view(codes, self.width)[:: self.step]

    def starts(self, tiles: range) -> NDArray[np.int64]:
        """Return the first base of each tile."""
        return np.arange(tiles.start, tiles.stop, dtype=np.int64) * self.step

    @property
    def _before(self) -> int:
        """From the first base of a tile to that of its window; negative."""
        return (self.step - self.width) // 2
