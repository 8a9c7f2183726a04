"""Cross-validate one model under several strand strategies, on the same folds and seeds."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping, Sequence
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.metrics import check_scoring
from sklearn.utils import check_consistent_length
from threadpoolctl import threadpool_limits

from rcseq.metrics import (
    discordance_between,
    final_estimator,
    reverse_complement_samples,
    strand_predictions,
)
from rcseq.model_selection._budget import Budget, equal_budget
from rcseq.model_selection._progress import Progress
from rcseq.model_selection._results import StrategyComparison
from rcseq.model_selection._splits import Fold, make_folds, training_subsets
from rcseq.model_selection._target import Target, chance_scores, make_scorers
from rcseq.model_selection._variants import groups_parameter, make_variants, seeded

__all__ = ["compare_strategies"]


def compare_strategies(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    strategies: Sequence[str] | Mapping[str, Mapping[str, Any]] | None = None,
    cv: Any = 5,
    scoring: Any = None,
    seeds: int | Sequence[int] = (0,),
    groups: Any = None,
    baselines: Any = None,
    budget: Budget = "filters",
    train_sizes: Sequence[float] | None = None,
    n_jobs: int | None = None,
    progress: bool | Callable[[Mapping[str, Any]], object] = False,
    return_estimators: bool = False,
) -> StrategyComparison:
    """Cross-validate a model under several strand strategies, paired by fold and seed.

    Parameters
    ----------
    estimator : estimator
        A ``SequenceClassifier`` or ``SequenceRegressor``, or a pipeline (or search) that ends in
        one. Any estimator will do whose last step has a parameter ``strategy``.
    X : sequences of length n
        Whatever the estimator takes: strings through a pipeline that encodes them, one-hot of
        shape (n, 4, L), or uint8 codes of shape (n, L).
    y : array-like of shape (n,) or (n, n_targets)
    strategies : sequence of str, or mapping of str to parameters, optional
        Names from :data:`rcseq.strategies.STRATEGIES`; all five by default. A mapping names
        variants by the parameters that make them, for example
        ``{"rcps, 32": {"sequenceclassifier__strategy": "rcps",
        "sequenceclassifier__module__n_filters": 32}}``, or what :func:`equal_budget` returns.
    cv : int or splitter or iterable, default=5
        A number means shuffled folds, stratified by class for a classifier, that keep `groups`
        together where there are any. The folds are the same for every strategy and seed.
    scoring : str, list, tuple, dict or callable, optional
        As in :func:`sklearn.model_selection.cross_validate`. By default ``("roc_auc",
        "average_precision")`` for a classifier (averaged over the classes against the rest, or
        over the labels, where there are several; missing labels left out) and ``("r2",
        "neg_root_mean_squared_error")`` for a regressor.
    seeds : int or sequence of int, default=(0,)
        Each is the ``random_state`` of the last step in one repetition; a number n means 0 to
        n - 1.
    groups : array-like of shape (n,), optional
        Samples of one group (a chromosome, a family of near-duplicates) never are on both sides of
        a split, nor of the split for early stopping inside the training set.
    baselines : "kmer", estimator or mapping of str to estimator, optional
        Other models to run on the same folds: ``"kmer"`` is :func:`kmer_baseline`, a linear model
        on counts of canonical 6-mers.
    budget : {"filters", "channels", "parameters", "compute"}, default="filters"
        What the strategies have in common: the specification as it stands, or, by another number
        of filters, the channels, the learned parameters or the operations of ``rcps``; see
        :func:`equal_budget`.
    train_sizes : sequence of float, optional
        Shares of every training set to train on, for sample-efficiency curves: nested, stratified
        subsets. The table then has one row for each size, and the summary is of the largest.
    n_jobs : int, optional
        Number of fits at a time, as in scikit-learn. Each runs on one thread, whatever `n_jobs`,
        so that the results do not depend on it.
    progress : bool or callable, default=False
        True draws a progress bar on a terminal, and writes a line for each fit elsewhere. A
        callable gets each row when it is done.
    return_estimators : bool, default=False
        Keep the fitted models, in ``.estimators``.

    Returns
    -------
    StrategyComparison
        A data frame with one row a fit.

    Raises
    ------
    ValueError
        If the data do not allow the comparison (one class only, a class smaller than the folds),
        or a score is not finite. Whatever a fit raises is raised, with a note that says which fit
        it was.

    See Also
    --------
    StrategyComparison : What comes back: ``.summary()``, ``.plot()``, ``.curves``,
        ``.predictions``.
    equal_budget : Strategies with equally many parameters or channels, or equally much compute.

    References
    ----------
    Shrikumar, Greenside and Kundaje (2017), bioRxiv 103663. Zhou, Shrikumar and Kundaje (2022),
    PMLR 165.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from rcseq import DNAOneHotEncoder, SequenceClassifier, compare_strategies
    >>> from rcseq.datasets import load_nfe2
    >>> data = load_nfe2(subset="test")
    >>> model = make_pipeline(
    ...     DNAOneHotEncoder(), SequenceClassifier(max_epochs=2, early_stopping=False)
    ... )
    >>> comparison = compare_strategies(
    ...     model, data.sequences, data.target, strategies=["standard", "rcps"], cv=2
    ... )
    >>> comparison[["strategy", "seed", "fold"]]
       strategy  seed  fold
    0  standard     0     0
    1  standard     0     1
    2      rcps     0     0
    3      rcps     0     1
    >>> bool(comparison.summary().loc["rcps", "strand_discordance"] < 1e-5)
    True
    """
    check_consistent_length(X, y, groups)
    target = Target.of(y, classifier=is_classifier(estimator))
    if budget != "filters":
        if isinstance(strategies, Mapping):
            raise ValueError("strategies that are given by their parameters have a budget already")
        strategies = equal_budget(estimator, X, y, budget=budget, strategies=strategies)
    variants, baseline_names = make_variants(estimator, strategies, baselines, target.kind)
    scorers = make_scorers(scoring, target)
    folds = training_subsets(make_folds(cv, X, target, groups), target, train_sizes)
    X_rc = reverse_complement_samples(X)
    jobs = [(name, seed, fold) for fold in folds for seed in _seed_list(seeds) for name in variants]
    tasks = (
        delayed(_run)(
            number,
            seeded(variants[name], seed),
            (_take(X, fold.train), _take(y, fold.train), _take(groups, fold.train)),
            (_take(X, fold.test), _take(y, fold.test), _take(X_rc, fold.test)),
            scorers,
            f"strategy {name!r}, seed {seed}, fold {fold.fold}",
            return_estimators,
        )
        for number, (name, seed, fold) in enumerate(jobs)
    )
    # One fit is one task, handed out when a worker is free.
    parallel = Parallel(n_jobs=n_jobs, return_as="generator_unordered", batch_size=1)
    fits: list[_Fit] = []
    with Progress(len(jobs), progress) as shown:
        for fit in parallel(tasks):
            fits.append(fit)
            name, seed, fold = jobs[fit.number]
            shown.update(_row(name, seed, fold, fit))
    order = {name: rank for rank, name in enumerate(variants)}
    done = sorted(
        ((*jobs[fit.number], fit) for fit in fits),
        key=lambda job: (order[job[0]], job[1], job[2].train_size, job[2].fold),
    )
    return StrategyComparison(
        pd.DataFrame([_row(*job) for job in done]).astype(_MAY_LACK),
        curves=pd.DataFrame([epoch for job in done for epoch in _curve(*job)]),
        predictions=pd.concat([_predictions(*job, target) for job in done], ignore_index=True),
        chance=chance_scores(scorers, target, folds),
        baselines=baseline_names,
        estimators={
            (name, seed, fold.fold, fold.train_size): fit.estimator
            for name, seed, fold, fit in done
            if return_estimators
        },
    )


# A baseline has no epochs, and some models nothing to count.
_MAY_LACK = {"n_epochs": "Int64", "n_parameters": "Int64"}


class _Fit(NamedTuple):
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


def _run(
    number: int,
    estimator: Any,
    train: tuple[Any, Any, Any],
    test: tuple[Any, Any, Any],
    scorers: Mapping[str, Any],
    where: str,
    keep: bool,
) -> _Fit:
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
    return _Fit(
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


def _row(strategy: str, seed: int, fold: Fold, fit: _Fit) -> dict[str, Any]:
    return {
        "strategy": strategy,
        "seed": seed,
        "fold": fold.fold,
        **{f"test_{name}": score for name, score in fit.scores.items()},
        "fit_time": fit.fit_time,
        "score_time": fit.score_time,
        "n_epochs": len(fit.history) or None,
        "n_parameters": fit.n_parameters,
        "strand_discordance": discordance_between(fit.forward, fit.reverse),
        "n_train": len(fold.train),
        "n_test": len(fold.test),
        "train_size": fold.train_size,
    }


def _key(strategy: str, seed: int, fold: Fold) -> dict[str, Any]:
    return {"strategy": strategy, "seed": seed, "fold": fold.fold, "train_size": fold.train_size}


def _curve(strategy: str, seed: int, fold: Fold, fit: _Fit) -> list[dict[str, Any]]:
    return [{**_key(strategy, seed, fold), **epoch} for epoch in fit.history]


def _predictions(strategy: str, seed: int, fold: Fold, fit: _Fit, target: Target) -> pd.DataFrame:
    truth = target.columns(fold.test)
    forward, reverse = (p.reshape(len(p), -1) for p in (fit.forward, fit.reverse))
    if truth.shape != forward.shape:  # a profile, or a model that answers in another shape
        truth = np.broadcast_to(np.nan, forward.shape)
        outputs: list[Any] = list(range(forward.shape[1]))
    else:
        outputs = target.outputs
    return pd.DataFrame(
        {
            **_key(strategy, seed, fold),
            "index": np.repeat(fold.test, len(outputs)),
            "output": np.tile(np.array(outputs, dtype=object), len(truth)),
            "y_true": truth.ravel(),
            "y_score": forward.ravel(),
            "y_score_rc": reverse.ravel(),
        }
    )


def _seed_list(seeds: Any) -> list[int]:
    seeds = list(range(seeds)) if isinstance(seeds, Integral) else list(seeds)
    if not seeds:
        raise ValueError("seeds is empty; pass at least one, or a number of seeds.")
    if len(set(seeds)) < len(seeds):
        raise ValueError(f"seeds={seeds} holds one twice; repetitions would not be independent.")
    return seeds


def _take(X: Any, index: NDArray[Any]) -> Any:
    """Take samples of a list, array or Series, in the container in which they came."""
    if X is None or hasattr(X, "iloc"):
        return X if X is None else X.iloc[index]
    if isinstance(X, list | tuple):
        return [X[i] for i in index]
    return X[index]
