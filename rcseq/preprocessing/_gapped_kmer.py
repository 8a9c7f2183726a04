"""Gapped k-mers: words of which a few letters do not matter."""

from __future__ import annotations

from itertools import combinations, pairwise
from math import comb
from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.linalg import cholesky, solve_triangular
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from rcseq import alphabet
from rcseq.preprocessing._base import SequenceTransformer
from rcseq.preprocessing._kmer import _kmers
from rcseq.sequences import FlatCodes

_JITTER = 1e-2  # of the mean diagonal, added before the kernel of the landmarks is factorised
_FEWEST_LANDMARKS, _MOST_LANDMARKS = 4096, 8192
_MOST_COUNTS = 2**20


class GappedKmerVectorizer(SequenceTransformer):
    """Describe each sequence by its gapped k-mers, alike on both strands.

    Motifs are not copied letter by letter, so words are compared that agree in `k` of `length`
    letters, as gkm-SVM does it [1]_. Its kernel is approximated by landmarks [2]_: words are drawn
    from the training sequences, every window of a sequence is compared with each of them and with
    its reverse complement, and what the landmarks have in common is taken out. A linear model on
    top is close to gkm-SVM and needs minutes where that needs hours.

    Parameters
    ----------
    length : int, default=11
        Length of the words in bases, 2 to 15.
    k : int, default=7
        Letters in which two words have to agree at least, up to `length`.
    form : {"landmarks", "counts"}, default="landmarks"
        ``"counts"`` counts every gapped k-mer itself: `k` letters at fixed places within at most
        `length` bases. There are as many features as such words, so it is for short ones, such as
        ``length=6, k=4``.
    n_landmarks : int or "auto", default="auto"
        Number of words that are drawn; fewer where the training sequences have fewer. ``"auto"``
        is one for each training sequence, at least 4,096 and at most 8,192.
    random_state : int, RandomState or None, default=None
        Governs which words are drawn.

    Attributes
    ----------
    landmarks_ : ndarray of uint8, shape (n, length)
        The words, as base codes; only with ``form="landmarks"``.
    n_features_in_ : int
        Columns seen in :meth:`fit`, where it was given an array of base codes.

    Notes
    -----
    With ``form="landmarks"`` the similarity of two words with m letters in common is
    ``max(0, m - k + 1) ** 4``. The features are whitened by the Cholesky factor of the similarities
    of the landmarks (Nyström's approximation) and scaled to unit length. They are dense, in single
    precision. An ambiguous base agrees with nothing.

    References
    ----------
    .. [1] Ghandi, Lee, Mohammad-Noori and Beer (2014). Enhanced regulatory sequence prediction
       using gapped k-mer features. PLoS Computational Biology 10.
    .. [2] Williams and Seeger (2000). Using the Nyström method to speed up kernel machines. NIPS.

    Examples
    --------
    >>> from rcseq.preprocessing import GappedKmerVectorizer
    >>> vectorizer = GappedKmerVectorizer(length=4, k=3, random_state=0)
    >>> features = vectorizer.fit_transform(["GATAAG", "CTTATC", "CCCCCC"])
    >>> (features @ features.T).round(2)  # the first two are one molecule
    array([[1., 1., 0.],
           [1., 1., 0.],
           [0., 0., 1.]], dtype=float32)
    >>> counts = GappedKmerVectorizer(length=3, k=2, form="counts")
    >>> counts.get_feature_names_out()[:4].tolist()
    ['AA', 'AC', 'AG', 'AT']
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "length": [Interval(Integral, 2, 15, closed="both")],
        "k": [Interval(Integral, 1, 15, closed="both")],
        "form": [StrOptions({"landmarks", "counts"})],
        "n_landmarks": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "random_state": ["random_state"],
    }

    #: A sequence and its reverse complement have the same features.
    strand_exact = True

    def __init__(
        self,
        length: int = 11,
        k: int = 7,
        *,
        form: str = "landmarks",
        n_landmarks: int | str = "auto",
        random_state: Any = None,
    ) -> None:
        self.length = length
        self.k = k
        self.form = form
        self.n_landmarks = n_landmarks
        self.random_state = random_state

    def _validate_params(self) -> None:
        super()._validate_params()
        if self.k > self.length:
            raise ValueError(f"k={self.k} letters do not fit into words of length={self.length}.")
        if self.form == "counts" and self._n_patterns * 4**self.k > _MOST_COUNTS:
            raise ValueError(
                f"form='counts' with length={self.length} and k={self.k} has "
                f"{self._n_patterns * 4**self.k:,} gapped k-mers; take shorter words, such as "
                "length=6 and k=4, or form='landmarks'."
            )

    @property
    def _n_patterns(self) -> int:
        return comb(self.length - 1, self.k - 1)

    def fit(self, X: Any, y: Any = None) -> Self:
        """Draw the landmarks; for counts, check the input.

        Parameters
        ----------
        X : sequences of shape (n_samples,), or array of base codes of shape (n_samples, L)
        y : None
            Ignored.

        Returns
        -------
        self : GappedKmerVectorizer

        Raises
        ------
        ValueError
            If a parameter is out of its range, a sequence is empty or holds another letter than the
            IUPAC codes, or no sequence holds a word of that length.
        """
        self._longest(X)
        self.__dict__.pop("_factor", None)
        if self.form == "counts":
            self.__dict__.pop("landmarks_", None)
            return self
        found, n = [], 0
        for part in self._parts(X):
            found.append(_kmers(part, self.length)[0])
            n += len(part[1]) - 1
        words = np.concatenate(found)
        if not len(words):
            raise ValueError(
                f"No sequence holds {self.length} known bases in a row, so there is no landmark to "
                "draw; take a shorter length."
            )
        rng = check_random_state(self.random_state)
        auto = min(_MOST_LANDMARKS, max(_FEWEST_LANDMARKS, n))
        n_landmarks = auto if isinstance(self.n_landmarks, str) else self.n_landmarks
        if len(words) > n_landmarks:
            words = words[rng.choice(len(words), n_landmarks, replace=False)]
        codes = _letters(words, self.length)
        # A word and its other strand are one landmark.
        first = np.minimum(_numbers(codes), _numbers(_reverse(codes)))
        self.landmarks_ = _letters(np.unique(first), self.length)
        self._whitener()
        return self

    def transform(self, X: Any) -> Any:
        """Compute the features.

        Parameters
        ----------
        X : sequences of shape (n_samples,), or array of base codes of shape (n_samples, L)

        Returns
        -------
        ndarray of float32, shape (n_samples, n_landmarks), or sparse CSR matrix of counts

        Raises
        ------
        ValueError
            As in :meth:`fit`.
        """
        self._validate_params()
        if self.form == "counts":
            return sp.vstack([self._counts(part) for part in self._parts(X)], format="csr")
        check_is_fitted(self, "landmarks_")
        similar = np.concatenate([self._similarities(part) for part in self._parts(X)])
        white = solve_triangular(
            self._whitener(), similar.T, lower=True, overwrite_b=True, check_finite=False
        ).T
        size = np.linalg.norm(white, axis=1, keepdims=True)
        return np.ascontiguousarray(white / np.where(size > 0, size, 1), dtype=np.float32)

    # -- landmarks ----------------------------------------------------------------------------

    def _similarities(self, sequences: FlatCodes) -> npt.NDArray[np.float32]:
        """Add up the similarities of all windows of a sequence, of both strands, to a landmark."""
        codes, offsets = sequences
        both = np.concatenate([self.landmarks_, _reverse(self.landmarks_)])
        kernel = np.ascontiguousarray(_one_hot(both).T)
        letters = _one_hot(codes[:, None])
        n, width = len(self.landmarks_), self.length
        total = np.zeros((len(offsets) - 1, n), np.float32)
        for row, (start, end) in enumerate(pairwise(offsets)):
            # as many windows at a time as stay in the cache
            for first in range(start, end - width + 1, 128):
                last = min(first + 128 + width - 1, end)
                part = np.ascontiguousarray(letters[first:last]).reshape(-1)
                windows = np.lib.stride_tricks.sliding_window_view(part, 4 * width)[::4]
                total[row] += _power_sums(windows @ kernel, self.k).reshape(2, n).sum(0)
        return total

    def _whitener(self) -> npt.NDArray[np.float32]:
        """Factorise the similarities of the landmarks; they are the state, and this follows."""
        factor = self.__dict__.get("_factor")
        if factor is None:
            flat = _one_hot(self.landmarks_)
            gram = _similarity(flat @ flat.T, self.k)
            gram += _similarity(flat @ _one_hot(_reverse(self.landmarks_)).T, self.k)
            gram[np.diag_indices_from(gram)] += _JITTER * np.trace(gram) / len(gram)
            factor = cholesky(gram, lower=True, overwrite_a=True, check_finite=False)
            self.__dict__["_factor"] = factor
        return factor

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        state.pop("_factor", None)  # a matrix of 256 MiB, made again from the landmarks
        return state

    # -- counts -------------------------------------------------------------------------------

    def _patterns(self) -> list[tuple[int, ...]]:
        """List where the letters of a gapped k-mer lie; the first lies at 0."""
        return [(0, *rest) for rest in combinations(range(1, self.length), self.k - 1)]

    def _feature_table(self) -> tuple[npt.NDArray[np.int32], int]:
        """Return the feature of each gapped k-mer, ``(n_patterns, 4**k)``, and their number."""
        patterns = self._patterns()
        number = {pattern: i for i, pattern in enumerate(patterns)}
        mirrored = [number[tuple(p[-1] - i for i in reversed(p))] for p in patterns]
        words = np.arange(4**self.k)
        # A word and its other strand are one feature.
        reverse = _numbers(_reverse(_letters(words, self.k)))
        own = np.arange(len(patterns))[:, None] * 4**self.k + words
        other = np.array(mirrored)[:, None] * 4**self.k + reverse
        names, table = np.unique(np.minimum(own, other), return_inverse=True)
        return table.reshape(own.shape).astype(np.int32), len(names)

    def _counts(self, sequences: FlatCodes) -> Any:
        codes, offsets = sequences
        table, n_features = self._feature_table()
        rows = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
        found_rows, found = [], []
        for pattern, features in zip(self._patterns(), table, strict=True):
            n_places = len(codes) - pattern[-1]
            if n_places < 1:
                continue
            letters = np.stack([codes[p : p + n_places] for p in pattern], axis=1)
            good = (letters < alphabet.N_CODE).all(1) & (rows[:n_places] == rows[pattern[-1] :])
            found_rows.append(rows[:n_places][good])
            found.append(features[_numbers(letters[good])])
        if not found:
            return sp.csr_matrix((len(offsets) - 1, n_features))
        where = np.concatenate(found_rows), np.concatenate(found)
        shape = (len(offsets) - 1, n_features)
        return sp.csr_matrix((np.ones(len(where[0])), where), shape=shape)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Return the landmarks, or the gapped k-mers with N for a letter that does not matter.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        names : ndarray of str, shape (n_features,)
        """
        self._validate_params()
        if self.form == "landmarks":
            check_is_fitted(self, "landmarks_")
            return np.array([alphabet.decode(word) for word in self.landmarks_], dtype=object)
        table, n_features = self._feature_table()
        names = np.empty(n_features, dtype=object)
        words = _letters(np.arange(4**self.k), self.k)
        for pattern, features in reversed(list(zip(self._patterns(), table, strict=True))):
            spelled = np.full((len(words), pattern[-1] + 1), alphabet.N_CODE, np.uint8)
            spelled[:, pattern] = words
            names[features[::-1]] = [alphabet.decode(word) for word in spelled[::-1]]
        return names

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.requires_fit = self.form == "landmarks"
        return tags


def _similarity(matches: npt.NDArray[np.float32], least: int) -> npt.NDArray[np.float32]:
    """Turn numbers of matching letters into similarities, in place."""
    return np.square(_squares(matches, least), out=matches)


def _power_sums(matches: npt.NDArray[np.float32], least: int) -> npt.NDArray[np.float32]:
    """Add up similarities over the first axis; whole numbers, so the order does not matter."""
    squares = _squares(matches, least)
    sums: npt.NDArray[np.float32] = np.einsum("ij,ij->j", squares, squares)
    return sums


def _squares(matches: npt.NDArray[np.float32], least: int) -> npt.NDArray[np.float32]:
    """Compute the squares of the matches beyond the least, in place."""
    matches -= least - 1
    np.maximum(matches, 0, out=matches)
    return np.square(matches, out=matches)


def _one_hot(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Flatten words to one-hot; an ambiguous base is none of the four."""
    exact = np.eye(5, 4, dtype=np.float32)[np.minimum(codes, alphabet.N_CODE)]
    return exact.reshape(len(codes), -1)


def _reverse(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    reverse: npt.NDArray[np.uint8] = alphabet.COMPLEMENT_CODES[codes[:, ::-1]]
    return reverse


def _letters(numbers: npt.NDArray[Any], length: int) -> npt.NDArray[np.uint8]:
    """Turn numbers of words into base codes, the first letter first."""
    shifts = 2 * np.arange(length - 1, -1, -1)
    return (numbers[:, None] >> shifts & 3).astype(np.uint8)


def _numbers(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    shifts = 2 * np.arange(codes.shape[1] - 1, -1, -1)
    numbers: npt.NDArray[np.int64] = (codes.astype(np.int64) << shifts).sum(1)
    return numbers
