"""ROC and precision-recall curves of several strategies, with a mean and a band over the fits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import (
    average_precision_score,
    precision_recall_curve,
    roc_auc_score,
    roc_curve,
)

from rcseq.plotting._display import Display
from rcseq.plotting._style import colors_of, strategy_label, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["StrategyPrecisionRecallDisplay", "StrategyRocDisplay"]

_GRID = np.linspace(0, 1, 501)
_FIT = ["seed", "fold", "output"]


class MeanCurve(NamedTuple):
    """A curve averaged over fits, on a common grid from 0 to 1."""

    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    area: float
    area_sd: float
    n_fits: int


class _StrategyCurveDisplay(Display):
    _xlabel: str
    _ylabel: str
    _short: str

    def __init__(self, curves: dict[str, MeanCurve], chance: float | None = None) -> None:
        self.curves = curves
        self.chance = chance

    @staticmethod
    def _one(y_true: NDArray[Any], y_score: NDArray[Any]) -> tuple[NDArray[Any], float]:
        raise NotImplementedError

    @classmethod
    def from_predictions(
        cls, predictions: pd.DataFrame, *, ax: Axes | None = None, **kwargs: Any
    ) -> Self:
        """Draw predictions of several strategies.

        Parameters
        ----------
        predictions : DataFrame
            With the columns ``strategy``, ``y_true`` (0 and 1) and ``y_score``, and where there
            are several fits ``seed``, ``fold`` and ``output``; for example
            ``StrategyComparison.predictions``. One curve is computed for each fit, for scores of
            different models cannot be pooled.
        ax : matplotlib Axes, optional
        **kwargs
            For :meth:`plot`.

        Returns
        -------
        display

        Raises
        ------
        ValueError
            If the targets are not classes.
        """
        if "train_size" in predictions:
            largest = predictions["train_size"].max()
            predictions = predictions[predictions["train_size"] == largest]
        if not predictions["y_true"].dropna().isin((0, 1)).all():
            raise ValueError("this curve is of classes; y_true must hold 0 and 1 only")
        predictions = predictions.dropna(subset=["y_true"])
        by = [name for name in _FIT if name in predictions]
        curves = {}
        for strategy in dict.fromkeys(predictions["strategy"]):
            own = predictions[predictions["strategy"] == strategy]
            fits = [fit for _, fit in own.groupby(by, sort=False)] if by else [own]
            fits = [fit for fit in fits if fit["y_true"].nunique() == 2]
            if not fits:
                raise ValueError(f"{strategy}: no fit was tested on both classes")
            parts = [cls._one(f["y_true"].to_numpy(), f["y_score"].to_numpy()) for f in fits]
            lines, areas = np.array([line for line, _ in parts]), [area for _, area in parts]
            curves[strategy] = MeanCurve(
                lines.mean(axis=0),
                lines.std(axis=0, ddof=1) if len(lines) > 1 else np.zeros(len(_GRID)),
                float(np.mean(areas)),
                float(np.std(areas, ddof=1)) if len(areas) > 1 else 0.0,
                len(fits),
            )
        display = cls(curves, cls._chance_level(predictions))
        return display.plot(ax=ax, **kwargs)

    @classmethod
    def from_comparison(cls, comparison: Any, *, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Draw a comparison.

        Parameters
        ----------
        comparison : StrategyComparison
        ax : matplotlib Axes, optional
        **kwargs
            For :meth:`plot`.

        Returns
        -------
        display
        """
        return cls.from_predictions(comparison.predictions, ax=ax, **kwargs)

    @staticmethod
    def _chance_level(predictions: pd.DataFrame) -> float | None:
        return None

    def _draw(self, ax: Axes, *, band: bool = True, zoom: bool = True, legend: bool = True) -> None:
        colors = colors_of(self.curves)
        self._lines(ax, colors, band=band)
        self._chance_line(ax)
        ax.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), xlabel=self._xlabel, ylabel=self._ylabel)
        ax.set_aspect("equal")
        tidy(ax, grid="both")
        if legend:
            ax.legend(
                loc="lower left" if not self._corner_left else "lower right",
                frameon=False,
                fontsize="small",
                title=f"{self._short}, mean ± SD",
                title_fontsize="small",
                alignment="left",
            )
        if zoom and min(curve.area for curve in self.curves.values()) > 0.9:
            self._zoom(ax, colors, band)

    _corner_left = True

    def _lines(self, ax: Axes, colors: dict[str, str], *, band: bool) -> None:
        for name, curve in self.curves.items():
            spread = f" ± {curve.area_sd:.3f}" if curve.n_fits > 1 else ""
            ax.plot(
                _GRID,
                curve.mean,
                color=colors[name],
                linewidth=1.8,
                label=f"{strategy_label(name)}  {curve.area:.3f}{spread}",
            )
            if band and curve.n_fits > 1:
                low, high = curve.mean - curve.sd, np.minimum(curve.mean + curve.sd, 1)
                ax.fill_between(_GRID, low, high, color=colors[name], alpha=0.12, linewidth=0)

    def _chance_line(self, ax: Axes) -> None:
        raise NotImplementedError

    def _zoom(self, ax: Axes, colors: dict[str, str], band: bool) -> None:
        """Show the corner in which good models differ, enlarged, in the empty middle."""
        left = 0.42 if self._corner_left else 0.13
        inset = ax.inset_axes((left, 0.5, 0.42, 0.4))
        self._lines(inset, colors, band=band)
        x = (0, 0.2) if self._corner_left else (0.8, 1)
        inset.set(xlim=x, ylim=(0.8, 1.003))
        inset.set_xticks(x)
        inset.set_yticks((0.8, 0.9, 1.0))
        inset.tick_params(labelsize="x-small")
        tidy(inset, grid="both")
        inset.spines[:].set(visible=True, color="#888888")
        ax.indicate_inset_zoom(inset, edgecolor="#888888", linewidth=0.8)


def _mean_roc(y_true: NDArray[Any], y_score: NDArray[Any]) -> tuple[NDArray[Any], float]:
    false_positive, true_positive, _ = roc_curve(y_true, y_score)
    return _interpolate(false_positive, true_positive), float(roc_auc_score(y_true, y_score))


def _mean_precision(y_true: NDArray[Any], y_score: NDArray[Any]) -> tuple[NDArray[Any], float]:
    precision, recall, _ = precision_recall_curve(y_true, y_score)
    # The curve is a staircase: to reach a recall one has to pay the precision of the next point.
    after = np.searchsorted(recall[::-1], _GRID, side="left")
    return precision[::-1][after], float(average_precision_score(y_true, y_score))


def _interpolate(x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
    """Read a monotone curve on the grid; where it rises upright, at the top of the rise."""
    line = np.interp(_GRID, x, y)
    line[0] = y[x == 0].max()
    return line


class StrategyRocDisplay(_StrategyCurveDisplay):
    """ROC curves by strategy: the mean over seeds and folds, and a band of one SD.

    Parameters
    ----------
    curves : dict of str to MeanCurve
    chance : None
        Chance is the diagonal.

    See Also
    --------
    sklearn.metrics.RocCurveDisplay : One model.

    Examples
    --------
    >>> import pandas as pd
    >>> from rcseq.plotting import StrategyRocDisplay
    >>> predictions = pd.DataFrame(
    ...     {"strategy": "rcps", "y_true": [0, 0, 1, 1], "y_score": [0.1, 0.6, 0.4, 0.9]}
    ... )
    >>> StrategyRocDisplay.from_predictions(predictions).curves["rcps"].area
    0.75
    """

    _xlabel = "false positive rate"
    _ylabel = "true positive rate"
    _short = "auROC"
    _one = staticmethod(_mean_roc)

    def _chance_line(self, ax: Axes) -> None:
        ax.plot([0, 1], [0, 1], color="#aaaaaa", linewidth=1, linestyle=(0, (4, 3)), zorder=1)


class StrategyPrecisionRecallDisplay(_StrategyCurveDisplay):
    """Precision-recall curves by strategy: the mean over seeds and folds, and a band of one SD.

    Parameters
    ----------
    curves : dict of str to MeanCurve
    chance : float, optional
        The share of positives, which a model that knows nothing has for precision.

    See Also
    --------
    sklearn.metrics.PrecisionRecallDisplay : One model.

    Examples
    --------
    >>> import pandas as pd
    >>> from rcseq.plotting import StrategyPrecisionRecallDisplay
    >>> predictions = pd.DataFrame(
    ...     {"strategy": "rcps", "y_true": [0, 0, 1, 1], "y_score": [0.1, 0.2, 0.4, 0.9]}
    ... )
    >>> StrategyPrecisionRecallDisplay.from_predictions(predictions).curves["rcps"].area
    1.0
    """

    _xlabel = "recall"
    _ylabel = "precision"
    _short = "auPRC"
    _one = staticmethod(_mean_precision)
    _corner_left = False

    @staticmethod
    def _chance_level(predictions: pd.DataFrame) -> float | None:
        return float(predictions["y_true"].mean())

    def _chance_line(self, ax: Axes) -> None:
        if self.chance is not None:
            ax.axhline(self.chance, color="#aaaaaa", linewidth=1, linestyle=(0, (4, 3)), zorder=1)
