"""One reader for every form."""

import codecs
from io import BufferedReader
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from rcseq.io._bed import read_bed
from rcseq.io._fasta import fasta_records, fastq_records, record_table
from rcseq.io._files import FilePath, SequenceFileError, as_text, open_binary
from rcseq.io._table import sequence_table

INTERVALS = {".bed", ".narrowpeak", ".broadpeak"}


def read_sequences(path: FilePath, **options: Any) -> pd.DataFrame:
    """Read a file of sequences of any of the forms here.

    FASTA and FASTQ are known by their first character, BED by its name
    (``.bed``, ``.narrowPeak``, ``.broadPeak``); the rest is a table.

    Parameters
    ----------
    path : path-like
        Plain or gzipped.
    **options
        For :func:`read_bed` or :func:`read_table`.

    Returns
    -------
    table : DataFrame
        As the reader of that form gives it; always with a column of sequences.

    Raises
    ------
    SequenceFileError
        As that reader.
    TypeError
        If the reader of that form has no such option.
    """
    if INTERVALS & {suffix.lower() for suffix in Path(path).suffixes}:
        return read_bed(path, **options)
    with open_binary(path) as binary:  # once: a pipe cannot be read again
        form = form_of(binary, path)
        if form == "table":
            with as_text(binary) as text:
                return sequence_table(text, path, **options)
        if options:
            raise TypeError(f"{path} is {form}, which is read without {next(iter(options))}=")
        records = fasta_records if form == "FASTA" else fastq_records
        return record_table(records(binary, path))


def form_of(binary: BufferedReader, path: FilePath) -> Literal["FASTA", "FASTQ", "table"]:
    """Recognise an open file by its first letter, which is not taken from it."""
    first = binary.peek(1).removeprefix(codecs.BOM_UTF8).lstrip()[:1]
    if not first:
        raise SequenceFileError(f"{path} holds no sequences")
    return "FASTA" if first == b">" else "FASTQ" if first == b"@" else "table"
