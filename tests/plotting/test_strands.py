"""Prediction on a strand against prediction on the other."""

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from rcseq import KmerVectorizer
from rcseq.metrics import strand_discordance
from rcseq.plotting import StrandScatterDisplay


def points(ax: Any) -> np.ndarray:
    return ax.collections[0].get_offsets()


def test_panels_hold_all_predictions_of_their_strategy(comparison: Any) -> None:
    display = StrandScatterDisplay.from_comparison(comparison)
    assert [ax.get_title("left") for ax in display.ax_] == ["standard", "rcps", "kmer"]
    for ax, name in zip(display.ax_, comparison.strategies, strict=True):
        table = comparison.predictions.set_index("strategy").loc[name]
        np.testing.assert_allclose(points(ax), table[["y_score", "y_score_rc"]])
    assert display.discordance["standard"] == pytest.approx(0.3)
    assert "up to 0.30" in display.ax_[0].get_title("right")
    assert "up to 0.00" in display.ax_[1].get_title("right")


def test_a_fitted_model() -> None:
    X, y = ["AACGA", "AAGGA", "TCATT", "TTGTC"], [1, 1, 0, 0]
    model = make_pipeline(KmerVectorizer(k=2, canonical=False), LogisticRegression()).fit(X, y)
    display = StrandScatterDisplay.from_estimator(model, X)
    assert display.discordance == {"LogisticRegression": strand_discordance(model, X)}
    np.testing.assert_allclose(points(display.ax_)[:, 0], model.predict_proba(X)[:, 1])
    assert "reverse complement" in display.ax_.get_ylabel()


def test_noise_of_the_arithmetic_is_shown_as_a_power_of_ten() -> None:
    display = StrandScatterDisplay.from_predictions([0.5, 0.1], [0.5, 0.1 + 2e-7], name="rcps")
    assert display.ax_.get_title("right") == "differs by up to 2e-07"


def test_values_that_are_no_probabilities_get_their_own_axes() -> None:
    display = StrandScatterDisplay.from_predictions([-3.0, 5.0], [-2.0, 4.0])
    assert display.ax_.get_xlim()[0] < -3
    assert display.ax_.get_xlim() == display.ax_.get_ylim()
    assert StrandScatterDisplay.from_predictions([0.4], [0.5]).ax_.get_xlim()[1] > 1


@pytest.mark.parametrize("n", [1, 2, 4, 5, 7])
def test_any_number_of_panels(n: int) -> None:
    display = StrandScatterDisplay({f"model {i}": np.full((3, 2), 0.5) for i in range(n)}).plot()
    assert len(display.figure_.axes) == n


def test_too_few_axes_are_refused(comparison: Any) -> None:
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(1, 2)
    with pytest.raises(ValueError, match="3 models need as many axes; got 2"):
        StrandScatterDisplay.from_comparison(comparison, ax=axes)


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_titles_and_labels_lie_within_the_picture(n: int) -> None:
    scores = np.random.default_rng(0).random((n, 20, 2))
    figure = StrandScatterDisplay({f"model {i}": s for i, s in enumerate(scores)}).plot().figure_
    figure.canvas.draw()
    width, height = figure.canvas.get_width_height()
    texts = [figure._supxlabel, figure._supylabel]
    for ax in figure.axes:
        texts += [ax.title, ax._left_title, ax._right_title, ax.xaxis.label, ax.yaxis.label]
    shown = [text for text in texts if text is not None and text.get_text()]
    assert len(shown) == 2 * n + 2
    for text in shown:
        box = text.get_window_extent()
        assert box.x0 >= 0, text
        assert box.y0 >= 0, text
        assert box.x1 <= width, text
        assert box.y1 <= height, text
