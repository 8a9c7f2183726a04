import numpy as np
import pandas as pd
import pytest

from rcseq.targets import Target


@pytest.mark.parametrize(
    ("y", "kind", "outputs", "shape"),
    [
        ([0, 1, 1], "binary", [1], ()),
        (["open", "closed", "open"], "binary", ["open"], ()),
        ([True, False, True], "binary", [True], ()),
        (pd.Categorical(["a", "b", "c"]), "multiclass", ["a", "b", "c"], ()),
        ([[0, 1], [1, 1]], "multilabel", [0, 1], (2,)),
        (pd.DataFrame({"CTCF": [0, 1], "MAX": [1, np.nan]}), "multilabel", ["CTCF", "MAX"], (2,)),
        ([[0], [1]], "binary", [1], (1,)),
    ],
)
def test_kinds_of_classes(y, kind, outputs, shape):
    target = Target.of(y, classifier=True)
    assert (target.kind, target.outputs, target.shape) == (kind, outputs, shape)
    assert target.columns(np.arange(len(y))).shape == (len(y), len(outputs))
    assert (target.labels is None) == (kind == "multilabel")


def test_columns_say_which_class_a_sample_is_of():
    target = Target.of(["a", "b", "c", "b"], classifier=True)
    assert target.columns(np.array([1, 0])).tolist() == [[0, 1, 0], [1, 0, 0]]


def test_real_targets():
    one = Target.of([[0.1], [0.2]], classifier=False)
    assert (one.kind, one.outputs, one.shape, one.y.shape) == ("regression", [0], (1,), (2,))
    assert one.columns([1]).tolist() == [[0.2]]
    two = Target.of(pd.DataFrame({"dev": [0.1, np.nan], "hk": [1.0, 2.0]}), classifier=False)
    assert two.outputs == ["dev", "hk"]
    assert two.missing
    assert two.labels is None
    profile = Target.of(np.zeros((3, 2, 7)), classifier=False)
    assert (profile.outputs, profile.shape) == ([0, 1], (2, 7))


def test_classes_may_be_named_beforehand():
    target = Target.of(["a", "a"], classifier=True, classes=["b", "a", "c"])
    assert target.classes.tolist() == ["a", "b", "c"]
    assert target.kind == "multiclass"


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([1, 1], "at least 2 classes, but y holds 1 class: 1"),
        ([0.3, 0.7, 0.1], "Unknown label type"),
        ([0, 1, np.nan], "contains NaN"),
        (np.array(["a", "b", np.nan], dtype=object), "contains NaN"),
        ([[0, 2], [1, 1]], "must hold 0, 1, and NaN .* holds 2"),
        (np.zeros((2, 2, 2)), r"y has shape \(2, 2, 2\)"),
        ([0, np.inf], "infinity"),
    ],
)
def test_what_is_no_target_of_a_classifier_is_refused(y, message):
    with pytest.raises(ValueError, match=message):
        Target.of(y, classifier=True)


def test_other_refusals():
    with pytest.raises(ValueError, match="contains NaN"):
        Target.of([0.1, np.nan], classifier=False)
    with pytest.raises(ValueError, match="classes is empty"):
        Target.of([0, 1], classifier=True, classes=[])
    with pytest.raises(ValueError, match="label 7, which is not one of the classes 0, 1"):
        Target.of([0, 7], classifier=True, classes=[0, 1])
