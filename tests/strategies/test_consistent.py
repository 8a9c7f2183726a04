import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal

from rcseq import SequenceClassifier, SequenceRegressor
from rcseq.metrics import discordance_between
from rcseq.nn import DilatedConvNet, OutputSymmetry
from rcseq.prediction import strand_predictions
from rcseq.presets import FAST
from rcseq.strategies import STRATEGIES
from rcseq.strategies._consistent import Consistent

QUICK = FAST | {"module__n_filters": 4, "max_epochs": 8, "early_stopping": False, "random_state": 0}
RNG = np.random.default_rng(0)
X = np.eye(4, dtype=np.float32)[RNG.integers(4, size=(80, 30))].transpose(0, 2, 1)
TARGETS = {
    "binary": np.arange(80) % 2,
    "multiclass": np.arange(80) % 3,
    "multilabel": np.stack([np.arange(80) % 2, np.arange(80) % 3 == 0], axis=1).astype(float),
}


def test_the_loss_is_that_of_one_strand_and_the_divergence_of_both(x, first_base, squared):
    y = torch.arange(3.0, dtype=x.dtype)
    loss, output = Consistent(2.0).training_loss(first_base, x, y, squared)
    forward, reverse = first_base(x), first_base(x.flip(1, 2))
    torch.testing.assert_close(output, forward)
    expected = squared(forward, y) + 2 * (forward - reverse).abs().sum()
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(STRATEGIES["consistent"].predict(first_base, x), forward)
    assert STRATEGIES["consistent"].weight == 1


def test_stranded_outputs_are_turned_back_before_they_are_compared(x, squared):
    def coverage(x):  # fully equivariant, so nothing diverges
        return torch.stack([x[:, 0], x[:, 3]], dim=1)

    def loss(output, y):
        return output.sum()

    loss.divergence = squared.divergence
    y = torch.zeros(3)
    aligned, _ = Consistent().training_loss(coverage, x, y, loss, OutputSymmetry.BOTH)
    assert aligned == coverage(x).sum()
    unaligned, _ = Consistent().training_loss(coverage, x, y, loss)
    assert unaligned > aligned


@pytest.mark.parametrize("target", TARGETS)
def test_without_weight_it_is_the_standard_strategy_to_the_bit(target):
    y = TARGETS[target]
    standard = SequenceClassifier(strategy="standard", **QUICK).fit(X, y)
    consistent = SequenceClassifier(strategy=Consistent(0), **QUICK).fit(X, y)
    assert_array_equal(consistent.predict_proba(X), standard.predict_proba(X))
    assert consistent.history[:, "train_loss"] == standard.history[:, "train_loss"]


@pytest.mark.parametrize("target", [*TARGETS, "real", "weighted"])
def test_a_heavy_weight_draws_the_answers_together(target):
    model, y, weight = SequenceClassifier, TARGETS.get(target, TARGETS["binary"]), None
    if target == "real":
        model, y = SequenceRegressor, RNG.normal(size=80)
    if target == "weighted":
        weight = RNG.uniform(1, 2, 80)
    apart = [
        discordance_between(
            *strand_predictions(
                model(strategy=Consistent(w), **QUICK).fit(X, y, sample_weight=weight), X
            ),
            reduce="mean",
        )
        for w in (0.0, 300.0)
    ]
    assert apart[1] < 0.6 * apart[0]


def test_profiles_are_aligned_by_what_the_network_declares():
    y = RNG.normal(size=(80, 2, 30))
    settings = {**QUICK, "module": DilatedConvNet, "module__n_layers": 1}
    settings["module__head_kernel_size"] = 3
    net = SequenceRegressor(module__head="stranded_profile", module__n_outputs=2, **settings)
    apart = []
    for weight in (0.0, 300.0):
        fitted = net.set_params(strategy=Consistent(weight)).fit(X, y)
        forward, reverse = fitted.predict(X), fitted.predict(X[:, ::-1, ::-1].copy())
        apart.append(np.abs(forward - reverse[:, ::-1, ::-1]).mean())
    assert apart[1] < 0.6 * apart[0]


def test_a_negative_weight_is_refused():
    with pytest.raises(ValueError, match="'weight' parameter of Consistent must be"):
        SequenceClassifier(strategy=Consistent(-1.0), **QUICK).fit(X, TARGETS["binary"])
