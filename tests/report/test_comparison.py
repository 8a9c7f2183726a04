"""The report of a comparison."""

import re
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rcseq.model_selection import StrategyComparison
from rcseq.report import _html, comparison_report, format_summary
from rcseq.strategies import STRATEGIES

SCORES = {
    "standard": [0.90, 0.91, 0.92, 0.93, 0.94],
    "rcps": [0.95, 0.94, 0.97, 0.98, 0.98],
    "kmer": [0.89, 0.90, 0.91, 0.93, 0.92],
}


@pytest.fixture
def comparison(make_comparison: Any) -> StrategyComparison:
    return make_comparison(SCORES, discordance={"standard": 0.3, "rcps": 2e-7}, baselines=("kmer",))


@pytest.fixture(autouse=True)
def _coarse_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture is a picture at any resolution."""
    monkeypatch.setattr(_html, "figure_uri", partial(_html.figure_uri, dpi=20))


def titles(html: str) -> list[str]:
    return re.findall(r"<h2>(.*?)</h2>", html)


def test_report_holds_words_tables_and_pictures(comparison: StrategyComparison) -> None:
    html = comparison_report(comparison, title="NF-E2", about={"Data": "peaks & more"})
    assert "<title>NF-E2</title>" in html
    assert "Sharing parameters between the strands helps" in html
    assert titles(html) == [
        "What the numbers say",
        "What they do not say",
        "The strategies",
        "Summary",
        "Paired tests",
        "Learning speed",
        "Prediction on a strand against prediction on the other",
        "Scores, paired",
        "ROC curves",
        "Precision-recall curves",
        "Validation loss by epoch",
        "Validation loss by time",
        "Parameters and time",
        "How this was made",
    ]
    assert html.count("data:image/png;base64,") == 7
    assert "peaks &amp; more" in html
    assert "nan" not in re.sub(r"base64,[^\"]*", "", html)


def test_strategies_are_explained(comparison: StrategyComparison) -> None:
    html = comparison_report(comparison)
    for name in ("standard", "rcps"):
        strategy = STRATEGIES[name]
        assert f"background: {strategy.colour}" in html
        assert strategy.description in html
        assert strategy.reference in html
    assert STRATEGIES["conjoined"].description not in html


def test_regression_has_no_roc_curve(comparison: StrategyComparison) -> None:
    comparison.predictions["y_true"] = np.linspace(-1, 1, len(comparison.predictions))
    html = comparison_report(comparison)
    assert "ROC curves" not in titles(html)
    assert "Scores, paired" in titles(html)


def test_without_histories_there_are_no_learning_curves(comparison: StrategyComparison) -> None:
    comparison.curves = pd.DataFrame()
    html = comparison_report(comparison)
    assert "Validation loss by epoch" not in titles(html)
    assert "Learning speed" not in titles(html)


def test_without_predictions_there_is_no_picture_of_the_strands(
    comparison: StrategyComparison,
) -> None:
    n_pictures = comparison_report(comparison).count("<img")
    comparison.predictions = pd.DataFrame()
    assert comparison_report(comparison).count("<img") == n_pictures - 1 - 2  # nor ROC curves


def test_sizes_of_training_sets_get_their_picture(comparison: StrategyComparison) -> None:
    small = comparison.table.assign(train_size=0.25, n_train=40, test_roc_auc=0.7)
    both = StrategyComparison(
        pd.concat([small, comparison.table], ignore_index=True),
        curves=comparison.curves,
        predictions=comparison.predictions,
    )
    assert "Sample efficiency" in titles(comparison_report(both))


def test_one_strategy_alone(make_comparison: Any) -> None:
    html = comparison_report(make_comparison({"rcps": [0.9, 0.91]}, n_folds=2))
    assert "rcps has a mean auROC of 0.9050." in html
    assert "Paired tests" not in titles(html)


def test_summary_for_people(comparison: StrategyComparison) -> None:
    table = format_summary(comparison)
    assert table.loc["rcps", "auROC"] == "0.9640 ± 0.0182"
    assert table.loc["rcps", "difference"] == "+0.0440"
    assert table.loc["rcps", "wins"] == "5 of 5"
    assert table.loc["rcps", "p (Wilcoxon)"] == "0.062"
    assert table.loc["standard", "difference"] == "reference"
    assert table["strand discordance"].tolist() == ["0.300", "2e-07", "0"]
    assert table["parameters"].tolist() == ["500"] * 3


def test_curves_without_a_validation_loss_make_no_table_of_speed(make_comparison: Any) -> None:
    comparison = make_comparison({"standard": [0.9, 0.91], "rcps": [0.92, 0.94]}, n_folds=2)
    comparison.curves = comparison.curves.assign(valid_loss=np.nan)
    assert "Learning speed" not in comparison_report(comparison)
