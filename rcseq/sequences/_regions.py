"""Regions of a genome, whose bases are read when they are asked for."""

from __future__ import annotations

import os
from collections.abc import Callable
from copy import copy
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from rcseq import alphabet
from rcseq.sequences._flat import FlatCodes
from rcseq.sequences._genome import Genome, as_genome
from rcseq.sequences._texts import encode_texts

__all__ = ["Regions"]

Index = npt.NDArray[np.intp]


class Regions:
    r"""Regions of a genome as sequences: places in memory, bases in the file.

    The bases are read when they are asked for, some at a time, so that the regions may hold more
    than fits into memory. What reaches past the end of a chromosome is N.

    Parameters
    ----------
    genome : path-like or Genome
        What :class:`Genome` takes.
    table : DataFrame
        Columns ``chrom`` (or ``group``, as :func:`rcseq.io.read_bed` calls it), ``start`` and
        ``end``; where they are there, ``strand``, of which ``"-"`` is the other strand, ``name``,
        and ``summit``, as :func:`rcseq.io.read_peaks` gives it.
    width : int, optional
        Take so many bases in place of each region: around its ``summit``, a position from 0 of the
        chromosome, or around its middle where there is no such column, or -1 in it. The summit
        is at position ``width // 2`` of the window.
    where : callable, optional
        Returns what a row is called in messages.

    Raises
    ------
    ValueError
        If the genome cannot be read, or a region is not in it.
    ImportError
        If the library that reads the genome is not installed.

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
    >>> as_sequences(Regions(genome, table.assign(summit=8), width=3)).tolist()
    ['CTC', 'GAG']
    """

    kind = "regions"

    def __init__(
        self,
        genome: str | os.PathLike[str] | Genome,
        table: pd.DataFrame,
        *,
        width: int | None = None,
        where: Callable[[int], str] = "region {}".format,
    ) -> None:
        if width is not None and width < 1:
            raise ValueError(f"width={width} is not a number of bases; give 1 or more, or None")
        self.genome = as_genome(genome)
        # A number a region is what a job carries; the words are few.
        self._chrom, chroms = pd.factorize(table["chrom" if "chrom" in table else "group"])
        self._chroms = np.array(chroms, dtype=object)
        start, end = (table[column].to_numpy(np.int64) for column in ("start", "end"))
        self._check(start, end, where)
        self._given = table["name"].fillna("").to_numpy(object) if "name" in table else None
        self._place: tuple[npt.NDArray[np.int64], ...] = (
            start,
            end,
        )  # of which a name tells, whatever the width
        if width is not None:
            middle = start + end  # twice the middle, or twice that of a summit, which is one base
            if "summit" in table:
                summit = table["summit"].to_numpy(np.int64)
                middle = np.where(summit >= 0, 2 * summit + 1, middle)
            start = (middle - width) // 2
            end = start + width
        self.start, self.end = start, end
        minus = table["strand"] == "-" if "strand" in table else np.zeros(len(table))
        self.minus = np.asarray(minus, dtype=bool)

    def __len__(self) -> int:
        return len(self.start)

    @property
    def groups(self) -> npt.NDArray[np.object_]:
        """Chromosome of each region."""
        chroms: npt.NDArray[np.object_] = self._chroms[self._chrom]
        return chroms

    @cached_property
    def names(self) -> npt.NDArray[np.object_]:
        """Name of each region, by default its place."""
        places = zip(self.groups, *self._place, strict=True)
        names = [f"{chrom}:{start}-{end}" for chrom, start, end in places]
        if self._given is not None:
            names = [name or place for name, place in zip(self._given, names, strict=True)]
        return np.array(names, dtype=object)

    def _check(
        self, start: npt.NDArray[Any], end: npt.NDArray[Any], where: Callable[[int], str]
    ) -> None:
        sizes = np.array([self.genome.sizes.get(chrom, -1) for chrom in self._chroms], np.int64)
        size = sizes[self._chrom] if len(sizes) else np.empty(0, np.int64)
        bad = (size < 0) | (end > size) | (start < 0) | (start >= end)
        if not bad.any():
            return
        row = int(bad.argmax())
        chrom, first, last = self._chroms[self._chrom[row]], start[row], end[row]
        if size[row] < 0:
            raise ValueError(f"{where(row)}: {self.genome.missing(chrom)}")
        if last > size[row]:
            raise ValueError(
                f"{where(row)}: the interval ends at {last}, but {chrom} in {self.genome.path} has "
                f"{size[row]} bases"
            )
        if first < 0:
            raise ValueError(f"{where(row)}: the interval begins at {first}")
        raise ValueError(f"{where(row)}: the interval {first}-{last} is empty")

    def close(self) -> None:
        """Close the genome; it is opened again when bases are asked for."""
        self.genome.close()

    @property
    def table(self) -> pd.DataFrame:
        """What is read: columns ``chrom``, ``start``, ``end``, ``strand`` and ``name``."""
        return pd.DataFrame(
            {
                "chrom": self.groups,
                "start": self.start,
                "end": self.end,
                "strand": np.where(self.minus, "-", "+"),
                "name": self.names,
            }
        )

    def part(self, index: Index | None, other_strand: bool) -> Regions:
        """Return some of the regions, on the same strand of each or on the other."""
        rows = slice(None) if index is None else index
        part = copy(self)
        part.__dict__.pop("names", None)
        for field in ("_chrom", "start", "end", "minus"):
            setattr(part, field, getattr(self, field)[rows])
        part._place = tuple(column[rows] for column in self._place)
        part._given = None if self._given is None else self._given[rows]
        part.minus = part.minus ^ other_strand
        return part

    def joined(self, other: Regions) -> Regions:
        """Return these regions with others of the same genome behind them."""
        both = copy(self)
        both.__dict__.pop("names", None)
        chroms, theirs = np.concatenate([self._chroms, other._chroms]), len(self._chroms)
        both._chroms, same = np.unique(chroms, return_inverse=True)
        both._chrom = same[np.concatenate([self._chrom, other._chrom + theirs])]
        for field in ("start", "end", "minus"):
            parts = getattr(self, field), getattr(other, field)
            setattr(both, field, np.concatenate(parts))
        both._place = tuple(map(np.concatenate, zip(self._place, other._place, strict=True)))
        given = [part._given for part in (self, other)]
        if any(names is not None for names in given):
            both._given = np.concatenate([part.names for part in (self, other)])
        return both

    def text(self, index: int) -> str:
        """Read one region."""
        chrom = self._chroms[self._chrom[index]]
        bases = self.genome.read(chrom, int(self.start[index]), int(self.end[index]))
        return alphabet.reverse_complement(bases) if self.minus[index] else bases

    def lengths(self, index: Index | None) -> npt.NDArray[np.intp]:
        """Return the length of each region."""
        lengths: npt.NDArray[np.intp] = self.end - self.start
        return lengths if index is None else lengths[index]

    def codes(self, index: Index | None) -> FlatCodes:
        """Read regions, and encode their bases."""
        rows = range(len(self)) if index is None else index.tolist()
        texts = [self.text(row) for row in rows]
        return encode_texts(
            texts, lambda i: f"{self.genome.path}, the interval {self.names[rows[i]]}"
        )

    def native(self, index: Index | None, other_strand: bool) -> list[str]:
        """Read regions as strings."""
        rows = range(len(self)) if index is None else index.tolist()
        texts = [self.text(row) for row in rows]
        return [alphabet.reverse_complement(text) for text in texts] if other_strand else texts
