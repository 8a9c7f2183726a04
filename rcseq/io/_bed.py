"""Intervals of a genome."""

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from rcseq.io._files import FilePath, SequenceFileError, check_sequences, open_text
from rcseq.sequences import Regions, Sequences, as_sequences


def read_bed(path: FilePath, genome: FilePath, *, width: int | None = None) -> pd.DataFrame:
    """Read the sequences of BED intervals from a genome; those on the minus strand are turned.

    Parameters
    ----------
    path : path-like
        BED of three columns or more, plain or gzipped. The fourth is the name and the sixth the
        strand, where they are there.
    genome : path-like
        FASTA, plain or packed with ``bgzip``. Its index (``.fai``) is written beside it at the
        first use.
    width : int, default=None
        Take so many bases around the middle of each interval in place of the interval. What
        reaches past the end of a chromosome is N.

    Returns
    -------
    table : DataFrame
        Columns ``name`` (``chrom:start-end`` where the BED has none), ``sequence``, ``group``
        (the chromosome), ``start``, ``end`` and ``strand``, one row an interval.

    Raises
    ------
    SequenceFileError
        If a file is missing, damaged or empty, a line is not an interval, or an interval is not in
        the genome.
    ImportError
        If pyfaidx is not installed: ``pip install "rcseq[genome]"``.
    """
    regions = read_regions(path, genome, width=width)
    sequences = regions.tolist()
    names = regions.names
    assert names is not None
    check_sequences(genome, sequences, lambda index: f"the interval {names[index]}")
    intervals = pd.DataFrame([interval for _, interval in _intervals(path)])
    return pd.DataFrame(
        {
            "name": names,
            "sequence": sequences,
            "group": intervals["chrom"],
            "start": intervals["start"],
            "end": intervals["end"],
            "strand": intervals["strand"],
        }
    )


def read_regions(path: FilePath, genome: FilePath, *, width: int | None = None) -> Sequences:
    """Read BED intervals as sequences whose bases are read from the genome when they are asked for.

    Parameters
    ----------
    path, genome : path-like
        As for :func:`read_bed`.
    width : int, default=None
        As for :func:`read_bed`.

    Returns
    -------
    sequences : Sequences
        Their names are those of the intervals, their groups the chromosomes.

    Raises
    ------
    SequenceFileError
        As :func:`read_bed`; a letter that is no DNA is found when it is read.
    ImportError
        If pyfaidx is not installed: ``pip install "rcseq[genome]"``.
    """
    found = list(_intervals(path))
    if not found:
        raise SequenceFileError(f"{path} holds no intervals")
    table = pd.DataFrame([interval for _, interval in found])
    try:
        return as_sequences(
            Regions(genome, table, width=width, where=[where for where, _ in found])
        )
    except ValueError as error:
        raise SequenceFileError(str(error)) from None


class _Interval(NamedTuple):
    chrom: str
    start: int
    end: int
    name: str
    strand: str


def _intervals(path: FilePath) -> Iterator[tuple[str, _Interval]]:
    """Intervals of a BED file, each with the words that say where it is."""
    with open_text(path) as text:
        for number, line in enumerate(text, start=1):
            if not line.strip() or line.startswith(("#", "track", "browser")):
                continue
            where = f"{path}, line {number}"
            # Tabs by the standard; blanks are common and just as clear.
            fields = line.rstrip("\r\n").split("\t") if "\t" in line else line.split()
            if len(fields) < 3 or not (fields[1].isdigit() and fields[2].isdigit()):
                raise SequenceFileError(
                    f"{where}: {line.strip()[:40]!r} is not an interval; chromosome, start and end "
                    "are needed"
                )
            chrom, start, end = fields[0], int(fields[1]), int(fields[2])
            if start >= end:
                raise SequenceFileError(f"{where}: the interval {start}-{end} is empty")
            name = fields[3] if len(fields) > 3 and fields[3] != "." else ""
            strand = fields[5] if len(fields) > 5 else "."
            if strand not in ("+", "-", "."):
                raise SequenceFileError(f"{where}: the strand is {strand!r}, not +, - or .")
            yield where, _Interval(chrom, start, end, name, strand)
