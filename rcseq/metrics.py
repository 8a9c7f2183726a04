"""How far apart the predictions of a model on the two strands of the same DNA are.

A sequence and its reverse complement are the same molecule read from its two ends. A model of
double-stranded DNA that answers differently to the two is wrong at least once; the measures here
say by how much. They take what the user gave to the estimator, strings as well as arrays, so that
whatever a pipeline does to a sequence (padding, cropping) counts.

Figure 1 of Shrikumar, Greenside and Kundaje (2017), *Reverse-complement parameter sharing improves
deep learning models for genomics*, bioRxiv 103663, shows how much a conventional network disagrees.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import kendalltau

from rcseq.alphabet import reverse_complement, reverse_complement_codes

__all__ = [
    "discordance_between",
    "final_estimator",
    "model_scores",
    "reverse_complement_samples",
    "strand_discordance",
    "strand_discordance_scorer",
    "strand_predictions",
]

Reduction = Literal["max", "mean", "rank"]


def reverse_complement_samples(X: Any) -> Any:
    """Reverse complement of every sequence, in the form in which the sequences came.

    Parameters
    ----------
    X : list, tuple, Series or array of str, Bio.Seq.Seq or Bio.SeqRecord.SeqRecord, \
            or array of shape (n, 4, L), or uint8 codes of shape (n, L)
        Sequences as `rcseq` takes them anywhere.

    Returns
    -------
    X_rc
        The same container with the other strands.

    Raises
    ------
    TypeError
        If `X` is not in one of these forms, for example a table of features, of which nobody
        knows the other strand.

    Examples
    --------
    >>> from rcseq.metrics import reverse_complement_samples
    >>> reverse_complement_samples(["AACG", "ttr"])
    ['CGTT', 'yaa']
    """
    if isinstance(X, str | bytes):
        raise TypeError("X is a single sequence; pass a list of sequences, as in [X].")
    if isinstance(X, pd.Series):
        return pd.Series([_other_strand(s) for s in X], index=X.index, name=X.name, dtype=X.dtype)
    if hasattr(X, "ndim"):
        if X.ndim == 3 and X.shape[1] == 4:
            # A tensor cannot be indexed by a negative step; it has a flip of its own.
            return X[:, ::-1, ::-1] if isinstance(X, np.ndarray) else X.flip((1, 2))
        if X.ndim == 2 and X.dtype == np.uint8:
            return reverse_complement_codes(np.asarray(X))
        if X.ndim == 1 and getattr(X.dtype, "kind", "O") in "OUT":
            return np.array([_other_strand(s) for s in X], dtype=X.dtype)
        raise TypeError(
            f"X of shape {tuple(X.shape)} and dtype {X.dtype} is no set of DNA sequences, so its "
            "other strand is not known. Pass strings, one-hot of shape (n, 4, L) or uint8 codes "
            "of shape (n, L)."
        )
    if isinstance(X, list | tuple):
        return type(X)(_other_strand(sequence) for sequence in X)
    raise TypeError(
        f"X is a {type(X).__name__}; pass a list, Series or array of sequences, one-hot of shape "
        "(n, 4, L) or uint8 codes of shape (n, L)."
    )


def _other_strand(sequence: Any) -> Any:
    if isinstance(sequence, str):
        return reverse_complement(str(sequence))
    if hasattr(sequence, "reverse_complement"):  # Bio.Seq.Seq and SeqRecord
        return sequence.reverse_complement()
    raise TypeError(
        f"a sequence is a {type(sequence).__name__}; str, Bio.Seq.Seq or SeqRecord would work."
    )


def strand_predictions(
    estimator: Any, X: Any, *, X_rc: Any = None
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Predictions of a fitted model on the strand given and on the other strand.

    Parameters
    ----------
    estimator : fitted estimator or pipeline
    X : sequences
        As for :func:`reverse_complement_samples`.
    X_rc : sequences, optional
        The other strands, where they are already at hand.

    Returns
    -------
    forward, reverse : ndarray of shape (n, n_outputs)
        As of :func:`model_scores`. Where the outputs lie along the sequence (profiles), the second
        array has them in the order of the first.

    Examples
    --------
    >>> from rcseq import KmerVectorizer
    >>> from rcseq.metrics import strand_predictions
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> model = make_pipeline(KmerVectorizer(k=1, canonical=False), LogisticRegression())
    >>> model = model.fit(["AAC", "AAA", "TTG", "TTT"], [1, 1, 0, 0])
    >>> forward, reverse = strand_predictions(model, ["AAA"])
    >>> forward.shape, bool(forward[0, 0] > 0.5), bool(reverse[0, 0] < 0.5)
    ((1, 1), True, True)
    """
    X_rc = reverse_complement_samples(X) if X_rc is None else X_rc
    forward, reverse = model_scores(estimator, X), model_scores(estimator, X_rc)
    symmetry = _output_symmetry(estimator)
    if symmetry is not None and str(symmetry) != "invariant":
        import torch  # the symmetry acts on tensors; only profile models come here

        reverse = symmetry.act(torch.as_tensor(np.ascontiguousarray(reverse))).numpy()
    return forward, reverse


def model_scores(estimator: Any, X: Any) -> NDArray[Any]:
    """Predict with a fitted model, one column for each thing that it predicts.

    Parameters
    ----------
    estimator : fitted estimator or pipeline
        Its ``predict_proba`` is taken where there is one, else its ``decision_function``, else its
        ``predict``.
    X : sequences

    Returns
    -------
    scores : ndarray of shape (n, n_outputs)
        For a binary classifier one column: the positive class, ``classes_[1]``. For profiles
        whatever shape they have.

    Raises
    ------
    TypeError
        If it has none of the three, or predicts labels only.
    """
    methods = ("predict_proba", "decision_function", "predict")
    method = next((name for name in methods if hasattr(estimator, name)), None)
    if method is None:
        raise TypeError(f"{type(estimator).__name__} has none of {', '.join(methods)}: no model")
    response = getattr(estimator, method)(X)
    if isinstance(response, list):  # scikit-learn's own form for several labels
        response = np.stack([output[:, -1] for output in response], axis=1)
    response = np.asarray(response)
    if response.dtype.kind not in "fiub":
        raise TypeError(
            f"{type(estimator).__name__} predicts labels of dtype {response.dtype} and has neither "
            "predict_proba nor decision_function, so there is nothing to subtract."
        )
    if method == "predict_proba" and response.shape[1:] == (2,) and _is_binary(estimator):
        response = response[:, 1]
    return response[:, None] if response.ndim == 1 else response


def _is_binary(estimator: Any) -> bool:
    """Two columns are the two classes of one label, or else two labels."""
    several = isinstance(getattr(estimator, "classes_", None), list)
    return not (several or getattr(final_estimator(estimator), "multilabel_", False))


def final_estimator(estimator: Any) -> Any:
    """Unwrap pipelines and fitted searches down to the model itself.

    Parameters
    ----------
    estimator : estimator

    Returns
    -------
    estimator
    """
    while True:
        if hasattr(estimator, "best_estimator_"):
            estimator = estimator.best_estimator_
        elif hasattr(estimator, "steps"):
            estimator = estimator.steps[-1][1]
        else:
            return estimator


def _output_symmetry(estimator: Any) -> Any:
    final = final_estimator(estimator)
    return getattr(getattr(final, "module_", None), "output_symmetry", None)


def discordance_between(
    forward: ArrayLike, reverse: ArrayLike, *, reduce: Reduction = "max"
) -> float:
    """Disagreement between two arrays of predictions, one for each strand.

    Parameters
    ----------
    forward, reverse : array-like of shape (n,) or (n, n_outputs)
        Predictions on the strand given and on the other strand, in the same order.
    reduce : {"max", "mean", "rank"}, default="max"
        As in :func:`strand_discordance`.

    Returns
    -------
    float

    Examples
    --------
    >>> from rcseq.metrics import discordance_between
    >>> discordance_between([0.25, 0.5, 1.0], [0.25, 0.25, 0.875])
    0.25
    >>> discordance_between([0.1, 0.2, 0.3], [0.3, 0.2, 0.1], reduce="rank")
    1.0
    """
    a, b = (np.asarray(p, dtype=np.float64) for p in (forward, reverse))
    if a.shape != b.shape:
        raise ValueError(f"forward has shape {a.shape} and reverse {b.shape}; they must be equal")
    if a.size == 0:
        raise ValueError("there are no predictions to compare")
    if reduce == "max":
        return float(np.abs(a - b).max())
    if reduce == "mean":
        return float(np.abs(a - b).mean())
    if reduce == "rank":
        a, b = a.reshape(len(a), -1), b.reshape(len(b), -1)
        return float(np.mean([_swapped_pairs(a[:, j], b[:, j]) for j in range(a.shape[1])]))
    raise ValueError(f"reduce={reduce!r} is not one of {', '.join(get_args(Reduction))}")


def _swapped_pairs(a: NDArray[Any], b: NDArray[Any]) -> float:
    if np.array_equal(a, b) or np.ptp(a) == 0 or np.ptp(b) == 0:
        return 0.0  # a constant prediction orders nothing, so nothing can be swapped
    return float((1 - kendalltau(a, b).statistic) / 2)


def strand_discordance(estimator: Any, X: Any, *, reduce: Reduction = "max") -> float:
    """Disagreement of a fitted model with itself on the other strand.

    Parameters
    ----------
    estimator : fitted estimator or pipeline
        Probabilities are compared where it has ``predict_proba``, else the values of its
        ``decision_function``, else those of ``predict``.
    X : sequences
        Strings (through a pipeline that encodes them), one-hot of shape (n, 4, L) or uint8 codes
        of shape (n, L). On strings, what the encoder does with the ends of a sequence counts.
    reduce : {"max", "mean", "rank"}, default="max"
        ``"max"``: the largest absolute difference between the two predictions for a sequence.
        ``"mean"``: the mean absolute difference. ``"rank"``: the share of pairs of sequences that
        the two strands put in opposite order, (1 - Kendall's tau) / 2: 0 where both strands rank
        all alike, 0.5 where the rankings have nothing in common. It does not depend on how a model
        is calibrated.

    Returns
    -------
    float
        0 for a model that cannot tell the strands apart. Floating-point noise of about 1e-7 is
        usual in float32.

    Raises
    ------
    TypeError
        If `X` holds no sequences.
    ValueError
        If `reduce` is unknown.

    References
    ----------
    Shrikumar, Greenside and Kundaje (2017), bioRxiv 103663, figure 1.

    Examples
    --------
    >>> from rcseq import KmerVectorizer
    >>> from rcseq.metrics import strand_discordance
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> X, y = ["AACGA", "AAGGA", "TCATT", "TTGTC"], [1, 1, 0, 0]
    >>> blind = make_pipeline(KmerVectorizer(k=2, canonical=False), LogisticRegression())
    >>> symmetric = make_pipeline(KmerVectorizer(k=2, canonical=True), LogisticRegression())
    >>> strand_discordance(blind.fit(X, y), X) > 0.1
    True
    >>> strand_discordance(symmetric.fit(X, y), X)
    0.0
    """
    if reduce not in get_args(Reduction):  # before the predictions, which may take long
        raise ValueError(f"reduce={reduce!r} is not one of {', '.join(get_args(Reduction))}")
    return discordance_between(*strand_predictions(estimator, X), reduce=reduce)


def strand_discordance_scorer(
    estimator: Any, X: Any, y: Any = None, *, reduce: Reduction = "max"
) -> float:
    """Negative strand discordance: a scorer, of which more is better, as of all scorers.

    Parameters
    ----------
    estimator : fitted estimator or pipeline
    X : sequences
    y : ignored
        Agreement between the strands needs no labels.
    reduce : {"max", "mean", "rank"}, default="max"
        As in :func:`strand_discordance`. For another than the default pass
        ``functools.partial(strand_discordance_scorer, reduce="mean")``.

    Returns
    -------
    float
        At most 0.

    Examples
    --------
    >>> from rcseq import KmerVectorizer
    >>> from rcseq.metrics import strand_discordance_scorer
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.model_selection import cross_val_score
    >>> from sklearn.pipeline import make_pipeline
    >>> model = make_pipeline(KmerVectorizer(k=2), LogisticRegression())
    >>> X, y = ["AACGA", "AAGGA", "TCATT", "TTGTC"], [1, 1, 0, 0]
    >>> cross_val_score(model, X, y, scoring=strand_discordance_scorer, cv=2)
    array([0., 0.])
    """
    return -strand_discordance(estimator, X, reduce=reduce) + 0.0  # no negative zero
