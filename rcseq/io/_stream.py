"""Sequences of a file, some at a time."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import partial
from io import TextIOWrapper
from itertools import islice, pairwise
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
from Bio.SeqIO.QualityIO import FastqGeneralIterator

from rcseq.io._bed import read_regions
from rcseq.io._fasta import _blocks, _records
from rcseq.io._files import (
    FilePath,
    SequenceFileError,
    StandardInput,
    check_sequences,
    nearest,
    open_binary,
    refuse_empty,
    refuse_letters,
)
from rcseq.io._table import _readable, line_of
from rcseq.sequences import Sequences, as_sequences

_INTERVALS = {".bed", ".broadPeak", ".narrowPeak"}
_ROWS = 10_000  # of a table, or reads of a FASTQ file, parsed at a time
Records = tuple[list[str], list[str]]  # names and sequences


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
    if _INTERVALS & set(Path(source).suffixes):
        raise SequenceFileError(f"{source} holds intervals; their genome is needed too")
    with open_binary(source) as binary:
        first = _first_letter(binary)
        if not first:
            raise SequenceFileError(f"{source} holds no sequences")
        if first == b">":
            records = _fasta(binary, source)
        elif first == b"@":
            records = _fastq(binary, source)
        else:
            records = _table(binary, source, sequence_column, name_column)
        for names, sequences in _together(records, n_bases):
            yield as_sequences(sequences).with_names(names)


def _first_letter(binary: BinaryIO) -> bytes:
    start: bytes = binary.peek(1)  # type: ignore[attr-defined]  # both kinds of stream have it
    return start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]


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


def _fasta(binary: BinaryIO, source: FilePath) -> Iterator[Records]:
    done = 0
    for block in _blocks(binary, source):
        headers, bodies, left = _records(block)
        names = [header.partition(" ")[0].partition("\t")[0] for header in headers]
        where = [f"record {done + i} ({name})" for i, name in enumerate(names, start=1)]
        if left:
            bodies = ["".join(body.split()) for body in bodies]
        refuse_empty(source, bodies, where.__getitem__)
        if left:
            refuse_letters(source, bodies, where.__getitem__)
        yield names, bodies
        done += len(names)


def _fastq(binary: BinaryIO, source: FilePath) -> Iterator[Records]:
    done = 0
    with TextIOWrapper(binary, "utf-8-sig") as text:
        reads = FastqGeneralIterator(text)
        while True:
            part: list[tuple[str, str, str]] = []
            try:
                part += islice(reads, _ROWS)
            except UnicodeDecodeError:
                raise
            except ValueError as error:  # Biopython on a record that breaks the form
                raise SequenceFileError(f"{source}, after record {done}: {error}") from None
            if not part:
                break
            names = [title.partition(" ")[0].partition("\t")[0] for title, _, _ in part]
            sequences = [sequence for _, sequence, _ in part]
            where = [f"record {done + i} ({name})" for i, name in enumerate(names, start=1)]
            check_sequences(source, sequences, where.__getitem__)
            yield names, sequences
            done += len(names)


def _table(
    binary: BinaryIO, source: FilePath, sequence_column: str, name_column: str
) -> Iterator[Records]:
    header = binary.peek(1).partition(b"\n")[0]  # type: ignore[attr-defined]
    tabs = b"\t" in header
    done = 0
    with TextIOWrapper(binary, "utf-8-sig") as text:
        with _readable(source):
            parts = pd.read_csv(
                text,
                sep="\t" if tabs else ",",
                quoting=csv.QUOTE_NONE if tabs else csv.QUOTE_MINIMAL,  # tabs need no quotes
                index_col=False,
                dtype=str,
                keep_default_na=False,
                chunksize=_ROWS,
            )
        while True:
            with _readable(source):
                table = next(parts, None)
            if table is None:
                break
            if sequence_column not in table:
                known = nearest(sequence_column, table.columns)
                raise SequenceFileError(f"{source} has no column {sequence_column!r}; {known}")
            sequences = table[sequence_column].tolist()
            check_sequences(source, sequences, partial(_line, source, done))
            if name_column in table:
                names = table[name_column].tolist()
            else:
                names = [str(done + row) for row in range(1, len(table) + 1)]
            yield names, sequences
            done += len(table)
    if not done:
        raise SequenceFileError(f"{source} holds no sequences")


def _line(source: FilePath, done: int, row: int) -> str:
    row += done
    return f"line {row + 2}" if isinstance(source, StandardInput) else line_of(source, row)


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
