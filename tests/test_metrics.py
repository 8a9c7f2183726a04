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
    discordance_between,
    strand_discordance,
    strand_discordance_scorer,
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
