"""One fit of a comparison: what a worker does, and what becomes of its result."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sklearn.metrics import check_scoring
from threadpoolctl import threadpool_limits

from rcseq.metrics import discordance_between
from rcseq.model_selection._candidates import with_groups
from rcseq.model_selection._splits import Fold
from rcseq.prediction import final_estimator, strand_predictions
from rcseq.sequences import Sequences
from rcseq.targets import Target

if TYPE_CHECKING:
    from rcseq.model_selection._cache import FitCache

__all__ = ["MAY_LACK", "Data", "Fit", "Job", "Recipe", "curve", "predictions", "row", "run", "take"]

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
    def key(self) -> tuple[str, int, int, float]:
        return self.strategy, self.seed, self.fold.fold, self.fold.train_size

    @property
    def columns(self) -> dict[str, Any]:
        """The columns that say which fit a row is of, in every table."""
        return dict(zip(("strategy", "seed", "fold", "train_size"), self.key, strict=True))


class Data(NamedTuple):
    """What all fits share; joblib lays its arrays into a file that all workers map."""

    X: Sequences
    y: Any
    groups: Any


class Recipe(NamedTuple):
    """What is done in every fit, whatever the model."""

    scorers: Mapping[str, Any]
    measure: Callable[[Any, Any, Any], Mapping[str, float]] | None
    keep: bool
    cache: FitCache | None


class Fit(NamedTuple):
    """What is known of a model after its fit; it goes into a file of the cache as it is."""

    scores: dict[str, float]
    fit_time: float
    score_time: float
    history: list[dict[str, Any]]
    n_parameters: int | None
    more: dict[str, float]
    forward: NDArray[Any]
    reverse: NDArray[Any]


class Done(NamedTuple):
    """What a worker sends back."""

    number: int
    fit: Fit
    estimator: Any
    trouble: str | None  # why the model could not be written


@contextmanager
def _one_thread() -> Iterator[None]:
    """Compute on one thread; threadpoolctl does not see the MKL inside torch."""
    before = torch.get_num_threads()
    with threadpool_limits(limits=1):
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(before)


def run(number: int, job: Job, estimator: Any, data: Data, recipe: Recipe, name: str) -> Done:
    """Train, score, and predict both strands; in a worker, or in the caller's process."""
    train, test = job.fold.train, job.fold.test
    X, y = data.X[test].native(), take(data.y, test)
    groups = with_groups(estimator, take(data.groups, train))
    _warm_up()
    try:
        # One thread everywhere: the number of threads decides in which order a sum is taken, and
        # with it the last bits of a result, which training then amplifies.
        with _one_thread():
            start = time.perf_counter()
            estimator.fit(data.X[train].native(), take(data.y, train), **groups)
            fitted = time.perf_counter()
            scores = check_scoring(estimator, scoring=dict(recipe.scorers))(estimator, X, y)
            forward, reverse = strand_predictions(estimator, X)
            scored = time.perf_counter()
            more = dict(recipe.measure(estimator, X, y)) if recipe.measure else {}
        for scorer, score in scores.items():
            if not np.isfinite(score):
                raise ValueError(f"the score {scorer} is {score}")
    except Exception as error:
        error.add_note(f"This was the fit of {job}.")
        raise
    model = final_estimator(estimator)
    fit = Fit(
        {scorer: float(score) for scorer, score in scores.items()},
        fitted - start,
        scored - fitted,
        _epochs(model),
        _count_parameters(model),
        {column: _plain(value) for column, value in more.items()},
        forward,
        reverse,
    )
    trouble = None if recipe.cache is None else recipe.cache.write(name, fit, estimator)
    return Done(number, fit, estimator if recipe.keep else None, trouble)


@functools.cache
def _warm_up() -> None:
    """Make an optimiser: with the first of a process torch imports its compiler, for seconds."""
    import torch

    torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))])


def _epochs(model: Any) -> list[dict[str, Any]]:
    """Keep of a skorch history what a learning curve needs."""
    epochs, step, seconds = [], 0, 0.0
    for record in getattr(model, "history", None) or ():
        step += record.get("train_batch_count", 0)
        seconds += record.get("dur", 0.0)
        epochs.append(
            {
                "epoch": int(record["epoch"]),
                "step": int(step),
                "seconds": float(seconds),
                "train_loss": float(record.get("train_loss", np.nan)),
                "valid_loss": float(record.get("valid_loss", np.nan)),
            }
        )
    return epochs


def _count_parameters(model: Any) -> int | None:
    if hasattr(model, "n_parameters_"):
        return int(model.n_parameters_)
    if hasattr(model, "coef_"):  # a linear model of scikit-learn
        return int(np.size(model.coef_) + np.size(getattr(model, "intercept_", ())))
    return None


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def row(job: Job, fit: Fit) -> dict[str, Any]:
    """Make the row of the results table."""
    columns = job.columns
    train_size = columns.pop("train_size")
    return {
        **columns,
        **{f"test_{name}": score for name, score in fit.scores.items()},
        "fit_time": fit.fit_time,
        "score_time": fit.score_time,
        "n_epochs": len(fit.history) or None,
        "n_parameters": fit.n_parameters,
        "strand_discordance": discordance_between(fit.forward, fit.reverse),
        "n_train": len(job.fold.train),
        "n_test": len(job.fold.test),
        "train_size": train_size,
        **fit.more,
    }


def curve(job: Job, fit: Fit) -> list[dict[str, Any]]:
    """Make the rows of the table of learning curves."""
    return [{**job.columns, **epoch} for epoch in fit.history]


def predictions(
    job: Job, fit: Fit, target: Target, names: NDArray[Any] | None = None
) -> pd.DataFrame:
    """Make the rows of the table of predictions; none for profiles, which would be millions."""
    if fit.forward.ndim > 2:
        return pd.DataFrame()
    truth = target.columns(job.fold.test)
    forward, reverse = (p.reshape(len(p), -1) for p in (fit.forward, fit.reverse))
    outputs: list[Any] = target.outputs
    if truth.shape != forward.shape:  # a model that answers in another shape
        truth = np.broadcast_to(np.nan, forward.shape)
        outputs = list(range(forward.shape[1]))
    return pd.DataFrame(
        {
            **job.columns,
            "index": np.repeat(job.fold.test, len(outputs)),
            **({} if names is None else {"name": np.repeat(names[job.fold.test], len(outputs))}),
            "output": np.tile(np.array(outputs, dtype=object), len(truth)),
            "y_true": truth.ravel(),
            "y_score": forward.ravel(),
            "y_score_rc": reverse.ravel(),
        }
    )


def take(X: Any, index: NDArray[Any]) -> Any:
    """Take targets or groups, in the container in which they came."""
    if X is None or hasattr(X, "iloc"):
        return X if X is None else X.iloc[index]
    if isinstance(X, list | tuple):
        return [X[i] for i in index]
    return X[index]
