"""Paired tests and effect sizes for scores of two models on the same folds and seeds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

__all__ = [
    "ConfidenceInterval",
    "PairedTest",
    "corrected_resampled_interval",
    "corrected_resampled_ttest",
    "holm_correction",
    "paired_wilcoxon",
    "rank_biserial",
]

_MOST_ENUMERATED = 16  # pairs; 2**16 sign patterns take a fraction of a second


class PairedTest(NamedTuple):
    """Outcome of a paired test."""

    statistic: float
    pvalue: float


class ConfidenceInterval(NamedTuple):
    """A mean and its confidence interval."""

    mean: float
    low: float
    high: float


def _differences(a: ArrayLike, b: ArrayLike) -> NDArray[np.float64]:
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if a.ndim != 1 or a.shape != b.shape:
        raise ValueError(
            f"paired scores must be two arrays of the same length; got shapes {a.shape} and "
            f"{b.shape}. Pair fold with fold and seed with seed."
        )
    if len(a) == 0:
        raise ValueError("there are no pairs to compare")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError("a score is not finite; a test on it would mean nothing")
    return a - b


def paired_wilcoxon(a: ArrayLike, b: ArrayLike) -> PairedTest:
    """Exact two-sided Wilcoxon signed-rank test on paired scores.

    Parameters
    ----------
    a, b : array-like of shape (n_pairs,)
        Scores of two models on the same folds and seeds.

    Returns
    -------
    PairedTest
        ``statistic`` is the smaller of the two rank sums. The smallest ``pvalue`` that `n` pairs
        can give is 2 / 2**n: 0.0625 with five, 0.002 with ten. Pairs without a difference say
        nothing and are dropped, as Wilcoxon did; if there is no other, the p-value is 1.

    Raises
    ------
    ValueError
        If the scores are not paired or not finite.

    Notes
    -----
    Exact also with ties: up to 16 pairs the distribution is enumerated (above, and only with
    ties, it is approximated by the normal one). Folds of one cross-validation share training data
    and are not independent, for which :func:`corrected_resampled_ttest` corrects and this test
    does not; it is at its best over seeds, or over folds as a description.

    References
    ----------
    Wilcoxon (1945), Biometrics Bulletin 1:80. Demšar (2006), JMLR 7:1, on comparing classifiers.

    Examples
    --------
    >>> from rcseq.model_selection import paired_wilcoxon
    >>> paired_wilcoxon([0.91, 0.94, 0.93, 0.97, 0.95], [0.9, 0.92, 0.9, 0.93, 0.9]).pvalue
    0.0625
    """
    difference = _differences(a, b)
    # 0.9 - 0.8 and 0.8 - 0.7 are a tie, although not in the last bits.
    difference = difference[np.abs(difference) > 1e-12].round(12)
    if len(difference) == 0:
        return PairedTest(0.0, 1.0)
    ties = len(np.unique(np.abs(difference))) < len(difference)
    method: Any = "exact"
    if ties:
        method = "asymptotic"
        if len(difference) <= _MOST_ENUMERATED:
            method = stats.PermutationMethod(n_resamples=2 ** (_MOST_ENUMERATED + 1))
    result = stats.wilcoxon(difference, method=method)
    return PairedTest(float(result.statistic), float(result.pvalue))


def corrected_resampled_ttest(a: ArrayLike, b: ArrayLike, *, test_share: float) -> PairedTest:
    """Two-sided t-test on scores of resampled data, corrected for shared training data.

    Parameters
    ----------
    a, b : array-like of shape (n_pairs,)
        Scores of two models on the same folds. With several seeds, their means over the seeds of
        each fold: seeds do not add to how many sequences a mean is of.
    test_share : float
        Number of test samples over number of training samples; 0.25 in a five-fold
        cross-validation.

    Returns
    -------
    PairedTest
        ``statistic`` is t with n_pairs - 1 degrees of freedom, positive where `a` is better.

    Raises
    ------
    ValueError
        If there are fewer than two pairs, or the scores are not paired or not finite.

    Notes
    -----
    Training sets of a cross-validation overlap, so that its scores vary less than those of
    independent experiments and a plain t-test finds differences that are not there. The variance
    of the mean is therefore taken as (1 / n_pairs + test_share) times that of the differences.

    See Also
    --------
    corrected_resampled_interval : The interval that goes with it.

    References
    ----------
    Nadeau and Bengio (2003), *Inference for the generalization error*, Machine Learning 52:239.

    Examples
    --------
    >>> from rcseq.model_selection import corrected_resampled_ttest
    >>> a, b = [0.91, 0.94, 0.93, 0.97, 0.95], [0.9, 0.92, 0.9, 0.93, 0.9]
    >>> t, p = corrected_resampled_ttest(a, b, test_share=0.25)
    >>> round(t, 3), round(p, 3)
    (2.828, 0.047)
    """
    difference = _differences(a, b)
    if len(difference) < 2:
        raise ValueError("a t-test needs at least two pairs; add folds or seeds")
    mean, error = _mean_and_error(difference, test_share)
    if error == 0:  # certainty, or no difference
        return PairedTest(float(np.sign(mean) * np.inf), 0.0) if mean else PairedTest(0.0, 1.0)
    t = mean / error
    return PairedTest(float(t), float(2 * stats.t.sf(abs(t), len(difference) - 1)))


def corrected_resampled_interval(
    a: ArrayLike, b: ArrayLike, *, test_share: float, confidence_level: float = 0.95
) -> ConfidenceInterval:
    """Mean difference of paired scores with its interval, corrected for shared training data.

    Parameters
    ----------
    a, b : array-like of shape (n_pairs,)
        Scores of two models on the same folds. With several seeds, their means over the seeds of
        each fold: seeds do not add to how many sequences a mean is of.
    test_share : float
        Number of test samples over number of training samples; 0.25 in a five-fold
        cross-validation, and 0 for pairs that are independent.
    confidence_level : float, default=0.95

    Returns
    -------
    ConfidenceInterval
        It leaves out zero exactly where the p-value of :func:`corrected_resampled_ttest` is below
        1 - `confidence_level`. One pair has no interval: its ends are NaN.

    Raises
    ------
    ValueError
        If the scores are not paired or not finite.

    Notes
    -----
    Of five independent normal differences it holds the true mean as often as it says, where the
    intervals of the bootstrap hold it in 80 to 85 of 100 cases instead of 95.

    References
    ----------
    Nadeau and Bengio (2003), *Inference for the generalization error*, Machine Learning 52:239.

    Examples
    --------
    >>> from rcseq.model_selection import corrected_resampled_interval
    >>> a, b = [0.91, 0.94, 0.93, 0.97, 0.95], [0.9, 0.92, 0.9, 0.93, 0.9]
    >>> mean, low, high = corrected_resampled_interval(a, b, test_share=0.25)
    >>> round(mean, 4), round(low, 4), round(high, 4)
    (0.03, 0.0006, 0.0594)
    """
    difference = _differences(a, b)
    if len(difference) == 1:
        return ConfidenceInterval(float(difference[0]), float("nan"), float("nan"))
    mean, error = _mean_and_error(difference, test_share)
    half = float(stats.t.ppf((1 + confidence_level) / 2, len(difference) - 1)) * error
    return ConfidenceInterval(mean, mean - half, mean + half)


def _mean_and_error(difference: NDArray[np.float64], test_share: float) -> tuple[float, float]:
    """Return the mean, and its standard error with the correction of Nadeau and Bengio."""
    if test_share < 0:
        raise ValueError(f"test_share={test_share} is negative; it is n_test / n_train")
    mean, variance = float(difference.mean()), float(difference.var(ddof=1))
    if variance <= (1e-12 * max(1.0, abs(mean))) ** 2:  # what is left of rounding is not a spread
        return mean, 0.0
    return mean, float(np.sqrt((1 / len(difference) + test_share) * variance))


def independent_pairs(pairs: pd.DataFrame) -> pd.DataFrame:
    """Average the scores over the seeds of each fold, where there are several folds.

    Seeds on the same folds are repeated measurements of the same sequences. Counted as pairs of
    their own, five folds under five seeds would pass for 25 experiments, and a 95 % interval would
    hold the truth in as little as 75 to 90 of 100 cases. `pairs` is indexed by seed and fold.
    """
    by_fold = pairs.groupby("fold").mean()
    return by_fold if len(by_fold) > 1 else pairs


def holm_correction(pvalues: Mapping[Any, float] | pd.Series | ArrayLike) -> Any:
    """Adjust p-values for their number by Holm's step-down procedure.

    Parameters
    ----------
    pvalues : array-like, Series or dict
        NaN stands for "no test was made": it stays and is not counted.

    Returns
    -------
    ndarray, or Series where `pvalues` is a Series or dict
        Never below the p-value itself, never above 1.

    References
    ----------
    Holm (1979), Scandinavian Journal of Statistics 6:65.

    Examples
    --------
    >>> from rcseq.model_selection import holm_correction
    >>> holm_correction([0.01, 0.04, 0.03])
    array([0.03, 0.06, 0.06])
    """
    if isinstance(pvalues, Mapping):
        pvalues = pd.Series(pvalues, dtype=float)
    p = np.asarray(pvalues, dtype=np.float64)
    adjusted = np.full(p.shape, np.nan)
    tested = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    steps = p[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return pd.Series(adjusted, pvalues.index) if isinstance(pvalues, pd.Series) else adjusted


def rank_biserial(a: ArrayLike, b: ArrayLike) -> float:
    """Matched-pairs rank-biserial correlation, the effect size of the Wilcoxon test.

    Parameters
    ----------
    a, b : array-like of shape (n_pairs,)
        Scores of two models on the same folds and seeds.

    Returns
    -------
    float
        1 where `a` is better in all pairs, -1 where it is worse in all, 0 where gains and losses
        balance.

    References
    ----------
    Kerby (2014), Comprehensive Psychology 3:11.IT.3.1.

    Examples
    --------
    >>> from rcseq.model_selection import rank_biserial
    >>> rank_biserial([3, 2, 1], [0, 0, 2])
    0.666...
    """
    difference = _differences(a, b)
    difference = difference[np.abs(difference) > 1e-12].round(12)
    if len(difference) == 0:
        return 0.0
    ranks = stats.rankdata(np.abs(difference))
    return float((ranks * np.sign(difference)).sum() / ranks.sum())
