"""One fit: what is measured, and what is kept of it."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_info

from rcseq.model_selection._fits import (
    Fit,
    Job,
    _count_parameters,
    _epochs,
    predictions,
    row,
    run,
    take,
)
from rcseq.model_selection._splits import Fold
from rcseq.model_selection._target import Target, make_scorers

JOB = Job("rcps", 3, Fold(0.5, 1, np.array([0, 1]), np.array([2, 3])))


def fit(forward: Any, reverse: Any) -> Fit:
    return Fit(0, {"roc_auc": 0.9}, 1.5, 0.5, [], 7, np.array(forward), np.array(reverse), None)


def test_history_becomes_steps_and_seconds() -> None:
    history = [
        {"epoch": 1, "train_loss": 0.7, "valid_loss": 0.6, "dur": 2.0, "train_batch_count": 5},
        {"epoch": 2, "train_loss": 0.5, "dur": 1.0, "train_batch_count": 5},  # no validation set
    ]
    epochs = pd.DataFrame(_epochs(SimpleNamespace(history=history)))
    assert epochs["step"].tolist() == [5, 10]
    assert epochs["seconds"].tolist() == [2.0, 3.0]
    assert epochs["valid_loss"].isna().tolist() == [False, True]
    assert _epochs(LogisticRegression()) == []


def test_parameters_are_counted_where_they_can_be() -> None:
    X, y = np.eye(4), [0, 1, 0, 1]
    assert _count_parameters(SimpleNamespace(n_parameters_=12)) == 12
    assert _count_parameters(LogisticRegression().fit(X, y)) == 5
    assert _count_parameters(RandomForestClassifier(2).fit(X, y)) is None


def test_row_and_predictions_carry_the_key_of_the_fit() -> None:
    target = Target.of(["off", "off", "on", "off"], classifier=True)
    done = fit([[0.9], [0.2]], [[0.7], [0.2]])
    made = row(JOB, done)
    assert list(made)[:4] == ["strategy", "seed", "fold", "test_roc_auc"]
    assert (made["n_train"], made["n_test"], made["train_size"]) == (2, 2, 0.5)
    assert made["strand_discordance"] == pytest.approx(0.2)
    assert made["n_epochs"] is None
    table = predictions(JOB, done, target)
    assert table["index"].tolist() == [2, 3]
    assert table["y_true"].tolist() == [1, 0]
    assert table["output"].tolist() == ["on", "on"]
    assert table["y_score_rc"].tolist() == [0.7, 0.2]
    assert str(JOB) == "strategy 'rcps', seed 3, fold 1"


def test_profiles_are_kept_without_a_truth_beside_them() -> None:
    target = Target.of(np.zeros(4), classifier=False)
    profile = np.arange(12.0).reshape(2, 2, 3)
    table = predictions(JOB, fit(profile, profile), target)
    assert table["index"].tolist() == [2] * 6 + [3] * 6
    assert table["y_score"].tolist() == list(range(12))
    assert table["y_true"].isna().all()


def test_a_fit_runs_on_one_thread(stand_in: Any, strand_data: Any) -> None:
    X, y = strand_data
    seen: list[int] = []

    def watch(estimator: Any, X: Any, y: Any) -> float:
        seen.extend(pool["num_threads"] for pool in threadpool_info())
        return 1.0

    before = [pool["num_threads"] for pool in threadpool_info()]
    done = run(0, stand_in, (X, y, None), (X, y, X), {"watch": watch}, "this", True)
    assert set(seen) == {1}
    assert [pool["num_threads"] for pool in threadpool_info()] == before
    assert done.scores == {"watch": 1.0}
    assert done.fit_time > 0
    assert done.estimator is stand_in
    assert (done.forward == done.reverse).all()  # it was told that both strands are the same


def test_scores_are_those_of_scikit_learn(stand_in: Any, strand_data: Any) -> None:
    from sklearn.metrics import roc_auc_score

    X, y = strand_data
    scorers = make_scorers("roc_auc", Target.of(y, classifier=True))
    done = run(0, stand_in, (X[:80], y[:80], None), (X[80:], y[80:], X[80:]), scorers, "", False)
    assert done.scores["roc_auc"] == roc_auc_score(y[80:], done.forward[:, 0])
    assert done.estimator is None


@pytest.mark.parametrize("X", [list("abcd"), tuple("abcd"), np.array(list("abcd"))])
def test_samples_are_taken_from_any_container(X: Any) -> None:
    assert list(take(X, np.array([3, 1]))) == ["d", "b"]


def test_samples_are_taken_by_place_and_not_by_label() -> None:
    series = pd.Series(list("abcd"), index=[3, 2, 1, 0])
    assert take(series, np.array([3, 1])).tolist() == ["d", "b"]
    assert take(None, np.array([1])) is None
