"""How clean the filters are, strategy beside strategy."""

import re

import numpy as np
import pytest

from rcseq.experiments import compare_filters, learned_filters
from rcseq.experiments._filters import MEASURES, filter_findings, filter_table
from rcseq.inspection import FilterMotifs


@pytest.fixture
def made_up(comparison):
    """Filters of rcps match more often, are as redundant, and have less information."""
    rng = np.random.default_rng(0)
    table = comparison.table
    rcps = (table["strategy"] == "rcps").to_numpy()
    for measure in MEASURES:
        table[measure] = 0.5 + rng.normal(0, 0.01, len(table))
    table["filters_matched"] += 0.2 * rcps
    table["filters_information"] -= 0.2 * rcps
    return comparison


def test_measures_are_paired_with_the_reference(made_up):
    table = compare_filters(made_up)
    row = table.loc[("rcps", "matched")]
    assert row["difference"] == pytest.approx(0.2, abs=0.02)
    assert row["difference_low"] < row["difference"] < row["difference_high"]
    assert row["p_wilcoxon"] == pytest.approx(2 / 2**10)
    assert row["p_wilcoxon_holm"] == pytest.approx(5 * 2 / 2**10)
    assert (row["cleaner"], table.loc[("rcps", "information"), "cleaner"]) == (True, False)
    assert table.loc["standard", "difference"].isna().all()


def test_less_redundancy_is_cleaner(made_up):
    rcps = made_up.table["strategy"] == "rcps"
    made_up.table.loc[rcps, "filters_redundancy"] -= 0.3
    assert compare_filters(made_up).loc[("rcps", "redundancy"), "cleaner"]


def test_words_follow_from_the_numbers(made_up):
    (sentence,) = filter_findings(compare_filters(made_up))
    verdicts = re.findall(r"; ([a-z ]+)\)", sentence)
    expected = ["cleaner"] + ["no difference shown"] * 3 + ["less clean"]
    assert verdicts == expected
    assert "beside those of standard, over 10 seeds: match a true motif 0.7" in sentence


def test_without_a_pair_nothing_is_said(made_up):
    alone = made_up.select(made_up.table["strategy"] == "rcps")
    assert filter_findings(compare_filters(alone)) == []
    assert len(filter_table(compare_filters(alone)).rows) == 1


def test_filters_of_the_first_fits(mini, small_data):
    comparison = mini(strategies=["standard", "rcps"], seeds=1)
    for measure in MEASURES:
        assert comparison.table[measure].between(0, 2 * 21).all(), measure
    filters = learned_filters(comparison, small_data)
    assert list(filters) == ["standard", "rcps"]
    for name, motifs in filters.items():
        assert isinstance(motifs, FilterMotifs)
        assert motifs.n_filters == 20, name


def test_filters_without_motifs_are_left_out(mini, small_data):
    comparison = mini(strategies=["standard", "strand_channel", "rcps"], seeds=2)
    assert list(learned_filters(comparison, small_data)) == ["standard", "rcps"]
    table = compare_filters(comparison)
    assert set(table.index.get_level_values("strategy")) == {"standard", "rcps"}
    assert table.loc[("rcps", "redundancy"), "n_pairs"] == 2
    unpaired = compare_filters(comparison, "strand_channel")
    assert filter_findings(unpaired) == []
    assert len(filter_table(unpaired).rows) == 2
