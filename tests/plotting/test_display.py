"""The frame that all displays have."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from rcseq.plotting._display import Display


class Dot(Display):
    def _draw(self, ax: Axes, *, size: float = 1.0) -> None:
        ax.plot([0], [0], "o", markersize=size)


def test_draws_into_a_new_figure_or_into_given_axes() -> None:
    display = Dot().plot()
    assert display.figure_ is display.ax_.figure
    _, ax = plt.subplots()
    again = display.plot(ax=ax, size=7)
    assert again is display
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    assert ax.lines[0].get_markersize() == 7
