"""A fit on a handful of sequences, which shows what network a model builds."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import clone, is_classifier

from rcseq.prediction import parameter_path
from rcseq.sequences import as_sequences

__all__ = ["fit_handful"]


def fit_handful(estimator: Any, X: Any, y: Any, n_epochs: int = 1) -> Any:
    """Fit a clone on a few sequences as one batch, without a validation set.

    Parameters
    ----------
    estimator : estimator
        A ``SequenceClassifier`` or ``SequenceRegressor``, or a pipeline that ends in one.
    X : sequences of length n
    y : array-like of shape (n,) or (n, n_targets)
    n_epochs : int, default=1
        An epoch is one step.

    Returns
    -------
    estimator

    Raises
    ------
    ValueError
        If it is an ensemble.
    """
    if parameter_path(estimator, "n_members") is not None:
        raise ValueError(
            "an ensemble is several networks, and a budget is that of one; take its member, such "
            "as the preset 'default' instead of 'best'"
        )
    index = _handful(X, y, classifier=is_classifier(estimator))
    samples = as_sequences(X)[index].native()
    targets = y.iloc[index] if hasattr(y, "iloc") else np.asarray(y)[index]
    model = clone(estimator)
    prefix = parameter_path(model, "strategy")
    settings = {
        "max_epochs": n_epochs,
        "batch_size": len(index),
        "early_stopping": False,
        "train_split": None,
    }
    model.set_params(**{f"{prefix}{name}": value for name, value in settings.items()})
    return model.fit(samples, targets)


def _handful(X: Any, y: Any, *, classifier: bool) -> list[int]:
    """Choose the longest sequence and two of each class: what decides the network's shape."""
    values = np.asarray(y)
    chosen = {int(as_sequences(X).lengths.argmax())}
    if classifier and values.ndim == 1:
        for label in np.unique(values):
            chosen.update(np.flatnonzero(values == label)[:2].tolist())
    else:
        chosen.update(range(min(4, len(values))))
    return sorted(chosen)
