"""What kind of target there is, how it is scored, and what chance scores."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import average_precision_score, make_scorer, r2_score, roc_auc_score

from rcseq.metrics import strand_discordance_scorer
from rcseq.model_selection._splits import Fold
from rcseq.model_selection._target import chance_scores, make_scorers
from rcseq.targets import Target

RNG = np.random.default_rng(0)


class Given(ClassifierMixin, BaseEstimator):
    """A classifier whose probabilities are its input."""

    def fit(self, X: Any, y: Any) -> "Given":
        self.multilabel_ = np.ndim(y) == 2
        self.classes_ = np.arange(y.shape[1]) if self.multilabel_ else np.unique(y)
        return self

    def predict_proba(self, X: Any) -> Any:
        return X


class GivenValues(RegressorMixin, BaseEstimator):
    def fit(self, X: Any, y: Any = None) -> "GivenValues":
        self.fitted_ = True
        return self

    def predict(self, X: Any) -> Any:
        return X


@pytest.mark.parametrize(
    ("y", "kind", "outputs"),
    [
        ([0, 1, 1], "binary", [1]),
        (["open", "closed", "open"], "binary", ["open"]),
        ([True, False, True], "binary", [True]),
        (["a", "b", "c"], "multiclass", ["a", "b", "c"]),
        ([[0, 1], [1, 1]], "multilabel", [0, 1]),
        (pd.DataFrame({"CTCF": [0, 1], "MAX": [1.0, np.nan]}), "multilabel", ["CTCF", "MAX"]),
        ([[0], [1]], "binary", [1]),
    ],
)
def test_kinds_of_classes(y: Any, kind: str, outputs: list[Any]) -> None:
    target = Target.of(y, classifier=True)
    assert (target.kind, target.outputs) == (kind, outputs)
    assert target.columns(np.arange(len(y))).shape == (len(y), len(outputs))


def test_columns_say_which_class_a_sample_is_of() -> None:
    target = Target.of(["a", "b", "c", "b"], classifier=True)
    assert target.columns(np.array([1, 0])).tolist() == [[0, 1, 0], [1, 0, 0]]
    assert Target.of(["n", "y", "y"], classifier=True).columns(np.arange(3)).ravel().tolist() == [
        0,
        1,
        1,
    ]


def test_real_targets() -> None:
    assert Target.of([0.1, 0.2], classifier=False).kind == "regression"
    two = Target.of(pd.DataFrame({"dev": [0.1, 0.2], "hk": [1.0, 2.0]}), classifier=False)
    assert two.outputs == ["dev", "hk"]


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([1, 1], "y holds 1 class: 1"),
        ([0.3, 0.7, 0.1], "Unknown label type: continuous"),
        ([0, 1, np.nan], "Input y contains NaN"),
        ([[0, 2], [1, 1]], "must hold 0, 1, and NaN"),
        (np.zeros((2, 2, 2)), r"y has shape \(2, 2, 2\)"),
    ],
)
def test_what_is_no_target_is_refused(y: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Target.of(y, classifier=True)


@pytest.mark.parametrize("labels", [(0, 1), ("closed", "open"), (False, True)])
def test_default_scores_take_any_labels(labels: tuple[Any, Any]) -> None:
    truth = RNG.integers(0, 2, 50)
    p = RNG.random(50)
    y = np.array(labels)[truth]
    target = Target.of(y, classifier=True)
    model = Given().fit(None, y)
    scores = {
        name: scorer(model, np.stack([1 - p, p], 1), y)
        for name, scorer in make_scorers(None, target).items()
    }
    assert scores == {
        "roc_auc": pytest.approx(roc_auc_score(truth, p)),
        "average_precision": pytest.approx(average_precision_score(truth, p)),
    }


def test_default_scores_of_several_classes() -> None:
    y = np.array(list("abc") * 10)
    p = RNG.dirichlet(np.ones(3), 30)
    model = Given().fit(None, y)
    scorers = make_scorers(None, Target.of(y, classifier=True))
    assert scorers["roc_auc"](model, p, y) == pytest.approx(roc_auc_score(y, p, multi_class="ovr"))
    assert 0 < scorers["average_precision"](model, p, y) < 1


def test_labels_that_are_missing_are_left_out_of_the_score() -> None:
    y = RNG.integers(0, 2, (40, 3)).astype(float)
    y[:5, 0] = np.nan
    y[:, 2] = 1  # of one class: cannot be ranked
    p = RNG.random((40, 3))
    scorers = make_scorers(None, Target.of(y, classifier=True))
    expected = (roc_auc_score(y[5:, 0], p[5:, 0]) + roc_auc_score(y[:, 1], p[:, 1])) / 2
    assert scorers["roc_auc"](Given().fit(None, y), p, y) == pytest.approx(expected)


def test_two_labels_are_not_taken_for_two_classes() -> None:
    y = RNG.integers(0, 2, (40, 2))
    p = RNG.random((40, 2))
    scorers = make_scorers(None, Target.of(y, classifier=True))
    expected = np.mean([average_precision_score(y[:, j], p[:, j]) for j in (0, 1)])
    assert scorers["average_precision"](Given().fit(None, y), p, y) == pytest.approx(expected)


def test_real_targets_that_are_missing_are_left_out() -> None:
    y = RNG.normal(size=(40, 2))
    y[:5, 0] = np.nan
    predicted = np.nan_to_num(y) + RNG.normal(size=(40, 2))
    scorers = make_scorers(None, Target.of(y, classifier=False))
    model = GivenValues().fit(None)
    expected = (r2_score(y[5:, 0], predicted[5:, 0]) + r2_score(y[:, 1], predicted[:, 1])) / 2
    assert scorers["r2"](model, predicted, y) == pytest.approx(expected)
    assert scorers["neg_root_mean_squared_error"](model, predicted, y) < 0


def fold(n: int) -> list[Fold]:
    return [Fold(1.0, 0, np.arange(n // 2), np.arange(n // 2, n))]


@pytest.mark.parametrize(
    "y",
    [
        np.arange(40) % 2,
        np.array(["n", "y"] * 20),
        np.arange(39) % 3,
        np.stack([np.arange(40) % 2, np.arange(40) // 2 % 2], 1),
        np.where(np.arange(80).reshape(40, 2) == 7, np.nan, np.arange(80).reshape(40, 2) // 3 % 2),
    ],
)
def test_chance_is_half_for_any_classes(y: Any) -> None:
    target = Target.of(y, classifier=True)
    chance = chance_scores(make_scorers(None, target), target, fold(len(y)))
    assert chance["roc_auc"] == pytest.approx(0.5)


def test_chance_of_precision_is_the_share_of_positives() -> None:
    y = np.array([0, 0, 0, 1] * 10)
    target = Target.of(y, classifier=True)
    scorers = make_scorers(["average_precision"], target)
    assert chance_scores(scorers, target, fold(40)) == {"average_precision": pytest.approx(0.25)}


def test_chance_of_a_regression_is_nothing_explained() -> None:
    target = Target.of(np.arange(40) % 4 * 1.0, classifier=False)
    scorers = make_scorers("r2", target)
    assert chance_scores(scorers, target, fold(40)) == {"r2": pytest.approx(0)}


def test_chance_of_a_profile_is_the_mean_profile() -> None:
    y = np.random.default_rng(0).poisson(3, (40, 2, 5)).astype(float)
    target, (where,) = Target.of(y, classifier=False), fold(40)
    error = make_scorer(lambda true, predicted: np.abs(true - predicted).mean())
    wanted = np.abs(y[where.test] - y[where.train].mean(0)).mean()
    assert chance_scores({"error": error}, target, [where]) == {"error": pytest.approx(wanted)}


def test_scorer_of_sequences_has_no_chance() -> None:
    target = Target.of(np.arange(40) % 2, classifier=True)
    chance = chance_scores({"strands": strand_discordance_scorer}, target, fold(40))
    assert np.isnan(chance["strands"])
