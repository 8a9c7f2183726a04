"""Measures of how fast a network learns."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rcseq.model_selection import area_under_learning_curve, learning_speed, steps_to_loss


def test_area_is_the_mean_height() -> None:
    assert area_under_learning_curve([10, 20], [1.0, 0.0]) == 0.5
    assert area_under_learning_curve([0, 1, 3], [1.0, 0.0, 0.0]) == pytest.approx(0.5 / 3)
    assert area_under_learning_curve([5], [0.3]) == 0.3


def test_steps_are_interpolated_between_epochs() -> None:
    assert steps_to_loss([10, 20], [0.8, 0.4], 0.5) == 17.5
    assert steps_to_loss([10, 20], [0.8, 0.4], 0.9) == 10  # there from the first epoch
    assert steps_to_loss([10, 20], [0.8, 0.4], 0.4) == 20
    assert steps_to_loss([10, 20, 30], [0.5, 0.9, 0.5], 0.6) == 10  # the first time counts
    assert math.isinf(steps_to_loss([10, 20], [0.8, 0.4], 0.3))


@pytest.mark.parametrize(
    "measure", [area_under_learning_curve, lambda s, v: steps_to_loss(s, v, 1)]
)
def test_what_is_no_curve_is_refused(measure: Callable[..., float]) -> None:
    for step, loss in [([], []), ([1, 2], [1]), ([[1]], [[1]])]:
        with pytest.raises(ValueError, match="two arrays of one length"):
            measure(step, loss)
    with pytest.raises(ValueError, match="must grow"):
        measure([1, 1], [1, 1])


def test_speed_is_a_ratio_of_paired_steps(make_comparison: Any) -> None:
    scores = {"standard": [0.9] * 10, "rcps": [0.9] * 10}
    comparison = make_comparison(scores, speed={"standard": 0.5, "rcps": 1.0})
    speed = comparison.learning_speed(loss=0.4)
    # loss = 0.7 exp(-0.2 rate epoch) + 0.05 at rates of 0.5 and 1, up to the linear interpolation
    assert speed.loc["rcps", "step_ratio"] == pytest.approx(0.5, abs=0.02)
    low, high = speed.loc["rcps", ["step_ratio_low", "step_ratio_high"]]
    assert 0.45 < low <= speed.loc["rcps", "step_ratio"] <= high < 0.55
    exact = 20 * math.log(0.7 / 0.35) / (0.2 * 1.09)  # of the median fit
    assert speed.loc["rcps", "steps"] == pytest.approx(exact, rel=0.03)
    assert speed.loc["rcps", "seconds"] == pytest.approx(exact / 200, rel=0.03)
    assert speed.loc["rcps", "area"] < speed.loc["standard", "area"]
    assert math.isnan(speed.loc["standard", "step_ratio"])
    assert speed.loc["rcps", "n_pairs"] == 10


def test_default_loss_is_reached_by_the_typical_fit_of_each(make_comparison: Any) -> None:
    comparison = make_comparison(
        {"standard": [0.9] * 5, "rcps": [0.9] * 5}, speed={"standard": 0.5, "rcps": 2.0}
    )
    speed = comparison.learning_speed()
    best = comparison.curves.groupby(["strategy", "seed", "fold"])["valid_loss"].min()
    assert speed["loss"].iloc[0] == best["standard"].median()
    assert speed.loc["standard", "reached"] == 0.6  # three of five are at or below the median
    assert speed.loc["rcps", "reached"] == 1
    assert speed.loc["rcps", "n_pairs"] == 3


def test_loss_that_nobody_reaches(make_comparison: Any) -> None:
    comparison = make_comparison({"standard": [0.9] * 3, "rcps": [0.9] * 3}, n_folds=3)
    speed = comparison.learning_speed(loss=0.001)
    assert speed["reached"].eq(0).all()
    assert np.isinf(speed["steps"]).all()
    assert speed.loc["rcps", "n_pairs"] == 0
    assert math.isnan(speed.loc["rcps", "step_ratio"])


def test_area_stops_where_the_shortest_curve_stops() -> None:
    """A fit that goes on longer at its low loss must not look faster for it."""
    short = {"step": [10, 20], "seconds": [1, 2], "valid_loss": [0.6, 0.5]}
    long = {"step": [10, 20, 30], "seconds": [1, 2, 3], "valid_loss": [0.6, 0.5, 0.1]}
    curves = pd.concat(
        pd.DataFrame({"strategy": name, "seed": 0, "fold": 0, **curve})
        for name, curve in [("standard", short), ("rcps", long)]
    )
    area = learning_speed(curves)["area"]
    assert area["standard"] == area["rcps"] == pytest.approx(0.55)


def test_speed_without_curves() -> None:
    assert learning_speed(pd.DataFrame()).empty
    curves = pd.DataFrame(
        {"strategy": ["rcps"], "seed": 0, "fold": 0, "step": 1, "seconds": 1.0, "valid_loss": 0.5}
    )
    with pytest.raises(ValueError, match="'standard' has no learning curve; rcps have"):
        learning_speed(curves)
    assert learning_speed(curves, reference="rcps").loc["rcps", "steps"] == 1
    assert learning_speed(curves.assign(valid_loss=np.nan), reference="rcps").empty
