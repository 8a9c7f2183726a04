"""Cross-validate one model under several strand strategies, on the same folds and seeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from numbers import Integral
from typing import Any

import pandas as pd
from joblib import Parallel, delayed
from sklearn.base import is_classifier
from sklearn.utils import check_consistent_length

from rcseq.model_selection import _fits
from rcseq.model_selection._budget import Budget, equal_budget
from rcseq.model_selection._progress import Progress
from rcseq.model_selection._results import StrategyComparison
from rcseq.model_selection._splits import make_folds, training_subsets
from rcseq.model_selection._target import Target, chance_scores, make_scorers
from rcseq.model_selection._variants import make_variants, seeded
from rcseq.prediction import reverse_complement_samples

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
    jobs = [
        _fits.Job(name, seed, fold)
        for fold in folds
        for seed in _seed_list(seeds)
        for name in variants
    ]
    take = _fits.take
    tasks = (
        delayed(_fits.run)(
            number,
            seeded(variants[job.strategy], job.seed),
            (take(X, job.fold.train), take(y, job.fold.train), take(groups, job.fold.train)),
            (take(X, job.fold.test), take(y, job.fold.test), take(X_rc, job.fold.test)),
            scorers,
            str(job),
            return_estimators,
        )
        for number, job in enumerate(jobs)
    )
    # One fit is one task, handed out when a worker is free.
    parallel = Parallel(n_jobs=n_jobs, return_as="generator_unordered", batch_size=1)
    done: list[tuple[_fits.Job, _fits.Fit]] = []
    with Progress(len(jobs), progress) as shown:
        for fit in parallel(tasks):
            done.append((jobs[fit.number], fit))
            shown.update(_fits.row(*done[-1]))
    order = {name: rank for rank, name in enumerate(variants)}
    done.sort(key=lambda pair: (order[pair[0].strategy], pair[0].seed, *pair[0].fold[:2]))
    return StrategyComparison(
        pd.DataFrame([_fits.row(*pair) for pair in done]).astype(_fits.MAY_LACK),
        curves=pd.DataFrame([epoch for pair in done for epoch in _fits.curve(*pair)]),
        predictions=pd.concat([_fits.predictions(*p, target) for p in done], ignore_index=True),
        chance=chance_scores(scorers, target, folds),
        baselines=baseline_names,
        estimators={
            (job.strategy, job.seed, job.fold.fold, job.fold.train_size): fit.estimator
            for job, fit in done
            if return_estimators
        },
    )


def _seed_list(seeds: Any) -> list[int]:
    seeds = list(range(seeds)) if isinstance(seeds, Integral) else list(seeds)
    if not seeds:
        raise ValueError("seeds is empty; pass at least one, or a number of seeds.")
    if len(set(seeds)) < len(seeds):
        raise ValueError(f"seeds={seeds} holds one twice; repetitions would not be independent.")
    return seeds
