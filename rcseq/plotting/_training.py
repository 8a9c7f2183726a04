"""Learning curves: loss by epoch, by gradient step or by second, with a band over the fits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
import pandas as pd

from rcseq.plotting._display import Display
from rcseq.plotting._style import colors_of, strategy_label, tidy
from rcseq.prediction import final_estimator

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["TrainingCurveDisplay"]

Unit = Literal["epoch", "step", "seconds"]
_XLABEL = {"epoch": "epoch", "step": "gradient steps", "seconds": "training time (s)"}
_YLABEL = {"valid_loss": "validation loss", "train_loss": "training loss"}


class TrainingCurveDisplay(Display):
    """Loss in the course of training, by strategy: the mean over the fits, and a band of one SD.

    Parameters
    ----------
    curves : DataFrame
        Columns ``strategy``, ``seed``, ``fold``, ``epoch``, ``step``, ``seconds``,
        ``train_loss`` and ``valid_loss``.

    Notes
    -----
    Fits that stop early leave the mean to those that go on, which would bend it; each curve is
    therefore drawn as far as at least half of its strategy's fits go, and a fit that has stopped
    keeps the best loss it had, which is that of the weights it restored.

    Examples
    --------
    >>> import pandas as pd
    >>> from rcseq.plotting import TrainingCurveDisplay
    >>> curves = pd.DataFrame(
    ...     {"strategy": "rcps", "seed": 0, "fold": 0, "epoch": [1, 2], "valid_loss": [0.7, 0.5]}
    ... )
    >>> TrainingCurveDisplay(curves).mean_curve("rcps")["mean"].tolist()
    [0.7, 0.5]
    """

    figsize = (5.0, 4.0)

    def __init__(self, curves: pd.DataFrame) -> None:
        self.curves = curves

    @classmethod
    def from_comparison(cls, comparison: Any, *, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Draw a comparison.

        Parameters
        ----------
        comparison : StrategyComparison
        ax : matplotlib Axes, optional
        **kwargs
            ``x`` ("epoch", "step" or "seconds") and ``y`` ("valid_loss" or "train_loss").

        Returns
        -------
        display

        Raises
        ------
        ValueError
            If no model of the comparison keeps a history.
        """
        curves = comparison.curves
        if curves.empty:
            raise ValueError("there are no learning curves: no model keeps a `history`")
        curves = curves[curves["train_size"] == curves["train_size"].max()]
        return cls(curves).plot(ax=ax, **kwargs)

    @classmethod
    def from_estimator(
        cls, estimator: Any, *, name: str | None = None, ax: Axes | None = None, **kwargs: Any
    ) -> Self:
        """Draw one fitted network.

        Parameters
        ----------
        estimator : fitted estimator or pipeline
            With a skorch ``history``.
        name : str, optional
            The strategy of the estimator by default.
        ax : matplotlib Axes, optional
        **kwargs
            As for :meth:`from_comparison`.

        Returns
        -------
        display
        """
        model = final_estimator(estimator)
        history = getattr(model, "history", None)
        if not history:
            raise ValueError(f"{type(model).__name__} has no history; fit a network first")
        table = pd.DataFrame([{k: v for k, v in row.items() if k != "batches"} for row in history])
        table = table.reindex(
            columns=["epoch", "train_loss", "valid_loss", "dur", "train_batch_count"]
        )
        curves = table.assign(
            strategy=name or getattr(model, "strategy", type(model).__name__),
            seed=0,
            fold=0,
            step=table["train_batch_count"].cumsum(),
            seconds=table["dur"].cumsum(),
        )
        if curves["valid_loss"].isna().all():  # all data were trained on
            kwargs.setdefault("y", "train_loss")
        return cls(curves).plot(ax=ax, **kwargs)

    def mean_curve(self, strategy: str, x: Unit = "epoch", y: str = "valid_loss") -> pd.DataFrame:
        """Average the curves of a strategy's fits.

        Parameters
        ----------
        strategy : str
        x : {"epoch", "step", "seconds"}, default="epoch"
        y : {"valid_loss", "train_loss"}, default="valid_loss"

        Returns
        -------
        DataFrame
            Columns ``x``, ``mean`` and ``sd``.
        """
        own = self.curves[self.curves["strategy"] == strategy].dropna(subset=[y])
        fits = [fit for _, fit in own.groupby(["seed", "fold"])]
        if not fits:
            return pd.DataFrame(columns=["x", "mean", "sd"])
        end = float(np.median([fit[x].max() for fit in fits]))
        start = max(fit[x].min() for fit in fits)
        if x == "seconds":
            grid = np.linspace(start, max(end, start), 100)
        else:
            grid = np.unique(np.concatenate([fit[x].to_numpy(dtype=float) for fit in fits]))
            grid = grid[(grid >= start) & (grid <= end)]
        lines = np.array(
            [np.interp(grid, fit[x], fit[y], right=float(fit[y].min())) for fit in fits]
        )
        sd = lines.std(axis=0, ddof=1) if len(lines) > 1 else np.zeros(len(grid))
        return pd.DataFrame({"x": grid, "mean": lines.mean(axis=0), "sd": sd})

    def _draw(
        self,
        ax: Axes,
        *,
        x: Unit = "epoch",
        y: str = "valid_loss",
        band: bool = True,
        legend: bool = True,
    ) -> None:
        if x not in _XLABEL or y not in _YLABEL:
            raise ValueError(f"x={x!r}, y={y!r}: x is one of {list(_XLABEL)}, y of {list(_YLABEL)}")
        names = list(dict.fromkeys(self.curves["strategy"]))
        colors = colors_of(names)
        for name in names:
            curve = self.mean_curve(name, x, y)
            if curve.empty:
                continue
            ax.plot(
                curve["x"],
                curve["mean"],
                color=colors[name],
                linewidth=1.8,
                label=strategy_label(name),
            )
            if band:
                low, high = curve["mean"] - curve["sd"], curve["mean"] + curve["sd"]
                ax.fill_between(curve["x"], low, high, color=colors[name], alpha=0.12, linewidth=0)
        ax.set(xlabel=_XLABEL[x], ylabel=_YLABEL[y], xlim=(0, None))
        tidy(ax)
        if legend:
            ax.legend(frameon=False, fontsize="small")
