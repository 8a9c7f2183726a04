"""Models over several data sets: Friedman's test and Nemenyi's."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import friedmanchisquare

from rcseq.model_selection import friedman_nemenyi


def test_critical_differences_are_those_of_the_published_table():
    """Demšar (2006), table 5: q at 0.05 is 2.343 for 3 models, 2.728 for 5 and 3.164 for 10."""
    for n_models, q in ((3, 2.343), (5, 2.728), (10, 3.164)):
        scores = pd.DataFrame(np.random.default_rng(0).normal(size=(14, n_models)))
        expected = q * np.sqrt(n_models * (n_models + 1) / (6 * 14))
        assert friedman_nemenyi(scores).critical_difference == pytest.approx(expected, abs=2e-3)


def test_ranks_and_what_they_tell():
    rng = np.random.default_rng(0)
    scores = pd.DataFrame(rng.normal(size=(14, 4)) + np.array([0, 0, 1, 2]), columns=list("abcd"))
    test = friedman_nemenyi(scores)
    assert test.ranks.sum() == pytest.approx(10)
    assert test.ranks.idxmin() == "d"
    assert test.statistic == pytest.approx(friedmanchisquare(*scores.T.to_numpy()).statistic)
    apart = np.abs(test.ranks.to_numpy()[:, None] - test.ranks.to_numpy())
    differ = apart >= test.critical_difference
    assert ((test.pairs < 0.05).to_numpy() == differ).all()
    assert differ.any()
    assert not differ[0, 1]


def test_models_that_are_alike():
    test = friedman_nemenyi(pd.DataFrame(np.ones((4, 3)), columns=list("abc")))
    assert test.pvalue == 1
    assert (test.ranks == 2).all()
    assert (test.pairs.to_numpy() == 1).all()


def test_what_is_refused():
    with pytest.raises(ValueError, match="at least three models and two data sets; got 2 and 5"):
        friedman_nemenyi(pd.DataFrame(np.ones((5, 2))))
    scores = pd.DataFrame(np.ones((4, 3)), columns=list("abc"))
    scores.loc[1, "b"] = np.nan
    with pytest.raises(ValueError, match="a score of b is missing"):
        friedman_nemenyi(scores)
