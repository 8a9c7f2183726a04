"""Counts of k-mers."""

from functools import lru_cache
from itertools import product
from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sklearn.utils._param_validation import Interval

from rcseq import alphabet
from rcseq.preprocessing._base import SequenceTransformer
from rcseq.sequences import FlatCodes

_LONGEST = 12  # 4**12 k-mers: a table of 64 MiB to number them


class KmerVectorizer(SequenceTransformer):
    """Count the k-mers of each sequence.

    With ``canonical=True`` a k-mer and its reverse complement are one feature, so that a sequence
    and its reverse complement have the same counts: the classical strand-symmetric baseline, with
    a linear model on top.

    Parameters
    ----------
    k : int, default=6
        Length of the words, 1 to 12. There are ``4**k`` k-mers, and about half as many canonical
        ones: 2,080 for k = 6.
    canonical : bool, default=True
        Count a k-mer and its reverse complement together, under the name of the one that comes
        first in the alphabet. A word that is its own reverse complement is counted once for each
        place.
    dtype : str or dtype, default="float64"
        Type of the counts.
    sparse_output : bool, default=True
        Return a sparse matrix; False is needed for ``set_output(transform="pandas")``.

    Attributes
    ----------
    n_features_in_ : int
        Columns seen in :meth:`fit`, where it was given an array of base codes.

    Notes
    -----
    There is nothing to learn, so :meth:`transform` works without :meth:`fit`. A k-mer that holds
    an ambiguous base is not counted. Input is the same as for :class:`DNAOneHotEncoder`.

    Examples
    --------
    >>> from rcseq.preprocessing import KmerVectorizer
    >>> vectorizer = KmerVectorizer(k=2)
    >>> vectorizer.get_feature_names_out()
    array(['AA', 'AC', 'AG', 'AT', 'CA', 'CC', 'CG', 'GA', 'GC', 'TA'],
          dtype=object)
    >>> vectorizer.transform(["AACG", "CGTT"]).toarray()
    array([[1., 1., 0., 0., 0., 0., 1., 0., 0., 0.],
           [1., 1., 0., 0., 0., 0., 1., 0., 0., 0.]])
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "k": [Interval(Integral, 1, _LONGEST, closed="both")],
        "canonical": ["boolean"],
        "dtype": "no_validation",
        "sparse_output": ["boolean"],
    }

    def __init__(
        self,
        k: int = 6,
        canonical: bool = True,
        *,
        dtype: npt.DTypeLike = "float64",
        sparse_output: bool = True,
    ) -> None:
        self.k = k
        self.canonical = canonical
        self.dtype = dtype
        self.sparse_output = sparse_output

    @property
    def strand_exact(self) -> bool:
        """Whether a sequence and its reverse complement have the same features."""
        return self.canonical

    def fit(self, X: Any, y: Any = None) -> Self:
        """Check the input; there is nothing to learn.

        Parameters
        ----------
        X : sequences of shape (n_samples,), or array of base codes of shape (n_samples, L)
        y : None
            Ignored.

        Returns
        -------
        self : KmerVectorizer

        Raises
        ------
        ValueError
            If `k` is out of its range, or a sequence is empty or holds another letter than the
            IUPAC codes.
        """
        self._longest(X)
        return self

    def transform(self, X: Any) -> Any:
        """Count k-mers.

        Parameters
        ----------
        X : sequences of shape (n_samples,), or array of base codes of shape (n_samples, L)

        Returns
        -------
        counts : sparse CSR matrix, or ndarray, of shape (n_samples, n_kmers)

        Raises
        ------
        ValueError
            As in :meth:`fit`.
        """
        self._validate_params()
        feature_of, n_features = _features(self.k, self.canonical)
        parts = []
        for part in self._parts(X):
            numbers, indptr = _kmers(part, self.k)
            ones = np.ones(len(numbers), self.dtype)
            shape = (len(indptr) - 1, n_features)
            parts.append(sp.csr_matrix((ones, feature_of[numbers], indptr), shape=shape))
            parts[-1].sum_duplicates()
        counts = sp.vstack(parts, format="csr")
        return counts if self.sparse_output else counts.toarray()

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Return the k-mers.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        names : ndarray of str, shape (n_kmers,)
        """
        self._validate_params()
        feature_of, n_features = _features(self.k, self.canonical)
        names = np.empty(n_features, dtype=object)
        # From the last k-mer to the first, so that the first of a pair gives the name.
        kmers = map("".join, product(reversed(alphabet.NUCLEOTIDES), repeat=self.k))
        names[feature_of[::-1]] = np.fromiter(kmers, dtype=object, count=4**self.k)
        return names

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        return tags


def _kmers(sequences: FlatCodes, k: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.intp]]:
    """Numbers of the k-mers in the order of the sequences, and where each sequence's begin."""
    codes, offsets = sequences
    n_words = len(codes) - k + 1
    if n_words < 1:
        return np.zeros(0, np.int32), np.zeros_like(offsets)
    numbers = np.zeros(n_words, np.int32)
    for i in range(k):
        numbers <<= 2
        numbers |= codes[i : n_words + i] & 3
    # A word counts unless an ambiguous base, or the end of its sequence, is in it.
    broken = np.zeros(len(codes) + 1, np.int32)
    broken[1:] = np.cumsum(codes >= alphabet.N_CODE, dtype=np.int32)
    good = broken[k:] == broken[:n_words]
    for step in range(1, k):
        ends = offsets[1:-1] - step
        good[ends[(ends >= 0) & (ends < n_words)]] = False
    before = np.concatenate([[0], np.cumsum(good)])
    return numbers[good], before[np.minimum(offsets, n_words)]


@lru_cache(maxsize=2)  # 16 MB for k = 11, and not made in a moment
def _features(k: int, canonical: bool) -> tuple[npt.NDArray[np.int32], int]:
    """Return the feature of each k-mer, ``(4**k,)``, and the number of features."""
    kmers = np.arange(4**k, dtype=np.int32)
    if not canonical:
        return kmers, len(kmers)
    reverse = np.zeros_like(kmers)
    rest = kmers.copy()
    for _ in range(k):
        reverse = (reverse << 2) | (3 - (rest & 3))
        rest >>= 2
    first = kmers <= reverse
    feature_of_first = np.cumsum(first, dtype=np.int32) - 1
    feature_of: npt.NDArray[np.int32] = feature_of_first[np.minimum(kmers, reverse)]
    feature_of.flags.writeable = False
    return feature_of, int(first.sum())
