"""The values of a track in windows of a genome, base by base."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rcseq.io._files import FilePath, SequenceFileError
from rcseq.io._tracks import check_track_name, open_bigwig, read_track

__all__ = ["read_track_windows"]

Rows = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]


def read_track_windows(path: FilePath, windows: pd.DataFrame) -> NDArray[np.float32]:
    r"""Read the value of each base of some windows from a track.

    Parameters
    ----------
    path : path-like
        bigWig or bedGraph, by its ending. Of a bigWig the windows alone are read, of a bedGraph
        everything.
    windows : DataFrame
        Columns ``chrom``, ``start`` and ``end``, counted from 0, the end excluded; all windows have
        the same width.

    Returns
    -------
    ndarray of float32 of shape (n, width)
        0 where the track has no value.

    Raises
    ------
    SequenceFileError
        If there is no such file, it is no such track, or a chromosome of the windows is not in it.
    ValueError
        If the name has another ending, or the windows differ in width.
    ImportError
        If it is a bigWig and pybigtools is not installed.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import pandas as pd
    >>> from rcseq.io import read_track_windows
    >>> path = pathlib.Path(tempfile.mkdtemp(), "reads.bedgraph")
    >>> _ = path.write_text("chr1\t2\t4\t3\nchr1\t7\t8\t1\n")
    >>> windows = pd.DataFrame({"chrom": "chr1", "start": [0, 3], "end": [5, 8]})
    >>> read_track_windows(path, windows)
    array([[0., 0., 3., 3., 0.],
           [3., 0., 0., 0., 1.]], dtype=float32)
    """
    is_bigwig = check_track_name(path)
    chroms = windows["chrom"].to_numpy(object)
    starts, ends = (windows[column].to_numpy(np.int64) for column in ("start", "end"))
    widths = np.unique(ends - starts)
    if len(widths) > 1 or (len(widths) and widths[0] < 1):
        raise ValueError(
            f"the windows have widths from {widths[0]} to {widths[-1]}; give all of them the same, "
            "1 or more"
        )
    values = np.zeros((len(windows), widths[0] if len(widths) else 0), np.float32)
    if is_bigwig:
        _fill_from_bigwig(path, chroms, starts, values)
    else:
        _fill_from_bedgraph(path, chroms, starts, values)
    return values


def _fill_from_bigwig(
    path: FilePath, chroms: NDArray[Any], starts: NDArray[np.int64], values: NDArray[np.float32]
) -> None:
    with open_bigwig(path) as reader:
        sizes = reader.chroms()
        _check_chromosomes(path, chroms, sizes)
        for row, (chrom, first) in enumerate(zip(chroms, starts.tolist(), strict=True)):
            last = min(first + values.shape[1], sizes[chrom])
            if max(first, 0) < last:
                for start, end, value in reader.records(chrom, max(first, 0), last):
                    values[row, max(start - first, 0) : end - first] = value


def _fill_from_bedgraph(
    path: FilePath, chroms: NDArray[Any], starts: NDArray[np.int64], values: NDArray[np.float32]
) -> None:
    seen = set()
    ends = starts + values.shape[1]
    for chrom, start, end, value in read_track(path):
        seen.add(chrom)
        near = (chroms == chrom) & (starts < end.max()) & (ends > start.min())
        for row in np.flatnonzero(near):
            first = int(starts[row])
            inside = (start < first + values.shape[1]) & (end > first)
            for i, j, v in _rows((start[inside], end[inside], value[inside])):
                values[row, max(i - first, 0) : j - first] = v
    _check_chromosomes(path, chroms, seen)


def _rows(columns: Rows) -> Iterator[tuple[int, int, float]]:
    return zip(*(column.tolist() for column in columns), strict=True)


def _check_chromosomes(path: FilePath, chroms: NDArray[Any], known: Any) -> None:
    missing = next((chrom for chrom in chroms if chrom not in known), None)
    if missing is not None:
        raise SequenceFileError(
            f"{path}: there is no chromosome {missing!r}; it has {', '.join(list(known)[:5])}"
        )
