"""How far apart the predictions of a model on the two strands of the same DNA are."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import kendalltau
from sklearn.base import is_classifier

from rcseq.prediction import strand_predictions
from rcseq.sequences import as_sequences

__all__ = [
    "correlation_between",
    "discordance_between",
    "rc_correlation",
    "rc_correlation_scorer",
    "strand_discordance",
    "strand_discordance_scorer",
    "strand_flip_rate",
    "strand_flip_rate_scorer",
]

Reduction = Literal["max", "mean", "rank"]


def discordance_between(
    forward: ArrayLike, reverse: ArrayLike, *, reduce: Reduction = "max"
) -> float:
    """Compute the disagreement between two arrays of predictions, one for each strand.

    Parameters
    ----------
    forward, reverse : array-like of shape (n,) or (n, n_outputs)
        Predictions on the strand given and on the other strand, in the same order.
    reduce : {"max", "mean", "rank"}, default="max"
        As in :func:`strand_discordance`.

    Returns
    -------
    float

    Examples
    --------
    >>> from rcseq.metrics import discordance_between
    >>> discordance_between([0.25, 0.5, 1.0], [0.25, 0.25, 0.875])
    0.25
    >>> discordance_between([0.1, 0.2, 0.3], [0.3, 0.2, 0.1], reduce="rank")
    1.0
    """
    a, b = (np.asarray(p, dtype=np.float64) for p in (forward, reverse))
    if a.shape != b.shape:
        raise ValueError(f"forward has shape {a.shape} and reverse {b.shape}; they must be equal")
    if a.size == 0:
        raise ValueError("there are no predictions to compare")
    if reduce == "max":
        return float(np.abs(a - b).max())
    if reduce == "mean":
        return float(np.abs(a - b).mean())
    if reduce == "rank":
        a, b = a.reshape(len(a), -1), b.reshape(len(b), -1)
        return float(np.mean([_swapped_pairs(a[:, j], b[:, j]) for j in range(a.shape[1])]))
    raise ValueError(f"reduce={reduce!r} is not one of {', '.join(get_args(Reduction))}")


def _swapped_pairs(a: NDArray[Any], b: NDArray[Any]) -> float:
    if np.array_equal(a, b) or np.ptp(a) == 0 or np.ptp(b) == 0:
        return 0.0  # a constant prediction orders nothing, so nothing can be swapped
    return float((1 - kendalltau(a, b).statistic) / 2)


def strand_discordance(estimator: Any, X: Any, *, reduce: Reduction = "max") -> float:
    """Compute the disagreement of a fitted model with itself on the other strand.

    Parameters
    ----------
    estimator : fitted estimator or pipeline
        Probabilities are compared where it has ``predict_proba``, else the values of its
        ``decision_function``, else those of ``predict``.
    X : sequences
        Strings (through a pipeline that encodes them), one-hot of shape (n, 4, L) or uint8 codes
        of shape (n, L). On strings, what the encoder does with the ends of a sequence counts.
    reduce : {"max", "mean", "rank"}, default="max"
        ``"max"``: the largest absolute difference between the two predictions for a sequence.
        ``"mean"``: the mean absolute difference. ``"rank"``: the share of pairs of sequences that
        the two strands put in opposite order, (1 - Kendall's tau) / 2: 0 where both strands rank
        all alike, 0.5 where the rankings have nothing in common. It does not depend on how a model
        is calibrated.

    Returns
    -------
    float
        0 for a model that cannot tell the strands apart. Floating-point noise of about 1e-7 is
        usual in float32.

    Raises
    ------
    TypeError
        If `X` holds no sequences.
    ValueError
        If `reduce` is unknown.

    References
    ----------
    Shrikumar, Greenside and Kundaje (2017), bioRxiv 103663, figure 1.

    Examples
    --------
    >>> from rcseq import KmerVectorizer
    >>> from rcseq.metrics import strand_discordance
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> X, y = ["AACGA", "AAGGA", "TCATT", "TTGTC"], [1, 1, 0, 0]
    >>> blind = make_pipeline(KmerVectorizer(k=2, canonical=False), LogisticRegression())
    >>> symmetric = make_pipeline(KmerVectorizer(k=2, canonical=True), LogisticRegression())
    >>> strand_discordance(blind.fit(X, y), X) > 0.1
    True
    >>> strand_discordance(symmetric.fit(X, y), X)
    0.0
    """
    if reduce not in get_args(Reduction):  # before the predictions, which may take long
        raise ValueError(f"reduce={reduce!r} is not one of {', '.join(get_args(Reduction))}")
    return discordance_between(*strand_predictions(estimator, X), reduce=reduce)


def strand_discordance_scorer(
    estimator: Any, X: Any, y: Any = None, *, reduce: Reduction = "max"
) -> float:
    """Return the negative strand discordance, as a scorer, of which more is better.

    Parameters
    ----------
    estimator : fitted estimator or pipeline
    X : sequences
    y : ignored
        Agreement between the strands needs no labels.
    reduce : {"max", "mean", "rank"}, default="max"
        As in :func:`strand_discordance`. For another than the default pass
        ``functools.partial(strand_discordance_scorer, reduce="mean")``.

    Returns
    -------
    float
        At most 0.

    Examples
    --------
    >>> from rcseq import KmerVectorizer
    >>> from rcseq.metrics import strand_discordance_scorer
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import cross_val_score
    >>> from sklearn.pipeline import make_pipeline
    >>> model = make_pipeline(KmerVectorizer(k=2), LogisticRegression())
    >>> X, y = ["AACGA", "AAGGA", "TCATT", "TTGTC"], [1, 1, 0, 0]
    >>> cross_val_score(model, X, y, scoring=strand_discordance_scorer, cv=2)
    array([0., 0.])
    """
    return -strand_discordance(estimator, X, reduce=reduce) + 0.0  # no negative zero


def strand_flip_rate(estimator: Any, X: Any) -> float:
    """Compute the share of the sequences that get another label on the other strand (SFR).

    Parameters
    ----------
    estimator : fitted classifier or pipeline
    X : sequences
        As in :func:`strand_discordance`.

    Returns
    -------
    float
        From 0 to 1. For several labels a sequence, the share of all labels that change.

    Raises
    ------
    TypeError
        If the estimator is not a classifier, or `X` holds no sequences.

    See Also
    --------
    strand_discordance : How far the predictions are apart, whether or not a label changes.
    rc_correlation : How well the predictions on one strand tell those on the other.

    References
    ----------
    Ma (2025), Reverse-complement consistency for DNA language models, arXiv 2509.18529.

    Examples
    --------
    >>> from rcseq import KmerVectorizer
    >>> from rcseq.metrics import strand_flip_rate
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> X, y = ["AACGA", "AAGGA", "TCATT", "TTGTC"], [1, 1, 0, 0]
    >>> blind = make_pipeline(KmerVectorizer(k=2, canonical=False), LogisticRegression())
    >>> strand_flip_rate(blind.fit(X, y), X)
    1.0
    """
    if not is_classifier(estimator):
        raise TypeError(
            f"{type(estimator).__name__} predicts no labels, so none can flip; strand_discordance "
            "and rc_correlation compare values."
        )
    other = as_sequences(X).reverse_complement().native()
    return float(np.mean(np.asarray(estimator.predict(X)) != np.asarray(estimator.predict(other))))


def rc_correlation(estimator: Any, X: Any) -> float:
    """Compute the correlation of the predictions on the two strands (RC-Corr).

    Parameters
    ----------
    estimator : fitted estimator or pipeline
        What is compared is that of :func:`strand_discordance`; profiles are turned back first.
    X : sequences
        As in :func:`strand_discordance`.

    Returns
    -------
    float
        Pearson's correlation over the sequences (and over the positions of profiles), averaged
        over the outputs. 1 for a model that cannot tell the strands apart.

    Raises
    ------
    TypeError
        If `X` holds no sequences.
    ValueError
        If there are fewer than two predictions of an output.

    References
    ----------
    Ma (2025), Reverse-complement consistency for DNA language models, arXiv 2509.18529.

    Examples
    --------
    >>> from rcseq import KmerVectorizer
    >>> from rcseq.metrics import rc_correlation
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> X, y = ["AACGA", "AAGGA", "TCATT", "TTGTC"], [1, 1, 0, 0]
    >>> blind = make_pipeline(KmerVectorizer(k=2, canonical=False), LogisticRegression())
    >>> round(rc_correlation(blind.fit(X, y), X), 2)
    -0.98
    >>> symmetric = make_pipeline(KmerVectorizer(k=2), LogisticRegression())
    >>> rc_correlation(symmetric.fit(X, y), X)
    1.0
    """
    return correlation_between(*strand_predictions(estimator, X))


def correlation_between(forward: ArrayLike, reverse: ArrayLike) -> float:
    """Compute the correlation of two arrays of predictions, one for each strand.

    Parameters
    ----------
    forward, reverse : array-like of shape (n,), (n, n_outputs) or (n, n_outputs, n_positions)
        Predictions on the strand given and on the other strand, in the same order.

    Returns
    -------
    float
        As in :func:`rc_correlation`. An output that is the same on both strands counts as 1, and
        one that is constant on one strand alone as 0.

    Raises
    ------
    ValueError
        If the shapes differ, or there are fewer than two predictions of an output.

    Examples
    --------
    >>> from rcseq.metrics import correlation_between
    >>> correlation_between([0.25, 0.5, 1.0], [0.5, 0.75, 1.25])  # the distance does not count
    1.0
    """
    a, b = (np.asarray(p, dtype=np.float64) for p in (forward, reverse))
    if a.shape != b.shape:
        raise ValueError(f"forward has shape {a.shape} and reverse {b.shape}; they must be equal")
    a, b = (p.reshape(len(p), -1) if p.ndim < 3 else np.moveaxis(p, 1, -1) for p in (a, b))
    a, b = a.reshape(-1, a.shape[-1]), b.reshape(-1, b.shape[-1])
    if len(a) < 2:
        raise ValueError("a correlation needs at least two predictions of an output")
    return float(np.mean([_correlation(a[:, j], b[:, j]) for j in range(a.shape[1])]))


def _correlation(a: NDArray[Any], b: NDArray[Any]) -> float:
    if np.array_equal(a, b):
        return 1.0
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return 0.0
    return float(np.clip(np.corrcoef(a, b)[0, 1], -1, 1))


def strand_flip_rate_scorer(estimator: Any, X: Any, y: Any = None) -> float:
    """Return the negative strand flip rate, as a scorer, of which more is better.

    Parameters
    ----------
    estimator : fitted classifier or pipeline
    X : sequences
    y : ignored

    Returns
    -------
    float
        At most 0.
    """
    return -strand_flip_rate(estimator, X) + 0.0  # no negative zero


def rc_correlation_scorer(estimator: Any, X: Any, y: Any = None) -> float:
    """Return the correlation of the predictions on the two strands, as a scorer.

    Parameters
    ----------
    estimator : fitted estimator or pipeline
    X : sequences
    y : ignored

    Returns
    -------
    float
        At most 1.
    """
    return rc_correlation(estimator, X)
