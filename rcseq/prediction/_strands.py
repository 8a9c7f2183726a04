"""The other strands of sequences, in the form in which the sequences came."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from rcseq.alphabet import reverse_complement, reverse_complement_codes

__all__ = ["reverse_complement_samples"]


def reverse_complement_samples(X: Any) -> Any:
    """Return the reverse complement of every sequence, in the form in which the sequences came.

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
    >>> from rcseq.prediction import reverse_complement_samples
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
