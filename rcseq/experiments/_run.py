"""Run an experiment, keep every finished fit, and go on where a killed run stopped."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.frozen import FrozenEstimator

from rcseq import __version__
from rcseq.experiments._data import ExperimentData, simulated_data
from rcseq.experiments._filters import filter_measures
from rcseq.experiments._protocols import Experiment, get_experiment
from rcseq.model_selection import StrategyComparison, _fits, compare_strategies
from rcseq.model_selection._progress import Progress
from rcseq.model_selection._splits import Fold
from rcseq.model_selection._target import Target, make_scorers
from rcseq.persistence import load, save
from rcseq.report import write_report
from rcseq.strategies import STRATEGIES, get_strategy

__all__ = ["finished", "reproduce"]

Report = bool | Callable[[Mapping[str, Any]], object]

_N_SHOWN = 200  # test sequences whose predictions are kept, for the picture of the two strands


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
    network : {"published", "pooled", "default"}, default="published"
        The published network and training; the same with the maximum and the mean over positions
        and strands in the place of its fully connected layer; or what ``SequenceClassifier`` has
        by default.
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
        One row a fit, with the learning curves beside it, and the predictions for the first 200
        test sequences. More columns than elsewhere: ``best_epoch``; ``model``, the file in
        ``fits`` that :func:`rcseq.load` reads; and, where the data are simulated, how clean the
        filters are, as in :class:`rcseq.inspection.FilterQuality`: ``filters_matched``,
        ``filters_redundancy``, ``filters_reverse_redundancy``, ``filters_information`` (bits) and
        ``filters_n_found``.

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
    names = [get_strategy(name).name for name in strategies]
    seeds = list(range(seeds)) if isinstance(seeds, int) else list(seeds)
    if data is None:
        data = simulated_data(get_experiment(experiment), n_samples)
    fits = Path(folder) / "fits"
    run = _Run(get_experiment(experiment), data, fits, network, max_epochs, device)
    run.fits.mkdir(parents=True, exist_ok=True)
    jobs = [(name, seed) for name in names for seed in seeds]
    missing = [job for job in jobs if not run.path(*job).exists()]
    parallel = Parallel(n_jobs=n_jobs, return_as="generator_unordered", batch_size=1)
    with Progress(len(missing), progress) as shown:
        made_of_others = [job for job in missing if job[0] == "posthoc"]
        trained = [job for job in missing if job not in made_of_others]
        for fit, tasks in ((run.train, trained), (run.conjoin_posthoc, made_of_others)):
            for row in parallel(delayed(fit)(*job) for job in tasks):
                shown.update(row)
    # From the files, also what was made just now: so the table is the same however often it took.
    return _comparison([_read(run.path(*job)) for job in jobs])


def finished(
    experiment: str | Experiment,
    folder: str | os.PathLike[str],
    data: ExperimentData,
    *,
    network: str = "published",
    max_epochs: int | None = None,
    device: str = "auto",
) -> StrategyComparison | None:
    """Read the fits that an earlier :func:`reproduce` has left in a folder.

    Parameters
    ----------
    experiment : str or Experiment
    folder : path-like
    data : ExperimentData
    network : {"published", "pooled", "default"}, default="published"
    max_epochs : int, optional
    device : str, default="auto"
        All as for :func:`reproduce`: fits under other settings are not read.

    Returns
    -------
    StrategyComparison or None
        None where there are none.
    """
    fits = Path(folder) / "fits"
    run = _Run(get_experiment(experiment), data, fits, network, max_epochs, device)
    found = [_read(path) for path in fits.glob(run.path().name)]
    order = list(STRATEGIES)
    found.sort(key=lambda fit: (order.index(fit["row"]["strategy"]), fit["row"]["seed"]))
    return _comparison(found) if found else None


def _comparison(fits: list[dict[str, Any]]) -> StrategyComparison:
    return StrategyComparison(
        pd.DataFrame([fit["row"] for fit in fits]),
        curves=pd.DataFrame([epoch for fit in fits for epoch in fit["curve"]]),
        predictions=pd.concat([pd.DataFrame(fit["predictions"]) for fit in fits]),
        chance=fits[0]["chance"],
    )


@dataclass(frozen=True)
class _Run:
    """The settings that all fits of a run share, and how one fit is done and kept."""

    experiment: Experiment
    data: ExperimentData
    fits: Path
    network: str
    max_epochs: int | None
    device: str

    def path(self, strategy: str | None = None, seed: int | None = None) -> Path:
        """Name the file of a fit, which tells all that its result depends on; or a pattern."""
        digest = hashlib.sha256(json.dumps(self._settings(), sort_keys=True).encode()).hexdigest()
        fit = "*" if strategy is None else f"{strategy}-{seed}"
        return self.fits / f"{self.experiment.name}-{self.network}-{fit}-{digest[:8]}.json"

    def _settings(self) -> dict[str, Any]:
        return {
            "experiment": self.experiment.name,
            "network": self.network,
            "max_epochs": self.max_epochs,
            "device": self.device,
            "data": self.data.digest,
            "version": __version__,
        }

    def train(self, strategy: str, seed: int) -> dict[str, Any]:
        """Do one fit and write it down, in the worker that did it: a killed run loses no more."""
        data, (train, test) = self.data, self._split()
        estimator = self.experiment.estimator(
            *data.sizes[:2],
            strategy=strategy,
            network=self.network,
            max_epochs=self.max_epochs,
            device=self.device,
        )
        comparison = compare_strategies(
            estimator,
            data.codes,
            data.target,
            strategies=[strategy],
            seeds=[seed],
            cv=[(train, test)],
            return_estimators=True,
        )
        (model,) = comparison.estimators.values()
        (record,) = comparison.to_dict("records")
        row = {str(column): value for column, value in record.items()}
        row |= {"n_train": data.sizes[0], "best_epoch": model.best_epoch_}
        if data.motifs is not None:
            row |= filter_measures(model, data)
        # What only training needs cannot be saved without code, and predictions do not need it.
        model.train_split = model.callbacks = None
        return self._write(model, row, comparison.curves, comparison.predictions, comparison.chance)

    def conjoin_posthoc(self, strategy: str, seed: int) -> dict[str, Any]:
        """Make a posthoc model of the augmented one, which it is until it predicts."""
        path, data, (train, test) = self.path("augmented", seed), self.data, self._split()
        if not path.exists():
            self.train("augmented", seed)
        trained, model = _read(path), load(path.with_suffix(".rcseq"))
        model.strategy = strategy
        target = Target.of(data.target, classifier=True)
        job = _fits.Job(strategy, seed, Fold(1.0, 0, train, test))
        nothing = (None, None, None)
        fit = _fits.run(
            0,
            FrozenEstimator(model),
            nothing,
            (data.codes[test], data.target[test], None),
            make_scorers(None, target),
            str(job),
            keep=False,
        )
        row = trained["row"] | _fits.row(job, fit)
        row |= {name: trained["row"][name] for name in ("fit_time", "n_train")}
        curve, predictions = _fits.curve(job, fit), _fits.predictions(job, fit, target)
        return self._write(model, row, pd.DataFrame(curve), predictions, trained["chance"])

    def _split(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        n_fit = sum(self.data.sizes[:2])
        return np.arange(n_fit), np.arange(n_fit, len(self.data.codes))

    def _write(
        self,
        model: Any,
        row: Mapping[str, Any],
        curve: pd.DataFrame,
        predictions: pd.DataFrame,
        chance: Mapping[str, float],
    ) -> dict[str, Any]:
        path = self.path(row["strategy"], row["seed"])
        fit = dict(row) | {"model": save(model, path.with_suffix(".rcseq")).name}
        shown = predictions["index"] < sum(self.data.sizes[:2]) + _N_SHOWN
        record = {
            "settings": self._settings(),
            "row": fit,
            "curve": curve.to_dict("records"),
            "predictions": predictions[shown].to_dict("list"),
            "chance": chance,
        }
        write_report(path, json.dumps(record, default=_plain))  # whole or not at all, and last
        return fit


def _plain(value: Any) -> Any:
    return value.item()  # a number of NumPy


def _read(path: Path) -> dict[str, Any]:
    try:
        record: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return {key: record[key] for key in ("row", "curve", "predictions", "chance")}
    except (ValueError, KeyError) as error:
        raise ValueError(f"{path} is damaged; delete it, and its fit is run again.") from error
