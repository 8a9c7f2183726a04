"""Training as it was published: the epoch of the best validation auROC."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score
from skorch.callbacks import EarlyStopping, EpochScoring
from skorch.utils import noop

from rcseq.estimators import BestWeights

__all__ = ["best_epoch_by_auroc", "macro_auroc"]


def macro_auroc(net: Any, X: Any, y: Any) -> float:
    """Area under the ROC curve, the mean over the labels where there are several.

    Parameters
    ----------
    net : SequenceClassifier
    X : Dataset or encoded sequences
    y : array-like of shape (n,) or (n, n_labels)

    Returns
    -------
    float
    """
    return float(roc_auc_score(np.asarray(y), net.decision_function(X)))


def best_epoch_by_auroc(max_epochs: int, patience: int | None = None) -> list[tuple[str, Any]]:
    """Make callbacks that train on, and then go back to the best validation auROC.

    Parameters
    ----------
    max_epochs : int
    patience : int, optional
        Stop after so many epochs without a better validation loss; by default train to the end.

    Returns
    -------
    list of (str, skorch callback)
    """
    callbacks: list[tuple[str, Any]] = [
        ("valid_auroc", EpochScoring(macro_auroc, lower_is_better=False, name="valid_auroc")),
        (
            "best_auroc",
            BestWeights(
                patience=max_epochs + 1, monitor="valid_auroc", lower_is_better=False, threshold=0
            ),
        ),
    ]
    if patience is not None:  # the last one, for those after it would not see the epoch it stops in
        callbacks.append(("stop", EarlyStopping(patience=patience, threshold=0, sink=noop)))
    return callbacks
