"""Bars of parameters and time."""

from typing import Any

import pandas as pd

from rcseq.plotting import CostDisplay


def test_bars_are_the_means(comparison: Any) -> None:
    parameters, time = CostDisplay.from_comparison(comparison).ax_
    assert [bar.get_width() for bar in parameters.patches] == [500, 500, 500]
    assert [bar.get_width() for bar in time.patches] == [2.0, 3.0, 0.01]
    assert [text.get_text() for text in time.texts] == ["2", "3", "0.01"]
    assert "(s)" in time.get_xlabel()
    assert time.yaxis_inverted()  # the first strategy is on top


def test_what_was_not_counted_is_said() -> None:
    table = pd.DataFrame({"n_parameters": [900, None], "fit_time": [1.5, 2.5]}, index=["rcps", "x"])
    parameters, _ = CostDisplay(table).plot().ax_
    assert [text.get_text() for text in parameters.texts] == ["900", "not counted"]
