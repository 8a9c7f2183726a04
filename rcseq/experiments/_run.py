"""Run an experiment, keep every finished fit, and go on where a killed run stopped."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from rcseq import __version__
from rcseq.experiments._data import ExperimentData, simulated_data
from rcseq.experiments._protocols import Experiment, get_experiment
from rcseq.model_selection import StrategyComparison, compare_strategies
from rcseq.model_selection._progress import Progress
from rcseq.report import write_report
from rcseq.strategies import STRATEGIES, get_strategy

__all__ = ["reproduce"]

Report = bool | Callable[[Mapping[str, Any]], object]


def reproduce(
    experiment: str | Experiment,
    folder: str | os.PathLike[str],
    *,
    data: ExperimentData | None = None,
    strategies: Sequence[str] = tuple(STRATEGIES),
    seeds: int | Sequence[int] = 10,
    network: str = "published",
    max_epochs: int | None = None,
    n_samples: int | None = None,
    device: str = "auto",
    n_jobs: int | None = None,
    progress: Report = False,
) -> StrategyComparison:
    """Run a published experiment.

    Parameters
    ----------
    experiment : str or Experiment
        A name in :data:`EXPERIMENTS`.
    folder : path-like
        Every finished fit is written to it at once, one file each. What is there already is not
        run again, so a run that was killed goes on where it stopped, and more seeds or strategies
        add to it.
    data : ExperimentData, optional
        For the experiments on data of your own, as :func:`data_from_table` reads them; the others
        simulate theirs.
    strategies : sequence of str
        All by default.
    seeds : int or sequence of int, default=10
        Each is the ``random_state`` of one training; a number n means 0 to n - 1.
    network : {"published", "default"}, default="published"
        The published network and training, or those that ``SequenceClassifier`` has by default.
    max_epochs, n_samples : int, optional
        Fewer epochs or simulated sequences than published, for a look.
    device : str, default="auto"
        Where to compute.
    n_jobs : int, optional
        Number of fits at a time, as in scikit-learn; the results do not depend on it.
    progress : bool or callable, default=False
        As in :func:`rcseq.compare_strategies`.

    Returns
    -------
    StrategyComparison
        One row a fit, with the learning curves beside it, and the column ``best_epoch``. It holds
        no predictions.

    Raises
    ------
    ValueError
        If there is no such experiment, network or strategy, its data are missing, or a file in
        `folder` is damaged.

    Examples
    --------
    >>> from rcseq.experiments import reproduce
    >>> comparison = reproduce("zhou2022-sim200", "sim200", n_jobs=2)  # doctest: +SKIP
    >>> comparison.summary(reference="standard")  # doctest: +SKIP
    """
    experiment = get_experiment(experiment)
    names = [get_strategy(name).name for name in strategies]
    seeds = list(range(seeds)) if isinstance(seeds, int) else list(seeds)
    data = simulated_data(experiment, n_samples) if data is None else data
    estimator = experiment.estimator(
        *data.sizes[:2], network=network, max_epochs=max_epochs, device=device
    )
    settings = {
        "experiment": experiment.name,
        "network": network,
        "max_epochs": estimator.max_epochs,
        "device": device,
        "data": data.digest,
        "version": __version__,
    }
    fits = Path(folder) / "fits"
    fits.mkdir(parents=True, exist_ok=True)
    jobs = {
        (name, seed): fits / _file_name(settings, name, seed) for name in names for seed in seeds
    }
    missing = [(*job, path) for job, path in jobs.items() if not path.exists()]
    tasks = (delayed(_fit)(estimator, data, settings, *job) for job in missing)
    parallel = Parallel(n_jobs=n_jobs, return_as="generator_unordered", batch_size=1)
    with Progress(len(missing), progress) as shown:
        for row in parallel(tasks):
            shown.update(row)
    # From the files, also what was made just now: so the table is the same however often it took.
    done = [_read(path) for path in jobs.values()]
    return StrategyComparison(
        pd.DataFrame([fit["row"] for fit in done]),
        curves=pd.DataFrame([epoch for fit in done for epoch in fit["curve"]]),
        chance=done[0]["chance"] if done else {},
    )


def _file_name(settings: Mapping[str, Any], strategy: str, seed: int) -> str:
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:8]
    return f"{settings['experiment']}-{settings['network']}-{strategy}-{seed}-{digest}.json"


def _fit(
    estimator: Any,
    data: ExperimentData,
    settings: Mapping[str, Any],
    strategy: str,
    seed: int,
    path: Path,
) -> dict[str, Any]:
    """Do one fit and write it down, in the worker that did it: a killed run loses no more."""
    n_fit = sum(data.sizes[:2])
    comparison = compare_strategies(
        estimator,
        data.codes,
        data.target,
        strategies=[strategy],
        seeds=[seed],
        cv=[(np.arange(n_fit), np.arange(n_fit, len(data.codes)))],
        return_estimators=True,
    )
    (model,) = comparison.estimators.values()
    (row,) = comparison.to_dict("records")
    fit = {str(column): value for column, value in row.items()}
    fit |= {"n_train": data.sizes[0], "best_epoch": model.best_epoch_}
    record = {
        "settings": dict(settings),
        "row": fit,
        "curve": comparison.curves.to_dict("records"),
        "chance": comparison.chance,
    }
    write_report(path, json.dumps(record, default=_plain))  # whole or not at all
    return fit


def _plain(value: Any) -> Any:
    return value.item()  # a number of NumPy


def _read(path: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return {key: record[key] for key in ("row", "curve", "chance")}
    except (ValueError, KeyError) as error:
        raise ValueError(f"{path} is damaged; delete it, and its fit is run again.") from error
