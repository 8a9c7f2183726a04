"""Tracks: a value for each of many stretches of a genome, as bigWig or bedGraph."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rcseq._files import atomic_path, atomic_write
from rcseq.io._files import FilePath, SequenceFileError, open_text

__all__ = ["TrackBlock", "check_track_name", "read_track", "write_track"]

_BIGWIG = (".bw", ".bigwig")
_BEDGRAPH = (".bedgraph", ".bdg", ".bg")
_STRETCH = 10_000_000  # bases of a chromosome that are read from a bigWig at a time
_ROWS = 100_000  # lines of a bedGraph that are read at a time


class TrackBlock(NamedTuple):
    """Neighbouring stretches of one chromosome and their values.

    Attributes
    ----------
    chrom : str
    start, end : ndarray of int of shape (n,)
        Counted from 0, the end excluded, in ascending order.
    value : ndarray of float32 of shape (n,)
    """

    chrom: str
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    value: NDArray[np.float32]


def check_track_name(path: FilePath) -> bool:
    """Return whether a file is a bigWig by its name; check that it can be read and written.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    bool
        False for a bedGraph.

    Raises
    ------
    ValueError
        If the name is that of neither.
    ImportError
        If it is a bigWig and pybigtools is not installed: ``pip install "rcseq[tracks]"``.
    """
    ending = Path(path).suffix.lower()
    if ending in _BIGWIG:
        _pybigtools()
        return True
    if ending not in _BEDGRAPH:
        raise ValueError(
            f"{path}: the name of a track ends in .bw or .bigWig, or in .bedgraph, .bdg or .bg for "
            "text"
        )
    return False


def write_track(path: FilePath, sizes: Mapping[str, int], blocks: Iterable[TrackBlock]) -> None:
    """Write a track, whole or not at all.

    Parameters
    ----------
    path : path-like
        Its ending tells the format: ``.bw`` or ``.bigWig``; ``.bedgraph``, ``.bdg`` or ``.bg``.
    sizes : mapping of str to int
        The length of each chromosome.
    blocks : iterable of TrackBlock
        Chromosome by chromosome, in the order of positions. NaN is left out. The blocks are written
        as they come, so that memory does not grow with the genome.

    Raises
    ------
    ValueError
        If the name has another ending, or there is no value to write.
    ImportError
        If it is a bigWig and pybigtools is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from rcseq.io import TrackBlock, read_track, write_track
    >>> start = np.array([0, 50])
    >>> block = TrackBlock("chr1", start, start + 50, np.array([0.1, 0.9], np.float32))
    >>> path = Path(tempfile.mkdtemp(), "track.bedgraph")
    >>> write_track(path, {"chr1": 100}, [block])
    >>> print(path.read_text(), end="")
    chr1	0	50	0.1
    chr1	50	100	0.9
    >>> [block.value.tolist() for block in read_track(path)] == [np.float32([0.1, 0.9]).tolist()]
    True
    """
    if check_track_name(path):
        _write_bigwig(Path(path), sizes, _known(blocks))
    else:
        _write_bedgraph(Path(path), _known(blocks))


def read_track(path: FilePath) -> Iterator[TrackBlock]:
    """Read a track, some stretches at a time.

    Parameters
    ----------
    path : path-like
        bigWig or bedGraph, by its ending.

    Yields
    ------
    TrackBlock

    Raises
    ------
    SequenceFileError
        If there is no such file, or it is no such track; the message names the line of a bedGraph.
    """
    if check_track_name(path):
        yield from _read_bigwig(path)
    else:
        yield from _read_bedgraph(path)


def _known(blocks: Iterable[TrackBlock]) -> Iterator[TrackBlock]:
    """Leave out what is NaN, and refuse a track without any value before a file is begun."""
    n = 0
    for chrom, start, end, value in blocks:
        known = ~np.isnan(value)
        n += int(known.sum())
        if known.any():
            yield TrackBlock(chrom, start[known], end[known], value[known].astype(np.float32))
    if not n:
        raise ValueError("there is no value to write into the track")


def _pybigtools() -> Any:
    try:
        import pybigtools
    except ImportError:
        raise ImportError(
            'a bigWig needs pybigtools; install it with: pip install "rcseq[tracks]", or write a '
            ".bedgraph"
        ) from None
    return pybigtools


def _write_bigwig(path: Path, sizes: Mapping[str, int], blocks: Iterator[TrackBlock]) -> None:
    n_bases = 0
    trouble: BaseException | None = None

    def values() -> Iterator[tuple[str, int, int, float]]:
        # The library takes an error in here for the end of the values, and only prints it.
        nonlocal n_bases, trouble
        try:
            for chrom, start, end, value in blocks:
                n_bases += int((end - start).sum())
                for row in zip(start.tolist(), end.tolist(), value.tolist(), strict=True):
                    yield (chrom, *row)
        except (Exception, KeyboardInterrupt) as error:
            trouble = error

    with atomic_path(path) as temporary:
        rows = values()
        first = list(islice(rows, 1))  # of no values at all it would make a broken file
        if first:
            writer = _pybigtools().open(str(temporary), "w")
            with suppress(Exception):  # it does not raise for everything, so the file is read
                writer.write(dict(sizes), chain(first, rows))
        if trouble is not None:
            raise trouble
        if (there := _bases_covered(temporary)) != n_bases:
            raise OSError(
                errno.EIO, f"a bigWig came out with {there:,} of {n_bases:,} bases", str(path)
            )


def _bases_covered(path: Path) -> int:
    try:
        with _pybigtools().open(str(path)) as reader:
            return int(reader.info()["summary"]["basesCovered"])
    except Exception:  # of kinds of its own
        return 0


def _write_bedgraph(path: Path, blocks: Iterator[TrackBlock]) -> None:
    with atomic_write(path, "w") as file:
        for chrom, start, end, value in blocks:
            columns = start.tolist(), end.tolist(), value  # a float32 prints its shortest digits
            file.writelines(f"{chrom}\t{i}\t{j}\t{v!s}\n" for i, j, v in zip(*columns, strict=True))


def open_bigwig(path: FilePath) -> Any:
    """Open a bigWig to read, a context."""
    if not Path(path).is_file():
        raise SequenceFileError(f"{path}: there is no such file")
    try:
        return _pybigtools().open(str(path))
    except Exception as error:
        raise SequenceFileError(f"{path} cannot be read as a bigWig: {error}") from None


def _read_bigwig(path: FilePath) -> Iterator[TrackBlock]:
    with open_bigwig(path) as reader:
        for chrom, size in reader.chroms().items():
            for first in range(0, size, _STRETCH):
                rows = list(reader.records(chrom, first, min(first + _STRETCH, size)))
                if rows:
                    yield _block(chrom, rows)


def _read_bedgraph(path: FilePath) -> Iterator[TrackBlock]:
    rows: list[tuple[int, int, float]] = []
    current = ""
    with open_text(path) as text:
        for number, line in enumerate(text, 1):
            if not line.strip() or line.startswith(("#", "track", "browser")):
                continue
            fields = line.split()
            try:
                chrom, start, end, value = fields[0], int(fields[1]), int(fields[2]), fields[3]
                row = start, end, float(value)
            except (IndexError, ValueError):
                raise SequenceFileError(
                    f"{path}, line {number}: {line.strip()[:40]!r} is not chromosome, start, end "
                    "and value"
                ) from None
            if rows and (chrom != current or len(rows) == _ROWS):
                yield _block(current, rows)
                rows = []
            current = chrom
            rows.append(row)
    if rows:
        yield _block(current, rows)


def _block(chrom: str, rows: list[tuple[int, int, float]]) -> TrackBlock:
    start, end, value = zip(*rows, strict=True)
    return TrackBlock(
        chrom, np.array(start, np.int64), np.array(end, np.int64), np.array(value, np.float32)
    )
