"""A comparison on one sheet, and the choice of a picture by its name."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from rcseq.plotting._cost import CostDisplay
from rcseq.plotting._curves import StrategyPrecisionRecallDisplay, StrategyRocDisplay
from rcseq.plotting._display import Display
from rcseq.plotting._scores import PairedDotDisplay, SampleEfficiencyDisplay
from rcseq.plotting._strands import StrandScatterDisplay
from rcseq.plotting._style import import_pyplot
from rcseq.plotting._training import TrainingCurveDisplay

__all__ = ["ComparisonDisplay", "plot_comparison"]


class ComparisonDisplay(Display):
    """Scores, learning curves and agreement of the strands on one sheet.

    Parameters
    ----------
    comparison : StrategyComparison
    """

    def __init__(self, comparison: Any) -> None:
        self.comparison = comparison

    @classmethod
    def from_comparison(cls, comparison: Any) -> Self:
        """Draw a comparison.

        Parameters
        ----------
        comparison : StrategyComparison

        Returns
        -------
        display
        """
        return cls(comparison).plot()

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw.

        Parameters
        ----------
        ax : None
            The sheet is always a new figure.
        **kwargs
            For the paired dots: ``metric``.

        Returns
        -------
        display
            Itself.
        """
        comparison = self.comparison
        names = comparison.strategies
        curves = not comparison.curves.empty
        width = 3.0 * max(len(names), 3)
        strands = not comparison.predictions.empty
        figure = import_pyplot().figure(
            figsize=(width, 7.6 if strands else 4.2), layout="constrained"
        )
        ratios = (1.25, 1) if strands else (1,)
        above, *others = figure.subfigures(len(ratios), 1, height_ratios=ratios, squeeze=False)[
            :, 0
        ]
        upper = above.subplots(1, 2 if curves else 1, squeeze=False)[0]
        PairedDotDisplay.from_comparison(comparison, ax=upper[0], **kwargs)
        if curves:
            TrainingCurveDisplay.from_comparison(comparison, ax=upper[1])
        self.ax_, self.figure_ = upper, figure
        for below in others:
            lower = below.subplots(1, len(names), sharex=True, sharey=True, squeeze=False)[0]
            StrandScatterDisplay.from_comparison(comparison, ax=lower)
            for one in lower:
                one.set(xlabel="", ylabel="")
            below.supxlabel("prediction on the strand given", fontsize="medium")
            below.supylabel("on the reverse complement", fontsize="medium")
            self.ax_ = np.concatenate([upper, lower])
        return self


_KINDS: dict[str, Any] = {
    "overview": ComparisonDisplay,
    "scores": PairedDotDisplay,
    "roc": StrategyRocDisplay,
    "precision_recall": StrategyPrecisionRecallDisplay,
    "training": TrainingCurveDisplay,
    "strands": StrandScatterDisplay,
    "cost": CostDisplay,
    "sample_efficiency": SampleEfficiencyDisplay,
}


def plot_comparison(comparison: Any, kind: str = "overview", **kwargs: Any) -> Any:
    """Draw a comparison; what ``StrategyComparison.plot`` calls.

    Parameters
    ----------
    comparison : StrategyComparison
    kind : {"overview", "scores", "roc", "precision_recall", "training", "strands", "cost", \
            "sample_efficiency"}
    **kwargs
        For the display's ``from_comparison``.

    Returns
    -------
    display

    Raises
    ------
    ValueError
        If there is no such picture.
    """
    if kind not in _KINDS:
        raise ValueError(f"kind={kind!r} is not one of {', '.join(_KINDS)}")
    return _KINDS[kind].from_comparison(comparison, **kwargs)
