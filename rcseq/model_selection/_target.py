"""What kind of target a comparison has, how it is scored, and what chance would score."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.dummy import DummyClassifier
from sklearn.metrics import (
    average_precision_score,
    get_scorer,
    make_scorer,
    r2_score,
    roc_auc_score,
    root_mean_squared_error,
)

from rcseq.prediction import scores as model_scores
from rcseq.targets import Target

__all__ = ["chance_scores", "make_scorers"]

_DEFAULT_SCORING: dict[str, tuple[str, ...]] = {
    "classifier": ("roc_auc", "average_precision"),
    "regressor": ("r2", "neg_root_mean_squared_error"),
}


class _ByColumn:
    """A scorer that averages over columns, each on the samples of which the target is known.

    scikit-learn's scorers refuse missing targets, and take two labels for two classes.
    """

    def __init__(self, metric: Callable[..., float], *, sign: int = 1, ranks: bool = False) -> None:
        self.metric, self.sign, self.ranks = metric, sign, ranks

    def __call__(self, estimator: Any, X: Any, y: Any) -> float:
        predictions = model_scores(estimator, X)
        truth = np.asarray(y, dtype=float).reshape(len(predictions), -1)
        scores = []
        for true, predicted in zip(truth.T, predictions.T, strict=True):
            known = ~np.isnan(true)
            # A ranking is of two classes; a column that has one cannot be scored.
            if known.any() and (not self.ranks or np.ptp(true[known]) > 0):
                scores.append(self.sign * self.metric(true[known], predicted[known]))
        return float(np.mean(scores)) if scores else float("nan")


_BY_COLUMN: dict[str, Any] = {
    "roc_auc": _ByColumn(roc_auc_score, ranks=True),
    "average_precision": _ByColumn(average_precision_score, ranks=True),
    "r2": _ByColumn(r2_score),
    "neg_root_mean_squared_error": _ByColumn(root_mean_squared_error, sign=-1),
}


def _named_scorer(name: str, target: Target) -> Any:
    if target.kind == "multiclass" and name == "roc_auc":
        return get_scorer("roc_auc_ovr")  # scikit-learn knows roc_auc for two classes only
    if target.kind == "binary" and name == "average_precision":
        return make_scorer(
            average_precision_score,  # which takes 1 for the positive class unless it is told
            response_method=("decision_function", "predict_proba"),
            pos_label=target.outputs[0],
        )
    if (target.kind == "multilabel" or target.missing) and name in _BY_COLUMN:
        return _BY_COLUMN[name]
    return get_scorer(name)


def make_scorers(scoring: Any, target: Target) -> dict[str, Any]:
    """Resolve what the user asked to score."""
    if scoring is None:
        kind = "regressor" if target.kind == "regression" else "classifier"
        scoring = _DEFAULT_SCORING[kind]
    if callable(scoring):
        scoring = {getattr(scoring, "__name__", "score"): scoring}
    if isinstance(scoring, str):
        scoring = (scoring,)
    if not isinstance(scoring, Mapping):
        scoring = {name: name for name in scoring}
    if not scoring:
        raise ValueError("scoring is empty; name at least one scorer, for example 'roc_auc'.")
    return {
        name: _named_scorer(scorer, target) if isinstance(scorer, str) else scorer
        for name, scorer in scoring.items()
    }


class _Mean(RegressorMixin, BaseEstimator):
    """Predict the mean target; scikit-learn's own takes no profiles."""

    def fit(self, X: Any, y: NDArray[Any]) -> _Mean:
        self.mean_ = y.mean(axis=0)
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        return np.repeat(self.mean_[None], len(X), axis=0)


def chance_scores(
    scorers: Mapping[str, Any], target: Target, folds: Iterable[Any]
) -> dict[str, float]:
    """Score a model that has learned nothing but how frequent the classes are, or the mean."""
    y = np.nan_to_num(target.y) if target.y.dtype.kind == "f" else target.y
    dummy: Any = DummyClassifier(strategy="prior")
    if target.kind == "regression":
        dummy = _Mean()
    elif target.kind == "multilabel":
        y = y.astype(int)
    scores: dict[str, list[float]] = {name: [] for name in scorers}
    for fold in folds:
        train, test = fold.train, fold.test
        fitted = dummy.fit(np.zeros((len(train), 1)), y[train])
        for name, scorer in scorers.items():
            try:
                scores[name].append(scorer(fitted, np.zeros((len(test), 1)), target.y[test]))
            except (AttributeError, TypeError, ValueError):  # a scorer that looks at sequences
                scores[name].append(float("nan"))
    return {name: float(np.mean(values)) for name, values in scores.items()}
