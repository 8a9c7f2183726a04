"""The data of an experiment: simulated as published, or brought along as a table or as peaks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from rcseq.datasets import load_peaks
from rcseq.experiments._protocols import Experiment
from rcseq.io import read_labelled_table
from rcseq.preprocessing import DNAOneHotEncoder
from rcseq.sequences import LabelledSequences

__all__ = [
    "ceiling",
    "codes_of",
    "data_from_peaks",
    "data_from_table",
    "simulated_data",
    "subset_sizes",
]

_SUBSETS = ("train", "valid", "test")
_SIMULATION_SEED = 0  # one data set for all seeds of training, as a published one would be


def subset_sizes(data: LabelledSequences) -> tuple[int, int, int]:
    """Count the sequences to train on, to validate on and to test on."""
    n_train, n_valid, n_test = (len(data.rows(name)) for name in _SUBSETS)
    return n_train, n_valid, n_test


def codes_of(data: LabelledSequences) -> NDArray[np.uint8]:
    """Return the codes of the sequences of an experiment, ``(n, L)``."""
    codes = data.sequences.encoded()
    if codes is None:
        raise ValueError(f"{data.name} holds no encoded sequences, as those of an experiment are.")
    return codes


def ceiling(data: LabelledSequences, experiment: Experiment) -> float | None:
    """Score the classifier that knows how the data were simulated.

    Parameters
    ----------
    data : LabelledSequences
        From :func:`simulated_data` or :func:`data_from_table`.
    experiment : Experiment

    Returns
    -------
    float or None
        Its auROC on the test set, the mean over the labels; None for data that were not simulated.
    """
    if data.motifs is None or experiment.ceiling is None:
        return None
    test = data.subset("test")
    scores = experiment.ceiling(codes_of(test), list(data.motifs.values()))
    return float(roc_auc_score(test.target, scores))


def simulated_data(experiment: Experiment, n_samples: int | None = None) -> LabelledSequences:
    """Simulate the sequences of an experiment.

    Parameters
    ----------
    experiment : Experiment
    n_samples : int, optional
        Fewer of them, for a quick look.

    Returns
    -------
    LabelledSequences
        Codes of shape (n, L): those to train on first, then validation, then test.

    Raises
    ------
    ValueError
        If the experiment is on data of the user's own, or a subset would lack a class.
    """
    if experiment.simulate is None:
        raise ValueError(
            f"{experiment.name} is an experiment on data of your own; give them as a table with "
            "the columns sequence, label and split."
        )
    data = experiment.simulate(_SIMULATION_SEED)
    codes = DNAOneHotEncoder(output="codes").fit_transform(data.sequences)
    return _in_order(
        codes,
        data.target,
        data.split,
        description=f"Simulated sequences of {codes.shape[1]:,} bases",
        n_samples=n_samples,
        motifs=dict(data.motifs),
    )


def data_from_table(
    path: str | os.PathLike[str],
    *,
    sequence_column: str = "sequence",
    label_column: str = "label",
    split_column: str = "split",
    n_samples: int | None = None,
) -> LabelledSequences:
    """Read the data of an experiment from a table.

    Parameters
    ----------
    path : path-like
        TSV or CSV, plain or gzipped, with one sequence a row.
    sequence_column, label_column, split_column : str
        Labels are 0 and 1; the split is train, valid (or dev, validation) or test.
    n_samples : int, optional
        The first so many, each subset with its share.

    Returns
    -------
    LabelledSequences
        Codes of shape (n, L): those to train on first, then validation, then test. Sequences of
        several lengths are padded, or cropped, around their centres to the longest of the training
        set.

    Raises
    ------
    SequenceFileError
        If the file cannot be read as such a table, or holds another split.
    ValueError
        If labels are others than these, or a subset lacks a class.
    """
    table = read_labelled_table(
        path,
        sequence_column=sequence_column,
        label_column=label_column,
        split_column=split_column,
    )
    labels = sorted(set(table.target.tolist()))
    if not set(labels) <= {0, 1}:
        raise ValueError(f"{path}: the column {label_column!r} holds {labels[-1]!r}; use 0 and 1.")
    encoder = DNAOneHotEncoder(output="codes").fit(table.subset("train").sequences)
    try:
        return _in_order(
            encoder.transform(table.sequences),
            table.target.astype(int),
            table.split,
            description=str(path),
            n_samples=n_samples,
        )
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def data_from_peaks(
    peaks: str | os.PathLike[str],
    genome: Any,
    *,
    negatives: Any = "gc",
    width: int = 1000,
    ratio: int = 4,
    valid: Sequence[str] = ("chr1",),
    test: Sequence[str] = ("chr2",),
    n_samples: int | None = None,
) -> LabelledSequences:
    """Read the data of a ChIP-seq experiment from peaks and a genome, as published.

    Windows lie around the summits; chromosome 1 validates, chromosome 2 tests and the others train,
    with four negatives for each positive. The published background is a file of its own for each
    factor, which `negatives` takes; windows of the genome matched in GC content stand in for it.

    Parameters
    ----------
    peaks : path-like
        BED or narrowPeak.
    genome : path-like or Genome
    negatives : {"gc", "dinucleotide", "flanks"} or path-like, default="gc"
        As for :func:`rcseq.datasets.load_peaks`. Of a file, every so many intervals are taken to
        train on, so that there are `ratio` for each positive, and all to validate and to test.
    width : int, default=1000
        Bases of a window.
    ratio : int, default=4
        Negatives for each positive.
    valid, test : sequence of str
        Chromosomes to validate on and to test on.
    n_samples : int, optional
        The first so many, each subset with its share.

    Returns
    -------
    LabelledSequences
        Codes of shape (n, width): those to train on first, then validation, then test.

    Raises
    ------
    SequenceFileError
        If a file cannot be read, or a peak is not in the genome.
    ValueError
        If a subset lacks a class, such as that of a genome without chromosome 2.
    """
    data = load_peaks(
        peaks, genome, width=width, negatives=negatives, ratio=ratio, edges="drop", random_state=0
    )
    if data.groups is None:
        raise ValueError(f"{negatives}: the names do not tell chromosomes, by which to split")
    split = np.full(len(data), "train", object)
    split[np.isin(data.groups, valid)], split[np.isin(data.groups, test)] = "valid", "test"
    rows = np.arange(len(data))
    training = split == "train"
    n_positive, others = (training & (data.target == 1)).sum(), rows[training & (data.target == 0)]
    surplus = others[np.arange(len(others)) % max(1, len(others) // max(1, ratio * n_positive)) > 0]
    rows = np.setdiff1d(rows, surplus)
    chosen = data.subset(rows)
    encoder = DNAOneHotEncoder(length=width, output="codes")
    try:
        return _in_order(
            encoder.fit_transform(chosen.sequences),
            chosen.target,
            split[rows],
            description=data.description,
            n_samples=n_samples,
        )
    except ValueError as error:
        raise ValueError(f"{peaks}: {error}") from error


def _in_order(
    codes: NDArray[np.uint8],
    target: NDArray[Any],
    split: Any,
    *,
    description: str,
    n_samples: int | None = None,
    motifs: dict[str, NDArray[np.float64]] | None = None,
) -> LabelledSequences:
    """Sort samples by subset; of `n_samples`, each subset has its share."""
    share = 1.0 if n_samples is None else min(1.0, n_samples / len(codes))
    members = [np.flatnonzero(split == name) for name in _SUBSETS]
    kept = [index[: round(share * len(index))] for index in members]
    for name, index in zip(_SUBSETS, kept, strict=True):
        y = target[index]
        if not len(index) or (y.min(axis=0) == y.max(axis=0)).any():
            raise ValueError(
                f"the {name} subset holds {len(index)} sequences and not every class; "
                f"{'use more samples' if n_samples else 'it cannot be learned or scored'}."
            )
    order = np.concatenate(kept)
    n_train, n_valid, n_test = (len(index) for index in kept)
    return LabelledSequences(
        np.ascontiguousarray(codes[order]),
        target[order],
        split=np.repeat(_SUBSETS, [n_train, n_valid, n_test]),
        description=(
            f"{description}: {n_train:,} to train, {n_valid:,} to validate, {n_test:,} to test"
        ),
        motifs=motifs,
    )
