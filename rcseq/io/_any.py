"""One reader for every form."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from rcseq.io._bed import read_bed
from rcseq.io._fasta import read_fasta, read_fastq
from rcseq.io._files import FilePath, SequenceFileError, open_text
from rcseq.io._table import read_table


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
    with open_text(path) as text:
        first = next((line[0] for line in text if line.strip()), None)
    if first is None:
        raise SequenceFileError(f"{path} holds no sequences")
    readers: dict[str, Callable[..., pd.DataFrame]] = {">": read_fasta, "@": read_fastq}
    is_bed = {".bed", ".narrowpeak", ".broadpeak"} & {s.lower() for s in Path(path).suffixes}
    return readers.get(first, read_bed if is_bed else read_table)(path, **options)
