"""Predictions of a fitted model, one column for each thing that it predicts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import logit

from rcseq.nn import OutputSymmetry
from rcseq.prediction._network import output_symmetry
from rcseq.prediction._unwrapping import final_estimator, members
from rcseq.sequences import as_sequences

__all__ = [
    "align_strand",
    "comparable_members",
    "is_binary",
    "member_scores",
    "predicting_method",
    "scores",
    "strand_predictions",
]

Kind = Literal["auto", "probability", "logit"]

_METHODS = {
    "auto": ("predict_proba", "decision_function", "predict"),
    "probability": ("predict_proba",),
    "logit": ("predict_proba", "decision_function", "predict"),
}


def scores(
    model: Any, X: Any, *, kind: Kind = "auto", batch_size: int | None = None
) -> NDArray[Any]:
    """Predict with a fitted model, one column for each thing that it predicts.

    Parameters
    ----------
    model : fitted estimator or pipeline
    X : sequences
        As the model takes them.
    kind : {"auto", "probability", "logit"}, default="auto"
        ``"auto"`` takes ``predict_proba`` where there is one, else ``decision_function``, else
        ``predict``. ``"probability"`` takes ``predict_proba`` only. ``"logit"`` is ``"auto"`` with
        probabilities as log p / (1 - p), finite for probabilities of 0 and 1 as well: they are
        moved off by the precision of their type.
    batch_size : int, optional
        Sequences handed to the model at a time; all of them by default.

    Returns
    -------
    scores : ndarray of shape (n, n_outputs)
        For a binary classifier one column: the positive class, ``classes_[1]``. For profiles
        whatever shape they have.

    Raises
    ------
    TypeError
        If the model has no such method, or predicts labels only.

    Examples
    --------
    >>> from rcseq import KmerVectorizer
    >>> from rcseq.prediction import scores
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> model = make_pipeline(KmerVectorizer(k=1), LogisticRegression())
    >>> model = model.fit(["AAC", "AAA", "GCG", "CCC"], [1, 1, 0, 0])
    >>> scores(model, ["AAA", "CCC"], kind="logit").round(1)
    array([[ 2.5],
           [-1.7]])
    """
    if kind not in get_args(Kind):
        raise ValueError(f"kind={kind!r} is not one of {', '.join(get_args(Kind))}")
    method = predicting_method(model, kind)
    respond = getattr(model, method)
    batches = [X] if batch_size is None else _batches(X, batch_size)
    response = np.concatenate([_columns(model, method, respond(batch)) for batch in batches])
    if kind == "logit" and method == "predict_proba":
        step = np.finfo(response.dtype).eps
        response = logit(np.clip(response, step, 1 - step))
    return response


def predicting_method(model: Any, kind: Kind = "auto") -> str:
    """Return the name of the method by which a model is asked.

    Parameters
    ----------
    model : fitted estimator
    kind : {"auto", "probability", "logit"}, default="auto"
        As of :func:`scores`.

    Returns
    -------
    str

    Raises
    ------
    TypeError
        If the model has none.
    """
    method = next((name for name in _METHODS[kind] if hasattr(model, name)), None)
    if method is None:
        raise TypeError(
            f"{type(model).__name__} has none of {', '.join(_METHODS[kind])}: no model"
            if kind != "probability"
            else f"{type(model).__name__} has no predict_proba; kind='auto' takes what there is"
        )
    return method


def strand_predictions(
    model: Any,
    X: Any,
    *,
    X_rc: Any = None,
    kind: Kind = "auto",
    batch_size: int | None = None,
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Predict with a fitted model on the strand given and on the other strand.

    Parameters
    ----------
    model : fitted estimator or pipeline
    X : sequences
    X_rc : sequences, optional
        The other strands, where they are already at hand.
    kind, batch_size
        As in :func:`scores`.

    Returns
    -------
    forward, reverse : ndarray of shape (n, n_outputs)
        As of :func:`scores`. Where the outputs lie along the sequence (profiles), the second
        array has them in the order of the first.

    Raises
    ------
    TypeError
        If `X` holds no sequences, so that the other strand is not known, or as in :func:`scores`.

    Examples
    --------
    >>> from rcseq import KmerVectorizer
    >>> from rcseq.prediction import strand_predictions
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> model = make_pipeline(KmerVectorizer(k=1, canonical=False), LogisticRegression())
    >>> model = model.fit(["AAC", "AAA", "TTG", "TTT"], [1, 1, 0, 0])
    >>> forward, reverse = strand_predictions(model, ["AAA"])
    >>> forward.shape, bool(forward[0, 0] > 0.5), bool(reverse[0, 0] < 0.5)
    ((1, 1), True, True)
    """
    X_rc = as_sequences(X).reverse_complement().native() if X_rc is None else X_rc
    forward = scores(model, X, kind=kind, batch_size=batch_size)
    reverse = scores(model, X_rc, kind=kind, batch_size=batch_size)
    return forward, align_strand(model, reverse)


def member_scores(
    model: Any, X: Any, *, kind: Kind = "auto", batch_size: int | None = None
) -> NDArray[Any] | None:
    """Return what each member of an ensemble predicts, for a spread beside the prediction.

    Parameters
    ----------
    model : fitted estimator
        A :class:`~rcseq.estimators.SequenceEnsembleClassifier`, a vote or anything else that puts
        several models together.
    X : sequences
        What `model` takes.
    kind, batch_size
        As in :func:`scores`.

    Returns
    -------
    ndarray of shape (n_members, n, n_outputs), or None
        None where the model is a single one, or what its members say is not in the unit of its
        own answer.

    Examples
    --------
    >>> from rcseq import KmerVectorizer
    >>> from rcseq.prediction import member_scores
    >>> from sklearn.ensemble import VotingClassifier
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> kmers = [(f"k{k}", make_pipeline(KmerVectorizer(k), LogisticRegression())) for k in (1, 2)]
    >>> model = VotingClassifier(kmers, voting="soft")
    >>> model = model.fit(["AAC", "AAA", "TTG", "TTT"], [1, 1, 0, 0])
    >>> member_scores(model, ["AAC"]).shape
    (2, 1, 1)
    >>> member_scores(kmers[0][1].fit(["AAC", "GGG"], [1, 0]), ["AAC"]) is None
    True
    """
    each = comparable_members(model)
    if not each:
        return None
    return np.stack([scores(member, X, kind=kind, batch_size=batch_size) for member in each])


def comparable_members(model: Any) -> list[Any]:
    """List the members of an ensemble, if their answers are in the unit of its own.

    Parameters
    ----------
    model : fitted estimator

    Returns
    -------
    list of estimator
        Nothing where the model is a single one, where its members answer by another method than it
        does, or where what they answer is calibrated outside of them.
    """
    held = final_estimator(model)  # what puts answers together is not unwrapped further
    inside = [held, *map(final_estimator, getattr(held, "estimators_", []))]
    if any(hasattr(inner, "calibrated_classifiers_") for inner in inside):
        return []
    each, method = members(model), predicting_method(model)
    alike = all(predicting_method(member) == method for member in each)
    return each if len(each) > 1 and alike else []


def align_strand(model: Any, reverse: NDArray[Any]) -> NDArray[Any]:
    """Put predictions on the other strand into the order of those on the strand given.

    Parameters
    ----------
    model : fitted estimator
    reverse : ndarray
        Its predictions on reverse complements.

    Returns
    -------
    ndarray
        The same array, unless the outputs lie along the sequence.
    """
    symmetry = output_symmetry(getattr(final_estimator(model), "module_", None))
    if symmetry is OutputSymmetry.INVARIANT:
        return reverse
    turned: NDArray[Any] = symmetry.act(torch.as_tensor(np.ascontiguousarray(reverse))).numpy()
    return turned


def _batches(X: Any, size: int) -> Iterator[Any]:
    rows = getattr(X, "iloc", X)
    for start in range(0, len(X), size):
        yield rows[start : start + size]


def _columns(model: Any, method: str, response: Any) -> NDArray[Any]:
    if isinstance(response, list):  # scikit-learn's own form for several labels
        response = np.stack([output[:, -1] for output in response], axis=1)
    response = np.asarray(response)
    if response.dtype.kind not in "fiub":
        raise TypeError(
            f"{type(model).__name__} predicts labels of dtype {response.dtype} and has neither "
            "predict_proba nor decision_function, so there is nothing to subtract."
        )
    if method == "predict_proba" and response.shape[1:] == (2,) and is_binary(model):
        response = response[:, 1]
    return response[:, None] if response.ndim == 1 else response


def is_binary(model: Any) -> bool:
    """Return whether two columns are the two classes of one label, or else two labels."""
    several = isinstance(getattr(model, "classes_", None), list)
    return not (several or getattr(final_estimator(model), "multilabel_", False))
