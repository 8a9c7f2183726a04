"""The table of results: what it summarises, and that it stays one thing."""

import pickle
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest

from rcseq.model_selection import (
    StrategyComparison,
    corrected_resampled_ttest,
    paired_wilcoxon,
)

STANDARD = [0.90, 0.91, 0.92, 0.93, 0.94, 0.90, 0.91, 0.92, 0.93, 0.94]
BETTER = [0.92, 0.94, 0.94, 0.96, 0.95, 0.93, 0.95, 0.93, 0.95, 0.97]


@pytest.fixture
def comparison(make_comparison: Any) -> StrategyComparison:
    return make_comparison(
        {"standard": STANDARD, "rcps": BETTER, "kmer": STANDARD},
        discordance={"standard": 0.3},
        baselines=("kmer",),
    )


def test_summary_is_of_the_pairs(comparison: StrategyComparison) -> None:
    summary = comparison.summary()
    assert summary.index.tolist() == ["standard", "rcps", "kmer"]
    row = summary.loc["rcps"]
    assert row["roc_auc_mean"] == pytest.approx(np.mean(BETTER))
    assert row["roc_auc_sd"] == pytest.approx(np.std(BETTER, ddof=1))
    difference = np.subtract(BETTER, STANDARD)
    assert row["difference"] == pytest.approx(difference.mean())
    assert row["difference_low"] < row["difference"] < row["difference_high"]
    assert (row["n_pairs"], row["wins"], row["losses"]) == (10, 10, 0)
    assert row["effect_size"] == 1
    assert row["p_wilcoxon"] == paired_wilcoxon(BETTER, STANDARD).pvalue
    assert row["p_wilcoxon_holm"] == 2 * row["p_wilcoxon"]  # rcps and kmer were tested
    folds = [np.reshape(scores, (2, 5)).mean(0) for scores in (BETTER, STANDARD)]
    expected = corrected_resampled_ttest(*folds, test_share=40 / 160).pvalue
    assert row["p_corrected_t"] == pytest.approx(expected)
    assert summary.loc["kmer", ["difference", "wins", "losses"]].tolist() == [0, 0, 0]
    assert summary.loc["kmer", "p_wilcoxon"] == 1
    assert summary.loc["standard", ["difference", "n_pairs", "p_wilcoxon"]].isna().all()
    assert summary["strand_discordance"].tolist() == [0.3, 0, 0]


def test_pairs_are_found_whatever_the_order_of_the_rows(comparison: StrategyComparison) -> None:
    shuffled = StrategyComparison(comparison.table.sample(frac=1, random_state=0))
    table = shuffled.summary().loc[comparison.strategies]
    pd.testing.assert_frame_equal(table, comparison.summary())


def test_reference_is_chosen(comparison: StrategyComparison) -> None:
    summary = comparison.summary(reference="rcps")
    assert np.isnan(summary.loc["rcps", "difference"])
    assert (summary.loc["standard", "wins"], summary.loc["standard", "losses"]) == (0, 10)
    assert summary.loc["standard", "effect_size"] == -1
    without = comparison.select(comparison.table["strategy"] != "standard")
    assert np.isnan(without.summary().loc["rcps", "difference"])  # the first that is left


def test_one_strategy_needs_no_reference(comparison: StrategyComparison) -> None:
    alone = comparison.select(comparison.table["strategy"] == "rcps")
    summary = alone.summary()
    assert summary.loc["rcps", "roc_auc_mean"] == pytest.approx(np.mean(BETTER))
    assert np.isnan(summary.loc["rcps", "p_wilcoxon"])


def test_collapsed_fits_are_those_nearer_to_chance(make_comparison: Any) -> None:
    comparison = make_comparison(
        {"standard": [0.98, 0.97, 0.73, 0.98, 0.99], "rcps": [0.98, 0.75, 0.98, 0.97, 0.5]}
    )
    flagged = comparison.select(comparison.collapsed()).table
    assert list(zip(flagged["strategy"], flagged["fold"], strict=True)) == [
        ("standard", 2),
        ("rcps", 4),
    ]
    assert comparison.summary()["collapsed"].tolist() == [1, 1]


def test_without_a_level_of_chance_nothing_is_called_collapsed() -> None:
    comparison = StrategyComparison(
        {"strategy": ["rcps"] * 3, "seed": [0, 1, 2], "fold": 0, "test_mine": [1.0, 1.0, -9.0]}
    )
    assert not comparison.collapsed().any()


def test_what_is_not_there_is_refused(comparison: StrategyComparison) -> None:
    with pytest.raises(ValueError, match="reference='posthoc' is not in the comparison"):
        comparison.summary("posthoc")
    with pytest.raises(ValueError, match="metric='mcc' was not scored; roc_auc were"):
        comparison.scores("mcc")
    with pytest.raises(ValueError, match=r"no test_\.\.\. column"):
        StrategyComparison({"strategy": ["rcps"]}).summary()
    table = comparison.table
    halves = comparison.select(
        (table["strategy"].eq("rcps") & table["seed"].eq(1))
        | (table["strategy"].eq("standard") & table["seed"].eq(0))
    )
    with pytest.raises(ValueError, match="no seed and fold in common"):
        halves.summary()


def test_missing_pairs_are_left_out(comparison: StrategyComparison) -> None:
    table = comparison.table
    part = comparison.select(table["strategy"].ne("rcps") | table["fold"].ne(3))
    assert part.summary().loc["rcps", "n_pairs"] == 8


def test_selection_takes_what_stands_beside_the_table(comparison: StrategyComparison) -> None:
    part = comparison.select(comparison.table["seed"] == 0)
    assert isinstance(part, StrategyComparison)
    assert len(part) == len(comparison) / 2
    for whole, some in [
        (comparison.curves, part.curves),
        (comparison.predictions, part.predictions),
    ]:
        pd.testing.assert_frame_equal(some, whole[whole["seed"] == 0])
    models = {("rcps", seed, 0, 1.0): seed for seed in (0, 1)}
    comparison.estimators = models
    assert dict(comparison.select(comparison.table["seed"] == 1).estimators) == {
        ("rcps", 1, 0, 1.0): 1
    }


def test_table_is_shown(comparison: StrategyComparison) -> None:
    assert repr(comparison) == repr(comparison.table)
    assert comparison._repr_html_().count("<tr") >= 20


def test_selections_are_summarised(comparison: StrategyComparison) -> None:
    part = comparison.select(comparison.table["seed"] == 0)
    assert part.summary().loc["rcps", "n_pairs"] == 5


def test_goes_through_joblib_and_csv(comparison: StrategyComparison, tmp_path: Any) -> None:
    joblib.dump(comparison, tmp_path / "comparison.joblib")
    loaded = joblib.load(tmp_path / "comparison.joblib")
    assert isinstance(loaded, StrategyComparison)
    pd.testing.assert_frame_equal(loaded.table, comparison.table)
    pd.testing.assert_frame_equal(loaded.predictions, comparison.predictions)
    assert loaded.baselines == ["kmer"]
    comparison.table.to_csv(tmp_path / "results.csv", index=False)
    again = StrategyComparison(pd.read_csv(tmp_path / "results.csv"), chance=comparison.chance)
    pd.testing.assert_frame_equal(again.summary(), comparison.summary())
    assert pickle.loads(pickle.dumps(comparison)).chance == {"roc_auc": 0.5}


def test_summary_of_the_largest_training_sets_only(comparison: StrategyComparison) -> None:
    small = comparison.table.assign(train_size=0.1, test_roc_auc=0.5)
    both = StrategyComparison(pd.concat([small, comparison.table], ignore_index=True))
    assert both.summary().loc["rcps", "roc_auc_mean"] == pytest.approx(np.mean(BETTER))


def test_plot_draws_the_picture_that_is_asked_for(comparison: StrategyComparison) -> None:
    pytest.importorskip("matplotlib")
    assert comparison.plot("scores").ax_.get_ylabel() == "auROC"
    with pytest.raises(ValueError, match="kind='pie' is not one of overview, scores"):
        comparison.plot("pie")
