"""Tables beside the published figures, and words that follow from them."""

import pytest

from rcseq.experiments import (
    beside_published,
    learned_filters,
    pairwise_tests,
    reproduction_report,
)


def test_beside_the_published_figures(comparison):
    table = beside_published(comparison, "zhou2022-sim200")
    assert table.index.tolist() == ["standard", "posthoc", "rcps"]
    assert (table["n_fits"] == 10).all()
    assert table.loc["rcps", "published_mean"] == pytest.approx(0.9609, abs=1e-4)
    assert table.loc["rcps", "published_sd"] == pytest.approx(0.0102, abs=1e-4)
    assert table["reached"].all()


def test_what_falls_short_is_not_reached(make_comparison):
    low = make_comparison({"rcps": [0.93] * 3, "standard": [0.93] * 3}, n_folds=1)
    table = beside_published(low, "zhou2022-sim200")
    assert table["reached"].to_dict() == {"rcps": False, "standard": True}


def test_every_pair_is_tested_here_and_there(comparison):
    table = pairwise_tests(comparison, "zhou2022-max")
    assert table.index.tolist() == ["posthoc - standard", "rcps - standard", "rcps - posthoc"]
    row = table.loc["rcps - standard"]
    assert (row["wins"], row["n_pairs"], row["p_wilcoxon"]) == (10, 10, pytest.approx(2 / 2**10))
    assert row["p_wilcoxon_holm"] == pytest.approx(3 * 2 / 2**10)
    assert table.loc["rcps - posthoc", "published_wins"] == 0
    assert table.loc["rcps - posthoc", "published_difference"] < 0


@pytest.fixture
def report(comparison):
    pytest.importorskip("matplotlib").use("agg")
    return lambda results=comparison, **options: reproduction_report(
        results, "zhou2022-sim200", **options
    )


def test_report_holds_the_ceiling_and_the_published_figures(report):
    html = report(ceiling=0.9999, about={"Data": "made up"})
    assert "rcps has the highest mean auROC" in html
    assert "cannot be told apart" not in html
    assert "knows the simulation reaches an auROC of 0.9999" in html
    assert "0.9609 ± 0.0102" in html
    assert "rcps: better than standard" in html
    assert html.count("data:image/png;base64,") == 5
    assert 'class="answer better"' in html
    assert "true motifs" not in report()


def test_highest_mean_of_equals_is_said_with_them(report, make_comparison):
    scores = {"standard": [0.93, 0.94, 0.95], "rcps": [0.95, 0.94, 0.94]}
    html = report(make_comparison(scores, n_folds=1))
    assert "from which standard cannot be told apart" in html


def test_report_says_how_fast_and_how_clean(report, mini, small_data):
    results = mini(strategies=["standard", "augmented", "posthoc", "rcps"], seeds=2)
    filters = learned_filters(results, small_data)
    html = report(results, filters=filters, true_motifs=small_data.motifs)
    assert html.count("data:image/png;base64,") == 5 + 4
    assert html.count("<h2>Learning speed</h2>") + html.count(">Learning speed<") >= 2
    assert "Filters of rcps beside those of standard, over 2 seeds" in html
    assert "times the gradient steps of augmented" in html or "as one of augmented" in html
    assert "What the filters have learned" in html
    assert "Why the published network falls short" in html
    assert "What rcps has learned" in html
    assert "its line hides the other" in html
    assert '<th scope="col">pair</th>' in html
    assert '<th scope="col">network</th>' in html


def test_without_published_figures_nothing_stands_beside(report, comparison):
    table = beside_published(comparison, "shrikumar2017-position")
    assert table[["published_mean", "published_sd", "reached"]].isna().all(axis=None)
    pairs = pairwise_tests(comparison, "shrikumar2017-position")
    assert pairs["published_p"].isna().all()
    assert pairs.loc["rcps - standard", "wins"] == 10
    html = reproduction_report(comparison, "shrikumar2017-position", ceiling=0.99)
    assert "published:" not in html
    assert "published difference" not in html
    assert "falls short" not in html
    assert "rcps has the highest mean auROC" in html


def test_report_says_also_that_sharing_is_worse(report, make_comparison):
    import numpy as np

    noise = np.linspace(0, 0.01, 10)
    worse = make_comparison({"standard": 0.95 + noise, "rcps": 0.93 + noise / 2}, n_folds=1)
    html = report(worse)
    assert "rcps: worse than standard" in html
    assert 'class="answer worse"' in html


def test_few_seeds_decide_nothing(report, make_comparison):
    html = report(make_comparison({"standard": [0.9, 0.91], "rcps": [0.95, 0.96]}, n_folds=1))
    assert "rcps: no difference from standard is shown" in html
    assert 'class="answer undecided"' in html


def test_one_strategy_alone_has_a_report(report, make_comparison):
    html = report(make_comparison({"rcps": [0.95]}, n_folds=1))
    assert "over 1 seed (published" in html
    assert "Every two strategies" not in html
