"""Sequences as text: strings and Biopython's sequences, in whatever holds them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from Bio.Seq import MutableSeq, Seq
from Bio.SeqRecord import SeqRecord

from rcseq import alphabet
from rcseq.sequences._flat import FlatCodes

__all__ = ["Letters", "Texts", "encode_texts", "read_texts"]

Index = npt.NDArray[np.intp]

_BATCH = 256  # sequences encoded at once
_Text = (str, bytes, Seq, MutableSeq, SeqRecord)


class Letters(Sequence[str]):
    """Strings as one array of letters, which joblib maps into memory instead of copying it."""

    def __init__(self, texts: Sequence[str]) -> None:
        lengths = np.fromiter(map(len, texts), np.intp, len(texts))
        self.offsets = np.concatenate([[0], lengths.cumsum()])
        self.letters = np.frombuffer("".join(texts).encode("ascii"), np.uint8)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, index: Any) -> Any:
        first, last = self.offsets[index], self.offsets[index + 1]
        return self.letters[first:last].tobytes().decode("ascii")


class _Form(NamedTuple):
    """What holds the texts, without them."""

    container: type
    dtype: Any = None
    index: Any = None
    column: Any = None

    def hold(self, items: list[Any], rows: Index | None) -> Any:
        index = self.index if self.index is None or rows is None else self.index[rows]
        if self.container is pd.Series:
            return pd.Series(items, index=index, name=self.column, dtype=self.dtype)
        if self.container is pd.DataFrame:
            return pd.DataFrame({self.column: pd.Series(items, index=index, dtype=self.dtype)})
        if self.container is not np.ndarray:
            return self.container(items)
        array = np.empty(len(items), self.dtype)
        array[:] = items
        return array[:, None] if self.column else array


class Texts:
    """Text in a list, tuple, array, Series or one-column frame."""

    kind = "text"
    groups = None

    def __init__(self, container: Any, items: Sequence[Any], form: _Form) -> None:
        self._container, self._items, self._form = container, items, form
        self._letters: Letters | None = None

    def __len__(self) -> int:
        return len(self._items)

    @property
    def names(self) -> npt.NDArray[np.object_] | None:
        if len(self) and all(isinstance(item, SeqRecord) for item in self._items):
            return np.array([item.id for item in self._items], dtype=object)
        return None

    def _chosen(self, index: Index | None) -> Sequence[Any]:
        return self._items if index is None else [self._items[i] for i in index.tolist()]

    def text(self, index: int) -> str:
        item = self._items[index]
        return item if isinstance(item, str) else _as_str(item, index)

    def lengths(self, index: Index | None) -> npt.NDArray[np.intp]:
        items = self._chosen(index)
        return np.fromiter(map(len, items), np.intp, len(items))

    def codes(self, index: Index | None = None) -> FlatCodes:
        items = self._chosen(index)
        if not len(items):
            raise ValueError("X holds 0 sequences, while a minimum of 1 is required")
        texts = [t if isinstance(t, str) else _as_str(t, i) for i, t in enumerate(items)]
        return encode_texts(texts, lambda number: _name(items, number))

    def native(self, index: Index | None, other_strand: bool) -> Any:
        if index is None and not other_strand and self._container is not None:
            return self._container
        items = list(self._chosen(index))
        if other_strand:
            items = [_other_strand(item) for item in items]
        return self._form.hold(items, index)

    def __getstate__(self) -> dict[str, Any]:
        """Pickle plain strings as one array of letters."""
        if isinstance(self._items, Letters):
            return self.__dict__
        if self._letters is None:
            if not all(type(item) is str and item.isascii() for item in self._items):
                return self.__dict__
            # Kept, so that joblib knows the array again in the next job.
            self._letters = Letters(self._items)
        return {"_container": None, "_items": self._letters, "_form": self._form, "_letters": None}


def encode_texts(texts: list[str], name_of: Callable[[int], str]) -> FlatCodes:
    """Return the codes of strings; `name_of` says which one a message is about."""
    lengths = np.fromiter(map(len, texts), np.intp, len(texts))
    if not lengths.all():
        raise ValueError(f"{name_of(int(lengths.argmin()))} is empty")
    offsets = np.concatenate([[0], lengths.cumsum()])
    codes = np.empty(offsets[-1], np.uint8)
    # Batches that stay in the cache: whole copies of the data would be three times as slow.
    for first in range(0, len(texts), _BATCH):
        joined = "".join(texts[first : first + _BATCH]).encode("ascii", "replace")
        batch = np.frombuffer(joined.translate(alphabet.ENCODE_TABLE), np.uint8)
        codes[offsets[first] : offsets[first] + len(batch)] = batch
    if codes.max(initial=0) == alphabet.INVALID:
        where = alphabet.find_invalid(texts)
        assert where is not None
        number, position, letter = where
        raise ValueError(
            f"{name_of(number)} has {letter!r} at position {position} (from 0), which is "
            "not a letter of DNA; A, C, G, T, U and the IUPAC codes RYSWKMBDHVN are"
        )
    return FlatCodes(codes, offsets)


def read_texts(X: Any) -> Texts | None:
    """Return `X` as texts, None if it is numeric or something else."""
    if isinstance(X, _Text):
        raise TypeError(
            f"X is a single {type(X).__name__}; give a list of sequences, here [X], instead"
        )
    if isinstance(X, pd.Index | pd.api.extensions.ExtensionArray):
        X = pd.Series(X)
    if isinstance(X, list | tuple):
        # An empty list is a list of no sequences.
        return Texts(X, X, _Form(type(X))) if not X or _hold_text(X) else None
    if isinstance(X, pd.Series):
        form = _Form(pd.Series, X.dtype, X.index, X.name)
        items = X.tolist()
    elif isinstance(X, pd.DataFrame) and X.shape[1] == 1:
        form = _Form(pd.DataFrame, X.dtypes.iloc[0], X.index, X.columns[0])
        items = X.iloc[:, 0].tolist()
    elif isinstance(X, np.ndarray) and (X.ndim == 1 or (X.ndim == 2 and X.shape[1] == 1)):
        if X.dtype.kind not in "OUST":
            return None
        form = _Form(np.ndarray, X.dtype, column=X.ndim == 2)
        items = X.ravel().tolist()
    else:
        _refuse_tables_of_text(X)
        return None
    return Texts(X, items, form) if not items or _hold_text(items) else None


def _hold_text(items: Sequence[Any]) -> bool:
    return any(isinstance(item, _Text) for item in items) or all(
        item is None or item is pd.NA for item in items
    )


def _refuse_tables_of_text(X: Any) -> None:
    table = isinstance(X, pd.DataFrame) or (isinstance(X, np.ndarray) and X.dtype.kind in "OUST")
    if table and X.ndim == 2 and len(X):
        first = X.iloc[0] if isinstance(X, pd.DataFrame) else X[0]
        if _hold_text(list(first)):
            raise ValueError(
                f"X is a table of {X.shape[1]} columns with text; give its column of sequences "
                "alone"
            )


def _as_str(item: Any, index: int) -> str:
    if isinstance(item, SeqRecord):
        item = item.seq
    if isinstance(item, Seq | MutableSeq):
        return str(item)
    if isinstance(item, bytes):
        return item.decode("ascii", "replace")
    missing = item is None or item is pd.NA or (isinstance(item, float) and item != item)
    raise ValueError(
        f"sequence {index} is {item!r}, of type {type(item).__name__}; "
        "str, Bio.Seq.Seq and SeqRecord are taken"
        + (". Leave out the samples that have no sequence." if missing else "")
    )


def _name(items: Sequence[Any], index: int) -> str:
    item = items[index]
    return f"sequence {index}" + (f" (record {item.id})" if isinstance(item, SeqRecord) else "")


def _other_strand(item: Any) -> Any:
    if isinstance(item, str):
        return alphabet.reverse_complement(str(item))
    if isinstance(item, bytes):
        return alphabet.reverse_complement(item.decode("ascii", "replace")).encode()
    if isinstance(item, Seq | MutableSeq | SeqRecord):
        return item.reverse_complement()
    raise TypeError(
        f"a sequence is a {type(item).__name__}; str, Bio.Seq.Seq or SeqRecord would work."
    )
