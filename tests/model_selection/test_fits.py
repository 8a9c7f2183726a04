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
    Data,
    Fit,
    Job,
    Recipe,
    _count_parameters,
    _epochs,
    predictions,
    row,
    run,
    take,
)
from rcseq.model_selection._splits import Fold
from rcseq.model_selection._target import make_scorers
from rcseq.sequences import as_sequences
from rcseq.targets import Target

JOB = Job("rcps", 3, Fold(0.5, 1, np.array([0, 1]), np.array([2, 3])))


def fit(forward: Any, reverse: Any) -> Fit:
    return Fit(
        {"roc_auc": 0.9}, 1.5, 0.5, [], 7, {"depth": 2}, np.array(forward), np.array(reverse)
    )


def run_here(model: Any, X: Any, y: Any, scorers: Any, *, keep: bool = False, **more: Any) -> Any:
    """Train on the first 80 samples, and test on the others."""
    job = Job("rcps", 0, Fold(1.0, 0, np.arange(80), np.arange(80, 120)))
    recipe = Recipe(scorers, more.get("measure"), keep, None)
    return run(5, job, model, Data(as_sequences(X), y, None), recipe, "")


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
    assert (made["n_epochs"], made["depth"]) == (None, 2)
    table = predictions(JOB, done, target)
    assert table["index"].tolist() == [2, 3]
    assert table["y_true"].tolist() == [1, 0]
    assert table["output"].tolist() == ["on", "on"]
    assert table["y_score_rc"].tolist() == [0.7, 0.2]
    named = predictions(JOB, done, target, np.array(["a", "b", "c", "d"], dtype=object))
    assert named["name"].tolist() == ["c", "d"]
    assert str(JOB) == "strategy 'rcps', seed 3, fold 1"


def test_profiles_have_no_rows_among_the_predictions() -> None:
    profile = np.arange(12.0).reshape(2, 2, 3)
    target = Target.of(np.zeros((4, 2, 3)), classifier=False)
    assert predictions(JOB, fit(profile, profile + 1), target).empty
    assert row(JOB, fit(profile, profile + 1))["strand_discordance"] == 1


def test_a_fit_runs_on_one_thread(stand_in: Any, strand_data: Any) -> None:
    X, y = strand_data
    seen: list[int] = []

    def watch(estimator: Any, X: Any, y: Any) -> float:
        seen.extend(pool["num_threads"] for pool in threadpool_info())
        return 1.0

    before = [pool["num_threads"] for pool in threadpool_info()]
    number, done, model, _ = run_here(stand_in, X, y, {"watch": watch}, keep=True)
    assert set(seen) == {1}
    assert [pool["num_threads"] for pool in threadpool_info()] == before
    assert done.scores == {"watch": 1.0}
    assert done.fit_time > 0
    assert (number, model) == (5, stand_in)


def test_scores_are_those_of_scikit_learn(stand_in: Any, strand_data: Any) -> None:
    from sklearn.metrics import roc_auc_score

    X, y = strand_data
    scorers = make_scorers("roc_auc", Target.of(y, classifier=True))
    _, done, model, _ = run_here(stand_in, X, y, scorers)
    assert done.scores["roc_auc"] == roc_auc_score(y[80:], done.forward[:, 0])
    assert model is None


@pytest.mark.parametrize("X", [list("abcd"), tuple("abcd"), np.array(list("abcd"))])
def test_samples_are_taken_from_any_container(X: Any) -> None:
    assert list(take(X, np.array([3, 1]))) == ["d", "b"]


def test_samples_are_taken_by_place_and_not_by_label() -> None:
    series = pd.Series(list("abcd"), index=[3, 2, 1, 0])
    assert take(series, np.array([3, 1])).tolist() == ["d", "b"]
    assert take(None, np.array([1])) is None


def test_what_the_user_measures_is_kept(stand_in: Any, strand_data: Any) -> None:
    def measure(model: Any, X: Any, y: Any) -> dict[str, Any]:
        return {"n_test_positives": y.sum(), "n_classes": len(model.classes_), "length": len(X[0])}

    _, done, _, _ = run_here(stand_in, *strand_data, {"accuracy": "accuracy"}, measure=measure)
    assert done.more == {"n_test_positives": 20, "n_classes": 2, "length": 40}
    assert all(type(value) is int for value in done.more.values())
