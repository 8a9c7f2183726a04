"""Tables of sequences."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import pandas as pd

from rcseq.io._files import FilePath, SequenceFileError, check_sequences, nearest, open_text

_MISSING = ["", "NA", "N/A", "NaN", "nan", "null", "None"]


def read_table(
    path: FilePath,
    *,
    sequence_column: str = "sequence",
    target_column: str | None = None,
    group_column: str | None = None,
    sep: str | None = None,
) -> pd.DataFrame:
    """Read a table with one row a sequence and a header line.

    Parameters
    ----------
    path : path-like
        Plain or gzipped, whatever its name.
    sequence_column : str, default="sequence"
    target_column, group_column : str, default=None
        Further columns that have to be there and complete.
    sep : str, default=None
        Between the columns; None takes the tab where the header has one, else the comma.

    Returns
    -------
    table : DataFrame
        All columns of the file, under their own names.

    Raises
    ------
    SequenceFileError
        If the file is missing, damaged, empty or no table, a column is missing, a value in one of
        the named columns is missing, or a sequence is no DNA.
    """
    named = [c for c in (sequence_column, target_column, group_column) if c is not None]
    columns, sep = _header(path, sep)
    for column in named:
        if column not in columns:
            raise SequenceFileError(f"{path} has no column {column!r}; {nearest(column, columns)}")
    # What is text stays text: "NA" and "NAN" are DNA, and a group "01" is not the group "1".
    text_columns = {sequence_column, group_column} & set(columns)
    with open_text(path) as text, _readable(path):
        table = pd.read_csv(
            text,
            sep=sep,
            index_col=False,
            dtype=dict.fromkeys(text_columns, str),
            keep_default_na=False,
            na_values={column: _MISSING for column in columns if column not in text_columns},
        )
    for column in named:
        if column not in table:
            raise SequenceFileError(
                f"{path} has no column {column!r}; {nearest(column, table.columns)}"
            )
        missing = table[column].isna() | (table[column] == "")
        if missing.any():
            line = line_of(path, int(missing.to_numpy().argmax()))
            raise SequenceFileError(f"{path}, {line}: the column {column!r} is empty")
    check_sequences(path, table[sequence_column].tolist(), lambda row: line_of(path, row))
    return table


def _header(path: FilePath, sep: str | None) -> tuple[list[str], str]:
    """Names of the columns and what is between them."""
    with open_text(path) as text:
        first = text.readline()
    if not first.strip():
        raise SequenceFileError(f"{path} does not begin with a header line")
    sep = sep or ("\t" if "\t" in first else ",")
    with _readable(path):
        return list(pd.read_csv(StringIO(first), sep=sep, nrows=0).columns), sep


def line_of(path: FilePath, row: int) -> str:
    """Return where a row is in the file; blank lines are not rows, but they count as lines."""
    with open_text(path) as text:
        lines = [number for number, line in enumerate(text, start=1) if line.strip()]
    return f"line {lines[row + 1]}"  # the first is the header


@contextmanager
def _readable(path: FilePath) -> Iterator[None]:
    """Turn what pandas cannot read, or would cut off with a warning, into an error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            yield
    except pd.errors.ParserWarning:
        raise SequenceFileError(f"{path}: rows have more columns than the header") from None
    except pd.errors.ParserError as error:
        reason = str(error).removeprefix("Error tokenizing data. C error: ").strip()
        raise SequenceFileError(f"{path} cannot be read as a table: {reason}") from None
