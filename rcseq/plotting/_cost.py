"""What each strategy costs: learned parameters and time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from rcseq.plotting._display import Display
from rcseq.plotting._style import colors_of, import_pyplot, seconds_label, strategy_label, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["CostDisplay"]

_PANELS = {"n_parameters": "learned parameters", "fit_time": "training time of a fit (s)"}


class CostDisplay(Display):
    """Learned parameters and training time by strategy, as bars.

    Parameters
    ----------
    table : DataFrame
        Indexed by strategy, with the columns ``n_parameters`` and ``fit_time`` (mean seconds) and,
        where there are several fits, ``fit_time_sd``.

    Examples
    --------
    >>> import pandas as pd
    >>> from rcseq.plotting import CostDisplay
    >>> table = pd.DataFrame({"n_parameters": [900], "fit_time": [1.5]}, index=["rcps"])
    >>> [ax.get_xlabel() for ax in CostDisplay(table).plot().ax_]
    ['learned parameters', 'training time of a fit (s)']
    """

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table

    @classmethod
    def from_comparison(cls, comparison: Any, *, ax: Any = None) -> Self:
        """Draw a comparison.

        Parameters
        ----------
        comparison : StrategyComparison
        ax : two matplotlib Axes, optional

        Returns
        -------
        display
        """
        by_strategy = comparison.whole().table.groupby("strategy", sort=False)
        return cls(
            pd.DataFrame(
                {
                    "n_parameters": by_strategy["n_parameters"].mean(),
                    "fit_time": by_strategy["fit_time"].mean(),
                    "fit_time_sd": by_strategy["fit_time"].std(),
                }
            )
        ).plot(ax=ax)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw.

        Parameters
        ----------
        ax : two matplotlib Axes, optional
        **kwargs
            For :meth:`matplotlib.axes.Axes.barh`.

        Returns
        -------
        display
            Itself.
        """
        names = [str(name) for name in self.table.index]
        labels = [strategy_label(name) for name in names]
        if ax is None:
            figure, axes = import_pyplot().subplots(
                1, 2, figsize=(8.4, 0.9 + 0.36 * len(names)), sharey=True, layout="constrained"
            )
        else:
            axes = np.asarray(ax, dtype=object)
            figure = axes[0].figure
        colors = colors_of(names)
        for one, column in zip(axes, _PANELS, strict=True):
            values = self.table[column].astype(float).to_numpy()
            bars = one.barh(
                labels,
                np.nan_to_num(values),
                color=[colors[n] for n in names],
                height=0.62,
                **kwargs,
            )
            spread = self.table.get("fit_time_sd") if column == "fit_time" else None
            if spread is not None and spread.notna().any():
                one.errorbar(
                    values,
                    labels,
                    xerr=spread.fillna(0),
                    fmt="none",
                    ecolor="#333333",
                    elinewidth=1,
                )
            self._label(one, bars, values, column)
            one.set_xlabel(_PANELS[column])
            tidy(one, grid="x")
            one.tick_params(axis="y", length=0)
            one.margins(x=0.2)
        if not axes[0].yaxis_inverted():
            axes[0].invert_yaxis()
        self.ax_, self.figure_ = axes, figure
        return self

    def _label(self, ax: Axes, bars: Any, values: np.ndarray, column: str) -> None:
        write = seconds_label if column == "fit_time" else "{:,.0f}".format
        texts = ["not counted" if np.isnan(value) else write(value) for value in values]
        ends = np.nan_to_num(values)
        if column == "fit_time" and "fit_time_sd" in self.table:
            ends = ends + self.table["fit_time_sd"].fillna(0).to_numpy(dtype=float)
        for bar, text, end in zip(bars, texts, ends, strict=True):
            ax.annotate(
                text,
                (end, bar.get_y() + bar.get_height() / 2),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                fontsize="small",
                color="#333333",
            )
