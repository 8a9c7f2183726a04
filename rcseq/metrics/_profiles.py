"""How near predicted profiles and totals of reads are to observed ones."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import jensenshannon
from scipy.stats import pearsonr, spearmanr

__all__ = ["count_correlation", "profile_jsd", "profile_pearson"]

Method = Literal["pearson", "spearman"]


def profile_jsd(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    """Compute the mean Jensen-Shannon distance between profiles.

    A profile is the distribution of the reads of a sequence over its positions, on each track by
    itself; how many reads there are does not matter. Of few reads the distance is large even from
    the distribution that they were drawn from.

    Parameters
    ----------
    y_true : array-like of shape (n, n_tracks, n_positions), or (n, n_positions)
        Observed or expected counts. Profiles without any read are left out.
    y_pred : array-like of the same shape
        Expected counts or shares.

    Returns
    -------
    float
        From 0, the same profiles, to the root of log 2, 0.833, no position in common.

    Raises
    ------
    ValueError
        If the shapes differ, a count is negative or not finite, no profile has a read, or one
        that has reads is predicted to have none.

    See Also
    --------
    profile_pearson : The correlation of the profiles.

    References
    ----------
    Lin (1991), Divergence measures based on the Shannon entropy, IEEE Transactions on Information
    Theory 37.

    Examples
    --------
    >>> from rcseq.metrics import profile_jsd
    >>> reads = [[[0, 3, 1], [2, 2, 0]]]
    >>> profile_jsd(reads, [[[0, 6, 2], [1, 1, 0]]])
    0.0
    >>> round(profile_jsd(reads, [[[1, 1, 1], [1, 1, 1]]]), 3)
    0.382
    """
    true, predicted = _profiles(y_true, y_pred)
    return float(np.mean(jensenshannon(true, predicted, axis=1)))


def profile_pearson(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    """Compute the mean Pearson correlation of profiles over their positions.

    Parameters
    ----------
    y_true : array-like of shape (n, n_tracks, n_positions), or (n, n_positions)
        Observed or expected counts. Profiles without any read are left out.
    y_pred : array-like of the same shape
        Expected counts or shares.

    Returns
    -------
    float
        At most 1. A profile that is constant on one side has a correlation of 0.

    Raises
    ------
    ValueError
        As in :func:`profile_jsd`.

    Examples
    --------
    >>> from rcseq.metrics import profile_pearson
    >>> profile_pearson([[0, 3, 1], [4, 0, 2]], [[1, 7, 3], [1, 1, 1]])
    0.5
    """
    true, predicted = _profiles(y_true, y_pred)
    flat = (np.ptp(true, axis=1) == 0) | (np.ptp(predicted, axis=1) == 0)
    found = np.zeros(len(true))
    if not flat.all():
        found[~flat] = pearsonr(true[~flat], predicted[~flat], axis=1).statistic
    return float(found.mean())


def count_correlation(y_true: ArrayLike, y_pred: ArrayLike, *, method: Method = "pearson") -> float:
    """Compute the correlation of the logarithms of total counts over the sequences.

    Parameters
    ----------
    y_true : array-like of shape (n, n_tracks, n_positions), or (n, n_positions)
        Observed or expected counts.
    y_pred : array-like of the same shape
        Expected counts.
    method : {"pearson", "spearman"}, default="pearson"
        The linear correlation of log(1 + total), or that of the ranks.

    Returns
    -------
    float
        From -1 to 1, the mean over the tracks. Totals that are all the same have a correlation
        of 0.

    Raises
    ------
    ValueError
        If the shapes differ, a count is negative or not finite, or there are fewer than two
        sequences.

    Examples
    --------
    >>> from rcseq.metrics import count_correlation
    >>> count_correlation([[4, 0], [1, 1], [0, 9]], [[3, 0], [1, 0], [2, 5]], method="spearman")
    1.0
    """
    if method not in get_args(Method):
        raise ValueError(f"method={method!r} is not one of {', '.join(get_args(Method))}")
    logs = [np.log1p(counts.sum(axis=-1)) for counts in _counts(y_true, y_pred)]
    true, predicted = (values.reshape(len(values), -1) for values in logs)
    if len(true) < 2:
        raise ValueError("a correlation of totals needs at least two sequences")
    correlate = pearsonr if method == "pearson" else spearmanr
    found = [
        0.0 if np.ptp(a) == 0 or np.ptp(b) == 0 else correlate(a, b).statistic
        for a, b in zip(true.T, predicted.T, strict=True)
    ]
    return float(np.mean(found))


def _counts(y_true: Any, y_pred: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    true, predicted = (np.asarray(values, dtype=np.float64) for values in (y_true, y_pred))
    if true.shape != predicted.shape or true.ndim not in (2, 3):
        raise ValueError(
            "profiles have the shape (n, n_tracks, n_positions) or (n, n_positions), the same for "
            f"both; got {true.shape} and {predicted.shape}"
        )
    for name, values in (("y_true", true), ("y_pred", predicted)):
        bad = np.argwhere(~((values >= 0) & np.isfinite(values)))
        if len(bad):
            raise ValueError(
                f"{name} holds {values[tuple(bad[0])]} in sample {bad[0][0]}; counts are finite "
                "numbers from 0 up"
            )
    return true, predicted


def _profiles(y_true: Any, y_pred: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the profiles that have reads, one a row."""
    true, predicted = _counts(y_true, y_pred)
    true, predicted = (values.reshape(-1, values.shape[-1]) for values in (true, predicted))
    read = true.sum(axis=1) > 0
    if not read.any():
        raise ValueError("no profile of y_true has a read, so that there is nothing to compare")
    if not (predicted[read].sum(axis=1) > 0).all():
        raise ValueError("y_pred expects no read at all where there are some; it has no profile")
    return true[read], predicted[read]
