"""Regions of a genome, whose bases are read when they are asked for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from rcseq import alphabet
from rcseq._messages import did_you_mean
from rcseq.sequences._flat import FlatCodes
from rcseq.sequences._texts import encode_texts

__all__ = ["Regions"]

Index = npt.NDArray[np.intp]


class Regions:
    r"""Regions of a genome as sequences: places in memory, bases in the file.

    The bases are read when they are asked for, some at a time, so that the regions may hold more
    than fits into memory. What reaches past the end of a chromosome is N. Needs the extra
    ``genome``: ``pip install "rcseq[genome]"``.

    Parameters
    ----------
    genome : path-like
        FASTA, plain or packed with ``bgzip``. Its index (``.fai``) is written beside it at the
        first use.
    table : DataFrame
        Columns ``chrom`` (or ``group``, as :func:`rcseq.io.read_bed` calls it), ``start`` and
        ``end``; where they are there, ``strand``, of which ``"-"`` is the other strand, and
        ``name``.
    width : int, optional
        Take so many bases around the middle of each region in place of the region.
    where : sequence of str, optional
        What each region is called in messages.

    Raises
    ------
    ValueError
        If the genome cannot be read, or a region is not in it.
    ImportError
        If pyfaidx is not installed.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import pandas as pd
    >>> from rcseq.sequences import Regions, as_sequences
    >>> genome = pathlib.Path(tempfile.mkdtemp(), "genome.fa")
    >>> _ = genome.write_text(">chr1\nACGTTGACTCATAACG\n")
    >>> table = pd.DataFrame({"chrom": ["chr1"] * 2, "start": 4, "end": 9, "strand": ["+", "-"]})
    >>> regions = as_sequences(Regions(genome, table))
    >>> regions.tolist(), regions.names[0], regions.groups[0]
    (['TGACT', 'AGTCA'], 'chr1:4-9', 'chr1')
    """

    kind = "regions"

    def __init__(
        self,
        genome: str | os.PathLike[str],
        table: pd.DataFrame,
        *,
        width: int | None = None,
        where: list[str] | None = None,
    ) -> None:
        if width is not None and width < 1:
            raise ValueError(f"width={width} is not a number of bases; give 1 or more, or None")
        self.genome = Path(genome)
        self._opened: tuple[int, Any] | None = None
        self.groups = table["chrom" if "chrom" in table else "group"].to_numpy(object)
        start, end = (table[column].to_numpy(np.int64) for column in ("start", "end"))
        self._check(start, end, where)
        names = [f"{c}:{s}-{e}" for c, s, e in zip(self.groups, start, end, strict=True)]
        if "name" in table:
            given = table["name"].fillna("")
            names = [name or place for name, place in zip(given, names, strict=True)]
        self.names = np.array(names, dtype=object)
        if width is not None:
            start = (start + end - width) // 2
            end = start + width
        self.start, self.end = start, end
        minus = table["strand"] == "-" if "strand" in table else np.zeros(len(table))
        self.minus = np.asarray(minus, dtype=bool)

    def __len__(self) -> int:
        return len(self.start)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_opened": None}

    def _check(
        self, start: npt.NDArray[Any], end: npt.NDArray[Any], where: list[str] | None
    ) -> None:
        genome = self._open()
        sizes = {chrom: len(genome[chrom]) for chrom in set(self.groups) if chrom in genome}
        size = np.array([sizes.get(chrom, -1) for chrom in self.groups], dtype=np.int64)
        bad = (size < 0) | (end > size) | (start < 0) | (start >= end)
        if not bad.any():
            return
        row = int(bad.argmax())
        chrom, first, last = self.groups[row], start[row], end[row]
        said = where[row] if where else f"region {row}"
        if size[row] < 0:
            there = [str(name) for name in genome.keys()]  # noqa: SIM118 - iterating gives records
            names = ", ".join(there[:10]) + (", ..." if len(there) > 10 else "")
            hint = did_you_mean(chrom, there, cutoff=0.5)
            raise ValueError(
                f"{said}: there is no {chrom!r} in {self.genome}.{hint} It has {names}"
            )
        if last > size[row]:
            raise ValueError(
                f"{said}: the interval ends at {last}, but {chrom} in {self.genome} has "
                f"{size[row]} bases"
            )
        if first < 0:
            raise ValueError(f"{said}: the interval begins at {first}")
        raise ValueError(f"{said}: the interval {first}-{last} is empty")

    def _open(self) -> Any:
        """Return the genome; a process that was forked opens it again."""
        if self._opened is None or self._opened[0] != os.getpid():
            try:
                import pyfaidx
            except ImportError:
                raise ImportError(
                    'reading a genome needs pyfaidx; install it with: pip install "rcseq[genome]"'
                ) from None
            if not self.genome.is_file():
                raise ValueError(f"{self.genome}: there is no such file")
            broken = pyfaidx.FastaIndexingError, pyfaidx.UnsupportedCompressionFormat, OSError
            try:
                opened = pyfaidx.Fasta(str(self.genome), as_raw=True)
            except broken as error:
                raise ValueError(f"{self.genome} cannot be indexed: {error}") from None
            self._opened = os.getpid(), opened
        return self._opened[1]

    def close(self) -> None:
        """Close the genome; it is opened again when bases are asked for."""
        if self._opened is not None:
            self._opened[1].close()
            self._opened = None

    def text(self, index: int) -> str:
        """Read one region."""
        start, end = int(self.start[index]), int(self.end[index])
        inside = str(self._open()[self.groups[index]][max(start, 0) : max(end, 0)])
        before = min(max(-start, 0), end - start)
        bases = "N" * before + inside + "N" * (end - start - before - len(inside))
        return alphabet.reverse_complement(bases) if self.minus[index] else bases

    def lengths(self, index: Index | None) -> npt.NDArray[np.intp]:
        """Return the length of each region."""
        lengths: npt.NDArray[np.intp] = self.end - self.start
        return lengths if index is None else lengths[index]

    def codes(self, index: Index | None) -> FlatCodes:
        """Read regions, and encode their bases."""
        rows = range(len(self)) if index is None else index.tolist()
        texts = [self.text(row) for row in rows]
        return encode_texts(texts, lambda i: f"{self.genome}, the interval {self.names[rows[i]]}")

    def native(self, index: Index | None, other_strand: bool) -> list[str]:
        """Read regions as strings."""
        rows = range(len(self)) if index is None else index.tolist()
        texts = [self.text(row) for row in rows]
        return [alphabet.reverse_complement(text) for text in texts] if other_strand else texts
