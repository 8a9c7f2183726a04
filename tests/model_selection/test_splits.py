"""The folds of a comparison."""

from typing import Any

import numpy as np
import pytest
from sklearn.model_selection import KFold

from rcseq.model_selection._splits import make_folds, training_subsets
from rcseq.targets import Target

Y = np.array([0, 0, 1] * 20)
X = ["ACGT"] * 60


def target(y: Any = Y, *, classifier: bool = True) -> Target:
    return Target.of(y, classifier=classifier)


def test_number_of_folds_means_stratified_shuffled_folds() -> None:
    folds = make_folds(5, X, target())
    assert [f.fold for f in folds] == list(range(5))
    assert sorted(np.concatenate([f.test for f in folds])) == list(range(60))
    for fold in folds:
        assert Y[fold.test].sum() == 4
        assert not set(fold.train) & set(fold.test)
        assert (np.diff(fold.test) > 1).any()  # shuffled
    again = make_folds(5, X, target())
    assert all((a.test == b.test).all() for a, b in zip(folds, again, strict=True))


def test_groups_and_classes_at_once() -> None:
    groups = np.repeat(np.arange(20), 3)
    for fold in make_folds(4, X, target(), groups):
        assert not set(groups[fold.train]) & set(groups[fold.test])
        assert Y[fold.test].mean() == pytest.approx(1 / 3)


@pytest.mark.parametrize("groups", [None, np.repeat(np.arange(20), 3)])
def test_real_targets_are_not_stratified(groups: Any) -> None:
    y = np.random.default_rng(0).normal(size=60)
    folds = make_folds(3, X, target(y, classifier=False), groups)
    assert sorted(np.concatenate([f.test for f in folds])) == list(range(60))


def test_missing_labels_do_not_disturb_the_folds() -> None:
    y = np.random.default_rng(0).integers(0, 2, (60, 2)).astype(float)
    y[::7, 0] = np.nan
    assert len(make_folds(3, X, target(y))) == 3


def test_a_fold_that_cannot_be_scored_is_refused_before_any_fit() -> None:
    ordered = np.repeat([0, 1], 30)
    with pytest.raises(ValueError, match="test set of fold 0 holds no sample of class 1"):
        make_folds([(np.arange(10, 60), np.arange(10))], X, target(ordered))
    with pytest.raises(ValueError, match="training set of fold 0 holds no sample of class 0"):
        make_folds(KFold(2), X, target(ordered))
    with pytest.raises(ValueError, match="test set of fold 0 is empty"):
        make_folds([(np.arange(60), [])], X, target())


def test_subsets_are_nested_and_keep_the_shares_of_the_classes() -> None:
    subsets = training_subsets(make_folds(2, X, target()), target(), [0.5, 0.2, 1])
    assert [(s.train_size, s.fold) for s in subsets] == [
        (size, fold) for size in (0.2, 0.5, 1.0) for fold in (0, 1)
    ]
    small, middle, whole = (set(s.train) for s in subsets if s.fold == 0)
    assert small < middle < whole
    assert [len(small), len(middle), len(whole)] == [6, 15, 30]
    for part in (small, middle, whole):
        assert Y[list(part)].mean() == pytest.approx(1 / 3, abs=0.01)


def test_subsets_of_real_targets() -> None:
    y = target(np.arange(60.0), classifier=False)
    subsets = training_subsets(make_folds(2, X, y), y, [0.1, 1.0])
    assert len(subsets[0].train) == 3
    assert set(subsets[0].train) < set(subsets[2].train)
