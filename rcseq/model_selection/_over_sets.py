"""Comparing models over several data sets, by their ranks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

__all__ = ["FriedmanTest", "friedman_nemenyi"]


class FriedmanTest(NamedTuple):
    """Outcome of :func:`friedman_nemenyi`."""

    statistic: float
    pvalue: float
    ranks: pd.Series
    critical_difference: float
    pairs: pd.DataFrame


def friedman_nemenyi(scores: pd.DataFrame, *, level: float = 0.05) -> FriedmanTest:
    """Test whether models differ over data sets, and which pairs of them do.

    Parameters
    ----------
    scores : DataFrame
        One row a data set, one column a model; more is better. At least three models and two sets,
        nothing missing.
    level : float, default=0.05
        Level of significance of the critical difference.

    Returns
    -------
    FriedmanTest
        ``statistic`` and ``pvalue`` are those of Friedman's test that all models are alike.
        ``ranks`` has the mean rank of each model, 1 for the best. Two models differ by Nemenyi's
        test if their mean ranks differ by ``critical_difference`` or more; ``pairs`` has the
        p-value of each two, corrected for all pairs.

    Raises
    ------
    ValueError
        If there are too few models or sets, or a score is missing.

    Notes
    -----
    Ranks make sets with different measures comparable, and throw away by how much a model is
    better. With few sets little can be shown: with five models and six sets the critical difference
    is 2.5 ranks.

    References
    ----------
    Demšar (2006), Statistical comparisons of classifiers over multiple data sets, JMLR 7:1.

    Examples
    --------
    >>> import pandas as pd
    >>> from rcseq.model_selection import friedman_nemenyi
    >>> scores = pd.DataFrame({"a": [0.9, 0.8, 0.7, 0.9], "b": [0.8, 0.7, 0.6, 0.8],
    ...                        "c": [0.7, 0.6, 0.5, 0.7]})
    >>> test = friedman_nemenyi(scores)
    >>> test.ranks.to_dict(), round(test.pvalue, 3), round(test.critical_difference, 2)
    ({'a': 1.0, 'b': 2.0, 'c': 3.0}, 0.018, 1.66)
    """
    n_sets, n_models = scores.shape
    if n_sets < 2 or n_models < 3:
        raise ValueError(
            f"the test needs at least three models and two data sets; got {n_models} and {n_sets}"
        )
    if not np.isfinite(scores.to_numpy(dtype=float)).all():
        model = scores.columns[~np.isfinite(scores.to_numpy(dtype=float)).all(axis=0)][0]
        raise ValueError(f"a score of {model} is missing or not finite")
    ranks = scores.rank(axis=1, ascending=False).mean()
    ties = (scores.nunique(axis=1) == 1).all()
    result = stats.friedmanchisquare(*scores.T.to_numpy()) if not ties else None
    spread = np.sqrt(n_models * (n_models + 1) / (6 * n_sets)) / np.sqrt(2)
    difference = stats.studentized_range.ppf(1 - level, n_models, np.inf) * spread
    apart = np.abs(ranks.to_numpy()[:, None] - ranks.to_numpy()) / spread
    pairs = pd.DataFrame(
        stats.studentized_range.sf(apart, n_models, np.inf), scores.columns, scores.columns
    )
    return FriedmanTest(
        float(result.statistic) if result else 0.0,
        float(result.pvalue) if result else 1.0,
        ranks,
        float(difference),
        pairs,
    )
