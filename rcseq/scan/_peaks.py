"""Peaks of a track: stretches above a threshold."""

from __future__ import annotations

import os
from collections.abc import Iterable

import numpy as np
import pandas as pd

from rcseq.io import TrackBlock, read_track

__all__ = ["find_peaks"]


def find_peaks(
    track: str | os.PathLike[str] | Iterable[TrackBlock],
    threshold: float,
    *,
    max_gap: int = 0,
    min_length: int = 1,
) -> pd.DataFrame:
    """Find the stretches of a track whose values reach a threshold.

    Parameters
    ----------
    track : path-like or iterable of TrackBlock
        bigWig or bedGraph, as :func:`scan_genome` writes them, or its blocks.
    threshold : float
        In units of the track.
    max_gap : int, default=0
        Stretches that are no further apart are one peak.
    min_length : int, default=1
        Shorter ones are left out.

    Returns
    -------
    DataFrame
        The columns of a narrowPeak file: ``chrom``, ``start``, ``end``, ``name``, ``score`` (1,000
        times the value, between 0 and 1,000), ``strand`` (``"."``), ``signal`` (the largest
        value), ``p_value`` and ``q_value`` (-1: not known) and ``summit`` (from the start to the
        middle of where the largest value is).

    Raises
    ------
    ValueError
        If a parameter is out of its range, or the track cannot be read.

    Examples
    --------
    >>> import numpy as np
    >>> from rcseq.io import TrackBlock
    >>> from rcseq.scan import find_peaks
    >>> start = np.arange(0, 60, 10)
    >>> value = np.array([0.1, 0.7, 0.9, 0.2, 0.1, 0.8], np.float32)
    >>> peaks = find_peaks([TrackBlock("chr1", start, start + 10, value)], threshold=0.5)
    >>> peaks[["chrom", "start", "end", "name", "score", "summit"]]
      chrom  start  end   name  score  summit
    0  chr1     10   30  peak1    900      15
    1  chr1     50   60  peak2    800       5
    """
    if not np.isfinite(threshold):
        raise ValueError(f"threshold={threshold!r} is not a number")
    if max_gap < 0 or min_length < 1:
        raise ValueError("max_gap is at least 0 bases and min_length at least 1")
    blocks = read_track(track) if isinstance(track, str | os.PathLike) else track
    # Of each peak: chromosome, start, end, largest value, the middle of where it is.
    found: list[tuple[str, int, int, float, int]] = []
    for chrom, starts, ends, values in blocks:
        above = values >= threshold
        for start, end, value in zip(
            starts[above].tolist(), ends[above].tolist(), values[above].tolist(), strict=True
        ):
            peak = (chrom, start, end, value, (start + end) // 2)
            if found and found[-1][0] == chrom and start - found[-1][2] <= max_gap:
                highest = max(found[-1], peak, key=lambda other: other[3])
                peak = (chrom, found.pop()[1], end, *highest[3:])
            found.append(peak)
    found = [peak for peak in found if peak[2] - peak[1] >= min_length]
    table = pd.DataFrame(found, columns=["chrom", "start", "end", "signal", "summit"])
    table["summit"] -= table["start"]
    table.insert(3, "name", [f"peak{i}" for i in range(1, len(table) + 1)])
    table.insert(4, "score", (1000 * table["signal"].clip(0, 1)).round().astype(int))
    table.insert(5, "strand", ".")
    table.insert(7, "p_value", -1)
    table.insert(8, "q_value", -1)
    return table
