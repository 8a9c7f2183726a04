"""Learning curves: what is averaged, and how far."""

from typing import Any

import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from rcseq import DNAOneHotEncoder, SequenceClassifier
from rcseq.plotting import TrainingCurveDisplay


def fit(seed: int, losses: list[float], strategy: str = "rcps") -> pd.DataFrame:
    epochs = range(1, len(losses) + 1)
    return pd.DataFrame(
        {
            "strategy": strategy,
            "seed": seed,
            "fold": 0,
            "train_size": 1.0,
            "epoch": epochs,
            "step": [10 * e for e in epochs],
            "seconds": [0.5 * e for e in epochs],
            "train_loss": losses,
            "valid_loss": losses,
        }
    )


def test_mean_and_spread_of_the_fits() -> None:
    curves = pd.concat([fit(0, [0.8, 0.6]), fit(1, [0.6, 0.2])])
    curve = TrainingCurveDisplay(curves).mean_curve("rcps")
    assert curve["x"].tolist() == [1, 2]
    assert curve["mean"].tolist() == pytest.approx([0.7, 0.4])
    assert curve["sd"].tolist() == pytest.approx([0.2 / 2**0.5, 0.4 / 2**0.5])


def test_fit_that_has_stopped_keeps_its_best_loss_and_the_median_fit_ends_the_curve() -> None:
    curves = pd.concat([fit(0, [0.8, 0.4, 0.5]), fit(1, [0.8] * 5), fit(2, [0.8] * 9)])
    curve = TrainingCurveDisplay(curves).mean_curve("rcps")
    assert curve["x"].tolist() == [1, 2, 3, 4, 5]
    assert curve["mean"].iloc[-1] == pytest.approx((0.4 + 0.8 + 0.8) / 3)


@pytest.mark.parametrize(("x", "label"), [("step", "gradient steps"), ("seconds", "(s)")])
def test_by_step_and_by_second(comparison: Any, x: str, label: str) -> None:
    display = TrainingCurveDisplay.from_comparison(comparison, x=x, y="train_loss")
    assert label in display.ax_.get_xlabel()
    assert display.ax_.get_ylabel() == "training loss"
    curves = comparison.curves
    end = display.ax_.lines[0].get_xdata()[-1]
    assert end == pytest.approx(curves[x].max())


def test_baselines_have_no_curve(comparison: Any) -> None:
    display = TrainingCurveDisplay.from_comparison(comparison)
    names = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert names == ["standard", "rcps"]


def test_curve_of_one_network() -> None:
    X = ["ACGTTGCA", "TTTTAAAA"] * 20
    model = make_pipeline(
        DNAOneHotEncoder(),
        SequenceClassifier(max_epochs=4, module__n_filters=2, early_stopping=True),
    ).fit(X, [0, 1] * 20)
    display = TrainingCurveDisplay.from_estimator(model)
    [line] = display.ax_.lines
    assert line.get_label() == "rcps"
    history = model[-1].history
    assert line.get_ydata().tolist() == pytest.approx([row["valid_loss"] for row in history])


def test_without_validation_the_training_loss_is_drawn() -> None:
    X = ["ACGTTGCA", "TTTTAAAA"] * 20
    network = SequenceClassifier(max_epochs=4, module__n_filters=2)
    model = make_pipeline(DNAOneHotEncoder(), network).fit(X, [0, 1] * 20)
    [line] = TrainingCurveDisplay.from_estimator(model).ax_.lines
    assert line.get_ydata().tolist() == pytest.approx(model[-1].history[:, "train_loss"])


def test_what_has_no_curve_is_refused(comparison: Any) -> None:
    with pytest.raises(ValueError, match="LogisticRegression has no history"):
        TrainingCurveDisplay.from_estimator(LogisticRegression())
    with pytest.raises(ValueError, match="x='hours'"):
        TrainingCurveDisplay.from_comparison(comparison, x="hours")
    comparison.curves = pd.DataFrame()
    with pytest.raises(ValueError, match="no model keeps a `history`"):
        TrainingCurveDisplay.from_comparison(comparison)
