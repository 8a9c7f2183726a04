import numpy as np
import pytest

from rcseq.estimators._split import split_validation


def split(n, classes=None, groups=None, fraction=0.2, seed=0):
    return split_validation(np.arange(n), classes, groups=groups, fraction=fraction, seed=seed)


def test_split_is_a_partition_of_the_asked_size():
    train, valid = split(50)
    assert len(valid) == 10
    np.testing.assert_array_equal(np.sort(np.concatenate([train, valid])), np.arange(50))


def test_classes_keep_their_shares():
    y = np.repeat(["a", "b"], [90, 10])
    _, valid = split(100, y)
    assert (y[valid] == "b").sum() == 2


def test_every_class_is_in_both_parts_of_a_small_set():
    y = np.array([0, 0, 1, 1, 2, 2])
    train, valid = split(6, y, fraction=0.1)
    assert set(y[train]) == set(y[valid]) == {0, 1, 2}


@pytest.mark.parametrize("stratified", [True, False])
def test_no_group_is_in_both_parts(stratified):
    groups = np.repeat([f"chr{i}" for i in range(10)], 10)
    y = np.tile([0, 1], 50) if stratified else None
    train, valid = split(100, y, groups)
    assert not set(groups[train]) & set(groups[valid])
    assert len(train) + len(valid) == 100
    assert 10 <= len(valid) <= 30


def test_seed_decides():
    assert all(np.array_equal(a, b) for a, b in zip(split(30), split(30), strict=True))
    assert not np.array_equal(split(30)[1], split(30, seed=1)[1])


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"n": 1}, "1 sample cannot be split"),
        ({"n": 3, "classes": np.array(["x", "x", "y"])}, "Class y has 1 member"),
        ({"n": 4, "groups": np.array(["chr1"] * 4)}, "All samples are of one group, chr1"),
        ({"n": 9, "fraction": 1.5}, "validation_fraction=1.5 must lie between 0 and 1"),
    ],
)
def test_what_cannot_be_split_is_said(kwargs, message):
    with pytest.raises(ValueError, match=message):
        split(**kwargs)
