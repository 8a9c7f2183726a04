"""Encoded sequences that are read and encoded when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rcseq import alphabet
from rcseq.sequences._flat import FlatCodes

if TYPE_CHECKING:
    from rcseq.sequences._sequences import Sequences

__all__ = ["LazyEncoding"]


class LazyEncoding:
    """Codes or one-hot of sequences that stay where they are: rows are encoded when asked for.

    It is what :class:`~rcseq.DNAOneHotEncoder` returns for regions of a genome and for
    memory-mapped codes. To index it by a slice, an array or a mask gives an array of these rows,
    and to turn it into an array (``np.asarray``) reads all of it. The estimators of this package
    read a batch at a time, so that memory does not grow with the number of sequences; a job that is
    sent to another process carries the handle and which sequences.

    Parameters
    ----------
    sequences : Sequences
    length : int
        Positions of each row.
    encode : callable
        Makes codes of shape (n, length) of the codes of `n` sequences; must be picklable.
    expand : callable, optional
        Makes what a row is, of codes; without it, rows are codes.
    """

    def __init__(
        self,
        sequences: Sequences,
        length: int,
        encode: Callable[[FlatCodes], alphabet.Codes],
        expand: Callable[[alphabet.Codes], npt.NDArray[Any]] | None = None,
    ) -> None:
        self.sequences, self.length = sequences, length
        self._encode, self._expand = encode, expand

    @property
    def shape(self) -> tuple[int, ...]:
        """``(n, length)`` for codes, ``(n, 4, length)`` for one-hot."""
        channels = () if self._expand is None else (4,)
        return (len(self.sequences), *channels, self.length)

    @property
    def ndim(self) -> int:
        """2 for codes, 3 for one-hot."""
        return len(self.shape)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the rows."""
        if self._expand is None:
            return np.dtype(np.uint8)
        return self._expand(np.zeros((1, 1), np.uint8)).dtype

    def __len__(self) -> int:
        return len(self.sequences)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.shape} of {self.sequences.kind}>"

    def __getitem__(self, key: Any) -> npt.NDArray[Any]:
        if isinstance(key, int | np.integer):
            row: npt.NDArray[Any] = self[[range(len(self))[key]]][0]
            return row
        if isinstance(key, tuple):
            return self[key[0]][(slice(None), *key[1:])]
        chosen = self.sequences[key]
        if len(chosen):
            codes = self._encode(chosen.codes())
        else:
            codes = np.empty((0, self.length), np.uint8)
        return codes if self._expand is None else self._expand(codes)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        array = self[:]
        return array if dtype is None else array.astype(dtype, copy=False)

    def codes(self) -> LazyEncoding:
        """Return the same as codes, one byte a base."""
        return LazyEncoding(self.sequences, self.length, self._encode)
