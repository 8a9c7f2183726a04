"""Paired tests: against their definitions, and on data of which the answer is known."""

import itertools
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rcseq.model_selection import (
    corrected_resampled_interval,
    corrected_resampled_ttest,
    holm_correction,
    paired_wilcoxon,
    rank_biserial,
)
from rcseq.model_selection._statistics import independent_pairs


def enumerated_wilcoxon(difference: np.ndarray) -> float:
    """The definition: how many of all sign patterns are at least as extreme."""
    ranks = stats.rankdata(np.abs(difference))
    total = ranks.sum()
    observed = min(ranks[difference > 0].sum(), ranks[difference < 0].sum())
    sums = [np.dot(signs, ranks) for signs in itertools.product((0, 1), repeat=len(ranks))]
    return min(1.0, np.mean([min(s, total - s) <= observed + 1e-9 for s in sums]))


@given(st.lists(st.integers(-6, 6).filter(bool), min_size=1, max_size=7))
def test_wilcoxon_is_exact_also_with_ties(differences: list[int]) -> None:
    d = np.array(differences, dtype=float)
    assert paired_wilcoxon(d, np.zeros(len(d))).pvalue == pytest.approx(enumerated_wilcoxon(d))


def test_wilcoxon_of_a_clean_sweep_is_the_smallest_possible() -> None:
    for n in (5, 10, 30):
        better = np.arange(1, n + 1) / 100
        assert paired_wilcoxon(better, np.zeros(n)).pvalue == pytest.approx(2 / 2**n)


def test_wilcoxon_of_the_published_results(shared_dir: object) -> None:
    """The exact p-values that the reference figures are known to give."""
    table = pd.read_csv(f"{shared_dir}/reference/zhou2022_published.csv")
    by = table.pivot_table(index=["task", "seed_or_run"], columns="strategy", values="auroc")
    for task in ("sim_200", "sim_1000", "CTCF", "MAX", "SPI1"):
        scores = by.loc[task]
        assert paired_wilcoxon(scores["rcps"], scores["standard"]).pvalue == pytest.approx(2 / 1024)
    scores = by.loc["MAX"]
    assert (scores["rcps"] < scores["posthoc"]).all()
    assert rank_biserial(scores["rcps"], scores["posthoc"]) == -1


def test_wilcoxon_drops_what_does_not_differ() -> None:
    assert paired_wilcoxon([1, 2, 3], [1, 2, 3]).pvalue == 1
    with_zero = paired_wilcoxon([1, 2, 3, 4, 5, 0], [0, 0, 0, 0, 0, 0])
    assert with_zero.pvalue == pytest.approx(2 / 32)


def test_wilcoxon_sees_ties_through_rounding() -> None:
    a, b = [0.9, 0.8, 0.7], [0.8, 0.7, 0.6]  # differ by 0.1, but not in the last bits
    assert len(set(np.subtract(a, b))) > 1
    assert paired_wilcoxon(a, b).pvalue == pytest.approx(2 / 8)


def test_corrected_ttest_is_the_plain_one_without_shared_data() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(0.2, 1, 20), rng.normal(0, 1, 20)
    plain = stats.ttest_rel(a, b)
    corrected = corrected_resampled_ttest(a, b, test_share=0)
    assert corrected.statistic == pytest.approx(plain.statistic)
    assert corrected.pvalue == pytest.approx(plain.pvalue)


def test_corrected_ttest_by_its_formula() -> None:
    a, b = np.array([0.91, 0.94, 0.93, 0.97, 0.95]), np.array([0.9, 0.92, 0.9, 0.93, 0.9])
    d = a - b
    t = d.mean() / math.sqrt((1 / 5 + 1 / 4) * d.var(ddof=1))
    result = corrected_resampled_ttest(a, b, test_share=1 / 4)
    assert result.statistic == pytest.approx(t)
    assert result.pvalue == pytest.approx(2 * stats.t(4).sf(t))
    swapped = corrected_resampled_ttest(b, a, test_share=1 / 4)
    assert swapped.statistic == pytest.approx(-t)
    assert swapped.pvalue == pytest.approx(result.pvalue)


def test_corrected_ttest_keeps_its_level_where_the_plain_one_does_not() -> None:
    """Two equally good models, tested on folds whose training sets overlap."""
    rng = np.random.default_rng(0)
    n, k, rounds = 100, 10, 400
    corrected = plain = 0
    for _ in range(rounds):
        # Each model estimates a mean from a noisy measurement of the same samples; its score on a
        # fold is its error there, and training sets of different folds share 8 of 9 parts.
        truth = rng.normal(size=n)
        measured = truth + rng.normal(size=(2, n))
        folds = np.array_split(rng.permutation(n), k)
        scores = np.array(
            [[-np.mean((truth[f] - np.delete(m, f).mean()) ** 2) for f in folds] for m in measured]
        )
        corrected += corrected_resampled_ttest(*scores, test_share=1 / (k - 1)).pvalue < 0.05
        plain += stats.ttest_rel(*scores).pvalue < 0.05
    assert corrected / rounds < plain / rounds


def test_differences_without_spread() -> None:
    assert corrected_resampled_ttest([1, 2, 3], [1, 2, 3], test_share=0.5).pvalue == 1
    assert corrected_resampled_ttest([2, 3, 4], [1, 2, 3], test_share=0.5).pvalue == 0


def test_holm_by_hand() -> None:
    np.testing.assert_allclose(
        holm_correction([0.005, 0.011, 0.02, 0.04, 0.13]), [0.025, 0.044, 0.06, 0.08, 0.13]
    )
    np.testing.assert_allclose(holm_correction([0.9, 0.8]), [1.0, 1.0])
    assert holm_correction([]).tolist() == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_keeps_the_order_and_stays_a_probability(pvalues: list[float]) -> None:
    p = np.array(pvalues)
    adjusted = holm_correction(p)
    assert (adjusted >= p).all()
    assert (adjusted <= 1).all()
    assert (np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0).all()


def test_holm_does_not_count_what_was_not_tested() -> None:
    adjusted = holm_correction({"rcps": 0.01, "standard": float("nan"), "posthoc": 0.04})
    assert adjusted["rcps"] == 0.02
    assert adjusted["posthoc"] == 0.04
    assert math.isnan(adjusted["standard"])


def test_rank_biserial_from_the_rank_sums() -> None:
    a, b = np.array([3.0, 1, 4, 1, 5]), np.array([2.0, 7, 1, 8, 2])
    ranks = stats.rankdata(np.abs(a - b))
    expected = (ranks[a > b].sum() - ranks[a < b].sum()) / ranks.sum()
    assert rank_biserial(a, b) == pytest.approx(expected)
    assert rank_biserial(b, a) == pytest.approx(-expected)
    assert rank_biserial(a, a) == 0


def coverage(experiments: Any, truth: float, share: float) -> float:
    """Count how many of the 95 % intervals hold the truth."""
    hits = []
    for difference in experiments:
        zero = np.zeros(len(difference))
        _, low, high = corrected_resampled_interval(difference, zero, test_share=share)
        hits.append(low <= truth <= high)
    return float(np.mean(hits))


@pytest.mark.parametrize("n_pairs", [5, 10, 25])
def test_interval_of_independent_differences_covers_what_it_says(n_pairs: int) -> None:
    experiments = np.random.default_rng(n_pairs).normal(1, 2, (1500, n_pairs))
    assert 0.935 <= coverage(experiments, truth=1, share=0) <= 0.965


def cross_validated(
    rng: np.random.Generator, n_folds: int, n_seeds: int, noise: float, n: int = 40
) -> np.ndarray:
    """Differences in the error of two ridge regressions whose weights have some noise of a seed."""
    X = rng.normal(size=(n, 8))
    y = X[:, :4].sum(1) + 2 * rng.normal(size=n)
    difference = np.empty((n_seeds, n_folds))
    for fold, test in enumerate(np.array_split(np.arange(n), n_folds)):
        x, z = np.delete(X, test, 0), np.delete(y, test)
        weights = [np.linalg.solve(x.T @ x + c * np.eye(8), x.T @ z) for c in (1.0, 20.0)]
        made = np.stack(weights)[:, None] + noise * rng.normal(size=(2, n_seeds, 8))
        errors = ((y[test] - made @ X[test].T) ** 2).mean(2)
        difference[:, fold] = errors[1] - errors[0]
    return difference


@pytest.mark.parametrize(("n_folds", "n_seeds"), [(5, 1), (10, 1), (5, 5)])
@pytest.mark.parametrize("noise", [0.0, 0.2])
def test_interval_of_folds_that_share_training_data_covers_at_least_what_it_says(
    n_folds: int, n_seeds: int, noise: float
) -> None:
    """Seeds do not make more of the same sequences, also where they change nothing at all."""
    rng = np.random.default_rng(0)
    made = [cross_validated(rng, n_folds, n_seeds, noise) for _ in range(400)]
    units = [independent_pairs(paired(difference))["a"] for difference in made]
    assert coverage(units, truth=float(np.mean(made)), share=1 / (n_folds - 1)) >= 0.94


def paired(difference: np.ndarray) -> pd.DataFrame:
    """Scores of two models, by seed and fold, with these differences: (n_seeds, n_folds)."""
    index = pd.MultiIndex.from_product(map(range, difference.shape), names=["seed", "fold"])
    return pd.DataFrame({"a": difference.ravel(), "b": 0.0}, index)


@given(
    st.lists(st.floats(-1, 1), min_size=2, max_size=12),
    st.floats(0, 1),
    st.floats(-1, 1),
)
def test_interval_leaves_out_zero_where_the_test_finds_a_difference(
    values: list[float], share: float, shift: float
) -> None:
    a = np.array(values) + shift
    mean, low, high = corrected_resampled_interval(a, np.zeros(len(a)), test_share=share)
    p = corrected_resampled_ttest(a, np.zeros(len(a)), test_share=share).pvalue
    assert low <= mean <= high
    if abs(p - 0.05) > 1e-9 and mean:
        assert (p < 0.05) == (not low <= 0 <= high)


def test_interval_of_little() -> None:
    same = corrected_resampled_interval([1, 2, 3], [0.5, 1.5, 2.5], test_share=0.25)
    assert same == (0.5, 0.5, 0.5)
    mean, low, high = corrected_resampled_interval([0.5], [0], test_share=0.25)
    assert mean == 0.5
    assert math.isnan(low)
    assert math.isnan(high)
    wide = corrected_resampled_interval([1, 2, 4], [0, 0, 0], test_share=0, confidence_level=0.99)
    assert wide.low < corrected_resampled_interval([1, 2, 4], [0, 0, 0], test_share=0).low


def test_seeds_of_a_fold_are_one_measurement() -> None:
    pairs = paired(np.array([[1.0, 2.0], [3.0, 6.0]]))
    assert independent_pairs(pairs)["a"].tolist() == [2.0, 4.0]
    alone = pairs.xs(0, level="fold", drop_level=False)
    assert independent_pairs(alone)["a"].tolist() == [1.0, 3.0]


@pytest.mark.parametrize("test", [paired_wilcoxon, rank_biserial])
def test_what_is_not_paired_is_refused(test: object) -> None:
    assert callable(test)
    for a, b in [([1, 2], [1]), ([], []), ([[1]], [[1]])]:
        with pytest.raises(ValueError, match=r"same length|no pairs"):
            test(a, b)
    with pytest.raises(ValueError, match="not finite"):
        test([1, float("nan")], [1, 2])


def test_corrected_ttest_refuses_what_it_cannot_do() -> None:
    with pytest.raises(ValueError, match="at least two pairs"):
        corrected_resampled_ttest([1], [2], test_share=0.25)
    with pytest.raises(ValueError, match="negative"):
        corrected_resampled_ttest([1, 2], [2, 3], test_share=-1)
