"""Estimators of sequences that take tables, so that scikit-learn's checks can be run on them."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils.metaestimators import available_if

__all__ = ["WIDTH", "as_sequences", "on_tables"]

# A value of a table becomes one word of WORD bases for each threshold that it exceeds, and as many
# unknown bases for each that it does not. Every column has words of its own, so that a model finds
# the column again whether it looks at positions, as a linear one does, or at words, as a
# convolution with a global maximum does.
THRESHOLDS = np.array([-0.7, 0.0, 0.7])
WORD = 6
WIDTH = len(THRESHOLDS) * WORD  # bases for one value

_METHODS = (
    "decision_function",
    "fit",
    "fit_transform",
    "partial_fit",
    "predict",
    "predict_log_proba",
    "predict_proba",
    "score",
    "score_samples",
    "transform",
)


@functools.lru_cache(maxsize=32)
def _words(n_columns: int) -> NDArray[np.bool_]:
    """Draw the word of each column, one-hot, of shape (n_columns, 4, WORD)."""
    # of A and C alone, so that no word is another one read on the other strand
    codes = np.random.default_rng(0).integers(0, 2, (n_columns, WORD))
    return np.moveaxis(np.eye(4, dtype=bool)[codes], -1, 1)


def as_sequences(X: Any) -> Any:
    """Write each row of a table as a sequence; leave everything else as it is.

    What is hostile about a table stays hostile at the same place: a NaN, an infinite value or an
    object fills the column of its first base, and dtype, memory order, read-only flag, nested
    lists and things that only convert to arrays are kept.

    Parameters
    ----------
    X : object
        What a check of scikit-learn passes for X.

    Returns
    -------
    object
        For a table of shape (n, columns), one-hot sequences of shape (n, 4, WIDTH * columns).
    """
    if sparse.issparse(X):
        return X
    try:
        table = np.asarray(X)
    except ValueError:  # ragged
        return X
    if table.ndim != 2 or table.dtype.kind not in "buifcO":
        return X
    sequences = _write(table)
    if isinstance(X, np.ndarray):
        if table.flags.f_contiguous and not table.flags.c_contiguous:
            sequences = np.asfortranarray(sequences)
        sequences.flags.writeable = X.flags.writeable
        return sequences
    if isinstance(X, pd.DataFrame):
        return sequences
    return sequences.tolist() if isinstance(X, list | tuple) else type(X)(sequences)


def _write(table: NDArray[Any]) -> NDArray[Any]:
    n, n_columns = table.shape
    values, odd = _numbers(table)
    above = values[:, :, None] > THRESHOLDS
    # (n, 1, columns, thresholds, 1) with (4, columns, 1, WORD)
    words = _words(n_columns).transpose(1, 0, 2)[:, :, None, :]
    bases = (above[:, None, :, :, None] & words).reshape(n, 4, n_columns * WIDTH)
    sequences = bases.astype(table.dtype)
    for row, column in np.argwhere(odd):
        sequences[row, :, column * WIDTH] = table[row, column]
    return sequences


def _numbers(table: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the real numbers of a table, and say where it holds something else."""
    if table.dtype.kind == "O":
        values = np.array([[_number(v) for v in row] for row in table], dtype=float)
        values = values.reshape(table.shape)
    else:
        values = table.real.astype(float)
    odd = ~np.isfinite(values)
    return np.where(odd, 0.0, values), odd


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return np.nan


def on_tables(estimator: Any) -> Any:
    """Return an unfitted twin of an estimator that takes tables in place of sequences.

    It is of a subclass of the estimator's class, of the same name, that writes tables as
    sequences on their way in. It clones and pickles.

    Parameters
    ----------
    estimator : estimator
        One that takes arrays of shape (n, 4, L).

    Returns
    -------
    estimator
    """
    cls: Any = type(estimator)
    return _table_class(cls)(**estimator.get_params(deep=False))


class _OnTables:
    """What the twins of all estimators have in common."""

    _base: type

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()  # type: ignore[misc]  # the estimator's, next in line
        # with a two-dimensional array refused, scikit-learn would leave out nearly all its checks
        tags.input_tags.two_d_array = True
        tags.input_tags.positive_only = False  # tables may be negative; one-hot is checked apart
        return tags

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _blank, (self._base,), self.__getstate__()


def _blank(base: type) -> Any:
    cls = _table_class(base)
    return cls.__new__(cls)


@functools.cache
def _table_class(base: Any) -> Any:
    namespace = {
        "_base": base,
        "__doc__": base.__doc__,
        "__init__": base.__init__,  # whose signature is that of the parameters
        "__module__": base.__module__,
        "__qualname__": base.__qualname__,
    }
    for method in filter(functools.partial(hasattr, base), _METHODS):
        namespace[method] = _on_sequences(base, method)
    return type(base.__name__, (_OnTables, base), namespace)


def _on_sequences(base: type, method: str) -> Any:
    @functools.wraps(getattr(base, method))
    def call(self: Any, X: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(super(_OnTables, self), method)(as_sequences(X), *args, **kwargs)

    def available(self: Any) -> bool:
        getattr(super(_OnTables, self), method)  # its AttributeError says why not
        return True

    return available_if(available)(call)
