"""Training as it was published: a given validation set, and the epoch of its best auROC."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score
from skorch.callbacks import EarlyStopping, EpochScoring
from skorch.utils import noop
from torch.utils.data import Subset

from rcseq.estimators import BestWeights

__all__ = ["PredefinedValidation", "best_epoch_by_auroc", "macro_auroc"]


class PredefinedValidation:
    """Split off a validation set that is known beforehand.

    Parameters
    ----------
    n_train, n_valid : int
        The first samples are trained on, the others validate.
    """

    def __init__(self, n_train: int, n_valid: int) -> None:
        self.n_train, self.n_valid = n_train, n_valid

    def __repr__(self) -> str:
        return f"PredefinedValidation({self.n_train}, {self.n_valid})"

    def __call__(self, dataset: Any, y: Any = None, **fit_params: Any) -> tuple[Any, Any]:
        """Split a data set.

        Parameters
        ----------
        dataset : torch.utils.data.Dataset
        y : ignored
        **fit_params : ignored

        Returns
        -------
        train, valid : torch.utils.data.Subset

        Raises
        ------
        ValueError
            If the data set has another number of samples.
        """
        total = self.n_train + self.n_valid
        if len(dataset) != total:
            raise ValueError(
                f"{self!r} is for {total} samples, {self.n_train} to train and then "
                f"{self.n_valid} to validate; got {len(dataset)}."
            )
        return Subset(dataset, range(self.n_train)), Subset(dataset, range(self.n_train, total))


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
