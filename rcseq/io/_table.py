"""Tables of sequences."""

import csv
import math
import re
from collections.abc import Callable, Iterator
from itertools import islice, zip_longest
from typing import Any, NamedTuple, TextIO

import numpy as np
import pandas as pd

from rcseq.io._files import FilePath, SequenceFileError, check_sequences, nearest, open_text

_MISSING = frozenset(["", "NA", "N/A", "NaN", "nan", "null", "None"])
_NUMBER = re.compile(
    r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?|inf|infinity)", re.ASCII | re.IGNORECASE
)
_WHOLE = re.compile(r"-?(?:0|[1-9]\d{0,17})", re.ASCII)


def read_table(
    path: FilePath,
    *,
    sequence_column: str = "sequence",
    target_column: str | None = None,
    group_column: str | None = None,
    sep: str | None = None,
) -> pd.DataFrame:
    """Read a table with one row a sequence and a header line.

    A row is a line. Where tabs are between the columns, a quote is a letter like any other, unless
    quotes enclose a whole field.

    Parameters
    ----------
    path : path-like
        Plain or gzipped, whatever its name.
    sequence_column : str, default="sequence"
    target_column, group_column : str, default=None
        Further columns that have to be there and complete.
    sep : str, default=None
        The character between the columns; None takes the tab where the header has one, else the
        comma.

    Returns
    -------
    table : DataFrame
        All columns of the file, under their own names. Sequences and groups are text, and so is a
        target of which two words, as 01 and 1, would be one number.

    Raises
    ------
    SequenceFileError
        If the file is missing, damaged, empty or no table, a column is missing, a value in one of
        the named columns is missing, or a sequence is no DNA.
    """
    with open_text(path) as text:
        return sequence_table(
            text,
            path,
            sequence_column=sequence_column,
            target_column=target_column,
            group_column=group_column,
            sep=sep,
        )


def sequence_table(
    text: TextIO,
    path: FilePath,
    *,
    sequence_column: str = "sequence",
    target_column: str | None = None,
    group_column: str | None = None,
    sep: str | None = None,
) -> pd.DataFrame:
    """Read an open table."""
    (rows,) = read_rows(text, path, sep)
    rows.check(sequence_column, target_column, group_column)
    kinds: dict[str | None, Column] = {
        target_column: as_target,
        group_column: as_words,
        sequence_column: as_words,
    }
    columns = {name: kinds.get(name, as_column)(words) for name, words in rows.columns.items()}
    return pd.DataFrame(columns)


Column = Callable[[list[str]], Any]


class Rows(NamedTuple):
    """The words of a table, by column, and where they are in the file."""

    path: FilePath
    columns: dict[str, list[str]]
    lines: list[int]

    def where(self, row: int) -> str:
        """Return where a row is."""
        return f"line {self.lines[row]}"

    def check(self, sequences: str, target: str | None, *others: str | None) -> None:
        """Refuse a table without these columns, or with a gap in one; check the sequences."""
        named = [name for name in (sequences, target, *others) if name is not None]
        for name in named:
            if name not in self.columns:
                there = nearest(name, self.columns)
                raise SequenceFileError(f"{self.path} has no column {name!r}; {there}")
        for name in named:
            missing = _MISSING if name == target else {""}  # "NA" and "NAN" are DNA
            gap = next((i for i, word in enumerate(self.columns[name]) if word in missing), None)
            if gap is not None:
                raise SequenceFileError(
                    f"{self.path}, {self.where(gap)}: the column {name!r} is empty"
                )
        check_sequences(self.path, self.columns[sequences], self.where)


def read_rows(
    text: TextIO, path: FilePath, sep: str | None = None, n_rows: int | None = None
) -> Iterator[Rows]:
    """Cut an open table into its fields, `n_rows` at a time, or all."""
    header = text.readline()
    if not header.strip():
        raise SequenceFileError(f"{path} does not begin with a header line")
    if sep is None:
        sep = "\t" if "\t" in header else ","
    if len(sep) != 1:
        raise ValueError(f"sep={sep!r} is not one character")
    names = _fields(header, sep, f"{path}, line 1")
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise SequenceFileError(f"{path} has two columns {twice[0]!r}")
    numbered = ((number, line) for number, line in enumerate(text, start=2) if line.strip())
    some = list(islice(numbered, n_rows))
    while True:
        rows = []
        for number, line in some:
            where = f"{path}, line {number}"
            rows.append(_fields(line, sep, where))
            if len(rows[-1]) > len(names):
                raise SequenceFileError(
                    f"{where}: {len(rows[-1])} columns, where the header has {len(names)}"
                )
        columns = zip_longest(names, *rows, fillvalue="")
        yield Rows(path, {name: words for name, *words in columns}, [n for n, _ in some])
        some = [] if n_rows is None else list(islice(numbered, n_rows))
        if not some:
            return


def _fields(line: str, sep: str, where: str) -> list[str]:
    """Cut a line; a quote that would swallow the lines after it is a letter, or an error."""
    line = line.removesuffix("\n")
    if '"' not in line:
        return line.split(sep)
    if sep == "\t":
        return [_unquoted(field) for field in line.split(sep)]
    try:
        return next(csv.reader([line], delimiter=sep, strict=True))
    except csv.Error as error:
        raise SequenceFileError(
            f"{where}: a quote is not closed in this line, or stands within a field ({error})"
        ) from None


def _unquoted(field: str) -> str:
    """Take off quotes around a whole field, as R and spreadsheets write them."""
    if len(field) > 1 and field[0] == field[-1] == '"':
        return field[1:-1].replace('""', '"')
    return field


def as_words(words: list[str]) -> list[str]:
    """Keep text as it is: "NA" is DNA, and a group "01" is not the group "1"."""
    return words


def as_column(words: list[str]) -> Any:
    """Return numbers or truth values where all words are, NaN where one is missing."""
    distinct = dict.fromkeys(words)
    known = [word for word in distinct if word not in _MISSING]
    if known and all(map(_WHOLE.fullmatch, distinct)):
        return np.array(words, dtype=object).astype(np.int64)
    if all(map(_NUMBER.fullmatch, known)):
        return np.array([math.nan if word in _MISSING else float(word) for word in words])
    if {word.lower() for word in distinct} <= {"true", "false"}:
        return np.array([word.lower() == "true" for word in words])
    return [math.nan if word in _MISSING else word for word in words]


def as_target(words: list[str]) -> Any:
    """Return a column; it stays text where two of its words would be one number."""
    return words if one_number(words) else as_column(words)


def one_number(words: list[str]) -> tuple[str, str] | None:
    """Find two words that are one whole number, in a column of whole numbers."""
    distinct = [word for word in dict.fromkeys(words) if word not in _MISSING]
    if all(map(_WHOLE.fullmatch, distinct)) or not all(map(_NUMBER.fullmatch, distinct)):
        return None
    first: dict[float, str] = {}
    found = None
    for word in distinct:
        value = float(word)
        if not value.is_integer():  # measurements; 0.5 and 0.50 are the same
            return None
        if value in first and found is None:
            found = first[value], word
        first.setdefault(value, word)
    return found
