"""The frame of a display: it keeps the numbers, draws them, and keeps what it drew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from rcseq.plotting._style import import_pyplot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class Display:
    """Base of the displays, in scikit-learn's manner.

    A display is made by ``from_...``, which draws at once; :meth:`plot` draws the same numbers
    again, for example into other axes.

    Attributes
    ----------
    ax_ : matplotlib Axes, or array of them
    figure_ : matplotlib Figure
    """

    ax_: Any
    figure_: Figure
    figsize: tuple[float, float] = (5.0, 4.0)
    _draw: Any  # what a subclass draws into given axes, with options of its own

    def plot(self, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            A new figure by default.
        **kwargs
            As the display's own drawing takes them.

        Returns
        -------
        display
            Itself.
        """
        if ax is None:
            figure, ax = import_pyplot().subplots(figsize=self.figsize, layout="constrained")
        else:
            figure = ax.figure
        self.ax_, self.figure_ = ax, figure
        self._draw(ax, **kwargs)
        return self
