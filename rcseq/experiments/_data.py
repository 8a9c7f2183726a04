"""The data of an experiment: simulated as published, or brought along as a table."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from rcseq.experiments._protocols import Experiment
from rcseq.io import read_table
from rcseq.preprocessing import DNAOneHotEncoder

__all__ = ["ExperimentData", "data_from_table", "simulated_data"]

_SUBSETS = ("train", "valid", "test")
_SYNONYMS = {"training": "train", "dev": "valid", "val": "valid", "validation": "valid"}
_SIMULATION_SEED = 0  # one data set for all seeds of training, as a published one would be


@dataclass(frozen=True, eq=False)
class ExperimentData:
    """Sequences of an experiment, those to train on first, then validation, then test.

    Parameters
    ----------
    codes : uint8 array of shape (n, L)
    target : ndarray of shape (n,) or (n, n_labels)
    sizes : (int, int, int)
        Number of training, validation and test sequences.
    description : str
    motifs : dict of str to ndarray of shape (width, 4), optional
        The true motifs of simulated data by their names; where there are several labels, one for
        each, in their order.
    """

    codes: NDArray[np.uint8]
    target: NDArray[Any]
    sizes: tuple[int, int, int]
    description: str
    motifs: dict[str, NDArray[np.float64]] | None = None

    @classmethod
    def of(
        cls,
        codes: NDArray[np.uint8],
        target: NDArray[Any],
        subset: NDArray[Any],
        *,
        description: str,
        n_samples: int | None = None,
        motifs: dict[str, NDArray[np.float64]] | None = None,
    ) -> ExperimentData:
        """Sort samples by subset, and leave some out if fewer are wanted.

        Parameters
        ----------
        codes : uint8 array of shape (n, L)
        target : ndarray of shape (n,) or (n, n_labels)
        subset : ndarray of str, shape (n,)
            ``"train"``, ``"valid"`` or ``"test"``.
        description : str
        n_samples : int, optional
            The first so many, each subset with its share.
        motifs : dict of str to ndarray, optional

        Returns
        -------
        ExperimentData

        Raises
        ------
        ValueError
            If a subset would be empty, or one class only is in it.
        """
        share = 1.0 if n_samples is None else min(1.0, n_samples / len(codes))
        members = [np.flatnonzero(subset == name) for name in _SUBSETS]
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
        sizes = f"{n_train:,} to train, {n_valid:,} to validate, {n_test:,} to test"
        return cls(
            np.ascontiguousarray(codes[order]),
            target[order],
            (n_train, n_valid, n_test),
            f"{description}: {sizes}",
            motifs,
        )

    @property
    def test_codes(self) -> NDArray[np.uint8]:
        """Sequences of the test set."""
        return self.codes[-self.sizes[2] :]

    @cached_property
    def digest(self) -> str:
        """Eight characters that change with the data."""
        bytes_ = hashlib.sha256(self.codes.tobytes())
        bytes_.update(np.ascontiguousarray(self.target, dtype=np.uint8).tobytes())
        bytes_.update(repr((self.codes.shape, self.sizes)).encode())
        return bytes_.hexdigest()[:8]

    def ceiling(self, experiment: Experiment) -> float | None:
        """Score the classifier that knows how the data were simulated.

        Parameters
        ----------
        experiment : Experiment

        Returns
        -------
        float or None
            Its auROC on the test set, the mean over the labels; None for data that were not
            simulated.
        """
        if self.motifs is None or experiment.ceiling is None:
            return None
        scores = experiment.ceiling(self.test_codes, list(self.motifs.values()))
        return float(roc_auc_score(self.target[-self.sizes[2] :], scores))


def simulated_data(experiment: Experiment, n_samples: int | None = None) -> ExperimentData:
    """Simulate the sequences of an experiment.

    Parameters
    ----------
    experiment : Experiment
    n_samples : int, optional
        Fewer of them, for a quick look.

    Returns
    -------
    ExperimentData
    """
    if experiment.simulate is None:
        raise ValueError(
            f"{experiment.name} is an experiment on data of your own; give them as a table with "
            "the columns sequence, label and split."
        )
    data = experiment.simulate(_SIMULATION_SEED)
    codes = DNAOneHotEncoder(output="codes").fit_transform(data.sequences)
    return ExperimentData.of(
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
) -> ExperimentData:
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
    ExperimentData
        Sequences of several lengths are padded, or cropped, around their centres to the longest of
        the training set.

    Raises
    ------
    SequenceFileError
        If the file cannot be read as such a table.
    ValueError
        If labels or splits are others than these, or a subset lacks a class.
    """
    table = read_table(path, sequence_column=sequence_column, target_column=label_column)
    if split_column not in table:
        raise ValueError(
            f"{path} has no column {split_column!r}; it holds {', '.join(map(str, table))}."
        )
    split = table[split_column].astype(str).str.lower().replace(_SYNONYMS)
    unknown = sorted(set(split) - set(_SUBSETS))
    if unknown:
        raise ValueError(
            f"{path}: the column {split_column!r} holds {unknown[0]!r}; train, valid and test are "
            "known."
        )
    labels = sorted(set(table[label_column]))
    if not set(labels) <= {0, 1}:
        raise ValueError(f"{path}: the column {label_column!r} holds {labels[-1]!r}; use 0 and 1.")
    subset = split.to_numpy()
    sequences = table[sequence_column]
    encoder = DNAOneHotEncoder(output="codes").fit(sequences[subset == "train"])
    try:
        return ExperimentData.of(
            encoder.transform(sequences),
            table[label_column].to_numpy().astype(int),
            subset,
            description=str(path),
            n_samples=n_samples,
        )
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
