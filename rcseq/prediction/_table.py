"""Predictions as a table with named columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import is_classifier

from rcseq.prediction._scores import (
    align_strand,
    is_binary,
    member_scores,
    predicting_method,
    scores,
)
from rcseq.prediction._unwrapping import final_estimator
from rcseq.sequences import as_sequences

__all__ = ["output_names", "predict_table"]

_WORDS = {"predict_proba": "probability", "decision_function": "score", "predict": "value"}


def predict_table(
    model: Any,
    X: Any,
    *,
    both_strands: bool = False,
    spread: bool = False,
    batch_size: int | None = None,
) -> pd.DataFrame:
    """Predict with any fitted model, one named column for each thing that it predicts.

    Parameters
    ----------
    model : fitted estimator
    X : sequences
        As the model takes them.
    both_strands : bool, default=False
        Predict the other strand as well: each column is followed by one that ends in
        ``_reverse``, and, for numbers, by their difference, given strand minus other strand.
    spread : bool, default=False
        How far the members of an ensemble disagree: a column that ends in ``_std`` for each, the
        standard deviation of what they say of the given strand.
    batch_size : int, optional
        Sequences handed to the model at a time; all of them by default.

    Returns
    -------
    table : DataFrame
        Its index is the names of the sequences, where they have some. Columns: ``probability_A``
        and ``probability_B`` for the classes A and B, and so on; ``probability_task_0`` of several
        labels; ``score_B`` where a classifier has no probabilities, and ``class`` where it has
        nothing but predictions; ``value`` of a regressor, or ``value_task_0`` of several.

    Raises
    ------
    TypeError
        If the model does not predict.
    ValueError
        If its outputs lie along the sequence, or `spread` is asked of a model that has no members.

    See Also
    --------
    scores : the same numbers as an array.

    Examples
    --------
    >>> from rcseq import KmerVectorizer
    >>> from rcseq.prediction import predict_table
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> model = make_pipeline(KmerVectorizer(k=1), LogisticRegression())
    >>> model = model.fit(["AAC", "AAA", "GCG", "CCC"], ["AT", "AT", "GC", "GC"])
    >>> predict_table(model, ["AAA", "CCC"]).round(2)
       probability_AT  probability_GC
    0            0.93            0.07
    1            0.16            0.84
    """
    sequences = as_sequences(X)
    forward = _answers(model, X, batch_size)
    if forward.ndim > 2:
        raise ValueError(
            f"the model's output has the shape {forward.shape}; a table has one column for each "
            "class, task or value, so profiles have no place in it"
        )
    names = output_names(model, forward.shape[1])
    columns = dict(zip(names, forward.T, strict=True))
    if both_strands:
        other = _answers(model, sequences.reverse_complement().native(), batch_size)
        pairs = zip(names, forward.T, align_strand(model, other).T, strict=True)
        columns = {}
        for name, given, reverse in pairs:
            columns[name], columns[f"{name}_reverse"] = given, reverse
            if not _labels_only(model):
                columns[f"{name}_difference"] = given - reverse
    if spread:
        each = member_scores(model, X, batch_size=batch_size)
        if each is None:
            raise ValueError(
                f"{type(final_estimator(model)).__name__} has no members whose answers could be "
                "compared, so there is no spread; an ensemble, such as the preset 'best', has"
            )
        std = np.broadcast_to(each.std(axis=0), forward.shape)  # that of two classes is the same
        columns |= dict(zip([f"{name}_std" for name in names], std.T, strict=True))
    return pd.DataFrame(columns, index=sequences.names)


def output_names(model: Any, n_outputs: int) -> list[str]:
    """Return the names of the columns of :func:`predict_table`.

    Parameters
    ----------
    model : fitted estimator
    n_outputs : int
        How many columns there are.

    Returns
    -------
    list of str
    """
    word = "class" if _labels_only(model) else _WORDS[predicting_method(model)]
    known = _class_names(model) if word in ("probability", "score") else []
    if known:
        return [f"{word}_{name}" for name in (known if n_outputs == len(known) else known[1:])]
    return [word] if n_outputs == 1 else [f"{word}_task_{i}" for i in range(n_outputs)]


def _class_names(model: Any) -> list[str]:
    """Return the names of the classes, of which a sequence has one; nothing for several labels."""
    classes = getattr(model, "classes_", [])
    several = isinstance(classes, list) or getattr(final_estimator(model), "multilabel_", False)
    return [] if several else [str(name) for name in classes]


def _labels_only(model: Any) -> bool:
    return predicting_method(model) == "predict" and is_classifier(model)


def _answers(model: Any, X: Any, batch_size: int | None) -> NDArray[Any]:
    """Return what a model answers, all classes of a binary classifier included."""
    if _labels_only(model):
        labels = np.asarray(model.predict(X))
        return labels[:, None] if labels.ndim == 1 else labels
    answer = scores(model, X, batch_size=batch_size)
    if (
        predicting_method(model) == "predict_proba"
        and answer.shape[1:] == (1,)
        and is_binary(model)
    ):
        answer = np.concatenate([1 - answer, answer], axis=1)
    return answer
