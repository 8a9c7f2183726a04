"""Paired dots and sample-efficiency curves."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from rcseq.model_selection import StrategyComparison
from rcseq.plotting import PairedDotDisplay, SampleEfficiencyDisplay


def test_dots_and_lines_are_the_scores(comparison: Any) -> None:
    ax = PairedDotDisplay.from_comparison(comparison).ax_
    scores = comparison.scores()
    lines = np.array([line.get_ydata() for line in ax.lines[: len(scores)]])
    np.testing.assert_allclose(lines, scores.to_numpy())
    assert [text.get_text() for text in ax.get_xticklabels()] == comparison.strategies
    means = [text.get_text() for text in ax.texts]
    assert means == [f"{value:.3f}" for value in scores.mean()]


def test_chance_is_drawn_where_it_is_near(make_comparison: Any) -> None:
    near = PairedDotDisplay.from_comparison(make_comparison({"rcps": [0.6, 0.9, 0.7]}, n_folds=3))
    far = PairedDotDisplay.from_comparison(make_comparison({"rcps": [0.97, 0.98, 0.99]}, n_folds=3))
    assert near.ax_.get_ylim()[0] < 0.51
    assert far.ax_.get_ylim()[0] > 0.9


def test_scores_by_size(comparison: Any) -> None:
    small = comparison.table.assign(train_size=0.25, n_train=40, test_roc_auc=0.7)
    both = StrategyComparison(pd.concat([small, comparison.table], ignore_index=True))
    ax = SampleEfficiencyDisplay.from_comparison(both).ax_
    assert [text.get_text() for text in ax.get_xticklabels()] == ["40", "160"]
    for line, mean in zip(ax.lines, comparison.scores().mean(), strict=True):
        np.testing.assert_allclose(line.get_ydata(), [0.7, mean])


def test_one_size_is_no_curve(comparison: Any) -> None:
    with pytest.raises(ValueError, match=r"train_sizes=\[0.1, 0.3, 1.0\]"):
        SampleEfficiencyDisplay.from_comparison(comparison)
