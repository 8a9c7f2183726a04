"""Labelled sets of files."""

import numpy as np
import pandas as pd
from sklearn.utils.multiclass import type_of_target

from rcseq.io._fasta import read_fasta
from rcseq.io._files import FilePath, SequenceFileError, nearest
from rcseq.io._table import line_of, read_table
from rcseq.sequences import LabelledSequences, split_names


def read_labelled_fasta(positives: FilePath, negatives: FilePath) -> LabelledSequences:
    """Read two FASTA files, one of each class.

    Parameters
    ----------
    positives, negatives : path-like
        Plain or gzipped.

    Returns
    -------
    data : LabelledSequences
        The target is 1 for a positive, 0 for a negative.

    Raises
    ------
    SequenceFileError
        As :func:`read_fasta`.
    """
    bound, unbound = read_fasta(positives), read_fasta(negatives)
    table = pd.concat([bound, unbound])
    return LabelledSequences(
        table["sequence"].tolist(),
        np.repeat([1, 0], [len(bound), len(unbound)]),
        names=table["name"].to_numpy(object),
        name=f"{positives} and {negatives}",
        description=(
            f"{positives} ({len(bound):,} positives) and {negatives} ({len(unbound):,} negatives)"
        ),
        places={1: (str(positives), ""), 0: (str(negatives), "")},
    )


def read_labelled_table(
    path: FilePath,
    *,
    sequence_column: str = "sequence",
    label_column: str = "label",
    group_column: str | None = None,
    split_column: str | None = None,
) -> LabelledSequences:
    r"""Read a table with a column of labels.

    Parameters
    ----------
    path : path-like
        TSV or CSV, plain or gzipped, with one sequence a row.
    sequence_column, label_column : str
        Labels are numbers, or words for classes.
    group_column : str, optional
        The same word for sequences that belong together.
    split_column : str, optional
        ``train``, ``valid`` (or ``validation``, ``val``, ``dev``) or ``test``.

    Returns
    -------
    data : LabelledSequences
        With the names of the column ``name``, where there is one.

    Raises
    ------
    SequenceFileError
        As :func:`read_table`; or if a word of the split is not known, or nothing is to be trained
        or tested on.

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
    table = read_table(
        path,
        sequence_column=sequence_column,
        target_column=label_column,
        group_column=group_column,
    )
    target = table[label_column].to_numpy()
    if target.dtype.kind not in "iufb":
        target = target.astype(str)
    column = f"{path}: the column {label_column!r}"
    description, classes = f"{path}: {len(table):,} sequences", []
    if not str(type_of_target(target)).startswith("continuous"):
        counts = table[label_column].value_counts()
        shares = ", ".join(f"{count:,} of {name}" for name, count in counts.items())
        description += f" ({shares})"
        classes = np.unique(target).tolist()
    return LabelledSequences(
        table[sequence_column].tolist(),
        target,
        groups=table[group_column].to_numpy() if group_column else None,
        split=_split(path, table, split_column) if split_column else None,
        names=table["name"].astype(str).to_numpy(object) if "name" in table else None,
        name=str(path),
        description=description,
        places={name: (column, f" of class {name}") for name in classes},
    )


def _split(path: FilePath, table: pd.DataFrame, column: str) -> list[str]:
    if column not in table:
        raise SequenceFileError(
            f"{path} has no column {column!r}; {nearest(column, map(str, table))}"
        )
    parts = split_names(table[column])
    for row, part in enumerate(parts):
        if part is None:
            word = str(table[column].iloc[row]).lower()
            raise SequenceFileError(
                f"{path}, {line_of(path, row)}: the column {column!r} holds {word!r}; train, valid "
                "(or dev) and test are known"
            )
    for needed in ("train", "test"):
        if needed not in parts:
            raise SequenceFileError(f"{path}: the column {column!r} holds no {needed!r}")
    return list(parts)
