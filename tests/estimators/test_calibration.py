"""Weights, temperatures, offsets and thresholds that are learned from what was left out."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import matthews_corrcoef

from rcseq.estimators._calibration import best_threshold, weigh


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
