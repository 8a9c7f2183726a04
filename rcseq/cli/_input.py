"""The user's sequences: read, grouped, and checked before any model is trained."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click

from rcseq.cli._common import InputError


class Split(NamedTuple):
    """Rows of a given split: those to train on, to validate on (may be none), and to test on."""

    train: list[int]
    valid: list[int]
    test: list[int]


class Data(NamedTuple):
    name: str
    description: str
    sequences: list[str]
    target: Any
    groups: Any
    places: dict[Any, tuple[str, str]]  # where each class is, and what it is called there
    split: Split | None = None


def read_data(options: dict[str, Any]) -> Data:
    from rcseq.io import SequenceFileError

    positives, negatives, table = (options[k] for k in ("positives", "negatives", "table"))
    if table is not None and (positives or negatives):
        raise click.UsageError("give --table, or --positives and --negatives, not both")
    if options["dataset"] and (table or positives or negatives):
        raise click.UsageError("give --dataset or sequences of your own, not both")
    if (positives is None) != (negatives is None):
        raise click.UsageError("--positives and --negatives go together")
    if table is None and options["group_column"]:
        raise click.UsageError("--group-column names a column of --table")
    if table is None and options["split_column"]:
        raise click.UsageError("--split-column names a column of --table")
    if len([k for k in ("group_column", "groups", "split_column") if options[k]]) > 1:
        raise click.UsageError("give one of --group-column, --groups and --split-column")
    try:
        if table is not None:
            data, names = _read_table(table, options)
        elif positives is not None:
            data, names = _read_fasta(positives, negatives)
        else:
            data, names = EMBEDDED[options["dataset"] or "nfe2"]()
    except SequenceFileError as error:
        raise InputError(str(error)) from error
    return data if options["groups"] is None else _group(data, names, options["groups"])


def _read_table(path: Path, options: dict[str, Any]) -> tuple[Data, list[str] | None]:
    import numpy as np

    from rcseq.io import read_table

    label = options["label_column"]
    rows = read_table(
        path,
        sequence_column=options["sequence_column"],
        target_column=label,
        group_column=options["group_column"],
    )
    target = rows[label].to_numpy()
    if target.dtype.kind not in "iufb":
        target = target.astype(str)
    groups = rows[options["group_column"]].to_numpy() if options["group_column"] else None
    sequences = rows[options["sequence_column"]].tolist()
    counts = rows[label].value_counts()
    description = f"{path}: {len(rows):,} sequences"
    if len(counts) == 1 and not is_continuous(target):
        raise InputError(
            f"{path}: the column {label!r} holds one class only, {counts.index[0]!r}; a comparison "
            "needs two."
        )
    if not is_continuous(target):
        shares = ", ".join(f"{count:,} of {name}" for name, count in counts.items())
        description += f" ({shares})"
    column = f"{path}: the column {label!r}"
    places = {name: (column, f" of class {name}") for name in np.unique(target).tolist()}
    names = rows["name"].astype(str).tolist() if "name" in rows else None
    data = Data(str(path), description, sequences, target, groups, places)
    if options["split_column"]:
        data = data._replace(split=_split(path, rows, options["split_column"]))
    return data, names


_SUBSETS = {
    "train": ("train", "training"),
    "valid": ("valid", "validation", "val", "dev"),
    "test": ("test",),
}


def _split(path: Path, rows: Any, column: str) -> Split:
    if column not in rows:
        raise InputError(f"{path} has no column {column!r}; there are {', '.join(rows)}.")
    subset_of = {word: subset for subset, words in _SUBSETS.items() for word in words}
    words = rows[column].astype(str).str.lower()
    members: dict[str, list[int]] = {subset: [] for subset in _SUBSETS}
    for row, word in enumerate(words):
        if word not in subset_of:
            raise InputError(
                f"{path}, line {row + 2}: the column {column!r} holds {word!r}; train, valid (or "
                "dev) and test are known."
            )
        members[subset_of[word]].append(row)
    for subset in ("train", "test"):
        if not members[subset]:
            raise InputError(f"{path}: the column {column!r} holds no {subset!r}.")
    return Split(**members)


def _read_fasta(positives: Path, negatives: Path) -> tuple[Data, list[str]]:
    import numpy as np

    from rcseq.io import read_fasta

    bound, unbound = read_fasta(positives), read_fasta(negatives)
    both = len(set(bound["sequence"]) & set(unbound["sequence"]))
    if both:
        click.echo(
            f"Warning: {both:,} sequences are in {positives} and in {negatives} as well.", err=True
        )
    description = (
        f"{positives} ({len(bound):,} positives) and {negatives} ({len(unbound):,} negatives)"
    )
    data = Data(
        f"{positives} and {negatives}",
        description,
        [*bound["sequence"], *unbound["sequence"]],
        np.repeat([1, 0], [len(bound), len(unbound)]),
        None,
        {1: (str(positives), ""), 0: (str(negatives), "")},
    )
    return data, [*bound["name"], *unbound["name"]]


def _nfe2() -> tuple[Data, list[str]]:
    from rcseq.datasets import load_nfe2

    data = load_nfe2(subset="all")
    description = (
        f"NF-E2 ChIP-seq in GM12878 (ENCODE), embedded: {int(data.target.sum()):,} bound and "
        f"{int((1 - data.target).sum()):,} unbound sequences"
    )
    name = "the embedded NF-E2 set"
    places = dict.fromkeys((0, 1), (name, " of a class"))
    return Data(name, description, list(data.sequences), data.target, None, places), list(
        data.names
    )


def _splice() -> tuple[Data, None]:
    from rcseq.datasets import load_splice

    data = load_splice()
    description = (
        f"Splice junctions of primates (UCI), embedded: {len(data.sequences):,} sequences, donors, "
        "acceptors and neither; repeats of a sequence in one fold"
    )
    name = "the embedded splice set"
    places = dict.fromkeys(data.target_names, (name, " of a class"))
    return Data(name, description, list(data.sequences), data.target, data.groups, places), None


EMBEDDED: dict[str, Callable[[], tuple[Data, list[str] | None]]] = {
    "nfe2": _nfe2,
    "splice": _splice,
}


def _group(data: Data, names: list[str] | None, kind: str) -> Data:
    from rcseq.io import chromosomes
    from rcseq.model_selection import sequence_families

    if kind == "family":
        return data._replace(groups=sequence_families(data.sequences))
    if names is None:
        raise InputError(
            f"{data.name}: --groups chromosome needs a column 'name' with chrom:start-end; name "
            "the column that holds the chromosome by --group-column."
        )
    try:
        return data._replace(groups=chromosomes(names))
    except ValueError as error:
        raise InputError(f"{data.name}: {error}") from error


def is_continuous(target: Any) -> bool:
    from sklearn.utils.multiclass import type_of_target

    return str(type_of_target(target)).startswith("continuous")


def check_folds(data: Data, cv: int) -> None:
    """Refuse a class that cannot be in every fold, in the name of the file that holds it."""
    import numpy as np

    if is_continuous(data.target) or data.split is not None:
        return
    labels, counts = np.unique(data.target, return_counts=True)
    for label, count in zip(labels.tolist(), counts.tolist(), strict=True):
        if count < cv:
            where, what = data.places[label]
            raise InputError(
                f"{where} holds {count} sequence{'s' * (count != 1)}{what}, fewer than the {cv} "
                "folds; add sequences or lower --cv."
            )
