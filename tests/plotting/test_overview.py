"""One sheet, and pictures by name."""

from typing import Any

import pandas as pd
import pytest

from rcseq.plotting import plot_comparison
from rcseq.plotting._overview import _KINDS


def test_sheet_holds_scores_curves_and_strands(comparison: Any) -> None:
    display = plot_comparison(comparison)
    assert len(display.ax_) == 2 + 3
    assert display.ax_[0].get_ylabel() == "auROC"
    assert display.ax_[1].get_xlabel() == "epoch"
    assert display.ax_[2].get_title("left") == "standard"
    comparison.curves = pd.DataFrame()
    assert len(plot_comparison(comparison).ax_) == 1 + 3
    comparison.predictions = pd.DataFrame()  # they were profiles
    assert len(plot_comparison(comparison).ax_) == 1
    with pytest.raises(ValueError, match="no predictions to draw; those that are profiles"):
        plot_comparison(comparison, "strands")


@pytest.mark.parametrize("kind", [name for name in _KINDS if name != "sample_efficiency"])
def test_every_kind_can_be_drawn_and_saved(comparison: Any, kind: str, tmp_path: Any) -> None:
    display = plot_comparison(comparison, kind)
    display.figure_.savefig(tmp_path / "picture.png")
    assert (tmp_path / "picture.png").stat().st_size > 5_000


def test_unknown_kind_is_refused(comparison: Any) -> None:
    with pytest.raises(ValueError, match="kind='pie' is not one of overview, scores"):
        plot_comparison(comparison, "pie")
