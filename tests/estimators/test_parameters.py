"""Parameters: what is taken, what is refused, and what is shown."""

import inspect

import numpy as np
import pytest
import torch
from sklearn.base import clone

from rcseq import SequenceClassifier, SequenceRegressor
from rcseq.estimators._parameters import check_device, check_parameters, resolve_device
from rcseq.strategies import STRATEGIES

BOTH = pytest.mark.parametrize("cls", [SequenceClassifier, SequenceRegressor])


@BOTH
def test_the_signature_shows_what_there_is(cls):
    names = inspect.signature(cls).parameters
    shown = {"module", "strategy", "lr", "max_epochs", "batch_size", "callbacks", "warm_start"}
    assert shown <= set(names)
    assert set(cls().get_params(deep=False)) == set(names) - {"kwargs"}


def test_repr_shows_what_differs_from_the_defaults():
    assert repr(SequenceClassifier()) == "SequenceClassifier()"
    assert repr(SequenceRegressor(lr=0.5, module__n_filters=3)) == (
        "SequenceRegressor(lr=0.5, module__n_filters=3)"
    )


@BOTH
@pytest.mark.parametrize(
    ("misspelt", "hint"),
    [
        ("max_epoch", "'max_epochs'"),
        ("strateg", "'strategy'"),
        ("module_n_filters", "'module__n_filters'"),
        ("optimzer__lr", "'optimizer__lr'"),
        ("iterator_train_shuffle", "'iterator_train__shuffle'"),
        ("modulen_filters", "'module__n_filters'"),
        ("callbacks_schedule__gamma", "'callbacks__schedule__gamma'"),
        ("modules__n_filters", "'module__n_filters'"),
        ("optimizers", "'optimizer'"),
        ("zzz", ""),
    ],
)
def test_a_misspelt_parameter_fails_when_the_object_is_made(cls, misspelt, hint):
    with pytest.raises(TypeError, match=f"{cls.__name__} has no parameter '{misspelt}'") as error:
        cls(**{misspelt: 1})
    assert hint in str(error.value)
    assert ("Did you mean" in str(error.value)) == bool(hint)


@pytest.mark.parametrize(
    "params",
    [
        {"lr": -1.0},
        {"max_epochs": 2.5},
        {"batch_size": 0},
        {"early_stopping": "yes"},
        {"validation_fraction": 1.0},
        {"n_iter_no_change": 0},
        {"n_threads": 0},
        {"random_state": "x"},
        {"train_split": "automatic"},
        {"class_weight": "balance"},
        {"sampler": "balance"},
        {"lr_schedule": "cosin"},
    ],
    ids=str,
)
def test_a_value_that_cannot_be_is_refused_in_fit_by_name(X, y, quick, params):
    [name] = params
    with pytest.raises(ValueError, match=f"'{name}' parameter of SequenceClassifier must be"):
        quick(**params).fit(X, y)


def test_the_nearest_choice_is_named(X, y, quick):
    with pytest.raises(ValueError, match=r"among .*Got 'cosin' instead\. Did you mean 'cosine'\?"):
        quick(lr_schedule="cosin").fit(X, y)
    check_parameters({}, {"anything": 1}, "Estimator")


def test_a_strategy_object_has_its_parameters(quick):
    own = type(STRATEGIES["standard"])()
    model = quick(strategy=own)
    assert clone(model).strategy == own
    assert clone(model).strategy is not own
    assert model.get_params()["strategy"] is own


@pytest.mark.parametrize("device", ["cpu", torch.device("cpu"), None])
def test_device(device):
    assert resolve_device(device) is device
    assert resolve_device("auto") in ("cpu", "cuda")


def test_numbers_of_numpy_are_taken(X, y, quick):
    model = quick(max_epochs=np.int64(1), lr=np.float32(0.01), early_stopping=np.bool_(True))
    assert len(model.fit(X, y).history) == 1


@pytest.mark.parametrize(
    ("device", "message"),
    [
        ("gpu", "device='gpu' is not a name that torch knows; 'auto', 'cpu', 'cuda' and"),
        ("cuda:99", "device='cuda:99': torch finds no such device on this machine. 'auto' takes"),
        (7.5, "device=7.5 is not a name"),
    ],
)
def test_a_device_that_is_not_there_is_refused_before_the_fit(X, y, quick, device, message):
    with pytest.raises(ValueError, match=message):
        check_device(device)
    with pytest.raises(ValueError, match=message):
        quick(device=device).fit(X, y)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_without_cuda_is_refused(X, y, quick):
    with pytest.raises(ValueError, match="device='cuda': torch finds no such device"):
        quick(device="cuda").fit(X, y)
