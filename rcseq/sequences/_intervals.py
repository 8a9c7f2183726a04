"""Which intervals of a genome overlap."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["Occupied", "overlapping"]


def overlapping(intervals: pd.DataFrame, others: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Find the intervals that share a base with any of the others.

    Parameters
    ----------
    intervals, others : DataFrame
        Columns ``chrom``, ``start`` and ``end``, the end excluded.

    Returns
    -------
    ndarray of bool, shape (len(intervals),)

    Examples
    --------
    >>> import pandas as pd
    >>> from rcseq.sequences import overlapping
    >>> peaks = pd.DataFrame({"chrom": "chr1", "start": [0, 10], "end": [5, 20]})
    >>> overlapping(peaks, pd.DataFrame({"chrom": ["chr1"], "start": [19], "end": [99]}))
    array([False,  True])
    """
    found = np.zeros(len(intervals), bool)
    theirs = {str(chrom): rows for chrom, rows in others.groupby("chrom", sort=False)}
    for chrom, rows in intervals.groupby("chrom", sort=False).indices.items():
        if str(chrom) not in theirs:
            continue
        other = theirs[str(chrom)].sort_values("start", kind="stable")
        reach = np.maximum.accumulate(other["end"].to_numpy())
        ends, starts = (intervals[column].to_numpy()[rows] for column in ("end", "start"))
        before = np.searchsorted(other["start"].to_numpy(), ends)  # those that begin before an end
        found[rows] = (before > 0) & (reach[before - 1] > starts)
    return found


class Occupied:
    """Bases of a genome that are taken, as intervals that do not touch one another.

    Parameters
    ----------
    intervals : DataFrame
        Columns ``chrom``, ``start`` and ``end``.
    """

    def __init__(self, intervals: pd.DataFrame) -> None:
        self._starts: dict[str, list[int]] = {}
        self._ends: dict[str, list[int]] = {}
        for chrom, rows in intervals.groupby("chrom", sort=False):
            rows = rows.sort_values("start", kind="stable")
            start, reach = rows["start"].to_numpy(), np.maximum.accumulate(rows["end"].to_numpy())
            new = np.flatnonzero(np.append(True, start[1:] > reach[:-1]))
            self._starts[str(chrom)] = start[new].tolist()
            self._ends[str(chrom)] = reach[np.append(new[1:], len(rows)) - 1].tolist()

    def take(self, chrom: str, start: int, end: int) -> bool:
        """Take an interval if all its bases are free; return whether they were."""
        starts, ends = (self._starts.setdefault(chrom, []), self._ends.setdefault(chrom, []))
        at = bisect_left(starts, end)  # those before begin before the end of the interval
        if bisect_right(ends, start) != at:
            return False
        starts.insert(at, start)
        ends.insert(at, end)
        return True
