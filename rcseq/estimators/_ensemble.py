"""Several networks as one model: a better mean, a spread, and probabilities that hold."""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, softmax
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.isotonic import IsotonicRegression
from sklearn.utils import assert_all_finite
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from rcseq.estimators._calibration import averaging_gain, best_threshold, weigh
from rcseq.estimators._classifier import SequenceClassifier
from rcseq.estimators._members import Ensemble
from rcseq.estimators._regressor import SequenceRegressor

__all__ = ["SequenceEnsembleClassifier", "SequenceEnsembleRegressor"]


class SequenceEnsembleClassifier(ClassifierMixin, Ensemble):
    """Classify DNA sequences by several networks, with probabilities that hold and a spread.

    The members' logits are averaged [1]_. Members by fold leave out a part of the training data
    each, and the probabilities are calibrated by what they say of it [2]_. How far the members
    disagree on a sequence tells how sure its prediction is.

    Parameters
    ----------
    estimator : classifier, optional
        The member, a :class:`SequenceClassifier` by default; a pipeline that begins with an encoder
        may be given, then X holds strings.
    n_members : int, default=5
        Number of members, at least 2.
    members : {"folds", "seeds"}, default="folds"
        In what members differ: the part that they leave out and their random numbers, or their
        random numbers alone.
    partner : classifier, optional
        A model of another kind, trained on the same folds, such as one on gapped k-mers. Its logits
        are added with a weight that is learned from the parts that were left out.
    calibration : {"auto", "sigmoid", "temperature", "isotonic"} or None, default="auto"
        How logits become probabilities, learned from the parts that were left out: with a factor
        and an offset [3]_, with a factor alone, or by any rising curve; offset and curve are for
        two classes. ``"auto"`` is ``"sigmoid"`` (``"temperature"`` for more classes) for members by
        fold, and none for members by seed. What holds for one member is too cautious for the mean
        of several [4]_; how much so is learned from sequences that two members leave out.
    threshold : "mcc" or float, default=0.5
        The probability from which on the second of two classes is predicted. ``"mcc"`` takes the
        one that gives the highest Matthews correlation on the parts that were left out, by their
        calibrated probabilities if there are any, which suits rare positives.
    n_jobs : int, optional
        Members that are trained at a time, as joblib has it.
    random_state : int, RandomState or None, default=None
        Governs the folds and the members.

    Attributes
    ----------
    estimators_, partners_ : list of estimator
        The fitted members.
    classes_ : ndarray
        The labels, sorted.
    class_log_prior_ : ndarray of shape (n_classes,)
        Logarithm of the frequency of each class.
    weights_ : ndarray of shape (1,) or (2,)
        Factors of the members' and of the partners' logits; an inverse temperature where there is
        no partner.
    intercept_ : float
        What is added to the logits.
    gain_ : float
        Factor of the mean of the calibrated log odds, beyond those of the classes' frequencies, at
        least 1.
    threshold_ : float
        The probability from which on the second class is predicted.
    n_features_in_ : int
        What the members call their number of features.

    References
    ----------
    .. [1] Lakshminarayanan, Pritzel and Blundell (2017). Simple and scalable predictive uncertainty
       estimation using deep ensembles. NIPS.
    .. [2] Guo, Pleiss, Sun and Weinberger (2017). On calibration of modern neural networks. ICML.
    .. [3] Platt (1999). Probabilistic outputs for support vector machines and comparisons to
       regularized likelihood methods. Advances in Large Margin Classifiers, MIT Press.
    .. [4] Rahaman and Thiery (2021). Uncertainty quantification and deep ensembles. NeurIPS.

    Examples
    --------
    >>> from rcseq import make_model
    >>> from rcseq.estimators import SequenceEnsembleClassifier
    >>> member = make_model("fast", max_epochs=3)
    >>> model = SequenceEnsembleClassifier(member, n_members=2, random_state=0)
    >>> model = model.fit(["TTGCATGACTCATTGA", "TTTGCACGAACCCTGA"] * 10, [1, 0] * 10)
    >>> proba, spread = model.predict_proba(["TTGCATGACTCATTGA"], return_std=True)
    >>> proba.shape, spread.shape
    ((1, 2), (1,))
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = Ensemble._parameter_constraints | {
        "calibration": [StrOptions({"auto", "sigmoid", "temperature", "isotonic"}), None],
        "threshold": [StrOptions({"mcc"}), Interval(Real, 0, 1, closed="neither")],
    }

    def __init__(
        self,
        estimator: Any = None,
        *,
        n_members: int = 5,
        members: str = "folds",
        partner: Any = None,
        calibration: str | None = "auto",
        threshold: str | float = 0.5,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        super().__init__(
            estimator,
            n_members=n_members,
            members=members,
            partner=partner,
            n_jobs=n_jobs,
            random_state=random_state,
        )
        self.calibration = calibration
        self.threshold = threshold

    def _default(self) -> Any:
        return SequenceClassifier()

    def fit(self, X: Any, y: Any, groups: Any = None) -> SequenceEnsembleClassifier:
        """Train the members, and learn from what they left out.

        Parameters
        ----------
        X : sequences
            What the members take.
        y : array-like of shape (n,)
            Labels.
        groups : array-like of shape (n,), optional
            Groups that are left out as a whole.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a parameter cannot be used, or a class has fewer samples than there are folds.
        """
        X = self._check(X, y, groups)
        needs_folds = self.calibration not in ("auto", None) or self.threshold == "mcc"
        if self.members == "seeds" and needs_folds:
            raise ValueError(
                f"calibration={self.calibration!r} and threshold={self.threshold!r} are learned "
                "from sequences that a member did not see; members='seeds' see all, so take "
                "members='folds', or calibration=None and a number as threshold."
            )
        y = column_or_1d(y, warn=True)
        assert_all_finite(y, input_name="y")
        check_classification_targets(y)
        classes, codes = np.unique(y, return_inverse=True)
        if len(classes) < 2:
            raise ValueError(f"{type(self).__name__} needs 2 classes; y has one class.")
        if self.calibration in ("sigmoid", "isotonic") and len(classes) > 2:
            raise ValueError(
                f"calibration={self.calibration!r} is for two classes; take 'temperature'."
            )
        if self.threshold == "mcc" and len(classes) > 2:
            raise ValueError("threshold='mcc' is for two classes; leave it out.")
        if self.members == "folds" and np.bincount(codes).min() < self.n_members:
            rare = classes[np.bincount(codes).argmin()]
            raise ValueError(
                f"class {rare} has fewer samples than n_members={self.n_members} folds; take "
                "fewer, or members='seeds'."
            )
        calibrated = self.calibration is not None
        unseen = self._fit_members(X, y, groups, twice=calibrated)
        self.classes_ = classes  # not before: a training that fails leaves the old model whole
        self.weights_, self.intercept_, self.gain_ = np.ones(1), 0.0, 1.0
        self.class_log_prior_ = np.log(np.bincount(codes) / len(codes))
        self.__dict__.pop("isotonic_", None)
        self.threshold_ = 0.5 if self.threshold == "mcc" else float(self.threshold)
        if unseen is not None:
            self._learn(*unseen, codes)
        return self

    def _learn(
        self, unseen: NDArray[np.float64], second: NDArray[np.float64], codes: NDArray[np.intp]
    ) -> None:
        offset = len(unseen) > 1 or self.calibration in ("auto", "sigmoid")
        if offset or self.calibration == "temperature":
            self.weights_, self.intercept_ = weigh(unseen, codes, offset=offset)
        combined, again = (
            np.tensordot(self.weights_, each, 1) + self.intercept_ for each in (unseen, second)
        )
        self.gain_ = averaging_gain(combined, again, codes, self.n_members)
        if self.calibration == "isotonic":
            curve = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
            self.isotonic_ = curve.fit(expit(combined), codes)
        if self.threshold == "mcc":
            proba = self._probabilities(combined)[:, 1]
            self.threshold_ = best_threshold(proba, codes if self.calibration is None else proba)

    def _of_the_mean(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Stretch the log odds beyond those of the classes' frequencies."""
        if self.gain_ == 1 or len(self.estimators_) == 1:
            return logits
        prior = self.class_log_prior_
        prior = prior if logits.ndim > 1 else prior[1] - prior[0]
        return np.asarray(prior + self.gain_ * (logits - prior))

    def _probabilities(
        self, logits: NDArray[np.float64], *, mean: bool = False
    ) -> NDArray[np.float64]:
        """Compute the probabilities of a member, or of the mean of all."""
        if hasattr(self, "isotonic_"):
            logits = logit(self.isotonic_.predict(expit(logits)))
        if mean:
            logits = self._of_the_mean(logits)
        if logits.ndim > 1:
            return np.asarray(softmax(logits, axis=1))
        positive = expit(logits)
        return np.stack([1 - positive, positive], axis=1)

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """Compute the log odds; with isotonic calibration, before its curve.

        Parameters
        ----------
        X : sequences

        Returns
        -------
        ndarray of shape (n,) for two classes, else (n, n_classes)
        """
        return self._of_the_mean(self.member_outputs(X).mean(axis=0))

    def predict_proba(self, X: Any, return_std: bool = False) -> Any:
        """Compute the calibrated probability of each class.

        Parameters
        ----------
        X : sequences
        return_std : bool, default=False
            Whether to return how far the members disagree.

        Returns
        -------
        proba : ndarray of shape (n, n_classes)
        std : ndarray of shape (n,) for two classes, else (n, n_classes)
            Standard deviation of the members' probabilities; only with `return_std`.
        """
        outputs = self.member_outputs(X)
        proba = self._probabilities(outputs.mean(axis=0), mean=True)
        if not return_std:
            return proba
        each = np.stack([self._probabilities(logits) for logits in outputs]).std(axis=0)
        return proba, each[:, 1] if outputs.ndim == 2 else each

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict labels.

        Parameters
        ----------
        X : sequences

        Returns
        -------
        ndarray of shape (n,)
        """
        proba = self.predict_proba(X)
        if len(self.classes_) == 2:
            best = (proba[:, 1] >= self.threshold_).astype(np.intp)
        else:
            best = proba.argmax(axis=1)
        return np.asarray(self.classes_[best])


class SequenceEnsembleRegressor(RegressorMixin, Ensemble):
    """Predict a real number from DNA sequences by several networks, with a spread.

    Parameters
    ----------
    estimator : regressor, optional
        The member, a :class:`SequenceRegressor` by default.
    n_members : int, default=5
        Number of members, at least 2.
    members : {"folds", "seeds"}, default="folds"
        In what members differ, as in :class:`SequenceEnsembleClassifier`.
    partner : regressor, optional
        A model of another kind, whose weight is learned from the parts that were left out.
    n_jobs : int, optional
        Members that are trained at a time.
    random_state : int, RandomState or None, default=None
        Governs the folds and the members.

    Attributes
    ----------
    estimators_, partners_ : list of estimator
        The fitted members.
    weights_ : ndarray of shape (1,) or (2,)
        Factors of the members' and of the partners' predictions.
    intercept_ : float
        What is added to them.
    n_features_in_ : int
        What the members call their number of features.

    Examples
    --------
    >>> from rcseq import make_model
    >>> from rcseq.estimators import SequenceEnsembleRegressor
    >>> member = make_model("fast", task="regression", max_epochs=3)
    >>> model = SequenceEnsembleRegressor(member, n_members=2, random_state=0)
    >>> model = model.fit(["TTGCATGACTCATTGA", "TTTGCACGAACCCTGA"] * 10, [1.0, 0.0] * 10)
    >>> [values.shape for values in model.predict(["TTGCATGACTCATTGA"], return_std=True)]
    [(1,), (1,)]
    """

    def _default(self) -> Any:
        return SequenceRegressor()

    def fit(self, X: Any, y: Any, groups: Any = None) -> SequenceEnsembleRegressor:
        """Train the members.

        Parameters
        ----------
        X : sequences
            What the members take.
        y : array-like of shape (n,)
            Targets.
        groups : array-like of shape (n,), optional
            Groups that are left out as a whole.

        Returns
        -------
        self
        """
        X = self._check(X, y, groups)
        y = column_or_1d(y, warn=True, dtype=np.float64)
        assert_all_finite(y, input_name="y")
        unseen = self._fit_members(X, y, groups)
        self.weights_, self.intercept_ = np.ones(1), 0.0
        if self.partner is not None and unseen is not None:
            columns = np.concatenate([unseen[0], np.ones((1, len(y)))]).T
            solution = np.linalg.lstsq(columns, y, rcond=None)[0]
            self.weights_, self.intercept_ = solution[:-1], float(solution[-1])
        return self

    def predict(self, X: Any, return_std: bool = False) -> Any:
        """Predict the mean of the members.

        Parameters
        ----------
        X : sequences
        return_std : bool, default=False
            Whether to return how far the members disagree.

        Returns
        -------
        mean : ndarray of shape (n,)
        std : ndarray of shape (n,)
            Only with `return_std`.
        """
        outputs = self.member_outputs(X)
        mean = outputs.mean(axis=0)
        return (mean, outputs.std(axis=0)) if return_std else mean
