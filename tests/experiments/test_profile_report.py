"""The page of the profile experiment."""

from typing import Any

import pandas as pd
import pytest

from rcseq.experiments import profile_report, profile_table
from rcseq.model_selection import StrategyComparison

CEILING = pd.DataFrame(
    {
        "profile_jsd": [0.3, 0.7],
        "profile_pearson": [0.9, 0.1],
        "count_pearson": [0.98, 0.0],
        "count_spearman": [0.98, 0.0],
    },
    index=pd.Index(["true rates", "mean of the training set"], name="strategy"),
)


@pytest.fixture
def results() -> StrategyComparison:
    rows: list[dict[str, Any]] = [
        {
            "strategy": name,
            "seed": seed,
            "fold": 0,
            "test_neg_profile_jsd": -jsd - 0.01 * seed,
            "test_profile_pearson": 0.8,
            "test_count_pearson": 0.7,
            "test_count_spearman": 0.75,
            "n_parameters": 5150,
            "profile_discordance": 2e-7 if name == "rcps" else 0.03,
            "fit_time": 20.0,
            "n_train": 100,
            "n_test": 50,
        }
        for name, jsd in (("standard", 0.45), ("rcps", 0.40))
        for seed in (0, 1, 2)
    ]
    return StrategyComparison(rows)


def test_distances_have_their_own_sign_and_the_truth_beside_them(
    results: StrategyComparison,
) -> None:
    table = profile_table(results, CEILING)
    assert table.loc["rcps", "profile JSD"] == "0.410 ± 0.010"
    assert table.loc["true rates", "profile JSD"] == "0.300"
    assert table.loc["rcps", "between strands"] == "2e-07"
    assert table.loc["true rates", "parameters"] == ""
    assert "profile JSD to the truth" not in table


def test_the_page_says_which_is_nearest_and_by_how_much(results: StrategyComparison) -> None:
    html = profile_report(
        results, CEILING, cautions=["A caution."], about={"Command": "rcseq reproduce"}
    )
    for words in (
        "rcps comes nearest to the observed profiles",
        "0.410; that of the true rates is 0.300.",
        "Against standard",
        "+0.0500",
        "3 of 3",
        "A caution.",
        "rcseq reproduce",
        "No published figures",
    ):
        assert words in html, words


def test_one_seed_of_one_strategy_has_no_spread_and_no_pairs(results: StrategyComparison) -> None:
    one = results.select(results.table["seed"] == 0)
    assert profile_table(one, CEILING).loc["rcps", "profile JSD"] == "0.400"
    assert "nan" not in profile_report(one, CEILING).split("Against standard")[1][:2000]
    alone = one.select(one.table["strategy"] == "rcps")
    assert "Against" not in profile_report(alone, CEILING.iloc[1:])
