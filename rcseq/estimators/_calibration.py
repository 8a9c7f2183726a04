"""What an ensemble learns from the sequences that its members did not see."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax

__all__ = ["averaging_gain", "best_threshold", "weigh"]


def weigh(
    outputs: NDArray[np.float64], codes: NDArray[np.intp], *, offset: bool
) -> tuple[NDArray[np.float64], float]:
    """Find the factors of the models' logits, and an offset, of least log loss."""
    two = outputs.ndim == 2
    scale = np.maximum(outputs.std(axis=tuple(range(1, outputs.ndim))), 1e-6)
    signs = 2.0 * codes - 1

    def loss(parameters: NDArray[np.float64]) -> float:
        weights = np.exp(parameters[:-1]) / scale
        logits = np.tensordot(weights, outputs, 1)
        if two:
            return float(np.logaddexp(0, -signs * (logits + parameters[-1])).mean())
        return float(-log_softmax(logits, axis=1)[np.arange(len(codes)), codes].mean())

    limit = 7.0 if two and offset else 0.0
    found = minimize(
        loss,
        np.zeros(len(outputs) + 1),
        method="L-BFGS-B",
        bounds=[(-7, 7)] * len(outputs) + [(-limit, limit)],
    )
    return np.exp(found.x[:-1]) / scale, float(found.x[-1])


def averaging_gain(
    logits: NDArray[np.float64],
    second: NDArray[np.float64],
    codes: NDArray[np.intp],
    n_members: int,
) -> float:
    """Compute by how much the log odds of the mean of members exceed those of one of them.

    `second` is what another member says of some of the samples, NaN elsewhere. Scores of a class
    scatter by what the sequences are and by what a member has learned by chance, and of the latter
    the mean keeps a part in `n_members`. Log odds of normal scores go with one over their variance.
    """
    both = ~np.isnan(second.reshape(len(second), -1)[:, 0])
    if not both.any():
        return 1.0
    if logits.ndim > 1:  # what all classes share says nothing
        logits, second = (z - z.mean(axis=1, keepdims=True) for z in (logits, second))
    scatter = np.mean([logits[codes == code].var(axis=0) for code in np.unique(codes)])
    chance = np.mean((logits[both] - second[both]) ** 2) / 2
    rest = scatter - chance * (1 - 1 / n_members)
    return float(np.clip(scatter / max(rest, scatter / n_members, 1e-12), 1.0, n_members))


def best_threshold(proba: NDArray[np.float64], truth: NDArray[Any]) -> float:
    """Find the probability of the highest Matthews correlation, halfway between two samples.

    `truth` is 0 or 1 of each sample, or where probabilities hold, these themselves: the correlation
    to expect, which chance moves less.
    """
    order = np.argsort(-proba, kind="stable")
    found, positive = proba[order], np.asarray(truth, np.float64)[order].cumsum()
    last = np.flatnonzero(np.diff(found))  # of each value, but for the lowest
    if not len(last):
        return 0.5
    called, total = last + 1.0, positive[-1]
    # (TP * TN - FP * FN) / sqrt(...), where `called` is TP + FP
    n, hits = len(proba), positive[last]
    scale = np.sqrt(called * (n - called) * max(total * (n - total), 1e-12))
    best = last[np.argmax((n * hits - called * total) / scale)]
    return float(np.clip((found[best] + found[best + 1]) / 2, 1e-9, 1 - 1e-9))
