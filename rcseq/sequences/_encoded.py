"""What an estimator accepts as encoded sequences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_array, gen_batches

from rcseq.alphabet import ONE_HOT
from rcseq.sequences._lazy import LazyEncoding
from rcseq.sequences._sequences import Sequences

__all__ = ["check_encoded"]

_CHUNK = 4096  # sequences looked at together, so that a check needs little memory
_CHUNK_SIZE = 2**17  # numbers that stay in the cache
_PIPELINE = "make_pipeline(DNAOneHotEncoder(), {name}(...))"


def check_encoded(
    X: Any,
    *,
    length: int | None = None,
    codes: bool = True,
    estimator: str = "SequenceClassifier",
) -> Any:
    """Validate encoded sequences, for estimators of your own as well.

    Parameters
    ----------
    X : array-like of shape (n, 4, L), or uint8 codes of shape (n, L)
        One-hot sequences (channels A C G T; fractions for ambiguity codes; all zeros for an
        unknown base), or the codes that ``DNAOneHotEncoder(output="codes")`` makes.
    length : int, optional
        The length that the estimator was fitted on.
    codes : bool, default=True
        Whether base codes are taken.
    estimator : str
        The name to use in messages.

    Returns
    -------
    ndarray
        One-hot as uint8 or float32 of shape (n, 4, L), or codes as uint8 of shape (n, L); of a
        :class:`LazyEncoding` the same of codes.

    Raises
    ------
    ValueError
        If the array is anything else; the message says what it is and what would work.
    TypeError
        If it is a dictionary or sparse, or holds objects that are not numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from rcseq.sequences import check_encoded
    >>> X = np.eye(4)[[[0, 1, 2, 3, 3]]].transpose(0, 2, 1)
    >>> check_encoded(X, length=5, estimator="MyModel").shape
    (1, 4, 5)
    >>> check_encoded(X.transpose(0, 2, 1), estimator="MyModel")
    Traceback (most recent call last):
    ...
    ValueError: X of shape (1, 5, 4) is in channels-last order (n, L, 4); MyModel takes (n, 4, L)...
    """
    if isinstance(X, LazyEncoding):  # its rows are looked at when they are read
        return _check_length(X.codes(), length, estimator)
    if isinstance(X, Sequences):
        encoded = X.encoded()
        X = X[:1].tolist() if encoded is None else encoded
    if _is_one_hot(X):  # what the encoder makes needs no second look
        return _check_length(X.view(np.uint8) if X.dtype == bool else X, length, estimator)
    _refuse_others(X, estimator)
    X = check_array(
        X,
        accept_sparse=False,
        dtype=None,
        ensure_2d=False,
        allow_nd=True,
        estimator=estimator,
        input_name="X",
    )
    if X.dtype.kind not in "buif":
        try:
            X = X.astype(np.float32)
        except TypeError as error:  # an object that is not a number
            raise TypeError(
                f"{error}; {estimator} takes one-hot numbers of shape (n, 4, L)."
            ) from None
        except ValueError:
            raise ValueError(
                f"X has dtype {X.dtype}; {estimator} takes one-hot numbers of shape (n, 4, L). "
                f"Encode sequences first: {_PIPELINE.format(name=estimator)}."
            ) from None
    if codes and X.ndim == 2 and X.dtype == np.uint8:
        if X.max() >= len(ONE_HOT):
            raise ValueError(
                f"X of shape {X.shape} and dtype uint8 is read as base codes 0 to "
                f"{len(ONE_HOT) - 1}, but holds {X.max()}. Pass one-hot of shape (n, 4, L), or "
                "the codes of DNAOneHotEncoder(output='codes')."
            )
    elif X.ndim != 3:
        raise ValueError(
            f"Expected 3D array of one-hot sequences of shape (n, 4, L), got {X.ndim}D array of "
            f"shape {X.shape} instead. Reshape your data, or encode sequences with "
            f"{_PIPELINE.format(name=estimator)}."
        )
    elif X.shape[1] != 4:
        if X.shape[2] == 4:
            raise ValueError(
                f"X of shape {X.shape} is in channels-last order (n, L, 4); {estimator} takes "
                "(n, 4, L). Pass X.transpose(0, 2, 1)."
            )
        raise ValueError(
            f"X of shape {X.shape} has {X.shape[1]} channels; {estimator} takes one-hot DNA with "
            "4 channels in the order A C G T, shape (n, 4, L)."
        )
    else:
        X = X.astype(np.float32 if X.dtype.kind == "f" else X.dtype, copy=False)
        _check_one_hot(X)
        if X.dtype.kind in "bui":
            X = X.astype(np.uint8, copy=False)
    return _check_length(X, length, estimator)


def _check_length(X: Any, length: int | None, estimator: str) -> Any:
    if X.shape[-1] == 0:
        raise ValueError(
            f"Found array with 0 position(s) (shape={X.shape}) while a minimum of 1 is required "
            f"by {estimator}: the sequences are empty."
        )
    if length is not None and X.shape[-1] != length:
        raise ValueError(
            f"X has sequences of length {X.shape[-1]}, but {estimator} was fitted on length "
            f"{length}. Encode with DNAOneHotEncoder(length={length}), or in one pipeline."
        )
    return X


def _is_one_hot(X: Any) -> bool:
    """Recognise one-hot without fractions, fast; anything else is looked at more closely."""
    if not (isinstance(X, np.ndarray) and X.ndim == 3 and X.shape[1] == 4 and X.size):
        return False
    if X.dtype not in (np.float32, np.uint8, bool):
        return False
    for rows in gen_batches(len(X), max(1, _CHUNK_SIZE // X[0].size)):
        chunk = X[rows].view(np.uint8) if X.dtype == bool else X[rows]
        if chunk.min() < 0 or (chunk.dtype == np.uint8 and chunk.max() > 1):  # sums may overflow
            return False
        total = chunk[:, 0] + chunk[:, 1]
        total += chunk[:, 2]
        total += chunk[:, 3]
        if not ((total == 0) | (total == 1)).all():
            return False
    return True


def _refuse_others(X: Any, estimator: str) -> None:
    """Recognise several inputs, and sequences that nobody encoded, and show what to write."""
    if isinstance(X, Mapping):
        raise TypeError(
            f"X is a dictionary of {', '.join(map(repr, X))}; {estimator} takes one array of "
            "sequences. Pass several inputs of a module as a data set, "
            "skorch.dataset.Dataset(X, y)."
        )
    first: Any = X
    if isinstance(X, np.ndarray):
        if X.dtype.kind not in "OUST":
            return
        first = X.flat[0] if X.size else ""
    elif isinstance(X, Sequence) and not isinstance(X, str):
        first = X[0] if len(X) else None
    elif hasattr(X, "iloc"):
        first = X.iloc[0] if len(X) else None
    if isinstance(first, str | bytes) or type(first).__name__ in {"Seq", "SeqRecord", "MutableSeq"}:
        raise ValueError(
            f"X holds sequences as text; {estimator} takes them encoded. Write "
            f"{_PIPELINE.format(name=estimator)} and fit that."
        )


def _check_one_hot(X: NDArray[Any]) -> None:
    """Refuse columns that are neither one-hot, nor fractions of one base, nor all zeros."""
    for rows in gen_batches(len(X), _CHUNK):
        chunk = X[rows]
        total = chunk.sum(axis=1, dtype=np.float32)
        bad = (np.abs(total) > 1e-3) & (np.abs(total - 1) > 1e-3)
        bad |= (chunk < 0).any(axis=1)
        if bad.any():
            sample, position = np.argwhere(bad)[0]
            column = [round(float(v), 4) for v in chunk[sample, :, position]]
            raise ValueError(
                f"X is not one-hot: sequence {rows.start + sample}, position {position} holds "
                f"{column} for A C G T. A known base is a single 1, an ambiguous one fractions "
                "that sum to 1, an unknown one all zeros."
            )
