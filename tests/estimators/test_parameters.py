"""Parameters: misspelt ones are refused when the object is made, values when it is fitted."""

import inspect

import pytest
from sklearn.base import clone

from rcseq import SequenceClassifier, SequenceRegressor
from rcseq.estimators._parameters import resolve_device

BOTH = pytest.mark.parametrize("cls", [SequenceClassifier, SequenceRegressor])


@BOTH
@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("max_epoch", "Did you mean 'max_epochs'?"),
        ("stratgy", "Did you mean 'strategy'?"),
        ("modul__n_filters", "Did you mean 'module__n_filters'?"),
    ],
)
def test_misspelt_parameter_fails_when_the_object_is_made(cls, wrong, hint):
    with pytest.raises(TypeError, match=f"no parameter '{wrong}'") as caught:
        cls(**{wrong: 1})
    assert hint in str(caught.value)


@BOTH
def test_signature_shows_what_there_is(cls):
    names = set(inspect.signature(cls).parameters)
    assert {"module", "strategy", "lr", "max_epochs", "batch_size", "callbacks"} <= names


@BOTH
def test_print_shows_what_differs_from_the_defaults(cls):
    assert repr(cls(strategy="posthoc", lr=0.1)) == f"{cls.__name__}(lr=0.1, strategy='posthoc')"
    assert repr(clone(cls())) == f"{cls.__name__}()"


@BOTH
@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("lr", -1),
        ("max_epochs", 1.5),
        ("batch_size", 0),
        ("validation_fraction", 1.0),
        ("n_iter_no_change", 0),
        ("lr_schedule", "cosin"),
        ("n_threads", 0),
        ("random_state", "seed"),
    ],
)
def test_value_out_of_range_is_named(cls, parameter, value, X, y):
    with pytest.raises(ValueError, match=f"'{parameter}' parameter"):
        cls(**{parameter: value}).fit(X, y)


def test_misspelt_choice_is_named_with_the_nearest(X, y):
    with pytest.raises(ValueError, match="Did you mean 'cosine'"):
        SequenceClassifier(lr_schedule="cosin").fit(X, y)


def test_device_is_chosen_where_it_is_left_open():
    assert resolve_device("auto") in ("cpu", "cuda")
    assert resolve_device("cuda:1") == "cuda:1"
