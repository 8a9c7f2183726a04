"""Intervals of a genome."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from rcseq import alphabet
from rcseq.io._files import FilePath, SequenceFileError, check_sequences, nearest, open_text


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
    if width is not None and width < 1:
        raise ValueError(f"width={width} is not a number of bases; give 1 or more, or None")
    with _open_genome(genome) as chromosomes_of:
        rows = []
        for where, interval in _intervals(path):
            rows.append(interval)
            if interval.chrom not in chromosomes_of:
                hint = nearest(interval.chrom, chromosomes_of.keys())
                raise SequenceFileError(
                    f"{where}: there is no {interval.chrom!r} in {genome}; {hint}"
                )
            if interval.end > len(chromosomes_of[interval.chrom]):
                raise SequenceFileError(
                    f"{where}: the interval ends at {interval.end}, but {interval.chrom} in "
                    f"{genome} has {len(chromosomes_of[interval.chrom])} bases"
                )
        sequences = [_fetch(chromosomes_of[row.chrom], row, width) for row in rows]
    if not rows:
        raise SequenceFileError(f"{path} holds no intervals")
    names = [row.name or f"{row.chrom}:{row.start}-{row.end}" for row in rows]
    check_sequences(genome, sequences, lambda index: f"the interval {names[index]}")
    return pd.DataFrame(
        {
            "name": names,
            "sequence": sequences,
            "group": [row.chrom for row in rows],
            "start": [row.start for row in rows],
            "end": [row.end for row in rows],
            "strand": [row.strand for row in rows],
        }
    )


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


@contextmanager
def _open_genome(genome: FilePath) -> Iterator[Any]:
    try:
        import pyfaidx
    except ImportError:
        raise ImportError(
            'reading a genome needs pyfaidx; install it with: pip install "rcseq[genome]"'
        ) from None
    if not Path(genome).is_file():
        raise SequenceFileError(f"{genome}: there is no such file")
    try:
        opened = pyfaidx.Fasta(str(genome), as_raw=True)
    except (pyfaidx.FastaIndexingError, pyfaidx.UnsupportedCompressionFormat, OSError) as error:
        raise SequenceFileError(f"{genome} cannot be indexed: {error}") from None
    with opened:
        yield opened


def _fetch(chromosome: Any, row: _Interval, width: int | None) -> str:
    start, end = row.start, row.end
    if width is not None:
        start = (row.start + row.end - width) // 2
        end = start + width
    inside = str(chromosome[max(start, 0) : end])
    before = max(-start, 0)
    sequence = "N" * before + inside + "N" * (end - start - before - len(inside))
    return alphabet.reverse_complement(sequence) if row.strand == "-" else sequence
