import numpy as np
import pytest
import torch
from sklearn.base import clone

from rcseq import SequenceClassifier, SequenceRegressor
from rcseq.estimators._recipe import auto_batch_size, auto_epochs, auto_shift
from rcseq.nn import OutputSymmetry

TINY = {"module__n_filters": 4, "module__hidden_filters": 2, "random_state": 0}


def test_epochs_and_batches_follow_the_number_of_sequences():
    assert [auto_epochs(n) for n in (2, 8_000, 16_000, 30_000, 10**7)] == [30, 30, 15, 8, 5]
    assert [auto_batch_size(n) for n in (2, 10_000, 10_001)] == [32, 32, 64]


def test_shift_follows_the_length_and_what_is_predicted():
    assert [auto_shift(n, OutputSymmetry.INVARIANT) for n in (5, 60, 100, 1000)] == [0, 5, 8, 8]
    assert auto_shift(1000, OutputSymmetry.POSITIONS) == 0


@pytest.mark.parametrize("kind", [SequenceClassifier, SequenceRegressor])
def test_what_was_taken_is_told_and_the_parameters_stay(X, y, kind):
    model = kind(**TINY).fit(X, y)
    assert (model.n_epochs_, model.batch_size_, model.shift_) == (30, 32, 3)
    assert len(model.history) == 30
    assert (model.max_epochs, model.batch_size) == (30, 32)
    params = clone(model).get_params()
    assert params["max_epochs"] == params["batch_size"] == params["shift"] == "auto"
    assert (model.early_stopping, len(model.history[0, "batches"])) == (False, 4)


def test_numbers_come_before_the_rule(X, y):
    model = SequenceClassifier(max_epochs=2, batch_size=60, shift=1, **TINY).fit(X, y)
    assert (model.n_epochs_, model.batch_size_, model.shift_) == (2, 60, 1)
    assert len(model.history[0, "batches"]) == 2
    model.set_params(batch_size=7)
    assert model.batch_size == 7


def test_a_net_that_saw_no_data_has_numbers_too():
    model = SequenceClassifier(**TINY)
    assert (model.max_epochs, model.batch_size) == (30, 32)
    assert not hasattr(model, "n_epochs_")


class Profile(torch.nn.Module):
    output_symmetry = "positions"

    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.ones(1))

    def forward(self, x):
        return self.scale * x[:, :2].sum(1)


def test_targets_along_the_sequence_are_not_shifted(X):
    targets = X[:, 0].astype(np.float32)
    model = SequenceRegressor(Profile, strategy="standard", max_epochs=1).fit(X, targets)
    assert model.shift_ == 0
    with pytest.raises(ValueError, match="shift=2 moves the training sequences"):
        SequenceRegressor(Profile, strategy="standard", max_epochs=1, shift=2).fit(X, targets)


@pytest.mark.parametrize(
    "params", [{"shift": -1}, {"mutation": 1.0}, {"max_epochs": "many"}, {"batch_size": 0}]
)
def test_unusable_values_are_refused(X, y, params):
    with pytest.raises(ValueError, match=next(iter(params))):
        SequenceClassifier(**params).fit(X, y)
