"""What a comparison returns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from rcseq.model_selection._learning import learning_speed
from rcseq.model_selection._statistics import (
    corrected_resampled_interval,
    corrected_resampled_ttest,
    holm_correction,
    independent_pairs,
    paired_wilcoxon,
    rank_biserial,
)
from rcseq.strategies import STRATEGIES

__all__ = ["StrategyComparison"]


class StrategyComparison:
    """Results of :func:`compare_strategies`: a table with one row a fit, and more beside it.

    Columns of the table: ``strategy``, ``seed``, ``fold``, ``test_<scorer>`` for each scorer,
    ``fit_time`` and ``score_time`` in seconds, ``n_epochs``, ``n_parameters`` (learned numbers),
    ``strand_discordance`` (the largest difference between the predictions for the two strands of a
    test sequence), ``n_train``, ``n_test`` and ``train_size`` (the share of the training set).

    Parameters
    ----------
    table : DataFrame, or what makes one
        One row a fit.
    curves : DataFrame, optional
        Learning curves: ``strategy``, ``seed``, ``fold``, ``train_size``, ``epoch``, ``step``
        (gradient steps so far), ``seconds`` (so far), ``train_loss``, ``valid_loss``.
    predictions : DataFrame, optional
        Predictions for the test samples: ``strategy``, ``seed``, ``fold``, ``train_size``,
        ``index`` (of the sample), ``name`` (where the samples have names), ``output`` (the positive
        class, each class, or each label), ``y_true`` (1 where the sample is of that class; a
        regression target as it is), ``y_score`` and ``y_score_rc`` (on the reverse complement).
        It is empty where the predictions are profiles.
    chance : mapping of str to float, optional
        Score of each scorer for a model that has learned nothing.
    baselines : sequence of str, optional
        Which of the strategies are baselines.
    estimators : mapping, optional
        Fitted models by ``(strategy, seed, fold, train_size)``, if they were kept.

    Attributes
    ----------
    table, curves, predictions : DataFrame
    chance : dict of str to float
    baselines : list of str
    estimators : mapping

    Examples
    --------
    >>> from rcseq.model_selection import StrategyComparison
    >>> comparison = StrategyComparison(
    ...     {
    ...         "strategy": ["standard", "standard", "rcps", "rcps"],
    ...         "seed": [0, 1, 0, 1],
    ...         "fold": [0, 0, 0, 0],
    ...         "test_roc_auc": [0.90, 0.91, 0.94, 0.96],
    ...     }
    ... )
    >>> comparison.summary()[["roc_auc_mean", "difference", "wins"]].round(3)
              roc_auc_mean  difference  wins
    strategy
    standard         0.905         NaN  <NA>
    rcps             0.950       0.045     2
    """

    def __init__(
        self,
        table: Any,
        *,
        curves: pd.DataFrame | None = None,
        predictions: pd.DataFrame | None = None,
        chance: Mapping[str, float] | None = None,
        baselines: Sequence[str] = (),
        estimators: Mapping[tuple[str, int, int, float], Any] | None = None,
    ) -> None:
        self.table = pd.DataFrame(table)
        self.curves = pd.DataFrame() if curves is None else curves
        self.predictions = pd.DataFrame() if predictions is None else predictions
        self.chance = dict(chance or {})
        self.baselines = list(baselines)
        self.estimators = {} if estimators is None else estimators

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        return repr(self.table)

    def _repr_html_(self) -> str:
        return str(self.table.to_html(max_rows=20, notebook=True))

    def select(self, mask: Any) -> StrategyComparison:
        """Select fits.

        Parameters
        ----------
        mask : array-like of bool, of shape (n_fits,)
            One for each row of the table.

        Returns
        -------
        StrategyComparison
            With the curves, predictions and models of these fits.
        """
        table = self.table[np.asarray(mask, dtype=bool)]
        keys = [name for name in _KEY if name in table]
        kept = pd.MultiIndex.from_frame(table[keys])

        def of_these(rows: pd.DataFrame) -> pd.DataFrame:
            if rows.empty or not set(keys) <= set(rows):
                return rows
            return rows[pd.MultiIndex.from_frame(rows[keys]).isin(kept)]

        fits = set(map(tuple, table[keys].itertuples(index=False)))
        return StrategyComparison(
            table,
            curves=of_these(self.curves),
            predictions=of_these(self.predictions),
            chance=self.chance,
            baselines=[name for name in self.baselines if name in set(table["strategy"])],
            estimators=_Part(self.estimators, [key for key in self.estimators if key in fits]),
        )

    @property
    def metrics(self) -> list[str]:
        """Names of the scorers, the main one first."""
        return [
            str(c).removeprefix("test_") for c in self.table.columns if str(c).startswith("test_")
        ]

    @property
    def strategies(self) -> list[str]:
        """Names of the strategies and baselines, in the order in which they were given."""
        return list(dict.fromkeys(self.table["strategy"]))

    def _metric(self, metric: str | None) -> str:
        if not self.metrics:
            raise ValueError("the table has no test_... column, so there is no score to summarise")
        if metric is None:
            return self.metrics[0]
        metric = metric.removeprefix("test_")
        if metric not in self.metrics:
            raise ValueError(f"metric={metric!r} was not scored; {', '.join(self.metrics)} were.")
        return metric

    def _reference(self, reference: str | None) -> str:
        names = self.strategies
        if reference is None:
            return next((name for name in STRATEGIES if name in names), names[0])
        if reference not in names:
            raise ValueError(
                f"reference={reference!r} is not in the comparison; it holds {', '.join(names)}."
            )
        return reference

    def whole(self) -> StrategyComparison:
        """Select the fits on the largest training sets.

        Returns
        -------
        StrategyComparison
        """
        return self.select(self._is_whole())

    def _is_whole(self) -> Any:
        sizes = self.table.get("train_size", pd.Series(1.0, self.table.index))
        return sizes == sizes.max()

    def _whole_table(self) -> pd.DataFrame:
        return self.table[self._is_whole()]

    def scores(self, metric: str | None = None) -> pd.DataFrame:
        """Return the scores side by side, paired.

        Parameters
        ----------
        metric : str, optional
            The first scorer by default.

        Returns
        -------
        DataFrame
            One row for each seed and fold, one column for each strategy.
        """
        metric = self._metric(metric)
        table = self._whole_table().pivot(
            index=["seed", "fold"], columns="strategy", values=f"test_{metric}"
        )
        return table[self.strategies]

    def collapsed(self, metric: str | None = None) -> pd.Series:
        """Find the fits that hardly learned anything.

        Parameters
        ----------
        metric : str, optional
            The first scorer by default.

        Returns
        -------
        Series of bool
            One for each row: whether its score is nearer to chance than to the median of the best
            strategy. (With a median auROC of 0.98 that is a score below 0.74.)

        Notes
        -----
        Networks with shared parameters have been published in which single seeds stayed at an
        auROC of 0.5 to 0.75 where others reached 0.99. They inflate the spread, and a mean over
        them describes no model that anybody would use.
        """
        metric = self._metric(metric)
        chance = self.chance.get(metric, 0.5 if metric.startswith("roc_auc") else np.nan)
        column = f"test_{metric}"
        best = self._whole_table().groupby("strategy")[column].median().max()
        limit = (best + chance) / 2
        return (self.table[column] < limit).rename("collapsed")  # without a chance level none is

    def summary(self, reference: str | None = None, metric: str | None = None) -> pd.DataFrame:
        """Compare each strategy with a reference on the same seeds and folds.

        Parameters
        ----------
        reference : str, optional
            The first registered strategy that is in the comparison (``"standard"``, where it is).
        metric : str, optional
            The score to compare; the first scorer by default.

        Returns
        -------
        DataFrame
            Indexed by ``strategy``:

            ``<scorer>_mean``, ``<scorer>_sd``
                Over seeds and folds, for every scorer.
            ``difference``, ``difference_low``, ``difference_high``
                Mean paired difference from the reference, and its 95 % interval by
                :func:`corrected_resampled_interval`, over the folds; over the seeds where there is
                one fold.
            ``effect_size``
                Matched-pairs rank-biserial correlation, from -1 (worse in all pairs) to 1.
            ``n_pairs``, ``wins``, ``losses``
                In how many pairs the strategy is better, and worse, than the reference.
            ``p_wilcoxon``, ``p_wilcoxon_holm``
                Exact two-sided Wilcoxon signed-rank test, and the same corrected for the number
                of strategies.
            ``p_corrected_t``, ``p_corrected_t_holm``
                Corrected resampled t-test of Nadeau and Bengio, which allows for training sets
                that overlap, on the same differences as the interval, and the same corrected for
                the number of strategies. The interval leaves out zero where the first is below
                0.05.
            ``collapsed``
                Number of fits that hardly learned anything, see :meth:`collapsed`.
            ``strand_discordance``
                The largest over all test sequences.
            ``n_parameters``, ``n_epochs``, ``fit_time``
                Mean over the fits; seconds.
        """
        metric, reference = self._metric(metric), self._reference(reference)
        whole = self._whole_table()
        by_strategy = whole.groupby("strategy", sort=False)
        table = pd.DataFrame(index=pd.Index(self.strategies, name="strategy"))
        for name in self.metrics:
            table[f"{name}_mean"] = by_strategy[f"test_{name}"].mean()
            table[f"{name}_sd"] = by_strategy[f"test_{name}"].std()
        against = {
            name: self._against(reference, name, metric)
            for name in self.strategies
            if name != reference
        }
        tests = pd.DataFrame.from_dict(against, orient="index").reindex(
            index=table.index, columns=_TEST_COLUMNS
        )
        for test in ("p_wilcoxon", "p_corrected_t"):
            tests[f"{test}_holm"] = holm_correction(tests[test])
        counts = ["n_pairs", "wins", "losses"]
        tests[counts] = tests[counts].astype("Int64")
        table = table.join(tests)
        table["collapsed"] = self.collapsed(metric)[whole.index].groupby(whole["strategy"]).sum()
        for column, statistic in _COST_COLUMNS.items():
            if column in whole.columns:
                table[column] = by_strategy[column].agg(statistic).astype("float64")
        return table

    def _against(self, reference: str, strategy: str, metric: str) -> dict[str, float]:
        pairs = self.scores(metric)[[strategy, reference]].dropna()
        if pairs.empty:
            raise ValueError(
                f"{strategy} and {reference} have no seed and fold in common; nothing is paired."
            )
        a, b = pairs[strategy].to_numpy(), pairs[reference].to_numpy()
        units = independent_pairs(pairs)
        of_units, share = (units[strategy], units[reference]), self._test_share()
        mean, low, high = corrected_resampled_interval(*of_units, test_share=share)
        corrected = np.nan
        if len(units) > 1:
            corrected = corrected_resampled_ttest(*of_units, test_share=share).pvalue
        return {
            "difference": mean,
            "difference_low": low,
            "difference_high": high,
            "effect_size": rank_biserial(a, b),
            "n_pairs": len(pairs),
            "wins": int((a > b).sum()),
            "losses": int((a < b).sum()),
            "p_wilcoxon": paired_wilcoxon(a, b).pvalue,
            "p_corrected_t": corrected,
        }

    def _test_share(self) -> float:
        """Return n_test / n_train of the fits; NaN where they were not counted."""
        whole = self._whole_table()
        if not {"n_test", "n_train"} <= set(whole.columns):
            return float("nan")
        return float((whole["n_test"] / whole["n_train"]).mean())

    def learning_speed(
        self, reference: str | None = None, loss: float | None = None
    ) -> pd.DataFrame:
        """Compare how fast the strategies learn, as :func:`learning_speed` does.

        Parameters
        ----------
        reference : str, optional
            The first registered strategy that is in the comparison (``"standard"``, where it is).
        loss : float, optional
            The validation loss to reach.

        Returns
        -------
        DataFrame
        """
        share = self._test_share()
        return learning_speed(
            self.curves,
            reference=self._reference(reference),
            loss=loss,
            test_share=None if np.isnan(share) else share,
        )

    def plot(self, kind: str = "overview", **kwargs: Any) -> Any:
        """Draw the comparison.

        Parameters
        ----------
        kind : {"overview", "scores", "roc", "precision_recall", "training", "strands", "cost", \
                "sample_efficiency"}
            ``"overview"`` puts the first ones on one sheet.
        **kwargs
            Passed to the display's ``from_comparison``.

        Returns
        -------
        display
            With the matplotlib objects in ``figure_`` and ``ax_``.
        """
        from rcseq.plotting import plot_comparison

        return plot_comparison(self, kind, **kwargs)


class _Part(Mapping[Any, Any]):
    """Some of the models, each still loaded when it is asked for."""

    def __init__(self, models: Mapping[Any, Any], keys: Sequence[Any]) -> None:
        self.models, self.keys_ = models, dict.fromkeys(keys)

    def __getitem__(self, key: Any) -> Any:
        if key not in self.keys_:
            raise KeyError(key)
        return self.models[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.keys_)

    def __len__(self) -> int:
        return len(self.keys_)


_KEY = ("strategy", "seed", "fold", "train_size")
_TEST_COLUMNS = [
    "difference",
    "difference_low",
    "difference_high",
    "effect_size",
    "n_pairs",
    "wins",
    "losses",
    "p_wilcoxon",
    "p_wilcoxon_holm",
    "p_corrected_t",
    "p_corrected_t_holm",
]
_COST_COLUMNS = {
    "strand_discordance": "max",
    "n_parameters": "mean",
    "n_epochs": "mean",
    "fit_time": "mean",
}
