"""What the transformers take: strings, Biopython's sequences, or an array of base codes."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from Bio.Seq import MutableSeq, Seq
from Bio.SeqRecord import SeqRecord
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_non_negative, validate_data

from rcseq import alphabet

_BATCH = 256  # sequences encoded at once
_Text = (str, bytes, Seq, MutableSeq, SeqRecord)


class FlatSequences(NamedTuple):
    """Sequences one after another, without padding.

    Sequence `i` is ``codes[offsets[i]:offsets[i + 1]]``.
    """

    codes: alphabet.Codes
    offsets: npt.NDArray[np.intp]

    @property
    def lengths(self) -> npt.NDArray[np.intp]:
        """Length of each sequence, ``(n,)``."""
        return np.diff(self.offsets)

    def parts(self, n_bases: int = 4_000_000) -> Iterator["FlatSequences"]:
        """Yield runs of whole sequences of about `n_bases` together, to bound working memory."""
        cuts = np.arange(0, self.offsets[-1], n_bases)
        firsts = np.unique(np.searchsorted(self.offsets, cuts, side="right") - 1).tolist()
        for first, last in pairwise([*firsts, len(self.lengths)]):
            offsets = self.offsets[first : last + 1]
            yield FlatSequences(self.codes[offsets[0] : offsets[-1]], offsets - offsets[0])


class SequenceTransformer(TransformerMixin, BaseEstimator):
    """Base of the transformers: reads the input and declares what it may be."""

    def _read(self, X: Any, *, reset: bool) -> FlatSequences:
        texts = _as_texts(X)
        if texts is None:
            return _flatten_codes(self, X, reset=reset)
        if reset:
            # A fit on strings forgets an earlier fit on codes: strings have no number of columns.
            self.__dict__.pop("n_features_in_", None)
            self.__dict__.pop("feature_names_in_", None)
        return _flatten_texts(texts)

    def __sklearn_tags__(self) -> Tags:
        tags: Tags = super().__sklearn_tags__()
        # These tags speak of arrays, here (n, L) arrays of base codes: categories from 0 upwards.
        # Lists of strings come on top. The tag `string` would mean an array that mixes both.
        tags.input_tags.categorical = True
        tags.input_tags.positive_only = True
        tags.transformer_tags.preserves_dtype = []
        return tags


def _as_texts(X: Any) -> list[Any] | None:
    """Return the elements of `X` as a list if they are sequences, None if `X` is numeric."""
    if isinstance(X, _Text):
        raise ValueError(
            f"X is a single {type(X).__name__}; give a list of sequences, here [X], instead"
        )
    if isinstance(X, pd.DataFrame | np.ndarray) and X.ndim == 2:
        # One column of strings, as a ColumnTransformer or a sampler hands it over.
        table = X.to_numpy() if isinstance(X, pd.DataFrame) else X
        if table.shape[1] == 1:
            return _as_texts(table[:, 0])
        if len(table) and any(isinstance(item, _Text) for item in table[0]):
            raise ValueError(
                f"X is a table of {table.shape[1]} columns with text; give its column of "
                "sequences alone"
            )
        return None
    if getattr(X, "ndim", 1) != 1:
        return None
    if hasattr(X, "tolist"):
        X = X.tolist()
    if not isinstance(X, list | tuple) or (X and not any(isinstance(x, _Text) for x in X)):
        return None
    return list(X)


def _flatten_texts(items: list[Any]) -> FlatSequences:
    if not items:
        raise ValueError("X holds 0 sequences, while a minimum of 1 is required")
    texts = [
        item if isinstance(item, str) else _as_str(item, index) for index, item in enumerate(items)
    ]
    lengths = np.fromiter(map(len, texts), np.intp, len(texts))
    if not lengths.all():
        raise ValueError(f"{_name(items, int(lengths.argmin()))} is empty")
    offsets = np.concatenate([[0], lengths.cumsum()])
    codes = np.empty(offsets[-1], np.uint8)
    # Batches that stay in the cache: whole copies of the data would be three times as slow.
    for first in range(0, len(texts), _BATCH):
        batch = alphabet.encode("".join(texts[first : first + _BATCH]))
        codes[offsets[first] : offsets[first] + len(batch)] = batch
    if codes.max() == alphabet.INVALID:
        where = alphabet.find_invalid(texts)
        assert where is not None
        index, position, letter = where
        raise ValueError(
            f"{_name(items, index)} has {letter!r} at position {position} (from 0), which is not "
            "a letter of DNA; A, C, G, T, U and the IUPAC codes RYSWKMBDHVN are"
        )
    return FlatSequences(codes, offsets)


def _as_str(item: Any, index: int) -> str:
    if isinstance(item, SeqRecord):
        item = item.seq
    if isinstance(item, Seq | MutableSeq):
        return str(item)
    if isinstance(item, bytes):
        return item.decode("ascii", "replace")
    raise ValueError(
        f"sequence {index} is {item!r}, of type {type(item).__name__}; "
        "str, Bio.Seq.Seq and SeqRecord are taken"
    )


def _name(items: list[Any], index: int) -> str:
    item = items[index]
    return f"sequence {index}" + (f" (record {item.id})" if isinstance(item, SeqRecord) else "")


def _flatten_codes(estimator: Any, X: Any, *, reset: bool) -> FlatSequences:
    if getattr(X, "ndim", 2) == 3:
        raise ValueError(
            f"X has the shape {X.shape}, as if it were one-hot already; {type(estimator).__name__} "
            "takes a list of sequences, or an (n, L) array of base codes"
        )
    X = validate_data(estimator, X, reset=reset)
    check_non_negative(X, type(estimator).__name__)
    bad = len(alphabet.LETTERS) <= X
    if X.dtype.kind == "f":
        bad |= X % 1 != 0
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise ValueError(
            f"X[{row}, {column}] is {X[row, column]}, which is not a base code; a numeric X holds "
            f"whole numbers from 0 to {len(alphabet.LETTERS) - 1}, one a base, as "
            "DNAOneHotEncoder(output='codes') gives them"
        )
    n_sequences, length = X.shape
    return FlatSequences(X.astype(np.uint8).ravel(), np.arange(0, n_sequences * length + 1, length))
