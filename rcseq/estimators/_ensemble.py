"""Several networks as one model: a better mean, a spread, and probabilities that hold."""

from __future__ import annotations

from copy import copy
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy.sparse import issparse
from scipy.special import expit, logit, softmax
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, RegressorMixin, clone
from sklearn.isotonic import IsotonicRegression
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold
from sklearn.utils import (
    _safe_indexing,
    assert_all_finite,
    check_random_state,
    get_tags,
)
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    _num_samples,
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
)

from rcseq.estimators._calibration import best_threshold, weigh
from rcseq.estimators._classifier import SequenceClassifier
from rcseq.estimators._regressor import SequenceRegressor
from rcseq.prediction import fit_parameter, parameter_paths
from rcseq.sequences import Sequences

__all__ = ["SequenceEnsembleClassifier", "SequenceEnsembleRegressor"]

_TINY = 1e-12


class _Ensemble(MetaEstimatorMixin, BaseEstimator):
    """What both ensembles share: members, folds and what they say of held-out sequences."""

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "estimator": [HasMethods(["fit"]), None],
        "n_members": [Interval(Integral, 2, None, closed="left")],
        "members": [StrOptions({"folds", "seeds"})],
        "partner": [HasMethods(["fit"]), None],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        estimator: Any = None,
        *,
        n_members: int = 5,
        members: str = "folds",
        partner: Any = None,
        n_jobs: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.estimator = estimator
        self.n_members = n_members
        self.members = members
        self.partner = partner
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _models(self) -> list[Any]:
        own = self._default() if self.estimator is None else self.estimator
        return [own] if self.partner is None else [own, self.partner]

    def __sklearn_tags__(self) -> Any:
        tags, inner = super().__sklearn_tags__(), get_tags(self._models()[0])
        tags.input_tags, tags.target_tags = inner.input_tags, inner.target_tags
        tags.target_tags.multi_output = False
        if tags.classifier_tags is not None:
            tags.classifier_tags.multi_label = False
        return tags

    @property
    def n_features_in_(self) -> int:
        """What the members call their number of features."""
        return int(self.estimators_[0].n_features_in_)

    def _fit_members(self, X: Any, y: NDArray[Any], groups: Any) -> NDArray[np.float64] | None:
        """Train the members; return what they say of the sequences that they did not see.

        Of shape (models, n, ...); None for members by seed, which see everything.
        """
        rng = check_random_state(self.random_state)
        everything = np.arange(len(y))
        if self.members == "seeds":
            splits = [(everything, everything[:0])] * self.n_members
        else:
            splits = self._splits(y, groups, int(rng.randint(2**31 - 1)))
        seeds = rng.randint(2**31 - 1, size=self.n_members)
        done = Parallel(n_jobs=self.n_jobs)(
            delayed(_fit_member)(
                [_seeded(model, seed) for model in self._models()],
                X if self.members == "seeds" else _take(X, train),
                y[train],
                _take(X, test) if len(test) else None,
                None if groups is None else np.asarray(groups)[train],
            )
            for (train, test), seed in zip(splits, seeds.tolist(), strict=True)
        )
        self.estimators_ = [models[0] for models, _ in done]
        self.partners_ = [models[1] for models, _ in done if len(models) > 1]
        if self.members == "seeds":
            return None
        first = np.stack(done[0][1])
        unseen = np.zeros((len(first), len(y), *first.shape[2:]))
        for (_, test), (_, outputs) in zip(splits, done, strict=True):
            unseen[:, test] = np.stack(outputs)
        return unseen

    def _splits(self, y: NDArray[Any], groups: Any, seed: int) -> list[Any]:
        options = {"n_splits": self.n_members, "shuffle": True, "random_state": seed}
        classify = isinstance(self, ClassifierMixin)
        if groups is None:
            splitter: Any = (StratifiedKFold if classify else KFold)(**options)
        else:
            splitter = (StratifiedGroupKFold if classify else GroupKFold)(**options)
        return list(splitter.split(np.zeros(len(y)), y, groups))

    def _check(self, X: Any, y: Any, groups: Any) -> Any:
        """Refuse what no member could be trained on; return what has a length."""
        self._validate_params()
        name = type(self).__name__
        if y is None:
            raise ValueError(f"{name} requires y to be passed, but the target y is None.")
        if issparse(X):
            raise TypeError(
                f"Sparse data was passed, but {name} needs dense data: its members read sequences."
            )
        if hasattr(X, "__array__") and not hasattr(X, "__len__"):
            X = np.asarray(X)
        numbers = isinstance(X, np.ndarray) and X.dtype.kind in "fiub"
        if numbers and X.ndim not in (2, 3):
            raise ValueError(
                f"X of shape {X.shape} holds no sequences; {name} takes what its members take, "
                "such as strings, or one-hot of shape (n, 4, L)."
            )
        check_consistent_length(X, y, groups)
        if not _num_samples(y):
            raise ValueError(f"Found array with 0 sample(s), while {name} needs at least 2.")
        if self.members == "seeds" and self.partner is not None:
            raise ValueError(
                "partner needs members='folds': how much it counts is learned from sequences that "
                "the members did not see, and members='seeds' see all."
            )
        return X

    def one_by_one(self) -> list[Any]:
        """List the members as models of their own, in the unit of the ensemble.

        Returns
        -------
        list of estimator
            Each is an ensemble of one member with its partner, weighed and calibrated as all are.
        """
        check_is_fitted(self, "estimators_")
        alone = []
        for place, member in enumerate(self.estimators_):
            one = copy(self)
            one.estimators_, one.partners_ = [member], self.partners_[place : place + 1]
            alone.append(one)
        return alone

    def member_outputs(self, X: Any) -> NDArray[np.float64]:
        """Compute what each member says, before calibration.

        Parameters
        ----------
        X : sequences
            What the members take.

        Returns
        -------
        ndarray of shape (n_members, n) or (n_members, n, n_classes)
            Logits of a classifier, values of a regressor.
        """
        check_is_fitted(self, "estimators_")
        own = np.stack([_outputs(model, X) for model in self.estimators_])
        if not self.partners_:
            return own * self.weights_[0] + self.intercept_
        other = np.stack([_outputs(model, X) for model in self.partners_])
        return own * self.weights_[0] + other * self.weights_[1] + self.intercept_


class SequenceEnsembleClassifier(ClassifierMixin, _Ensemble):
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
    calibration : {"auto", "temperature", "isotonic"} or None, default="auto"
        How logits become probabilities: divided by a temperature, or by any rising curve (two
        classes only), learned from the parts that were left out. ``"auto"`` is a temperature for
        members by fold and none for members by seed.
    threshold : "mcc" or float, default=0.5
        The probability from which on the second of two classes is predicted. ``"mcc"`` takes the
        one that gives the highest Matthews correlation on the parts that were left out, which suits
        rare positives.
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
    weights_ : ndarray of shape (1,) or (2,)
        Factors of the members' and of the partners' logits; an inverse temperature where there is
        no partner.
    intercept_ : float
        What is added to the logits.
    threshold_ : float
        The probability from which on the second class is predicted.
    n_features_in_ : int
        What the members call their number of features.

    References
    ----------
    .. [1] Lakshminarayanan, Pritzel and Blundell (2017). Simple and scalable predictive uncertainty
       estimation using deep ensembles. NIPS.
    .. [2] Guo, Pleiss, Sun and Weinberger (2017). On calibration of modern neural networks. ICML.

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

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = _Ensemble._parameter_constraints | {
        "calibration": [StrOptions({"auto", "temperature", "isotonic"}), None],
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
        needs_folds = self.calibration in ("temperature", "isotonic") or self.threshold == "mcc"
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
        if self.calibration == "isotonic" and len(classes) > 2:
            raise ValueError("calibration='isotonic' is for two classes; take 'temperature'.")
        if self.threshold == "mcc" and len(classes) > 2:
            raise ValueError("threshold='mcc' is for two classes; leave it out.")
        if self.members == "folds" and np.bincount(codes).min() < self.n_members:
            rare = classes[np.bincount(codes).argmin()]
            raise ValueError(
                f"class {rare} has fewer samples than n_members={self.n_members} folds; take "
                "fewer, or members='seeds'."
            )
        unseen = self._fit_members(X, y, groups)
        self.classes_ = classes  # not before: a training that fails leaves the old model whole
        self.weights_, self.intercept_ = np.ones(1), 0.0
        self.__dict__.pop("isotonic_", None)
        self.threshold_ = 0.5 if self.threshold == "mcc" else float(self.threshold)
        if unseen is not None:
            self._learn(unseen, codes)
        return self

    def _learn(self, unseen: NDArray[np.float64], codes: NDArray[np.intp]) -> None:
        if len(unseen) > 1 or self.calibration in ("auto", "temperature"):
            self.weights_, self.intercept_ = weigh(unseen, codes)
        combined = np.tensordot(self.weights_, unseen, 1) + self.intercept_
        if self.calibration == "isotonic":
            curve = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
            self.isotonic_ = curve.fit(expit(combined), codes)
        if self.threshold == "mcc":
            self.threshold_ = best_threshold(self._probabilities(combined)[:, 1], codes)

    def _probabilities(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        if logits.ndim > 1:
            return np.asarray(softmax(logits, axis=1))
        positive = expit(logits)
        if hasattr(self, "isotonic_"):
            positive = self.isotonic_.predict(positive)
        return np.stack([1 - positive, positive], axis=1)

    def decision_function(self, X: Any) -> NDArray[np.float64]:
        """Compute the mean logits.

        Parameters
        ----------
        X : sequences

        Returns
        -------
        ndarray of shape (n,) for two classes, else (n, n_classes)
        """
        return np.asarray(self.member_outputs(X).mean(axis=0))

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
        proba = self._probabilities(outputs.mean(axis=0))
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


class SequenceEnsembleRegressor(RegressorMixin, _Ensemble):
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
            columns = np.concatenate([unseen, np.ones((1, len(y)))]).T
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


def _take(X: Any, index: NDArray[np.intp]) -> Any:
    return X[index] if isinstance(X, Sequences) else _safe_indexing(X, index)


def _seeded(model: Any, seed: int) -> Any:
    model = clone(model)
    paths = parameter_paths(model, "random_state")
    return model.set_params(**{f"{path}random_state": seed for path in paths})


def _fit_member(
    models: list[Any], X: Any, y: NDArray[Any], X_test: Any, groups: Any
) -> tuple[list[Any], list[NDArray[np.float64]]]:
    """Train a network, and its partner, in a worker."""
    for model in models:
        name = None if groups is None else fit_parameter(model, "groups")
        model.fit(X, y, **({} if name is None else {name: groups}))
    return models, [] if X_test is None else [_outputs(model, X_test) for model in models]


def _outputs(model: Any, X: Any) -> NDArray[np.float64]:
    """Compute logits, or the values of a regressor."""
    if hasattr(model, "decision_function"):
        return np.asarray(model.decision_function(X), np.float64)
    if not hasattr(model, "predict_proba"):
        return np.asarray(model.predict(X), np.float64).ravel()
    proba = np.clip(model.predict_proba(X), _TINY, 1 - _TINY)
    return np.asarray(logit(proba[:, 1]) if proba.shape[1] == 2 else np.log(proba))
