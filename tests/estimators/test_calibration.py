"""Weights, temperatures and thresholds that are learned from what was left out."""

import numpy as np
import pytest
from sklearn.metrics import matthews_corrcoef

from rcseq.estimators._calibration import best_threshold, weigh


@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_temperature_is_that_of_the_least_loss(n_classes):
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (5000, n_classes))
    if n_classes == 2:
        logits = logits[:, 1] - logits[:, 0]
        codes = (rng.random(5000) < 1 / (1 + np.exp(-logits))).astype(int)
    else:
        codes = (logits + rng.gumbel(size=logits.shape)).argmax(1)
    weights, offset = weigh(3 * logits[None], codes)  # three times too sure
    np.testing.assert_allclose(weights, 1 / 3, rtol=0.06)
    assert offset == 0


def test_a_partner_counts_by_what_it_knows():
    rng = np.random.default_rng(0)
    codes = np.arange(2000) % 2
    good, noise = 2.0 * codes - 1 + rng.normal(0, 1, 2000), rng.normal(0, 1, 2000)
    weights, _ = weigh(np.stack([noise, good]), codes)
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
