"""The table that a comparison gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from rcseq.model_selection._learning import learning_speed
from rcseq.model_selection._statistics import (
    bootstrap_interval,
    corrected_resampled_ttest,
    holm_correction,
    paired_wilcoxon,
    rank_biserial,
)

__all__ = ["StrategyComparison"]


class StrategyComparison(pd.DataFrame):
    """Results of :func:`compare_strategies`: a data frame with one row a fit, and more beside it.

    Columns: ``strategy``, ``seed``, ``fold``, ``test_<scorer>`` for each scorer, ``fit_time`` and
    ``score_time`` in seconds, ``n_epochs``, ``n_parameters`` (learned numbers),
    ``strand_discordance`` (the largest difference between the predictions for the two strands of a
    test sequence), ``n_train``, ``n_test`` and ``train_size`` (the share of the training set).

    Parameters
    ----------
    data : records or DataFrame
        One row a fit.
    curves : DataFrame, optional
        Learning curves: ``strategy``, ``seed``, ``fold``, ``train_size``, ``epoch``, ``step``
        (gradient steps so far), ``seconds`` (so far), ``train_loss``, ``valid_loss``.
    predictions : DataFrame, optional
        Predictions for the test samples: ``strategy``, ``seed``, ``fold``, ``train_size``,
        ``index`` (of the sample), ``output`` (the positive class, each class, or each label),
        ``y_true`` (1 where the sample is of that class; a regression target as it is),
        ``y_score`` and ``y_score_rc`` (on the reverse complement).
    chance : mapping of str to float, optional
        What each scorer gives to a model that has learned nothing.
    baselines : sequence of str, optional
        Which of the strategies are baselines.
    estimators : mapping, optional
        Fitted models by ``(strategy, seed, fold, train_size)``, if they were kept.
    **kwargs
        As for :class:`pandas.DataFrame`.

    Notes
    -----
    It pickles and copies with everything beside it. What is selected from it, for example
    ``comparison[comparison.seed == 0]``, is a comparison as well, whose tables beside it are those
    of the whole.

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

    _metadata = ["curves", "predictions", "chance", "baselines", "estimators"]  # noqa: RUF012 - pandas reads it from the class

    curves: pd.DataFrame
    predictions: pd.DataFrame
    chance: dict[str, float]
    baselines: list[str]
    estimators: dict[tuple[str, int, int, float], Any]

    def __init__(
        self,
        data: Any = None,
        *args: Any,
        curves: pd.DataFrame | None = None,
        predictions: pd.DataFrame | None = None,
        chance: Mapping[str, float] | None = None,
        baselines: Sequence[str] = (),
        estimators: Mapping[tuple[str, int, int, float], Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, *args, **kwargs)  # type: ignore[call-arg]  # the stubs of pandas declare __new__ only
        self.curves = pd.DataFrame() if curves is None else curves
        self.predictions = pd.DataFrame() if predictions is None else predictions
        self.chance = dict(chance or {})
        self.baselines = list(baselines)
        self.estimators = dict(estimators or {})

    @property
    def _constructor(self) -> type[StrategyComparison]:
        return StrategyComparison

    @property
    def table(self) -> pd.DataFrame:
        """One row a fit, as a plain data frame."""
        return pd.DataFrame(self)

    @property
    def metrics(self) -> list[str]:
        """Names of the scorers, the main one first."""
        return [str(c).removeprefix("test_") for c in self.columns if str(c).startswith("test_")]

    @property
    def strategies(self) -> list[str]:
        """Names of the strategies and baselines, in the order in which they were given."""
        return list(dict.fromkeys(self["strategy"]))

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
            return "standard" if "standard" in names else names[0]
        if reference not in names:
            raise ValueError(
                f"reference={reference!r} is not in the comparison; it holds {', '.join(names)}."
            )
        return reference

    def whole(self) -> StrategyComparison:
        """Rows of the fits on the largest training sets.

        Returns
        -------
        StrategyComparison
        """
        if "train_size" not in self.columns:
            return self
        return self[self["train_size"] == self["train_size"].max()]

    def scores(self, metric: str | None = None) -> pd.DataFrame:
        """Scores side by side, paired.

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
        table = pd.DataFrame(self.whole()).pivot(
            index=["seed", "fold"], columns="strategy", values=f"test_{metric}"
        )
        return table[self.strategies]

    def collapsed(self, metric: str | None = None) -> pd.Series:
        """Which fits hardly learned anything.

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
        best = self.whole().groupby("strategy")[column].median().max()
        limit = (best + chance) / 2
        return (self[column] < limit).rename("collapsed")  # without a chance level none is

    def summary(self, reference: str | None = None, metric: str | None = None) -> pd.DataFrame:
        """One row for each strategy, compared with a reference on the same seeds and folds.

        Parameters
        ----------
        reference : str, optional
            ``"standard"`` where it is in the comparison, else the first strategy.
        metric : str, optional
            The score to compare; the first scorer by default.

        Returns
        -------
        DataFrame
            Indexed by ``strategy``:

            ``<scorer>_mean``, ``<scorer>_sd``
                Over seeds and folds, for every scorer.
            ``difference``, ``difference_low``, ``difference_high``
                Mean paired difference from the reference, and its 95 % bootstrap interval.
            ``effect_size``
                Matched-pairs rank-biserial correlation, from -1 (worse in all pairs) to 1.
            ``n_pairs``, ``wins``, ``losses``
                In how many pairs the strategy is better, and worse, than the reference.
            ``p_wilcoxon``, ``p_wilcoxon_holm``
                Exact two-sided Wilcoxon signed-rank test, and the same corrected for the number
                of strategies.
            ``p_corrected_t``, ``p_corrected_t_holm``
                Corrected resampled t-test of Nadeau and Bengio, which allows for training sets
                that overlap, and the same corrected for the number of strategies.
            ``collapsed``
                Number of fits that hardly learned anything, see :meth:`collapsed`.
            ``strand_discordance``
                The largest over all test sequences.
            ``n_parameters``, ``n_epochs``, ``fit_time``
                Mean over the fits; seconds.
        """
        metric, reference = self._metric(metric), self._reference(reference)
        whole = self.whole()
        by_strategy = pd.DataFrame(whole).groupby("strategy", sort=False)
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
        table["collapsed"] = whole.collapsed(metric).groupby(whole["strategy"]).sum().astype(int)
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
        mean, low, high = bootstrap_interval(a - b)
        corrected = np.nan
        if len(pairs) > 1 and {"n_test", "n_train"} <= set(self.columns):
            share = (self.whole()["n_test"] / self.whole()["n_train"]).mean()
            corrected = corrected_resampled_ttest(a, b, test_share=share).pvalue
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

    def learning_speed(
        self, reference: str | None = None, loss: float | None = None
    ) -> pd.DataFrame:
        """How fast each strategy learns, as :func:`learning_speed` has it.

        Parameters
        ----------
        reference : str, optional
            ``"standard"`` where it is in the comparison, else the first strategy.
        loss : float, optional
            The validation loss to reach.

        Returns
        -------
        DataFrame
        """
        return learning_speed(self.curves, reference=self._reference(reference), loss=loss)

    def plot(self, kind: str = "overview", **kwargs: Any) -> Any:  # type: ignore[override]  # pandas has an accessor of this name, of no use on a table of fits
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
