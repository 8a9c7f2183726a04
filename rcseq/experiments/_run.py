"""Run a published experiment as a comparison that keeps every finished fit."""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.frozen import FrozenEstimator

from rcseq import __version__
from rcseq._files import atomic_write
from rcseq.experiments._data import codes_of, simulated_data, subset_sizes
from rcseq.experiments._filters import filter_measures
from rcseq.experiments._protocols import MADE_OF, Experiment, get_experiment
from rcseq.model_selection import StrategyComparison, compare_strategies
from rcseq.sequences import LabelledSequences
from rcseq.strategies import default_strategies, get_strategy

__all__ = ["finished", "reproduce"]

Report = bool | Callable[[Mapping[str, Any]], object]

_N_SHOWN = 200  # test sequences whose predictions are kept, for the picture of the two strands
_TABLE = "table.csv"


def reproduce(
    experiment: str | Experiment,
    folder: str | os.PathLike[str],
    *,
    data: LabelledSequences | None = None,
    strategies: Sequence[str] | None = None,
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
        Every finished fit is written to its subfolder ``fits`` at once, with its model, as by the
        ``cache`` of :func:`rcseq.compare_strategies`. A run that was killed goes on where it
        stopped, and more seeds or strategies add to the folder.
    data : LabelledSequences, optional
        For the experiments on data of your own, as :func:`data_from_table` reads them; the others
        simulate theirs.
    strategies : sequence of str, optional
        By default those of :func:`rcseq.strategies.default_strategies`.
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
        One row a fit, with the learning curves and the models beside it, and the predictions for
        the first 200 test sequences. ``posthoc`` is not trained: it is made of the models of
        ``augmented``, and has their curves and times. More columns than elsewhere: ``best_epoch``;
        and, where the data are simulated, how clean the filters are, as in
        :class:`rcseq.inspection.FilterQuality`: ``filters_matched``, ``filters_redundancy``,
        ``filters_reverse_redundancy``, ``filters_information`` (bits) and ``filters_n_found``.

    Raises
    ------
    ValueError
        If there is no such experiment, network or strategy, or its data are missing.

    Examples
    --------
    >>> from rcseq.experiments import reproduce
    >>> comparison = reproduce("zhou2022-sim200", "sim200", n_jobs=2)  # doctest: +SKIP
    >>> comparison.summary(reference="standard")  # doctest: +SKIP
    """
    experiment = get_experiment(experiment)
    if data is None:
        data = simulated_data(experiment, n_samples)
    strategies = default_strategies() if strategies is None else strategies
    names = [get_strategy(name).name for name in strategies]
    settings: dict[str, Any] = {"network": network, "max_epochs": max_epochs, "device": device}
    wanted = list(range(seeds)) if isinstance(seeds, int) else list(seeds)
    fits = _fits_folder(folder, experiment, data, settings)
    run = _Run(experiment, data, settings, fits, n_jobs)
    trained = dict.fromkeys(MADE_OF.get(name, name) for name in names)
    comparison = run.train(list(trained), wanted, progress)
    for name in MADE_OF.keys() & set(names):
        comparison = run.add(comparison, name, wanted)
    found = _in_order(comparison, names, sum(subset_sizes(data)[:2]) + _N_SHOWN)
    found.table["n_train"] = subset_sizes(data)[0]  # without the validation set
    with atomic_write(fits / _TABLE, "w") as file:
        found.table.to_csv(file, index=False)
    return found


def finished(
    experiment: str | Experiment,
    folder: str | os.PathLike[str],
    data: LabelledSequences,
    *,
    network: str = "published",
    max_epochs: int | None = None,
    device: str = "auto",
) -> StrategyComparison | None:
    """Read the table that an earlier :func:`reproduce` has left in a folder.

    Parameters
    ----------
    experiment : str or Experiment
    folder : path-like
    data : LabelledSequences
    network : {"published", "pooled", "default"}, default="published"
    max_epochs : int, optional
    device : str, default="auto"
        All as for :func:`reproduce`: tables under other settings are not read.

    Returns
    -------
    StrategyComparison or None
        The last one that was finished, without curves and predictions; None where there is none,
        and, with a warning, where its file is damaged.
    """
    settings = {"network": network, "max_epochs": max_epochs, "device": device}
    table = _fits_folder(folder, get_experiment(experiment), data, settings) / _TABLE
    if not table.exists():
        return None
    try:
        comparison = StrategyComparison(pd.read_csv(table))
        comparison.summary()
    except (OSError, ValueError, LookupError, TypeError) as error:
        cause = " ".join(str(error).split())
        warnings.warn(f"{table} is damaged ({cause}) and left out.", UserWarning, stacklevel=2)
        return None
    return comparison


@dataclass(frozen=True)
class _Run:
    """The settings of a run, and the comparisons that it is made of."""

    experiment: Experiment
    data: LabelledSequences
    settings: Mapping[str, Any]
    fits: Path
    n_jobs: int | None

    def train(self, names: Sequence[str], seeds: Sequence[int], progress: Report) -> Any:
        models = {
            name: self.experiment.estimator(
                *subset_sizes(self.data)[:2], strategy=name, **self.settings
            )
            for name in names
        }
        return self._compare(
            models[names[0]],
            # the published batch size is not the same for all strategies
            strategies={
                name: {"strategy": name, "batch_size": model.batch_size}
                for name, model in models.items()
            },
            seeds=seeds,
            progress=progress,
        )

    def add(
        self, comparison: StrategyComparison, name: str, seeds: Sequence[int]
    ) -> StrategyComparison:
        """Add a strategy that is another until it predicts: made of its models, not trained."""
        models = {}
        for seed in seeds:
            model = comparison.estimators[MADE_OF[name], seed, 0, 1.0]
            model.strategy = name
            models[str(seed)] = FrozenEstimator(model)
        made = self._compare(
            self.experiment.estimator(*subset_sizes(self.data)[:2]), strategies=[], baselines=models
        )

        def renamed(table: pd.DataFrame) -> pd.DataFrame:
            return table.assign(seed=table["strategy"].astype(int), strategy=name)

        table, trained = renamed(made.table), comparison.table
        times = trained[trained["strategy"] == MADE_OF[name]].set_index("seed")["fit_time"]
        table["fit_time"] = table["seed"].map(times)
        return StrategyComparison(
            pd.concat([trained, table], ignore_index=True),
            curves=pd.concat([comparison.curves, renamed(made.curves)]),
            predictions=pd.concat([comparison.predictions, renamed(made.predictions)]),
            chance=comparison.chance,
            estimators=_Renamed(
                comparison.estimators,
                made.estimators,
                {(name, seed, 0, 1.0): (str(seed), 0, 0, 1.0) for seed in seeds},
            ),
        )

    def _compare(self, estimator: Any, **options: Any) -> StrategyComparison:
        data, n_fit = self.data, sum(subset_sizes(self.data)[:2])
        return compare_strategies(
            estimator,
            data.sequences,
            data.target,
            cv=[(np.arange(n_fit), np.arange(n_fit, len(data)))],
            measure=_Measure(codes_of(data.subset("test")), data.motifs),
            n_jobs=self.n_jobs,
            cache=self.fits,
            **options,
        )


class _Renamed(Mapping[Any, Any]):
    """Models that are loaded when they are asked for, some of them under other keys."""

    def __init__(
        self, models: Mapping[Any, Any], others: Mapping[Any, Any], keys: Mapping[Any, Any]
    ) -> None:
        self.models, self.others, self.others_keys = models, others, dict(keys)

    def __getitem__(self, key: Any) -> Any:
        if key in self.others_keys:
            return self.others[self.others_keys[key]]
        return self.models[key]

    def __iter__(self) -> Iterator[Any]:
        yield from self.models
        yield from self.others_keys

    def __len__(self) -> int:
        return len(self.models) + len(self.others_keys)


def _in_order(
    comparison: StrategyComparison, names: Sequence[str], n_shown: int
) -> StrategyComparison:
    """Keep the strategies asked for, in their order, and the predictions for the picture."""
    part = comparison.select(comparison.table["strategy"].isin(names))
    table = part.table.sort_values("strategy", key=lambda s: s.map(names.index), kind="stable")
    shown = part.predictions["index"] < n_shown
    return StrategyComparison(
        table.reset_index(drop=True),
        curves=part.curves,
        predictions=part.predictions[shown].reset_index(drop=True),
        chance=part.chance,
        estimators=part.estimators,
    )


@dataclass(frozen=True, eq=False)
class _Measure:
    """What the table says of a fitted model beyond its scores."""

    codes: NDArray[np.uint8]
    motifs: Mapping[str, NDArray[np.float64]] | None

    def __call__(self, model: Any, X: Any, y: Any) -> dict[str, float]:
        filters = {} if self.motifs is None else filter_measures(model, self.codes, self.motifs)
        return {"best_epoch": model.best_epoch_, **filters}


def _fits_folder(
    folder: str | os.PathLike[str],
    experiment: Experiment,
    data: LabelledSequences,
    settings: Mapping[str, Any],
) -> Path:
    """Name the folder of the fits that belong into one table."""
    text = json.dumps([experiment.name, _digest(data), __version__, settings], sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return Path(folder) / "fits" / f"{settings['network']}-{digest}"


def _digest(data: LabelledSequences) -> str:
    """Return a few characters that change with the data."""
    codes = codes_of(data)
    hasher = hashlib.sha256(codes.tobytes())
    hasher.update(np.ascontiguousarray(data.target, dtype=np.uint8).tobytes())
    hasher.update(repr((codes.shape, subset_sizes(data))).encode())
    return hasher.hexdigest()[:8]
