"""What the transformers share: how they read sequences, and what scikit-learn is told of them."""

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_non_negative, validate_data

from rcseq import alphabet
from rcseq.sequences import FlatCodes, Sequences, as_sequences, read_texts


class SequenceTransformer(TransformerMixin, BaseEstimator):
    """Base of the transformers: reads the input and declares what it may be."""

    _parameter_constraints: ClassVar[dict[str, Any]]

    def _read(self, X: Any, *, reset: bool) -> FlatCodes:
        """Check the parameters, and read text or a numeric array of base codes."""
        self._validate_params()
        texts = _texts(X)
        if texts is None:
            return as_sequences(_check_codes(self, X, reset=reset)).codes()
        if reset:
            self._forget_columns()
        return texts.codes()

    def _parts(self, X: Any, n_bases: int = 4_000_000) -> Iterator[FlatCodes]:
        """Read the same in parts of about `n_bases`; of a genome one part at a time."""
        if isinstance(X, Sequences) and X.is_lazy:
            self._validate_params()
            return X.parts(n_bases)
        return self._read(X, reset=False).parts(n_bases)

    def _longest(self, X: Any) -> int:
        """Return the length of the longest sequence; bases of a genome are read later."""
        if isinstance(X, Sequences) and X.is_lazy:
            self._validate_params()
            self._forget_columns()
            return int(X.lengths.max())
        return int(self._read(X, reset=True).lengths.max())

    def _forget_columns(self) -> None:
        # A fit on strings forgets an earlier fit on codes: strings have no number of columns.
        self.__dict__.pop("n_features_in_", None)
        self.__dict__.pop("feature_names_in_", None)

    def _validate_params(self) -> None:
        super()._validate_params()
        for name, allowed in self._parameter_constraints.items():
            # To scikit-learn True is the number 1.
            if isinstance(getattr(self, name), bool) and "boolean" not in allowed:
                raise ValueError(
                    f"The {name!r} parameter of {type(self).__name__} must be one of "
                    f"{', '.join(map(str, allowed))}. Got {getattr(self, name)} instead."
                )

    def __sklearn_tags__(self) -> Tags:
        tags: Tags = super().__sklearn_tags__()
        # These tags speak of arrays, here (n, L) arrays of base codes: categories from 0 upwards.
        # Lists of strings come on top. The tag `string` would mean an array that mixes both.
        tags.input_tags.categorical = True
        tags.input_tags.positive_only = True
        tags.transformer_tags.preserves_dtype = []
        return tags


def _texts(X: Any) -> Any:
    if isinstance(X, Sequences):
        return X if X.encoded() is None else None
    return read_texts(X)


def _check_codes(estimator: Any, X: Any, *, reset: bool) -> alphabet.Codes:
    if isinstance(X, Sequences):
        X = X.encoded()
    if getattr(X, "ndim", 2) == 3:
        raise ValueError(
            f"X has the shape {X.shape}, as if it were one-hot already; {type(estimator).__name__} "
            "takes a list of sequences, or an (n, L) array of base codes"
        )
    X = validate_data(estimator, X, reset=reset)
    check_non_negative(X, type(estimator).__name__)
    fractions = X.dtype.kind == "f" and bool((X % 1 != 0).any())
    if fractions or X.max() >= len(alphabet.LETTERS):
        bad = (len(alphabet.LETTERS) <= X) | (X % 1 != 0)
        row, column = np.argwhere(bad)[0]
        raise ValueError(
            f"X[{row}, {column}] is {X[row, column]}, which is not a base code; a numeric X holds "
            f"whole numbers from 0 to {len(alphabet.LETTERS) - 1}, one a base, as "
            "DNAOneHotEncoder(output='codes') gives them"
        )
    codes: alphabet.Codes = X.astype(np.uint8, copy=False)
    return codes
