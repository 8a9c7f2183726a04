"""Labelled sets of files."""

from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from rcseq.io._fasta import fasta_records, record_table
from rcseq.io._files import (
    LONGEST,
    FilePath,
    SequenceFileError,
    open_binary,
    open_text,
    refuse_long,
)
from rcseq.io._locus import place
from rcseq.io._table import Rows, as_column, one_number, read_rows
from rcseq.sequences import LabelledSequences, split_names

Task = Literal["classification", "regression"]

_CLASSES = 20  # the most different whole numbers that are classes without being called so


def read_labelled_fasta(positives: FilePath, negatives: FilePath) -> LabelledSequences:
    """Read two FASTA files, one of each class.

    Parameters
    ----------
    positives, negatives : path-like
        Plain or gzipped.

    Returns
    -------
    data : LabelledSequences
        The target is 1 for a positive, 0 for a negative. A record that the UCSC Genome Browser
        wrote (``>hg38_dna range=chr1:1-60``) has its place as its name.

    Raises
    ------
    SequenceFileError
        As :func:`read_fasta`; or if a sequence has more than 1,048,576 bases, as a chromosome.
    """
    bound, unbound = _read_fasta(positives), _read_fasta(negatives)
    table = pd.concat([bound, unbound])
    return LabelledSequences(
        table["sequence"].tolist(),
        np.repeat([1, 0], [len(bound), len(unbound)]),
        task="classification",
        names=table["name"].to_numpy(object),
        name=f"{positives} and {negatives}",
        description=(
            f"{positives} ({len(bound):,} positives) and {negatives} ({len(unbound):,} negatives)"
        ),
        places={1: (str(positives), ""), 0: (str(negatives), "")},
    )


def _read_fasta(path: FilePath) -> pd.DataFrame:
    with open_binary(path) as binary:
        table = record_table(fasta_records(binary, path, LONGEST))
    places = [place(title) for title in table["description"]]
    names = [p or name for p, name in zip(places, table["name"], strict=True)]
    return table.assign(name=names)


def read_labelled_table(
    path: FilePath,
    *,
    sequence_column: str = "sequence",
    label_column: str = "label",
    group_column: str | None = None,
    split_column: str | None = None,
    task: Task | None = None,
) -> LabelledSequences:
    r"""Read a table with a column of labels.

    Parameters
    ----------
    path : path-like
        TSV or CSV, plain or gzipped, with one sequence a row.
    sequence_column, label_column : str
        Labels are words or whole numbers for classes, or measurements.
    group_column : str, optional
        The same word for sequences that belong together.
    split_column : str, optional
        ``train``, ``valid`` (or ``validation``, ``val``, ``dev``) or ``test``.
    task : {"classification", "regression"}, optional
        What the labels are: classes, or measurements. By default words are classes, numbers of
        which some are not whole are measurements, and up to 20 different whole numbers are classes.

    Returns
    -------
    data : LabelledSequences
        With the names of the column ``name``, where there is one. Its description says what the
        labels were taken for.

    Raises
    ------
    SequenceFileError
        As :func:`read_table`; if it is not clear what the labels are, as of 100 different whole
        numbers, or of classes 01 and 1; if a word of the split is not known, or nothing is to be
        trained or tested on; or if a sequence has more than 1,048,576 bases.
    ValueError
        If there is no such task.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from rcseq.io import read_labelled_table
    >>> path = pathlib.Path(tempfile.mkdtemp(), "peaks.csv")
    >>> _ = path.write_text("sequence,label,split\nACGT,1,train\nTTT,0,dev\nGG,0,test\n")
    >>> data = read_labelled_table(path, split_column="split")
    >>> data.target, data.rows("valid")
    (array([1, 0, 0]), array([1]))
    """
    if task is not None and task not in get_args(Task):
        raise ValueError(f"task={task!r} is not one of {', '.join(get_args(Task))}")
    with open_text(path) as text:
        (rows,) = read_rows(text, path)
    rows.check(sequence_column, label_column, group_column, split_column)
    sequences, column = rows.columns[sequence_column], f"{path}: the column {label_column!r}"
    refuse_long(path, sequences, rows.where, LONGEST)
    target, task = _target(rows, label_column, task)
    description, classes = f"{path}: {len(sequences):,} sequences", []
    if task == "regression":
        description += f" with measurements from {target.min():g} to {target.max():g}"
    else:
        classes = np.unique(target).tolist()
        counts = pd.Series(target).value_counts()
        shares = ", ".join(f"{count:,} of {name}" for name, count in counts.items())
        description += f" of {len(classes)} classes ({shares})"
    return LabelledSequences(
        sequences,
        target,
        task=task,
        groups=np.array(rows.columns[group_column], dtype=object) if group_column else None,
        split=_split(rows, split_column) if split_column else None,
        names=np.array(rows.columns["name"], object) if "name" in rows.columns else None,
        name=str(path),
        description=description,
        places={name: (column, f" of class {name}") for name in classes},
    )


def _target(rows: Rows, column: str, task: Task | None) -> tuple[Any, Task]:
    """Return the labels, and what they are."""
    words = rows.columns[column]
    values = np.asarray(as_column(words))
    where = f"{rows.path}: the column {column!r}"
    if values.dtype.kind not in "if":
        for row, word in enumerate(words if task == "regression" else ()):
            if np.asarray(as_column([word])).dtype.kind not in "if":
                said = f"{rows.path}, {rows.where(row)}: the column {column!r} holds {word[:40]!r}"
                raise SequenceFileError(f"{said}, which is not a number")
        return values, "classification"
    if not np.isfinite(values).all():
        row = int((~np.isfinite(values)).argmax())
        raise SequenceFileError(
            f"{rows.path}, {rows.where(row)}: the column {column!r} holds {words[row][:40]}, which "
            "is not a finite number"
        )
    whole = bool((values == np.floor(values)).all())
    n_values = len(set(words))
    if task is None and whole and n_values > _CLASSES:
        raise SequenceFileError(
            f"{where} holds {n_values:,} different whole numbers, which can be measurements or "
            "classes: say which with task='regression' or task='classification' (--task)"
        )
    if task is None:
        task = "classification" if whole else "regression"
    if task == "regression":
        return values.astype(float), task
    same = one_number(words)
    if same:
        raise SequenceFileError(
            f"{where} holds {same[0]!r} and {same[1]!r}, one number written in two ways; if they "
            "are one class, write them alike, and if they are two, give them names"
        )
    if not whole or (values.dtype.kind == "f" and np.abs(values).max() >= 2**53):
        return np.array(words, dtype=object), task
    return values.astype(np.int64), task


def _split(rows: Rows, column: str) -> list[str]:
    parts = split_names(rows.columns[column])
    for row, part in enumerate(parts):
        if part is None:
            word = rows.columns[column][row].lower()
            raise SequenceFileError(
                f"{rows.path}, {rows.where(row)}: the column {column!r} holds {word!r}; train, "
                "valid (or dev) and test are known"
            )
    for needed in ("train", "test"):
        if needed not in parts:
            raise SequenceFileError(f"{rows.path}: the column {column!r} holds no {needed!r}")
    return list(parts)
