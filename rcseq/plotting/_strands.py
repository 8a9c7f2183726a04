"""The opening argument of the paper: prediction on a strand against prediction on the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from rcseq.metrics import discordance_between
from rcseq.plotting._display import Display
from rcseq.plotting._style import colors_of, import_pyplot, strategy_label, tidy
from rcseq.prediction import final_estimator, strand_predictions

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["StrandScatterDisplay"]


class StrandScatterDisplay(Display):
    """Predictions on the strand given against those on the reverse complement.

    A model that knows that both are the same molecule puts all points on the diagonal.

    Parameters
    ----------
    predictions : dict of str to ndarray of shape (n, 2)
        For each model the predictions on the strand given and on the other strand.

    References
    ----------
    Shrikumar, Greenside and Kundaje (2017), bioRxiv 103663, figure 1.

    Examples
    --------
    >>> from rcseq.plotting import StrandScatterDisplay
    >>> display = StrandScatterDisplay.from_predictions([0.1, 0.75], [0.5, 0.5], name="standard")
    >>> display.discordance["standard"]
    0.4
    """

    figsize = (3.2, 3.4)

    def __init__(self, predictions: dict[str, np.ndarray]) -> None:
        self.predictions = predictions
        self.discordance = {
            name: discordance_between(p[:, 0], p[:, 1]) for name, p in predictions.items()
        }

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, *, name: str | None = None, ax: Axes | None = None
    ) -> Self:
        """Predict both strands with a fitted model, and draw.

        Parameters
        ----------
        estimator : fitted estimator or pipeline
        X : sequences
            As the estimator takes them.
        name : str, optional
            The strategy of the estimator by default.
        ax : matplotlib Axes, optional

        Returns
        -------
        display
        """
        model = final_estimator(estimator)
        name = name or str(getattr(model, "strategy", type(model).__name__))
        forward, reverse = strand_predictions(estimator, X)
        return cls.from_predictions(forward.ravel(), reverse.ravel(), name=name, ax=ax)

    @classmethod
    def from_predictions(
        cls, forward: ArrayLike, reverse: ArrayLike, *, name: str = "", ax: Axes | None = None
    ) -> Self:
        """Draw the predictions of one model.

        Parameters
        ----------
        forward, reverse : array-like of shape (n,)
            Predictions on the strand given and on the other strand.
        name : str, default=""
        ax : matplotlib Axes, optional

        Returns
        -------
        display
        """
        return cls({name: np.column_stack([forward, reverse])}).plot(ax=ax)

    @classmethod
    def from_comparison(cls, comparison: Any, *, ax: Any = None) -> Self:
        """Draw a comparison, one panel for each strategy.

        Parameters
        ----------
        comparison : StrategyComparison
        ax : sequence of matplotlib Axes, optional
            One for each strategy; by default a new figure with the panels in a row.

        Returns
        -------
        display

        Raises
        ------
        ValueError
            If the comparison holds no predictions, as one of profiles does not.
        """
        table: pd.DataFrame = comparison.predictions
        if table.empty:
            raise ValueError(
                "the comparison holds no predictions to draw; those that are profiles are left out"
            )
        table = table[table["train_size"] == table["train_size"].max()]
        return cls(
            {
                name: table.loc[table["strategy"] == name, ["y_score", "y_score_rc"]].to_numpy()
                for name in comparison.strategies
            }
        ).plot(ax=ax)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, or sequence of them, optional
            One for each model.
        **kwargs
            For :meth:`matplotlib.axes.Axes.scatter`.

        Returns
        -------
        display
            Itself.
        """
        n = len(self.predictions)
        if ax is None:
            columns = min(n, 3) if n != 4 else 2
            rows = -(-n // columns)
            width, height = self.figsize
            figure, panels = import_pyplot().subplots(
                rows,
                columns,
                figsize=(width * columns, height * rows + 0.4),  # and the label of all columns
                sharex=True,
                sharey=True,
                squeeze=False,
                layout="constrained",
            )
            axes = list(panels.ravel())
            for empty in axes[n:]:
                empty.remove()
            for below, one in enumerate(axes[:n], start=columns):
                if below >= n:  # nothing below it in its column
                    one.xaxis.set_tick_params(labelbottom=True)
        else:
            axes = list(np.ravel(np.asarray(ax, dtype=object)))
            figure = axes[0].figure
            if len(axes) < n:
                raise ValueError(f"{n} models need as many axes; got {len(axes)}")
        colors = colors_of(self.predictions)
        values = np.concatenate(list(self.predictions.values()))
        low, high = float(values.min()), float(values.max())
        if low >= 0 and high <= 1:
            low, high = 0.0, 1.0
        margin = 0.03 * (high - low)
        for one, (name, points) in zip(axes, self.predictions.items(), strict=False):
            one.axline((low, low), (high, high), color="#bbbbbb", linewidth=1, zorder=1)
            options = {"s": 9, "alpha": 0.45, "linewidths": 0, "rasterized": True, "zorder": 2}
            one.scatter(*points.T, color=colors[name], **{**options, **kwargs})
            one.set(xlim=(low - margin, high + margin), ylim=(low - margin, high + margin))
            one.set_aspect("equal")
            label = strategy_label(name)
            one.set_title(label, loc="left", fontweight="bold", color=colors[name])
            one.set_title(
                f"differs by up to {_short(self.discordance[name])}",
                loc="right",
                fontsize="small",
                color="#333333",
            )
            tidy(one, grid=None)
            one.label_outer(remove_inner_ticks=False)
        self.ax_, self.figure_ = (np.array(axes[:n]) if n > 1 else axes[0]), figure
        if n == 1 or ax is not None:
            for one in axes[:n]:
                one.set(
                    xlabel="prediction on the strand given",
                    ylabel="prediction on the reverse complement",
                )
        else:
            figure.supxlabel("prediction on the strand given", fontsize="medium")
            figure.supylabel("prediction on the reverse complement", fontsize="medium")
        return self


def _short(value: float) -> str:
    """Two digits, and noise of the arithmetic as a power of ten."""
    return f"{value:.2f}" if value >= 0.005 or value == 0 else f"{value:.0e}"
