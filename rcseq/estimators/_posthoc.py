"""Strand-free predictions from a model that already exists."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit, logit, softmax
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils import get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted
from torch import Tensor
from torch.nn import functional as F

from rcseq.prediction import align_strand, final_estimator
from rcseq.sequences import as_sequences

__all__ = ["PosthocConjoined"]

_TINY = np.finfo(np.float64).tiny  # keeps the logarithm of a probability of 0 finite


def _has(method: str) -> Any:
    def check(self: PosthocConjoined) -> bool:
        getattr(self._model, method)  # its AttributeError says what is missing
        return True

    return check


class PosthocConjoined(MetaEstimatorMixin, BaseEstimator):
    """Average the predictions of any model over the two strands.

    Post-hoc conjoining makes a model strand-free after it was trained, whatever it is: the logits
    (or the probabilities) on a sequence and on its reverse complement are averaged. Zhou and
    others recommend it as the baseline that any equivariant model has to beat.

    Parameters
    ----------
    estimator : classifier or regressor
        A fitted one is used as it is; otherwise ``fit`` trains a clone of it. A pipeline that
        begins with an encoder may be given, then X holds strings.
    average : {"logits", "probabilities"}, default="logits"
        What a classifier averages. Logits are what the strategy ``"posthoc"`` averages;
        probabilities suit models that give zeros and ones, such as forests.

    Attributes
    ----------
    estimator_ : estimator
        The fitted clone, after ``fit``.
    classes_ : ndarray
        The classes of a classifier.

    References
    ----------
    .. [1] Zhou, H., Shrikumar, A. and Kundaje, A. (2022). Towards a better understanding of
       reverse-complement equivariance for deep learning models in genomics. PMLR 165.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from rcseq import KmerVectorizer, PosthocConjoined
    >>> one_strand = make_pipeline(KmerVectorizer(k=2, canonical=False), LogisticRegression())
    >>> model = PosthocConjoined(one_strand).fit(["AAAC", "AACA", "GTGT", "TGTG"], [1, 1, 0, 0])
    >>> p = model.predict_proba(["AAAC", "GTTT"])[:, 1]  # a sequence and its other strand
    >>> bool(abs(p[0] - p[1]) < 1e-12)
    True
    """

    def __init__(self, estimator: Any, *, average: str = "logits") -> None:
        self.estimator = estimator
        self.average = average

    def __sklearn_tags__(self) -> Any:
        tags, inner = super().__sklearn_tags__(), get_tags(self.estimator)
        tags.estimator_type = inner.estimator_type
        tags.classifier_tags = inner.classifier_tags
        tags.regressor_tags = inner.regressor_tags
        tags.target_tags = inner.target_tags
        tags.input_tags = inner.input_tags
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        try:
            return self._model is not None
        except NotFittedError:
            return False

    @property
    def _model(self) -> Any:
        if hasattr(self, "estimator_"):
            return self.estimator_
        try:
            check_is_fitted(self.estimator)
        except NotFittedError:
            raise NotFittedError(
                f"This PosthocConjoined instance is not fitted yet: call 'fit', or give it a "
                f"fitted {type(self.estimator).__name__}."
            ) from None
        return self.estimator

    @property
    def classes_(self) -> NDArray[Any]:
        """The classes of a classifier."""
        return self._model.classes_

    @property
    def n_features_in_(self) -> int:
        """What the model calls its number of features."""
        return self._model.n_features_in_

    def fit(self, X: Any, y: Any, **fit_params: Any) -> PosthocConjoined:
        """Fit a clone of the model on the strands as given.

        Parameters
        ----------
        X : sequences
            What the model takes.
        y : array-like of shape (n,) or (n, tasks)
            Targets.
        **fit_params
            Passed to the model's ``fit``.

        Returns
        -------
        self
        """
        if self.average not in ("logits", "probabilities"):
            raise ValueError(f"average={self.average!r} must be 'logits' or 'probabilities'.")
        self.estimator_ = clone(self.estimator).fit(X, y, **fit_params)
        return self

    def _both(self, method: str, X: Any) -> tuple[Any, Any]:
        respond = getattr(self._model, method)
        X = _indexable(X)
        forward, reverse = respond(X), respond(_other_strands(X))
        # Profiles of the other strand are turned round; scikit-learn's lists hold none.
        aligned = reverse if isinstance(reverse, list) else align_strand(self._model, reverse)
        return forward, aligned

    def average_outputs(self, forward: Tensor, reverse: Tensor) -> Tensor:
        """Average the outputs of the network in it as the predictions are averaged.

        Parameters
        ----------
        forward, reverse : Tensor of shape (n, n_outputs)
            Logits, or values of a regressor.

        Returns
        -------
        Tensor of the same shape
            With ``average="probabilities"`` the logits of the mean probability.
        """
        if self.average == "logits" or not is_classifier(self._model):
            return (forward + reverse) / 2
        several = getattr(final_estimator(self._model), "multilabel_", False)
        if forward.ndim == 1 or forward.shape[1] == 1 or several:
            yes, no = (
                torch.logaddexp(F.logsigmoid(sign * forward), F.logsigmoid(sign * reverse))
                for sign in (1, -1)
            )
            return yes - no
        return torch.logaddexp(forward.log_softmax(1), reverse.log_softmax(1)) - np.log(2)

    @available_if(_has("predict_proba"))
    def predict_proba(self, X: Any) -> Any:
        """Compute the probability of each class, averaged over the strands.

        Parameters
        ----------
        X : sequences
            Strings, one-hot of shape (n, 4, L) or flattened to (n, 4 * L), or uint8 codes.

        Returns
        -------
        ndarray of shape (n, n_classes) or (n, tasks), or a list of them as the model gives it
        """
        forward, reverse = self._both("predict_proba", X)
        if isinstance(forward, list):  # scikit-learn's multi-output form
            return [self._mean(f, r) for f, r in zip(forward, reverse, strict=True)]
        return self._mean(forward, reverse)

    def _mean(self, forward: NDArray[Any], reverse: NDArray[Any]) -> NDArray[Any]:
        if self.average == "probabilities":
            return (forward + reverse) / 2
        if np.allclose(forward.sum(axis=1), 1) and np.allclose(reverse.sum(axis=1), 1):
            logs = [np.log(np.maximum(p, _TINY)) for p in (forward, reverse)]
            return softmax((logs[0] + logs[1]) / 2, axis=1)
        below_one = 1 - np.finfo(forward.dtype).epsneg
        logits = [logit(np.clip(p, _TINY, below_one)) for p in (forward, reverse)]
        return expit((logits[0] + logits[1]) / 2)

    @available_if(_has("predict_proba"))
    def predict_log_proba(self, X: Any) -> Any:
        """Compute the logarithm of :meth:`predict_proba`."""
        proba = self.predict_proba(X)
        return [np.log(p) for p in proba] if isinstance(proba, list) else np.log(proba)

    @available_if(_has("decision_function"))
    def decision_function(self, X: Any) -> NDArray[Any]:
        """Compute the decision function, averaged over the strands."""
        forward, reverse = self._both("decision_function", X)
        return (forward + reverse) / 2

    def predict(self, X: Any) -> Any:
        """Predict labels or targets, the same on both strands.

        Parameters
        ----------
        X : sequences

        Returns
        -------
        ndarray of shape (n,) or (n, tasks)
        """
        model = self._model
        if not is_classifier(model):
            forward, reverse = self._both("predict", X)
            return (forward + reverse) / 2
        if not hasattr(model, "predict_proba"):
            scores = self.decision_function(X)
            if scores.ndim == 1:
                return model.classes_[(scores > 0).astype(int)]
            return model.classes_[scores.argmax(axis=1)]
        proba = self.predict_proba(X)
        if isinstance(proba, list):
            pairs = zip(model.classes_, proba, strict=True)
            return np.stack([classes[p.argmax(axis=1)] for classes, p in pairs], axis=1)
        if model.predict(_indexable(X)[:1]).ndim == 2:  # one probability for each task
            return (proba > 0.5).astype(int)
        return model.classes_[proba.argmax(axis=1)]

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Compute the accuracy of a classifier, or the R2 of a regressor."""
        metric = accuracy_score if is_classifier(self._model) else r2_score
        return float(metric(y, self.predict(X), sample_weight=sample_weight))


def _indexable(X: Any) -> Any:
    """Make an array of what only converts to one."""
    return np.asarray(X) if hasattr(X, "__array__") and not hasattr(X, "ndim") else X


def _other_strands(X: Any) -> Any:
    """Reverse complement what the model takes; flattened one-hot is its own mirror image."""
    if isinstance(X, np.ndarray) and X.ndim == 2 and X.dtype.kind in "buif":
        if X.dtype != np.uint8:
            if X.shape[1] % 4:
                raise ValueError(
                    f"X of shape {X.shape} is not flattened one-hot: its width is not a multiple "
                    "of 4. Pass strings, one-hot of shape (n, 4, L) or (n, 4 * L), or uint8 codes."
                )
            return X[:, ::-1]
        if _looks_one_hot(X):
            raise ValueError(
                f"X of shape {X.shape} and dtype uint8 is read as base codes, but looks like "
                "flattened one-hot. Pass it as floats, or as (n, 4, L)."
            )
    return as_sequences(X).reverse_complement().native()


def _looks_one_hot(X: NDArray[np.uint8]) -> bool:
    n, width = X.shape
    if width % 4 or not n:
        return False
    shapes = ((n, 4, width // 4), 1), ((n, width // 4, 4), 2)
    return any((X.reshape(shape).sum(axis=axis) == 1).all() for shape, axis in shapes)
