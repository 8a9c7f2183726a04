"""Profiles of both strands: what was observed at one sequence, and what models predict."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from rcseq.plotting._display import Display
from rcseq.plotting._style import colors_of, strategy_label, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["StrandedProfileDisplay"]


class StrandedProfileDisplay(Display):
    """Reads along one sequence, the plus strand above the axis and the minus strand below it.

    Parameters
    ----------
    observed : array-like of shape (2, L)
        Counts on the plus and on the minus strand, at each position.
    predictions : mapping of str to array-like of shape (2, L)
        Expected counts, by the name of the strategy or of whatever else predicts them.

    Raises
    ------
    ValueError
        If a profile has not the shape of the observed one.

    Examples
    --------
    >>> from rcseq.plotting import StrandedProfileDisplay
    >>> display = StrandedProfileDisplay([[0, 3, 1], [1, 2, 0]], {"rcps": [[1, 2, 1], [1, 2, 1]]})
    >>> display.observed.shape, list(display.predictions)
    ((2, 3), ['rcps'])
    """

    figsize = (7.0, 3.2)

    def __init__(self, observed: ArrayLike, predictions: Mapping[str, ArrayLike]) -> None:
        self.observed = np.asarray(observed, dtype=float)
        self.predictions = {name: np.asarray(p, dtype=float) for name, p in predictions.items()}
        for name, profile in {"observed": self.observed, **self.predictions}.items():
            if profile.ndim != 2 or len(profile) != 2 or profile.shape != self.observed.shape:
                raise ValueError(
                    f"the profile {name!r} has shape {profile.shape}; (2, L) is needed, the same "
                    "for all"
                )

    @classmethod
    def from_predictions(
        cls,
        observed: ArrayLike,
        predictions: Mapping[str, ArrayLike],
        *,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Draw observed and predicted profiles.

        Parameters
        ----------
        observed, predictions
            As for the display itself.
        ax : matplotlib Axes, optional
        **kwargs
            ``legend``, a bool.

        Returns
        -------
        display
        """
        return cls(observed, predictions).plot(ax=ax, **kwargs)

    def _draw(self, ax: Axes, *, legend: bool = True) -> None:
        x = np.arange(self.observed.shape[1])
        for strand, sign in zip(self.observed, (1, -1), strict=True):
            label = "observed reads" if sign > 0 else None
            ax.fill_between(x, sign * strand, step="mid", color="#bbbbbb", linewidth=0, label=label)
        colors = colors_of(self.predictions)
        for name, profile in self.predictions.items():
            for strand, sign in zip(profile, (1, -1), strict=True):
                label = strategy_label(name) if sign > 0 else None
                ax.plot(x, sign * strand, color=colors[name], linewidth=1.4, label=label)
        ax.axhline(0, color="#888888", linewidth=0.8)
        ax.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
        ax.set(xlabel="position (bp)", ylabel="reads, minus strand below", xlim=(0, len(x) - 1))
        tidy(ax)
        if legend:
            ax.legend(frameon=False, fontsize="small")
