"""Sequences of a file, some at a time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import numpy as np

from rcseq.io._any import INTERVALS, form_of
from rcseq.io._bed import read_regions
from rcseq.io._fasta import Records, fasta_records, fastq_records, first_words
from rcseq.io._files import (
    LONGEST,
    FilePath,
    SequenceFileError,
    StandardInput,
    as_text,
    check_sequences,
    open_binary,
    refuse_long,
)
from rcseq.io._table import read_rows
from rcseq.sequences import Sequences, as_sequences

_ROWS = 10_000  # of a table parsed at a time


def iter_sequences(
    path: FilePath,
    *,
    genome: FilePath | None = None,
    width: int | None = None,
    sequence_column: str = "sequence",
    name_column: str = "name",
    n_bases: int = 2_000_000,
) -> Iterator[Sequences]:
    r"""Read a file of sequences some at a time, so that it may be larger than memory.

    Parameters
    ----------
    path : path-like
        FASTA, FASTQ or a table with a header line, known by the first character, plain or gzipped;
        or BED intervals, with a `genome`. ``"-"`` is standard input.
    genome : path-like, optional
        FASTA of which `path` has intervals.
    width : int, optional
        As for :func:`read_regions`.
    sequence_column, name_column : str
        Columns of a table. Without a column of names, a row is named by its number, from 1.
    n_bases : int, default=2_000_000
        About so many bases are read at a time; a sequence is never cut.

    Yields
    ------
    sequences : Sequences
        With names, in the order of the file.

    Raises
    ------
    SequenceFileError
        As the reader of that form, when the record in question is reached.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from rcseq.io import iter_sequences
    >>> path = pathlib.Path(tempfile.mkdtemp(), "peaks.fa")
    >>> _ = path.write_text(">a\nACGTAC\n>b\nACGT\n")
    >>> for sequences in iter_sequences(path):
    ...     print(sequences.names, sequences.tolist())
    ['a' 'b'] ['ACGTAC', 'ACGT']
    """
    source = StandardInput() if str(path) == "-" else path
    if genome is not None:
        yield from _intervals(source, genome, width, n_bases)
        return
    if INTERVALS & {suffix.lower() for suffix in Path(source).suffixes}:
        raise SequenceFileError(f"{source} holds intervals; their genome is needed too")
    with open_binary(source) as binary:
        form = form_of(binary, source)
        if form == "table":
            records = _table(binary, source, sequence_column, name_column)
        else:
            parsed = (fasta_records if form == "FASTA" else fastq_records)(binary, source, LONGEST)
            records = ((first_words(titles), sequences) for titles, sequences in parsed)
        for names, sequences in _together(records, n_bases):
            yield as_sequences(sequences).with_names(names)


def _together(records: Iterator[Records], n_bases: int) -> Iterator[Records]:
    """Join what a reader parses at a time into parts of about `n_bases`."""
    names: list[str] = []
    sequences: list[str] = []
    held = 0
    for more_names, more in records:
        names += more_names
        sequences += more
        held += sum(map(len, more))
        if held >= n_bases:
            yield names, sequences
            names, sequences, held = [], [], 0
    if names:
        yield names, sequences


def _table(
    binary: BinaryIO, source: FilePath, sequence_column: str, name_column: str
) -> Iterator[Records]:
    done = 0
    with as_text(binary) as text:
        for rows in read_rows(text, source, n_rows=_ROWS):
            rows.check(sequence_column, None)
            sequences = rows.columns[sequence_column]
            refuse_long(source, sequences, rows.where, LONGEST)
            unnamed = [str(done + row) for row in range(1, len(sequences) + 1)]
            yield rows.columns.get(name_column, unnamed), sequences
            done += len(sequences)


def _intervals(
    source: FilePath, genome: FilePath, width: int | None, n_bases: int
) -> Iterator[Sequences]:
    regions = read_regions(source, genome, width=width)
    part = regions.lengths.cumsum() // n_bases
    bounds = [0, *(np.flatnonzero(np.diff(part)) + 1).tolist(), len(regions)]
    for first, last in pairwise(bounds):
        chosen = regions[first:last]
        names = [str(name) for name in chosen.names]
        try:
            sequences = chosen.tolist()
            check_sequences(genome, sequences, [f"the interval {n}" for n in names].__getitem__)
        except SequenceFileError:
            raise
        except ValueError as error:  # a letter that has no complement
            raise SequenceFileError(f"{genome}, an interval of {source}: {error}") from None
        yield as_sequences(sequences).with_names(names)
