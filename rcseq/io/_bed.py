"""Intervals of a genome."""

import pandas as pd

from rcseq.io._files import FilePath, SequenceFileError, check_sequences
from rcseq.io._peaks import read_peaks
from rcseq.sequences import Regions, Sequences, as_sequences


def read_bed(path: FilePath, genome: FilePath, *, width: int | None = None) -> pd.DataFrame:
    """Read the sequences of BED intervals from a genome; those on the minus strand are turned.

    Parameters
    ----------
    path : path-like
        BED, narrowPeak or broadPeak, as :func:`read_peaks` takes them.
    genome : path-like
        FASTA, plain or packed with ``bgzip``, or ``.2bit``, as :class:`rcseq.sequences.Genome`
        takes it.
    width : int, default=None
        Take so many bases in place of each interval: around its summit, where the file is
        narrowPeak and gives one, or around its middle. What reaches past the end of a chromosome
        is N.

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
    intervals = read_peaks(path)
    regions = _regions(path, intervals, genome, width)
    try:
        sequences = regions.tolist()
    except ValueError as error:
        raise SequenceFileError(str(error)) from None
    names = regions.names
    assert names is not None
    check_sequences(genome, sequences, lambda index: f"the interval {names[index]}")
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
    return _regions(path, read_peaks(path), genome, width)


def _regions(path: FilePath, table: pd.DataFrame, genome: FilePath, width: int | None) -> Sequences:
    lines = table["line"].to_numpy()
    try:
        return as_sequences(
            Regions(genome, table, width=width, where=lambda row: f"{path}, line {lines[row]}")
        )
    except ValueError as error:
        raise SequenceFileError(str(error)) from None
