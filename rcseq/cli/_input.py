"""The user's sequences: read, grouped, and checked before any model is trained."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rcseq.cli._common import FILE, InputError
from rcseq.cli._peaks import PEAK_OPTIONS, check_peak_options, read_peak_data

if TYPE_CHECKING:
    from rcseq.sequences import LabelledSequences

INCLUDED = ("nfe2", "splice")  # the data sets that come with the package

_OPTIONS = (
    click.option("--positives", type=FILE, help="FASTA, plain or gzipped, of one class."),
    click.option("--negatives", type=FILE, help="FASTA, plain or gzipped, of the other class."),
    *PEAK_OPTIONS,
    click.option(
        "--table", type=FILE, help="TSV or CSV with one sequence a row, instead of FASTA."
    ),
    click.option(
        "--dataset",
        type=click.Choice(INCLUDED),
        help="A set that comes with the package: NF-E2 ChIP-seq, which is the default without any "
        "input, or splice junctions, whose label depends on the strand.",
    ),
    click.option("--sequence-column", default="sequence", show_default=True),
    click.option("--label-column", default="label", show_default=True),
    click.option(
        "--task",
        type=click.Choice(["classification", "regression"]),
        help="Whether the labels of --table are classes or measurements. By default words are "
        "classes, numbers that are not whole are measurements, and up to 20 different whole "
        "numbers are classes.",
    ),
    click.option(
        "--positive-class",
        help="The one of two labels of --table whose probability is scored; by default 1, or the "
        "last in the alphabet.",
    ),
    click.option("--group-column", help="Rows of one group stay on one side of every split."),
    click.option(
        "--groups",
        type=click.Choice(["chromosome", "family"]),
        help="Keep together: sequences of a chromosome (FASTA headers chrom:start-end), or "
        "families of near-duplicates.",
    ),
    click.option(
        "--split-column",
        help="Column of --table that says train, valid (for early stopping) or test, instead of "
        "folds.",
    ),
)


def data_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where labelled sequences are, for :func:`read_data`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def read_data(options: dict[str, Any]) -> LabelledSequences:
    """Read the labelled sequences that the options of :func:`data_options` describe."""
    from rcseq.io import SequenceFileError, read_labelled_table

    positives, negatives, table = (options[k] for k in ("positives", "negatives", "table"))
    if table is not None and (positives or negatives):
        raise click.UsageError("give --table, or --positives and --negatives, not both")
    if options["dataset"] and (table or positives or negatives):
        raise click.UsageError("give --dataset or sequences of your own, not both")
    if options["peaks"] and (table or positives or options["dataset"]):
        raise click.UsageError("give --peaks or other sequences, not both")
    if not options["peaks"] and (positives is None) != (negatives is None):
        raise click.UsageError("--positives and --negatives go together")
    check_peak_options(options)
    for option in ("task", "positive_class"):
        if table is None and options[option]:
            raise click.UsageError(f"--{option.replace('_', '-')} is about the labels of --table")
    if table is None and options["group_column"]:
        raise click.UsageError("--group-column names a column of --table")
    if table is None and options["split_column"]:
        raise click.UsageError("--split-column names a column of --table")
    if len([k for k in ("group_column", "groups", "split_column") if options[k]]) > 1:
        raise click.UsageError("give one of --group-column, --groups and --split-column")
    try:
        if table is not None:
            data = read_labelled_table(
                table,
                sequence_column=options["sequence_column"],
                label_column=options["label_column"],
                group_column=options["group_column"],
                split_column=options["split_column"],
                task=options["task"],
            )
            _refuse_one_class(data, options["label_column"])
            data = _say_what_was_taken(data, options)
        elif options["peaks"] is not None:
            data = read_peak_data(options)
        elif positives is not None:
            data = _read_fasta(positives, negatives)
        else:
            data = _included(options["dataset"] or "nfe2")
    except SequenceFileError as error:
        raise InputError(str(error)) from error
    if options["groups"] is not None:
        return _group(data, options["groups"], known=options["peaks"] is not None)
    return data.with_groups(None) if options["peaks"] else data


def _say_what_was_taken(data: LabelledSequences, options: dict[str, Any]) -> LabelledSequences:
    """Name the positive class, and the choice between classes and measurements."""
    if options["positive_class"] is not None:
        try:
            data = data.with_positive(options["positive_class"])
        except ValueError as error:
            raise InputError(f"--positive-class: {error}.") from error
    if data.positive is not None:
        if data.positive != 1:  # of 0 and 1, it is 1 for everybody
            click.echo(f"The positive class is {data.positive!r} (--positive-class).", err=True)
    elif data.target.dtype.kind == "i" and options["task"] is None:
        click.echo(
            "Whole numbers are taken as classes; --task regression takes them as measurements.",
            err=True,
        )
    return data


def _read_fasta(positives: Path, negatives: Path) -> LabelledSequences:
    from rcseq.io import read_labelled_fasta

    return read_labelled_fasta(positives, negatives)


def _included(name: str) -> LabelledSequences:
    """Load a set as a comparison takes it: all of it, in folds of its own choice."""
    from rcseq.datasets import load_nfe2, load_splice

    if name == "splice":
        splice: LabelledSequences = load_splice()
        return splice
    nfe2: LabelledSequences = load_nfe2(subset="all")
    return nfe2.with_split(None).with_groups(None)


def _refuse_one_class(data: LabelledSequences, column: str) -> None:
    import numpy as np

    classes = np.unique(data.target).tolist()
    if len(classes) == 1 and data.task == "classification":
        raise InputError(
            f"{data.name}: the column {column!r} holds one class only, {classes[0]!r}; a "
            "comparison needs two."
        )


def _group(data: LabelledSequences, kind: str, known: bool) -> LabelledSequences:
    from rcseq.io import chromosomes
    from rcseq.model_selection import sequence_families

    if kind == "family":
        return data.with_groups(sequence_families(data.sequences))
    if known and data.groups is not None:  # peaks know their chromosomes, whatever their names
        return data
    if data.names is None:
        raise InputError(
            f"{data.name}: --groups chromosome needs a column 'name' with chrom:start-end; name "
            "the column that holds the chromosome by --group-column."
        )
    try:
        return data.with_groups(chromosomes(data.names))
    except ValueError as error:
        raise InputError(f"{data.name}: {error}") from error


def about_data(data: LabelledSequences) -> dict[str, Any]:
    """Return what a report says of the data."""
    about = {"Data": data.description}
    return about if data.positive is None else {**about, "Positive class": data.positive}


def is_regression(data: LabelledSequences) -> bool:
    """Return whether the target is measurements; its numbers alone do not tell."""
    from sklearn.utils.multiclass import type_of_target

    if data.task is not None:
        return data.task == "regression"
    return str(type_of_target(data.target)).startswith("continuous")


def check_folds(data: LabelledSequences, cv: int) -> None:
    """Refuse a class that cannot be in every fold, in the name of the file that holds it."""
    import numpy as np

    if is_regression(data) or data.split is not None:
        return
    labels, counts = np.unique(data.target, return_counts=True)
    for label, count in zip(labels.tolist(), counts.tolist(), strict=True):
        if count < cv:
            where, what = (data.places or {}).get(label, (data.name, " of a class"))
            raise InputError(
                f"{where} holds {count} sequence{'s' * (count != 1)}{what}, fewer than the {cv} "
                "folds; add sequences or lower --cv."
            )
