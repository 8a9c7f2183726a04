"""ROC and precision-recall curves: the lines are those of scikit-learn, averaged."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import trapezoid
from sklearn.metrics import (
    average_precision_score,
    precision_recall_curve,
    roc_auc_score,
    roc_curve,
)

from rcseq.plotting import StrategyPrecisionRecallDisplay, StrategyRocDisplay

RNG = np.random.default_rng(0)
Y = RNG.integers(0, 2, 80)
SCORE = Y + RNG.normal(0, 0.8, 80)


def table(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"strategy": "rcps", "y_true": Y, "y_score": SCORE, **columns})


def test_roc_is_the_curve_of_scikit_learn() -> None:
    curve = StrategyRocDisplay.from_predictions(table()).curves["rcps"]
    false_positive, true_positive, _ = roc_curve(Y, SCORE)
    assert curve.mean[0] == true_positive[false_positive == 0].max()
    assert curve.mean[-1] == 1
    assert trapezoid(curve.mean, np.linspace(0, 1, 501)) == pytest.approx(
        roc_auc_score(Y, SCORE), abs=0.01
    )
    assert curve.area == roc_auc_score(Y, SCORE)
    assert (np.diff(curve.mean) >= 0).all()


def test_precision_recall_is_a_staircase() -> None:
    curve = StrategyPrecisionRecallDisplay.from_predictions(table()).curves["rcps"]
    precision, recall, _ = precision_recall_curve(Y, SCORE)
    grid = np.linspace(0, 1, 501)
    for x, height in zip(grid, curve.mean, strict=True):
        reachable = precision[recall >= x]
        assert height in precision
        assert height <= reachable.max()
    assert curve.mean.mean() == pytest.approx(average_precision_score(Y, SCORE), abs=0.02)
    assert curve.area == average_precision_score(Y, SCORE)


def test_each_fit_has_its_curve_and_the_band_is_their_spread() -> None:
    fold = np.arange(80) % 4
    curve = StrategyRocDisplay.from_predictions(table(seed=0, fold=fold)).curves["rcps"]
    areas = [roc_auc_score(Y[fold == f], SCORE[fold == f]) for f in range(4)]
    assert curve.n_fits == 4
    assert curve.area == pytest.approx(np.mean(areas))
    assert curve.area_sd == pytest.approx(np.std(areas, ddof=1))
    assert curve.sd.max() > 0.05


def test_scores_of_different_fits_are_not_pooled() -> None:
    """Each fit ranks perfectly, at a level of its own: pooled, the auROC would be 0.75."""
    predictions = pd.DataFrame(
        {
            "strategy": "rcps",
            "seed": 0,
            "fold": [0, 0, 1, 1],
            "y_true": [0, 1, 0, 1],
            "y_score": [0.1, 0.2, 0.8, 0.9],
        }
    )
    assert StrategyRocDisplay.from_predictions(predictions).curves["rcps"].area == 1


@pytest.mark.parametrize("display", [StrategyRocDisplay, StrategyPrecisionRecallDisplay])
def test_picture_of_a_comparison(display: Any, comparison: Any) -> None:
    drawn = display.from_comparison(comparison)
    names = [text.get_text().split()[0] for text in drawn.ax_.get_legend().get_texts()]
    assert names == ["standard", "rcps", "kmer"]
    assert drawn.ax_.get_xlabel()
    assert drawn.ax_.get_ylabel()
    assert len(drawn.ax_.child_axes) == 1  # the corner, enlarged
    assert not display.from_comparison(comparison, zoom=False, legend=False).ax_.child_axes


def test_precision_of_chance_is_the_share_of_positives(comparison: Any) -> None:
    assert StrategyPrecisionRecallDisplay.from_comparison(comparison).chance == 0.5


def test_targets_that_are_no_classes_are_refused() -> None:
    with pytest.raises(ValueError, match="must hold 0 and 1 only"):
        StrategyRocDisplay.from_predictions(table(y_true=SCORE))
    with pytest.raises(ValueError, match="rcps: no fit was tested on both classes"):
        StrategyRocDisplay.from_predictions(table(y_true=1))


def test_labels_that_are_not_known_are_left_out() -> None:
    y = Y.astype(float)
    y[:10] = np.nan
    curve = StrategyRocDisplay.from_predictions(table(y_true=y)).curves["rcps"]
    assert curve.area == roc_auc_score(Y[10:], SCORE[10:])
