"""Members of an ensemble: trained by fold or by seed, in parallel."""

from __future__ import annotations

from copy import copy
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from scipy.special import logit
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold
from sklearn.utils import _safe_indexing, check_random_state, get_tags
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.validation import _num_samples, check_consistent_length, check_is_fitted

from rcseq._workers import run_jobs
from rcseq.prediction import fit_parameter, parameter_paths
from rcseq.sequences import Sequences

__all__ = ["Ensemble"]

_TINY = 1e-12


class Ensemble(MetaEstimatorMixin, BaseEstimator):
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

    def _fit_members(
        self, X: Any, y: NDArray[Any], groups: Any, *, twice: bool = False
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """Train the members; return what they say of the sequences that they did not see.

        Of shape (models, n, ...), and with `twice` what a second member says of some of them, NaN
        elsewhere; None for members by seed, which see everything.
        """
        rng = check_random_state(self.random_state)
        everything = np.arange(len(y))
        parts = again = [everything[:0]] * self.n_members
        if self.members == "folds":
            parts = self._parts(y, groups, int(rng.randint(2**31 - 1)))
            if twice:
                again = _some_of(parts[1:] + parts[:1], groups, rng)
        left_out = [np.append(*both) for both in zip(parts, again, strict=True)]
        seeds = rng.randint(2**31 - 1, size=self.n_members)
        tasks = (
            (
                [_seeded(model, seed) for model in self._models()],
                _take(X, train) if len(test) else X,
                y[train],
                _take(X, test) if len(test) else None,
                None if groups is None else np.asarray(groups)[train],
            )
            for test, seed in zip(left_out, seeds.tolist(), strict=True)
            for train in [np.setdiff1d(everything, test)]
        )
        done = list(run_jobs(_fit_member, tasks, self.n_jobs))
        self.estimators_ = [models[0] for models, _ in done]
        self.partners_ = [models[1] for models, _ in done if len(models) > 1]
        if self.members == "seeds":
            return None
        first = np.stack(done[0][1])
        unseen, second = np.full((2, len(first), len(y), *first.shape[2:]), np.nan)
        for part, extra, (_, outputs) in zip(parts, again, done, strict=True):
            unseen[:, part], second[:, extra] = np.split(np.stack(outputs), [len(part)], axis=1)
        return unseen, second

    def _parts(self, y: NDArray[Any], groups: Any, seed: int) -> list[NDArray[np.intp]]:
        options = {"n_splits": self.n_members, "shuffle": True, "random_state": seed}
        classify = isinstance(self, ClassifierMixin)
        if groups is None:
            splitter: Any = (StratifiedKFold if classify else KFold)(**options)
        else:
            splitter = (StratifiedGroupKFold if classify else GroupKFold)(**options)
        return [test for _, test in splitter.split(np.zeros(len(y)), y, groups)]

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


def _some_of(
    parts: list[NDArray[np.intp]], groups: Any, rng: np.random.RandomState
) -> list[NDArray[np.intp]]:
    """Draw whole groups from each part, a fifth of it and at most 100 sequences.

    Nothing where that is too little to learn from, or there are two parts alone.
    """
    drawn = []
    for part in parts:
        name = part if groups is None else np.asarray(groups)[part]
        _, number, sizes = np.unique(name, return_inverse=True, return_counts=True)
        order = rng.permutation(len(sizes))
        chosen = order[sizes[order].cumsum() <= min(100, len(part) // 5)]
        drawn.append(part[np.isin(number, chosen)])
    enough = len(parts) > 2 and sum(map(len, drawn)) >= 30
    return drawn if enough else [part[:0] for part in parts]


def _take(X: Any, index: NDArray[np.intp]) -> Any:
    return X[index] if isinstance(X, Sequences) else _safe_indexing(X, index)


def _seeded(model: Any, seed: int) -> Any:
    model = clone(model)
    paths = parameter_paths(model, "random_state", every_step=True)
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
