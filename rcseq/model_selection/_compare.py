"""Cross-validate one model under several strand strategies, on the same folds and seeds."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, nullcontext
from numbers import Integral
from typing import Any

import pandas as pd
from sklearn.base import is_classifier
from sklearn.utils import check_consistent_length

from rcseq._workers import run_jobs
from rcseq.model_selection._budget import Budget, equal_budget
from rcseq.model_selection._cache import FitCache, SavedModels, file_name
from rcseq.model_selection._candidates import make_candidates, own_classes, seeded
from rcseq.model_selection._digest import digest
from rcseq.model_selection._distinct import check_distinct
from rcseq.model_selection._fits import (
    MAY_LACK,
    Data,
    Fit,
    Job,
    Recipe,
    curve,
    predictions,
    row,
    run,
)
from rcseq.model_selection._progress import Progress
from rcseq.model_selection._results import StrategyComparison
from rcseq.model_selection._splits import make_folds, training_subsets
from rcseq.model_selection._target import chance_scores, make_scorers
from rcseq.sequences import as_sequences
from rcseq.targets import Target

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
    measure: Callable[[Any, Any, Any], Mapping[str, float]] | None = None,
    n_jobs: int | None = None,
    progress: bool | Callable[[Mapping[str, Any]], object] = False,
    return_estimators: bool = False,
    cache: str | os.PathLike[str] | None = None,
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
        Names from ``rcseq.strategies.STRATEGIES``; by default those of
        :func:`rcseq.strategies.default_strategies`. A mapping names
        candidates by the parameters that make them, for example
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
    baselines : "kmer", "gapped_kmer", estimator or mapping of str to estimator, optional
        Other models to run on the same folds: ``"kmer"`` is :func:`kmer_baseline`, a linear model
        on counts of canonical 6-mers; ``"gapped_kmer"`` is :func:`gapped_kmer_baseline`, which is
        stronger and takes minutes. A list of names takes several.
    budget : {"filters", "channels", "parameters", "compute"}, default="filters"
        What the strategies have in common: the specification as it stands, or, by another number
        of filters, the channels, the learned parameters or the operations of ``rcps``; see
        :func:`equal_budget`.
    train_sizes : sequence of float, optional
        Shares of every training set to train on, for sample-efficiency curves: nested, stratified
        subsets. The table then has one row for each size, and the summary is of the largest.
    measure : callable, optional
        Called with each fitted model, its test sequences and their targets; returns a mapping of
        names to numbers, which become further columns of the table.
    n_jobs : int, optional
        Number of fits at a time, as in scikit-learn. Each runs on one thread, whatever `n_jobs`,
        so that the results do not depend on it.
    progress : bool or callable, default=False
        True draws a progress bar on a terminal, and writes a line for each fit elsewhere. A
        callable gets each row when it is done. Fits that the cache holds are not reported.
    return_estimators : bool, default=False
        Keep the fitted models, in ``.estimators``.
    cache : path-like, optional
        Folder to which each fit and its model are written when the fit ends. Called again with
        the same arguments, also after it was killed, the comparison does only the fits that are
        missing, and returns the same table. A fit is found by all that it depends on: the
        parameters of the model, the data, the samples of the fold, the scorers and the versions of
        the libraries; more seeds, folds or strategies add to a folder. The models are in
        ``.estimators``, loaded by :func:`rcseq.load` when they are asked for.

    Returns
    -------
    StrategyComparison
        Its ``.table`` has one row a fit.

    Raises
    ------
    ValueError
        If the data do not allow the comparison (one class only, a class smaller than the folds),
        the candidates are the same network since it is equivariant under any strategy, or a score
        is not finite. Whatever a fit raises is raised, with a note that says which fit
        it was.

    See Also
    --------
    StrategyComparison : The result: ``.summary()``, ``.plot()``, ``.curves``,
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
    >>> model = make_pipeline(DNAOneHotEncoder(length=250), SequenceClassifier(max_epochs=2))
    >>> comparison = compare_strategies(
    ...     model, data.sequences, data.target, strategies=["standard", "rcps"], cv=2
    ... )
    >>> comparison.table[["strategy", "seed", "fold"]]
       strategy  seed  fold
    0  standard     0     0
    1  standard     0     1
    2      rcps     0     0
    3      rcps     0     1
    >>> bool(comparison.summary().loc["rcps", "strand_discordance"] < 1e-5)
    True
    """
    check_consistent_length(X, y, groups)
    sequences = as_sequences(X)
    target = Target.of(y, classifier=is_classifier(estimator))
    if budget != "filters":
        if isinstance(strategies, Mapping):
            raise ValueError("strategies that are given by their parameters have a budget already")
        strategies = equal_budget(estimator, X, y, budget=budget, strategies=strategies)
    candidates, baseline_names = make_candidates(estimator, strategies, baselines, target.kind)
    check_distinct({n: c for n, c in candidates.items() if n not in baseline_names}, X, y)
    scorers = make_scorers(scoring, target)
    folds = training_subsets(make_folds(cv, X, target, groups), target, train_sizes)
    # Fold by fold, so that what is there when a run is stopped can be compared.
    jobs = [
        Job(name, seed, fold) for fold in folds for seed in _seed_list(seeds) for name in candidates
    ]
    store = None if cache is None else FitCache(cache)
    recipe = Recipe(scorers, measure, return_estimators and store is None, store)
    data = Data(sequences, y, groups)
    names = [""] * len(jobs)
    done: dict[int, Fit] = {}
    kept: dict[int, Any] = {}
    troubles: list[str] = []
    if store is not None:
        store.prepare()
        names, done = _look_up(store, jobs, candidates, data, recipe)
    # Two candidates that are the same model share a file, and with it one fit.
    missing = [
        number
        for number, name in enumerate(names)
        if number not in done and (store is None or names.index(name) == number)
    ]
    tasks = (
        (
            number,
            jobs[number],
            seeded(candidates[jobs[number].strategy], jobs[number].seed),
            data,
            recipe,
            names[number],
        )
        for number in missing
    )
    folder = None if store is None else store.temporary
    cleaned = nullcontext() if store is None else store.cleaned()
    results = run_jobs(run, tasks, n_jobs, ordered=False, temp_folder=folder)
    with cleaned, Progress(len(missing), progress) as shown, closing(results):
        for number, fit, model, trouble in results:
            done[number] = fit
            kept[number] = model
            troubles += [] if trouble is None else [trouble]
            shown.update(row(jobs[number], fit))
    if troubles:
        warnings.warn(
            f"{len(troubles)} of the {len(missing)} models could not be saved, so that their fits "
            f"are in the cache without them: {troubles[0]}",
            UserWarning,
            stacklevel=2,
        )
    order = {name: rank for rank, name in enumerate(candidates)}
    numbers = sorted(
        range(len(jobs)),
        key=lambda n: (order[jobs[n].strategy], jobs[n].seed, *jobs[n].fold[:2]),
    )
    models: Mapping[tuple[str, int, int, float], Any] = {}
    if store is not None:
        by_name = {names[number]: fit for number, fit in done.items()}
        done = {number: by_name[name] for number, name in enumerate(names)}
        paths = {jobs[n].key: store.model_path(names[n]) for n in numbers}
        models = SavedModels(
            {key: path for key, path in paths.items() if path.exists()},
            set().union(*map(own_classes, candidates.values())),
        )
    elif return_estimators:
        models = {jobs[n].key: kept[n] for n in numbers}
    pairs = [(jobs[n], done[n]) for n in numbers]
    of_samples = sequences.names
    return StrategyComparison(
        pd.DataFrame([row(*pair) for pair in pairs]).astype(MAY_LACK),
        curves=pd.DataFrame([epoch for pair in pairs for epoch in curve(*pair)]),
        predictions=pd.concat(
            [predictions(*pair, target, of_samples) for pair in pairs], ignore_index=True
        ),
        chance=chance_scores(scorers, target, folds),
        baselines=baseline_names,
        estimators=models,
    )


def _look_up(
    store: FitCache, jobs: list[Job], candidates: Mapping[str, Any], data: Data, recipe: Recipe
) -> tuple[list[str], dict[int, Fit]]:
    """Name the files of all fits, and read those that are there."""
    data_digest = digest(*data)
    there = store.names()
    finished, names, done = set(there), [], {}
    for number, job in enumerate(jobs):
        model = seeded(candidates[job.strategy], job.seed)
        key = digest(
            data_digest, model, job.fold.train, job.fold.test, recipe.scorers, recipe.measure
        )
        names.append(there.setdefault(key, file_name(*job.key, key)))
        fit = store.read(names[-1]) if key in finished else None
        if fit is not None:
            done[number] = fit
    return names, done


def _seed_list(seeds: Any) -> list[int]:
    seeds = list(range(seeds)) if isinstance(seeds, Integral) else list(seeds)
    if not seeds:
        raise ValueError("seeds is empty; pass at least one, or a number of seeds.")
    if len(set(seeds)) < len(seeds):
        raise ValueError(f"seeds={seeds} holds one twice; repetitions would not be independent.")
    return seeds
