"""Weights, temperatures, offsets and thresholds that are learned from what was left out."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import matthews_corrcoef

from rcseq.estimators._calibration import averaging_gain, best_threshold, weigh


def draw(n_classes):
    """Logits, and classes of just those probabilities."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (5000, n_classes))
    if n_classes > 2:
        return logits, (logits + rng.gumbel(size=logits.shape)).argmax(1)
    logits = logits[:, 1] - logits[:, 0]
    return logits, (rng.random(5000) < 1 / (1 + np.exp(-logits))).astype(int)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_temperature_is_that_of_the_least_loss(n_classes):
    logits, codes = draw(n_classes)
    weights, offset = weigh(3 * logits[None], codes, offset=False)  # three times too sure
    np.testing.assert_allclose(weights, 1 / 3, rtol=0.06)
    assert offset == 0


def test_factor_and_offset_are_those_of_a_logistic_regression():
    logits, codes = draw(2)
    weights, offset = weigh(3 * (logits[None] - 1), codes, offset=True)
    expected = LogisticRegression(C=np.inf).fit(3 * (logits[:, None] - 1), codes)
    np.testing.assert_allclose(weights, expected.coef_[0], rtol=1e-3)
    np.testing.assert_allclose(offset, expected.intercept_[0], atol=1e-3)
    assert offset == pytest.approx(1, abs=0.1)


def members(n_classes, n=20_000, n_members=5, chance=0.7):
    """What members say of sequences that none of them saw, calibrated for each alone."""
    rng = np.random.default_rng(0)
    codes = rng.integers(n_classes, size=n)
    shift = np.eye(n_classes)[codes]
    shared = rng.normal(shift, 0.6)
    scores = shared + chance * rng.normal(size=(n_members, n, n_classes))
    logits = scores / (0.6**2 + chance**2)
    return (logits[..., 1] - logits[..., 0] if n_classes == 2 else logits), codes


@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_mean_of_members_says_more_than_each(n_classes):
    logits, codes = members(n_classes)
    assert weigh(logits[:1], codes, offset=False)[0] == pytest.approx(1, abs=0.05)
    second = logits[1].copy()
    second[500:] = np.nan
    gain = averaging_gain(logits[0], second, codes, 5)
    expected = (0.6**2 + 0.7**2) / (0.6**2 + 0.7**2 / 5)
    assert gain == pytest.approx(expected, rel=0.1)
    best, _ = weigh(logits.mean(axis=0)[None], codes, offset=False)
    assert best == pytest.approx(expected, rel=0.05)


def test_no_gain_where_no_two_members_were_asked():
    logits, codes = members(2, n=50)
    assert averaging_gain(logits[0], np.full(50, np.nan), codes, 5) == 1


def test_a_partner_counts_by_what_it_knows():
    rng = np.random.default_rng(0)
    codes = np.arange(2000) % 2
    good, noise = 2.0 * codes - 1 + rng.normal(0, 1, 2000), rng.normal(0, 1, 2000)
    weights, _ = weigh(np.stack([noise, good]), codes, offset=True)
    assert weights[1] > 20 * weights[0]


def test_threshold_of_rare_positives():
    rng = np.random.default_rng(0)
    codes = (rng.random(4000) < 0.1).astype(int)
    proba = np.clip(0.05 + 0.2 * codes + rng.normal(0, 0.06, 4000), 0.001, 0.999)
    threshold = best_threshold(proba, codes)
    assert 0.1 < threshold < 0.25
    best = matthews_corrcoef(codes, proba >= threshold)
    assert best > matthews_corrcoef(codes, proba >= 0.5) + 0.3
    assert best_threshold(np.full(4, 0.3), np.array([0, 1, 0, 1])) == 0.5


def test_threshold_by_probabilities_that_hold_is_less_by_chance():
    rng = np.random.default_rng(0)

    def draw(n):
        proba = 1 / (1 + np.exp(-rng.normal(-3, 2, n)))
        return proba, (rng.random(n) < proba).astype(int)

    found = []
    for _ in range(50):
        proba, codes = draw(500)
        found.append((best_threshold(proba, codes), best_threshold(proba, proba)))
    by_labels, by_probabilities = np.array(found).T
    assert by_probabilities.std() < 0.3 * by_labels.std()
    assert by_probabilities.mean() == pytest.approx(best_threshold(*draw(500_000)), abs=0.03)


def test_threshold_is_that_of_all_that_could_be_taken():
    rng = np.random.default_rng(1)
    proba = rng.integers(1, 20, 60) / 20  # with ties
    codes = (rng.random(60) < proba).astype(int)
    values = np.unique(proba)
    middles = (values[:-1] + values[1:]) / 2
    best = max(middles, key=lambda middle: matthews_corrcoef(codes, proba >= middle))
    assert best_threshold(proba, codes) == pytest.approx(best)
