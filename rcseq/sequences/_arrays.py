"""Sequences that are encoded already: arrays of codes and of one-hot columns."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from rcseq import alphabet
from rcseq.sequences._flat import FlatCodes

__all__ = ["Encoded", "kind_of_array"]


def kind_of_array(X: Any) -> Literal["codes", "onehot"] | None:
    """Return whether this is codes ``(n, L)`` or one-hot ``(n, 4, L)``, of NumPy or PyTorch."""
    shape: tuple[int, ...] = getattr(X, "shape", ())
    if not hasattr(X, "dtype"):
        return None
    if len(shape) == 3 and shape[1] == 4:
        return "onehot"
    # A dtype of torch has no name, but its text ends in it.
    return "codes" if len(shape) == 2 and str(X.dtype).endswith("uint8") else None


class Encoded:
    """An array of codes or of one-hot columns, in memory or mapped from a file."""

    def __init__(self, container: Any, kind: Literal["codes", "onehot"]) -> None:
        self.container = container
        self.kind = kind
        self.names = None
        self.groups = None

    def __len__(self) -> int:
        return int(self.container.shape[0])

    def array(self, index: npt.NDArray[np.intp] | None) -> npt.NDArray[Any]:
        X = self.container if index is None else self.container[index]
        return X if isinstance(X, np.ndarray) else np.asarray(X.detach().cpu())

    def lengths(self, index: npt.NDArray[np.intp] | None) -> npt.NDArray[np.intp]:
        n = len(self) if index is None else len(index)
        return np.full(n, self.container.shape[-1], np.intp)

    def codes(self, index: npt.NDArray[np.intp] | None) -> FlatCodes:
        codes = self.array(index)
        if self.kind == "onehot":
            codes = alphabet.collapse(codes)
        n, length = codes.shape
        if codes.size and codes.max() >= len(alphabet.LETTERS):
            row, column = np.argwhere(codes >= len(alphabet.LETTERS))[0]
            raise ValueError(
                f"X[{row}, {column}] is {codes[row, column]}, which is not a base code; these are "
                f"0 to {len(alphabet.LETTERS) - 1}"
            )
        return FlatCodes(codes.reshape(-1), np.arange(0, n * length + 1, max(length, 1)))

    def text(self, index: int) -> str:
        return alphabet.decode(self.codes(np.array([index])).codes)

    def encoded(self, index: npt.NDArray[np.intp] | None, other_strand: bool) -> npt.NDArray[Any]:
        X = self.array(index)
        if not other_strand:
            return X
        return X[:, ::-1, ::-1] if self.kind == "onehot" else alphabet.reverse_complement_codes(X)

    def native(self, index: npt.NDArray[np.intp] | None, other_strand: bool) -> Any:
        if isinstance(self.container, np.ndarray):
            return self.encoded(index, other_strand)
        X = self.container if index is None else self.container[index]
        if other_strand and self.kind == "onehot":
            return X.flip((1, 2))  # a tensor cannot be indexed by a negative step
        return X.new_tensor(alphabet.reverse_complement_codes(X.numpy())) if other_strand else X
