"""One fit of a comparison: what a worker does, and what becomes of what it sends back."""

from __future__ import annotations

import functools
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import check_scoring
from threadpoolctl import threadpool_limits

from rcseq.metrics import discordance_between
from rcseq.model_selection._splits import Fold
from rcseq.model_selection._target import Target
from rcseq.model_selection._variants import groups_parameter
from rcseq.prediction import final_estimator, strand_predictions

__all__ = ["MAY_LACK", "Fit", "Job", "curve", "predictions", "row", "run", "take"]

# A baseline has no epochs, and some models nothing to count.
MAY_LACK = {"n_epochs": "Int64", "n_parameters": "Int64"}


class Job(NamedTuple):
    """Which fit it is."""

    strategy: str
    seed: int
    fold: Fold

    def __str__(self) -> str:
        return f"strategy {self.strategy!r}, seed {self.seed}, fold {self.fold.fold}"

    @property
    def key(self) -> dict[str, Any]:
        """The columns that say which fit a row is of, in every table."""
        fold, train_size = self.fold.fold, self.fold.train_size
        return {
            "strategy": self.strategy,
            "seed": self.seed,
            "fold": fold,
            "train_size": train_size,
        }


class Fit(NamedTuple):
    """What one worker sends back."""

    number: int
    scores: dict[str, float]
    fit_time: float
    score_time: float
    history: list[dict[str, Any]]
    n_parameters: int | None
    forward: NDArray[Any]
    reverse: NDArray[Any]
    estimator: Any


def run(
    number: int,
    estimator: Any,
    train: tuple[Any, Any, Any],
    test: tuple[Any, Any, Any],
    scorers: Mapping[str, Any],
    where: str,
    keep: bool,
) -> Fit:
    """Train, score, and predict both strands; in a worker, or in the caller's process."""
    X_train, y_train, groups = train
    X, y, X_rc = test
    named = None if groups is None else groups_parameter(estimator)
    _warm_up()
    try:
        # One thread everywhere: the number of threads decides in which order a sum is taken, and
        # with it the last bits of a result, which training then amplifies.
        with threadpool_limits(limits=1):
            start = time.perf_counter()
            estimator.fit(X_train, y_train, **({named: groups} if named else {}))
            fitted = time.perf_counter()
            scores = check_scoring(estimator, scoring=dict(scorers))(estimator, X, y)
            forward, reverse = strand_predictions(estimator, X, X_rc=X_rc)
            scored = time.perf_counter()
        for name, score in scores.items():
            if not np.isfinite(score):
                raise ValueError(f"the score {name} is {score}")
    except Exception as error:
        error.add_note(f"This was the fit of {where}.")
        raise
    model = final_estimator(estimator)
    return Fit(
        number,
        {name: float(score) for name, score in scores.items()},
        fitted - start,
        scored - fitted,
        _epochs(model),
        _count_parameters(model),
        forward,
        reverse,
        estimator if keep else None,
    )


@functools.cache
def _warm_up() -> None:
    """Make an optimiser: with the first of a process torch imports its compiler, for seconds.

    That is no part of the time of whichever strategy happens to be first.
    """
    import torch

    torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))])


def _epochs(model: Any) -> list[dict[str, Any]]:
    """Keep of a skorch history what a learning curve needs: batches would be too much to send."""
    epochs, step, seconds = [], 0, 0.0
    for record in getattr(model, "history", None) or ():
        step += record.get("train_batch_count", 0)
        seconds += record.get("dur", 0.0)
        epochs.append(
            {
                "epoch": record["epoch"],
                "step": step,
                "seconds": seconds,
                "train_loss": record.get("train_loss", np.nan),
                "valid_loss": record.get("valid_loss", np.nan),
            }
        )
    return epochs


def _count_parameters(model: Any) -> int | None:
    if hasattr(model, "n_parameters_"):
        return int(model.n_parameters_)
    if hasattr(model, "coef_"):  # a linear model of scikit-learn
        return int(np.size(model.coef_) + np.size(getattr(model, "intercept_", ())))
    return None


def row(job: Job, fit: Fit) -> dict[str, Any]:
    """Make the row of the results table."""
    key = job.key
    train_size = key.pop("train_size")
    return {
        **key,
        **{f"test_{name}": score for name, score in fit.scores.items()},
        "fit_time": fit.fit_time,
        "score_time": fit.score_time,
        "n_epochs": len(fit.history) or None,
        "n_parameters": fit.n_parameters,
        "strand_discordance": discordance_between(fit.forward, fit.reverse),
        "n_train": len(job.fold.train),
        "n_test": len(job.fold.test),
        "train_size": train_size,
    }


def curve(job: Job, fit: Fit) -> list[dict[str, Any]]:
    """Make the rows of the table of learning curves."""
    return [{**job.key, **epoch} for epoch in fit.history]


def predictions(job: Job, fit: Fit, target: Target) -> pd.DataFrame:
    """Make the rows of the table of predictions."""
    truth = target.columns(job.fold.test)
    forward, reverse = (p.reshape(len(p), -1) for p in (fit.forward, fit.reverse))
    outputs: list[Any] = target.outputs
    if truth.shape != forward.shape:  # a profile, or a model that answers in another shape
        truth = np.broadcast_to(np.nan, forward.shape)
        outputs = list(range(forward.shape[1]))
    return pd.DataFrame(
        {
            **job.key,
            "index": np.repeat(job.fold.test, len(outputs)),
            "output": np.tile(np.array(outputs, dtype=object), len(truth)),
            "y_true": truth.ravel(),
            "y_score": forward.ravel(),
            "y_score_rc": reverse.ravel(),
        }
    )


def take(X: Any, index: NDArray[Any]) -> Any:
    """Take samples of a list, array or Series, in the container in which they came."""
    if X is None or hasattr(X, "iloc"):
        return X if X is None else X.iloc[index]
    if isinstance(X, list | tuple):
        return [X[i] for i in index]
    return X[index]
