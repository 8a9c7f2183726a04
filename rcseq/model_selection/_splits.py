"""The folds of a comparison, checked before any model is trained."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

from rcseq.targets import Target

__all__ = ["Fold", "make_folds", "training_subsets"]


class Fold(NamedTuple):
    """One split of the data, or one part of its training set."""

    train_size: float
    fold: int
    train: NDArray[Any]
    test: NDArray[Any]


def make_folds(cv: Any, X: Any, target: Target, groups: Any = None) -> list[Fold]:
    """Make the folds, and check that each can be learned and scored."""
    if isinstance(cv, Integral):
        cv = _default_splitter(int(cv), target, groups)
    splits = cv.split(X, target.y, groups) if hasattr(cv, "split") else cv
    folds = [
        Fold(1.0, number, np.asarray(train), np.asarray(test))
        for number, (train, test) in enumerate(splits)
    ]
    if not folds:
        raise ValueError("cv gives no split")
    for fold in folds:
        for part, index in (("training", fold.train), ("test", fold.test)):
            if len(index) == 0:
                raise ValueError(f"the {part} set of fold {fold.fold} is empty")
            if target.labels is not None:
                absent = set(np.unique(target.labels)) - set(np.unique(target.labels[index]))
                if absent:
                    names = ", ".join(sorted(map(str, absent)))
                    raise ValueError(
                        f"the {part} set of fold {fold.fold} holds no sample of class {names}, so "
                        "that it cannot be scored; use fewer folds, or other groups."
                    )
    return folds


def _default_splitter(n_splits: int, target: Target, groups: Any) -> Any:
    if n_splits < 2:
        raise ValueError(f"cv={n_splits} is not a number of folds; at least 2 would work.")
    if groups is not None:
        n_groups = len(np.unique(np.asarray(groups)))
        if n_groups < n_splits:
            raise ValueError(f"cv={n_splits} folds need as many groups; there are {n_groups}.")
    elif len(target.y) < n_splits:
        raise ValueError(f"cv={n_splits} folds need as many samples; there are {len(target.y)}.")
    if target.labels is None:
        kind = KFold if groups is None else GroupKFold
        return kind(n_splits, shuffle=True, random_state=0)
    classes, counts = np.unique(target.labels, return_counts=True)
    if counts.min() < n_splits:
        raise ValueError(
            f"class {classes[counts.argmin()]!s} has {counts.min()} samples, fewer than the "
            f"{n_splits} folds; use at most cv={counts.min()}, or add samples."
        )
    strategy = StratifiedKFold if groups is None else StratifiedGroupKFold
    return strategy(n_splits, shuffle=True, random_state=0)


def training_subsets(
    folds: list[Fold], target: Target, train_sizes: Sequence[float] | None
) -> list[Fold]:
    """Cut nested parts out of every training set, stratified by class."""
    if train_sizes is None:
        return folds
    sizes = sorted({float(size) for size in train_sizes})
    if not sizes or sizes[0] <= 0 or sizes[-1] > 1:
        raise ValueError(
            f"train_sizes={list(train_sizes)!r} must be shares of the training set, in (0, 1]."
        )
    subsets = []
    for fold in folds:
        order = fold.train[_stratified_order(target, fold.train, seed=fold.fold)]
        for size in sizes:
            count = max(1, round(size * len(order)))
            subsets.append(fold._replace(train_size=size, train=np.sort(order[:count])))
    for subset in subsets:
        if target.labels is not None:
            n_classes = len(np.unique(target.labels[subset.train]))
            if n_classes < len(np.unique(target.labels)):
                raise ValueError(
                    f"train_sizes={subset.train_size:g} leaves a class without a training sample "
                    f"in fold {subset.fold}; use a larger share."
                )
    return sorted(subsets, key=lambda subset: (subset.train_size, subset.fold))


def _stratified_order(target: Target, index: NDArray[Any], *, seed: int) -> NDArray[Any]:
    """Order samples so that every beginning holds the classes in their shares."""
    rng = np.random.default_rng(seed)
    shuffled = rng.permutation(len(index))
    if target.labels is None:
        return shuffled
    labels = target.labels[index][shuffled]
    position = np.empty(len(index))
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        position[members] = (np.arange(len(members)) + 0.5) / len(members)
    return shuffled[np.argsort(position, kind="stable")]
