"""Measures of profiles and totals."""

import numpy as np
import pytest
from scipy.stats import entropy, spearmanr

from rcseq.metrics import count_correlation, profile_jsd, profile_pearson

RNG = np.random.default_rng(0)
TRUE = RNG.poisson(2, (6, 2, 9))
PREDICTED = RNG.uniform(0.1, 5, (6, 2, 9))


def test_distance_is_that_of_jensen_and_shannon_over_sequences_and_strands():
    distances = []
    for true, predicted in zip(TRUE.reshape(-1, 9), PREDICTED.reshape(-1, 9), strict=True):
        p, q = true / true.sum(), predicted / predicted.sum()
        middle = (p + q) / 2
        distances.append(np.sqrt((entropy(p, middle) + entropy(q, middle)) / 2))
    assert profile_jsd(TRUE, PREDICTED) == pytest.approx(np.mean(distances))
    assert profile_jsd(TRUE, TRUE * 7.0) == pytest.approx(0, abs=1e-7)
    assert profile_jsd([[1, 0]], [[0, 3]]) == pytest.approx(np.sqrt(np.log(2)))


def test_correlation_of_profiles_is_the_mean_of_those_of_each():
    pairs = zip(TRUE.reshape(-1, 9), PREDICTED.reshape(-1, 9), strict=True)
    wanted = np.mean([np.corrcoef(*pair)[0, 1] for pair in pairs])
    assert profile_pearson(TRUE, PREDICTED) == pytest.approx(wanted)
    half = PREDICTED.copy()
    half[:3] = 1.0
    rest = profile_pearson(TRUE[3:], PREDICTED[3:])
    assert profile_pearson(TRUE, half) == pytest.approx(rest / 2)
    assert profile_pearson(TRUE, np.ones_like(PREDICTED)) == 0


@pytest.mark.parametrize("measure", [profile_jsd, profile_pearson])
def test_profiles_without_reads_are_left_out(measure):
    true = TRUE.copy()
    true[2:] = 0
    assert measure(true, PREDICTED) == pytest.approx(measure(TRUE[:2], PREDICTED[:2]))
    with pytest.raises(ValueError, match="no profile of y_true has a read"):
        measure(true[2:], PREDICTED[2:])
    with pytest.raises(ValueError, match="expects no read at all"):
        measure(TRUE, PREDICTED * 0)


def test_correlation_of_totals_is_the_mean_over_the_strands():
    logs = [np.log1p(counts.sum(-1)) for counts in (TRUE, PREDICTED)]
    wanted = np.mean([np.corrcoef(logs[0][:, s], logs[1][:, s])[0, 1] for s in (0, 1)])
    assert count_correlation(TRUE, PREDICTED) == pytest.approx(wanted)
    ranks = np.mean([spearmanr(logs[0][:, s], logs[1][:, s]).statistic for s in (0, 1)])
    assert count_correlation(TRUE, PREDICTED, method="spearman") == pytest.approx(ranks)
    assert count_correlation(TRUE, np.ones_like(PREDICTED)) == 0


@pytest.mark.parametrize("measure", [profile_jsd, profile_pearson, count_correlation])
def test_what_are_no_profiles_is_refused(measure):
    with pytest.raises(ValueError, match=r"the same for both; got \(6, 2, 9\) and \(6, 2, 8\)"):
        measure(TRUE, PREDICTED[..., :8])
    for bad in (-1.0, np.nan):
        spoilt = PREDICTED.copy()
        spoilt[4, 0, 0] = bad
        with pytest.raises(ValueError, match=f"y_pred holds {bad} in sample 4"):
            measure(TRUE, spoilt)


def test_methods_and_numbers_of_sequences_are_checked():
    with pytest.raises(ValueError, match="method='kendall' is not one of pearson, spearman"):
        count_correlation(TRUE, PREDICTED, method="kendall")
    with pytest.raises(ValueError, match="at least two sequences"):
        count_correlation(TRUE[:1], PREDICTED[:1])
