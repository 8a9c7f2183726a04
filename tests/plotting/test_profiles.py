"""Profiles of both strands."""

import numpy as np
import pytest

from rcseq.plotting import StrandedProfileDisplay, colors_of

pytest.importorskip("matplotlib")

OBSERVED = [[0, 3, 1, 0], [1, 2, 0, 5]]


def test_the_minus_strand_is_below() -> None:
    predicted = {"rcps": np.full((2, 4), 2.0), "standard": np.arange(8.0).reshape(2, 4)}
    display = StrandedProfileDisplay.from_predictions(OBSERVED, predicted)
    lines = [line for line in display.ax_.lines if len(line.get_ydata()) == 4]
    assert [line.get_ydata().tolist() for line in lines] == [
        [2, 2, 2, 2],
        [-2, -2, -2, -2],
        [0, 1, 2, 3],
        [-4, -5, -6, -7],
    ]
    assert [line.get_color() for line in lines[::2]] == list(colors_of(predicted).values())
    above, below = (c.get_paths()[0].vertices[:, 1] for c in display.ax_.collections)
    assert (above.max(), below.min()) == (3, -5)
    assert len(display.ax_.get_legend().get_texts()) == 3
    assert display.ax_.yaxis.get_major_formatter()(-4, None) == "4"


@pytest.mark.parametrize("profile", [np.zeros((2, 3)), np.zeros((1, 4)), np.zeros(4)])
def test_other_shapes_are_refused(profile: np.ndarray) -> None:
    with pytest.raises(ValueError, match="'rcps' has shape"):
        StrandedProfileDisplay(OBSERVED, {"rcps": profile})
