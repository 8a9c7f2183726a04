"""Scores side by side: paired dots, and sample-efficiency curves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from rcseq.plotting._display import Display
from rcseq.plotting._style import colors_of, metric_label, strategy_label, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PairedDotDisplay", "SampleEfficiencyDisplay"]


class PairedDotDisplay(Display):
    """One dot a fit, dots of the same seed and fold joined by a line, a bar at the mean.

    Parameters
    ----------
    scores : DataFrame of shape (n_pairs, n_strategies)
        Paired scores, one column for each strategy.
    metric : str, default="score"
    chance : float, optional
        Drawn where it is near the scores.

    Examples
    --------
    >>> import pandas as pd
    >>> from rcseq.plotting import PairedDotDisplay
    >>> scores = pd.DataFrame({"standard": [0.90, 0.92], "rcps": [0.93, 0.94]})
    >>> PairedDotDisplay.from_scores(scores, metric="roc_auc").ax_.get_ylabel()
    'auROC'
    """

    def __init__(
        self, scores: pd.DataFrame, metric: str = "score", chance: float | None = None
    ) -> None:
        self.scores, self.metric, self.chance = scores, metric, chance
        self.figsize = (max(4.0, 1.05 * len(scores.columns)), 4.0)  # names side by side

    @classmethod
    def from_scores(
        cls, scores: pd.DataFrame, *, metric: str = "score", ax: Axes | None = None
    ) -> Self:
        """Draw a table of scores.

        Parameters
        ----------
        scores : DataFrame of shape (n_pairs, n_strategies)
        metric : str, default="score"
        ax : matplotlib Axes, optional

        Returns
        -------
        display
        """
        return cls(scores, metric).plot(ax=ax)

    @classmethod
    def from_comparison(
        cls, comparison: Any, *, metric: str | None = None, ax: Axes | None = None
    ) -> Self:
        """Draw a comparison.

        Parameters
        ----------
        comparison : StrategyComparison
        metric : str, optional
            The first scorer by default.
        ax : matplotlib Axes, optional

        Returns
        -------
        display
        """
        metric = metric or comparison.metrics[0]
        scores = comparison.scores(metric)
        return cls(scores, metric, comparison.chance.get(metric)).plot(ax=ax)

    def _draw(self, ax: Axes) -> None:
        names = [str(name) for name in self.scores.columns]
        colors = colors_of(names)
        values = self.scores.to_numpy(dtype=float)
        positions = np.arange(len(names))
        ax.plot(positions, values.T, color="#cccccc", linewidth=0.7, alpha=0.8, zorder=1)
        for position, name in enumerate(names):
            ax.scatter(
                np.full(len(values), position),
                values[:, position],
                s=26,
                color=colors[name],
                edgecolors="white",
                linewidths=0.5,
                zorder=3,
            )
            mean = np.nanmean(values[:, position])
            ax.hlines(
                mean, position - 0.28, position + 0.28, color=colors[name], linewidth=2.4, zorder=2
            )
            ax.annotate(
                f"{mean:.3f}",
                (position + 0.3, mean),
                xytext=(1, 0),
                textcoords="offset points",
                va="center",
                fontsize="small",
                color="#333333",
            )
        ax.set_xticks(positions, [strategy_label(name) for name in names])
        ax.set_xlim(-0.5, len(names) - 0.3)
        ax.set_ylabel(metric_label(self.metric))
        tidy(ax)
        ax.tick_params(axis="x", length=0)
        lowest = np.nanmin(values)
        if self.chance is not None and lowest - self.chance < np.nanmax(values) - lowest:
            ax.axhline(self.chance, color="#aaaaaa", linewidth=1, linestyle=(0, (4, 3)), zorder=0)


class SampleEfficiencyDisplay(Display):
    """Score by the number of training sequences, by strategy, with a band of one SD.

    Parameters
    ----------
    table : DataFrame
        Columns ``strategy``, ``n_train``, ``train_size`` (the share) and ``score``, one row a fit.
    metric : str, default="score"

    Examples
    --------
    >>> import pandas as pd
    >>> from rcseq.plotting import SampleEfficiencyDisplay
    >>> table = pd.DataFrame(
    ...     {"strategy": "rcps", "n_train": [100, 900], "train_size": [0.1, 1], "score": [0.8, 0.9]}
    ... )
    >>> SampleEfficiencyDisplay(table, metric="roc_auc").plot().ax_.get_xlabel()
    'training sequences'
    """

    def __init__(self, table: pd.DataFrame, metric: str = "score") -> None:
        self.table, self.metric = table, metric

    @classmethod
    def from_comparison(
        cls, comparison: Any, *, metric: str | None = None, ax: Axes | None = None
    ) -> Self:
        """Draw a comparison that was made with ``train_sizes``.

        Parameters
        ----------
        comparison : StrategyComparison
        metric : str, optional
            The first scorer by default.
        ax : matplotlib Axes, optional

        Returns
        -------
        display

        Raises
        ------
        ValueError
            If the comparison has one training-set size only.
        """
        if comparison.table["train_size"].nunique() < 2:
            raise ValueError(
                "the comparison has one size of training set; pass train_sizes=[0.1, 0.3, 1.0] to "
                "compare_strategies"
            )
        metric = metric or comparison.metrics[0]
        table = comparison.table[["strategy", "n_train", "train_size", f"test_{metric}"]]
        return cls(table.rename(columns={f"test_{metric}": "score"}), metric).plot(ax=ax)

    def _draw(self, ax: Axes) -> None:
        names = list(dict.fromkeys(self.table["strategy"]))
        colors = colors_of(names)
        for name in names:
            own = self.table[self.table["strategy"] == name].groupby("train_size")
            x, mean = own["n_train"].mean(), own["score"].mean()
            sd = own["score"].std().fillna(0)
            ax.plot(
                x,
                mean,
                color=colors[name],
                marker="o",
                markersize=4,
                linewidth=1.8,
                label=strategy_label(name),
            )
            ax.fill_between(x, mean - sd, mean + sd, color=colors[name], alpha=0.12, linewidth=0)
        sizes = sorted(self.table.groupby("train_size")["n_train"].mean())
        ax.set_xscale("log")
        ax.set_xticks(sizes, [f"{size:,.0f}" for size in sizes])
        ax.minorticks_off()
        ax.set(xlabel="training sequences", ylabel=metric_label(self.metric))
        tidy(ax)
        ax.legend(frameon=False, fontsize="small")
