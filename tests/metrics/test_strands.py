"""Strand discordance: what is measured."""

from typing import Any

import numpy as np
import pytest
import torch
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_validate
from sklearn.pipeline import make_pipeline

from rcseq import DNAOneHotEncoder, KmerVectorizer, SequenceClassifier
from rcseq.datasets import load_nfe2
from rcseq.metrics import (
    correlation_between,
    discordance_between,
    rc_correlation,
    rc_correlation_scorer,
    strand_discordance,
    strand_discordance_scorer,
    strand_flip_rate,
    strand_flip_rate_scorer,
)
from rcseq.prediction import strand_predictions


class StartsWithA(ClassifierMixin, BaseEstimator):
    """A classifier that looks at the first base only: nothing could be more of one strand."""

    def fit(self, X: Any, y: Any) -> "StartsWithA":
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X: Any) -> Any:
        p = np.array([0.75 if str(s)[0] == "A" else 0.25 for s in X])
        return np.stack([1 - p, p], axis=1)


class Profile(RegressorMixin, BaseEstimator):
    """A value for each position: one for each A. Its module says how a strand flip acts on it."""

    def __init__(self, output_symmetry: Any = None) -> None:
        self.output_symmetry = output_symmetry

    def fit(self, X: Any, y: Any = None) -> "Profile":
        self.module_ = torch.nn.Module()
        self.module_.output_symmetry = self.output_symmetry
        return self

    def predict(self, X: Any) -> Any:
        return np.asarray(X)[:, 0] + np.asarray(X)[:, 3]  # A and T alike


def test_discordance_of_a_model_of_one_strand() -> None:
    model = StartsWithA().fit(None, [0, 1])
    X = ["AAA", "ACT", "CCC", "CCG"]  # differ, same, same, same
    assert strand_discordance(model, X) == 0.5
    assert strand_discordance(model, X, reduce="mean") == 0.125
    assert strand_discordance_scorer(model, X) == -0.5
    forward, reverse = strand_predictions(model, X)
    assert forward.tolist() == [[0.75], [0.75], [0.25], [0.25]]
    assert reverse.tolist() == [[0.25], [0.75], [0.25], [0.25]]


def test_rank_discordance_is_the_share_of_swapped_pairs() -> None:
    a = np.array([1.0, 2.0, 3.0, 4.0])
    assert discordance_between(a, a, reduce="rank") == 0
    assert discordance_between(a, -a, reduce="rank") == 1
    assert discordance_between(a, [1, 3, 2, 4], reduce="rank") == pytest.approx(1 / 6)
    assert discordance_between(a, np.exp(a), reduce="rank") == 0  # calibration plays no part
    assert discordance_between(a, np.zeros(4), reduce="rank") == 0


def test_rank_discordance_averages_over_outputs() -> None:
    a = np.array([[1.0, 1.0], [2.0, 2.0]])
    b = np.array([[1.0, 2.0], [2.0, 1.0]])
    assert discordance_between(a, b, reduce="rank") == 0.5


def test_measures_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="must be equal"):
        discordance_between([1], [1, 2])
    with pytest.raises(ValueError, match="no predictions"):
        discordance_between([], [])
    with pytest.raises(ValueError, match="'median' is not one of max, mean, rank"):
        discordance_between([1], [1], reduce="median")
    with pytest.raises(ValueError, match="'median' is not one of max, mean, rank"):
        strand_discordance(None, [], reduce="median")
    with pytest.raises(TypeError, match="none of predict_proba"):
        strand_discordance(object(), ["ACGT"])


def test_labels_without_a_score_cannot_be_subtracted() -> None:
    class OnlyLabels(BaseEstimator):
        def predict(self, X: Any) -> Any:
            return np.array(["bound"] * len(X))

    with pytest.raises(TypeError, match="nothing to subtract"):
        strand_discordance(OnlyLabels(), ["ACGT"])


def test_profiles_are_turned_before_they_are_compared() -> None:
    from rcseq.nn import OutputSymmetry

    x = DNAOneHotEncoder().fit_transform(["AACCG", "TCCGA"]).astype(float)
    assert strand_discordance(Profile(OutputSymmetry.POSITIONS).fit(x), x) == 0
    assert strand_discordance(Profile().fit(x), x) == 1


def test_works_as_a_scorer_in_cross_validation() -> None:
    model = make_pipeline(KmerVectorizer(k=2, canonical=False), LogisticRegression(max_iter=1000))
    X, y = load_nfe2(subset="test", return_X_y=True)
    scores = cross_validate(
        model, X, y, cv=2, scoring={"auc": "roc_auc", "strands": strand_discordance_scorer}
    )
    assert (scores["test_strands"] < -0.01).all()


@pytest.mark.parametrize("output", ["onehot", "codes"])
def test_networks_on_strings_and_on_arrays(output: str) -> None:
    X, y = load_nfe2(subset="test", return_X_y=True)  # of many lengths, odd and even
    encoder = DNAOneHotEncoder(output=output)
    network = SequenceClassifier(max_epochs=1, module__n_filters=4, random_state=0)
    for strategy, exact in [("standard", False), ("posthoc", True), ("rcps", True)]:
        model = make_pipeline(encoder, network.set_params(strategy=strategy)).fit(X, y)
        assert (strand_discordance(model, X) <= 1e-5) == exact
        if exact:
            assert strand_discordance(model[-1], model[0].transform(X)) <= 1e-5


def test_labels_that_flip() -> None:
    class Labels(StartsWithA):
        def predict(self, X: Any) -> Any:
            return self.classes_[self.predict_proba(X).argmax(1)]

    model = Labels().fit(None, ["no", "yes"])
    X = ["AAA", "ACT", "CCC", "CCG"]  # the first one flips
    assert strand_flip_rate(model, X) == 0.25
    assert strand_flip_rate_scorer(model, X) == -0.25
    assert strand_flip_rate_scorer(model, ["ACT"]) == 0
    assert np.copysign(1, strand_flip_rate_scorer(model, ["ACT"])) == 1
    with pytest.raises(TypeError, match="Profile predicts no labels, so none can flip"):
        strand_flip_rate(Profile().fit(None), X)


def test_correlation_of_the_strands() -> None:
    model = StartsWithA().fit(None, [0, 1])
    X = ["AAA", "ACT", "CCC", "AGG"]  # 0.75 0.75 0.25 0.75 and 0.25 0.75 0.25 0.25
    forward, reverse = [0.75, 0.75, 0.25, 0.75], [0.25, 0.75, 0.25, 0.25]
    assert rc_correlation(model, X) == pytest.approx(np.corrcoef(forward, reverse)[0, 1])
    assert rc_correlation_scorer(model, X) == rc_correlation(model, X)
    both = np.stack([forward, forward], axis=1), np.stack([reverse, forward], axis=1)
    expected = (correlation_between(forward, reverse) + 1) / 2
    assert correlation_between(*both) == pytest.approx(expected)
    assert correlation_between([1.0, 1.0], [1.0, 1.0]) == 1
    assert correlation_between([1.0, 1.0], [1.0, 2.0]) == 0
    with pytest.raises(ValueError, match="at least two predictions"):
        correlation_between([1.0], [1.0])
    with pytest.raises(ValueError, match="they must be equal"):
        correlation_between([1.0], [1.0, 2.0])


def test_profiles_are_correlated_over_positions() -> None:
    a = np.random.default_rng(0).normal(size=(3, 2, 5))
    b = a + np.random.default_rng(1).normal(size=(3, 2, 5))
    expected = np.mean([np.corrcoef(a[:, j].ravel(), b[:, j].ravel())[0, 1] for j in (0, 1)])
    assert correlation_between(a, b) == pytest.approx(expected)
    X = np.eye(4)[np.random.default_rng(0).integers(4, size=(4, 6))].transpose(0, 2, 1)
    model = Profile("positions").fit(None)
    assert rc_correlation(model, X) == pytest.approx(1)
    assert rc_correlation(Profile("invariant").fit(None), X) < 0.9


def test_a_shift_is_a_discordance_and_no_flip_of_the_order() -> None:
    """The three measures answer three questions; the guide says which."""
    forward = np.array([0.1, 0.2, 0.3, 0.4])
    shifted = forward + 0.2
    assert discordance_between(forward, shifted) == pytest.approx(0.2)
    assert correlation_between(forward, shifted) == pytest.approx(1)
    assert discordance_between(forward, shifted, reduce="rank") == 0
