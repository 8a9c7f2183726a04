"""The internal validation split, by which training is stopped."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import (
    GroupShuffleSplit,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedShuffleSplit,
)

__all__ = ["split_validation"]

_ADVICE = "Give more samples, a larger validation_fraction, or early_stopping=False."


def split_validation(
    index: NDArray[np.intp],
    classes: NDArray[Any] | None,
    *,
    groups: NDArray[Any] | None,
    fraction: float,
    seed: int,
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Split samples into a training and a validation part.

    Parameters
    ----------
    index : ndarray of shape (n,)
    classes : ndarray of shape (n,), optional
        Each class keeps its share in both parts.
    groups : ndarray of shape (n,), optional
        No group lies in both parts.
    fraction : float
        The share of the validation part, between 0 and 1.
    seed : int

    Returns
    -------
    train, valid : ndarray of int

    Raises
    ------
    ValueError
        If there are too few samples, classes or groups for such a split.
    """
    if not 0 < fraction < 1:
        raise ValueError(f"validation_fraction={fraction!r} must lie between 0 and 1.")
    n = len(index)
    if n < 2:
        raise ValueError(f"{n} sample cannot be split into training and validation. {_ADVICE}")
    if groups is not None:
        return _split_groups(index, classes, groups, fraction, seed)
    if classes is None:
        n_valid = min(max(1, round(fraction * n)), n - 1)
        splitter: Any = ShuffleSplit(1, test_size=n_valid, random_state=seed)
        return next(splitter.split(index))
    names, counts = np.unique(classes, return_counts=True)
    if counts.min() < 2:
        raise ValueError(
            f"Class {names[counts.argmin()]!s} has 1 member; a stratified validation split needs "
            f"2 of each class. {_ADVICE}"
        )
    n_valid = min(max(len(names), round(fraction * n)), n - len(names))
    splitter = StratifiedShuffleSplit(1, test_size=n_valid, random_state=seed)
    return next(splitter.split(index, classes))


def _split_groups(
    index: NDArray[np.intp],
    classes: NDArray[Any] | None,
    groups: NDArray[Any],
    fraction: float,
    seed: int,
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    n_groups = len(np.unique(groups))
    if n_groups < 2:
        raise ValueError(
            f"All samples are of one group, {groups[0]!s}; a grouped validation split needs 2. "
            "Leave out groups, or pass early_stopping=False."
        )
    n_splits = min(max(2, round(1 / fraction)), n_groups)
    if classes is not None and np.unique(classes, return_counts=True)[1].min() >= n_splits:
        splitter: Any = StratifiedGroupKFold(n_splits, shuffle=True, random_state=seed)
        return next(splitter.split(index, classes, groups))
    splitter = GroupShuffleSplit(1, test_size=fraction, random_state=seed)
    return next(splitter.split(index, groups=groups))
