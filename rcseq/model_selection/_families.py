"""Families of near-duplicate sequences, which must not be on both sides of a split."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from sklearn.model_selection import StratifiedGroupKFold

from rcseq.alphabet import reverse_complement_codes
from rcseq.preprocessing import KmerVectorizer
from rcseq.sequences import Sequences, as_sequences

__all__ = ["SequenceFamilyKFold", "sequence_families"]

_ENTRIES = 2**24  # of a product of sparse matrices held at a time, about 200 MB


def sequence_families(X: Any, *, k: int = 11, min_shared: float = 0.3) -> NDArray[np.int64]:
    """Group sequences that are copies of one another, on either strand, in whole or in part.

    Two sequences are related when they share at least `min_shared` of the k-mers of the one that
    has fewer; a k-mer and its reverse complement are one. Families are what is connected by such
    relations.

    Parameters
    ----------
    X : sequences of shape (n,), or uint8 codes of shape (n, L)
        As :class:`rcseq.KmerVectorizer` takes them.
    k : int, default=11
        Length of the words, up to 12. Of two unrelated sequences of 1,000 bp about one 11-mer in
        2,000 is in both.
    min_shared : float, default=0.3
        Share of k-mers, in (0, 1]. An overlap of 30 % of the shorter sequence counts; so does a
        copy in which nine bases of ten are the same, in which about 0.9**11 = 0.31 of the 11-mers
        survive.

    Returns
    -------
    families : ndarray of int, shape (n,)
        Numbered by first appearance; pass them as ``groups``. A sequence shorter than `k` is a
        family with its exact copies.

    Raises
    ------
    ValueError
        If `min_shared` is out of its range, or a sequence is no DNA.

    Examples
    --------
    >>> from rcseq.model_selection import sequence_families
    >>> original, other = "ACGTTGCATGACTCATTGACCA", "GGCTATTCCGATCCGATAAGCG"
    >>> sequence_families([original, other, "TGGTCAATGAGTCATGCAACGT", original[:18]])
    array([0, 1, 0, 0])
    """
    if not 0 < min_shared <= 1:
        raise ValueError(f"min_shared={min_shared} is not in (0, 1]")
    shares = KmerVectorizer(k=k, dtype="float32").transform(X)
    shares.data[:] = 1
    n = shares.shape[0]
    # Of the millions of possible k-mers only those in two sequences or more can join any.
    seen, column = np.unique(shares.indices, return_inverse=True)
    shares = sparse.csr_matrix((shares.data, column, shares.indptr), shape=(n, len(seen)))
    size = np.diff(shares.indptr)
    common = np.flatnonzero(np.bincount(column, minlength=len(seen)) > 1)
    shares = shares[:, common]
    edges = [_identical(as_sequences(X), size == 0)]
    for rows in _chunks(shares):
        pairs = (shares[rows] @ shares.T).tocoo()
        first, second = pairs.row + rows.start, pairs.col
        related = pairs.data >= min_shared * np.minimum(size[first], size[second])
        edges.append(np.stack([first[related], second[related]]))
    first, second = np.concatenate(edges, axis=1)
    graph = sparse.csr_matrix((np.ones(len(first), bool), (first, second)), shape=(n, n))
    _, labels = connected_components(graph, directed=False)
    _, first_seen, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first_seen))[inverse].astype(np.int64)


def _chunks(shares: sparse.csr_matrix) -> Iterator[slice]:
    """Cut rows so that the product of each part with all has a bounded number of entries."""
    occurrences = np.bincount(shares.indices, minlength=shares.shape[1])
    # Entry (row, k-mer) meets every sequence that has the k-mer.
    work = np.add.reduceat(
        np.append(occurrences[shares.indices], 0), shares.indptr[:-1].clip(max=shares.nnz)
    ) * (np.diff(shares.indptr) > 0)
    part = np.cumsum(work) // _ENTRIES
    starts = np.flatnonzero(np.diff(part, prepend=-1))
    for start, stop in zip(starts, [*starts[1:], shares.shape[0]], strict=True):
        yield slice(int(start), int(stop))


def _identical(sequences: Sequences, without: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Join sequences that are too short to have a k-mer, or have unknown bases, by equality."""
    rows = np.flatnonzero(without)
    if not len(rows):
        return np.zeros((2, 0), np.int64)
    codes, offsets = sequences.codes(rows)
    first: dict[bytes, int] = {}
    pairs = []
    for row, start, stop in zip(rows.tolist(), offsets, offsets[1:], strict=False):
        strand = codes[start:stop]
        text = min(strand.tobytes(), reverse_complement_codes(strand).tobytes())
        pairs.append((first.setdefault(text, row), row))
    return np.array(pairs, dtype=np.int64).T


class SequenceFamilyKFold(StratifiedGroupKFold):
    """Stratified folds that keep near-duplicate sequences together, on either strand.

    The families are those of :func:`sequence_families`, found in ``split`` from the sequences
    themselves, so that no `groups` are needed.

    Parameters
    ----------
    n_splits : int, default=5
    k : int, default=11
        As in :func:`sequence_families`.
    min_shared : float, default=0.3
        As in :func:`sequence_families`.
    shuffle : bool, default=False
    random_state : int, RandomState or None, default=None

    See Also
    --------
    ChromosomeKFold : Folds of whole chromosomes.

    Examples
    --------
    >>> from rcseq.datasets import load_splice
    >>> from rcseq.model_selection import SequenceFamilyKFold
    >>> data = load_splice()  # which has exact copies
    >>> train, test = next(SequenceFamilyKFold().split(data.sequences, data.target))
    >>> set(data.sequences[train]) & set(data.sequences[test])
    set()
    """

    def __init__(
        self,
        n_splits: int = 5,
        *,
        k: int = 11,
        min_shared: float = 0.3,
        shuffle: bool = False,
        random_state: Any = None,
    ) -> None:
        super().__init__(n_splits, shuffle=shuffle, random_state=random_state)
        self.k = k
        self.min_shared = min_shared

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[Any]:
        """Split sequences.

        Parameters
        ----------
        X : sequences of shape (n,)
        y : array-like of shape (n,)
            Classes, to stratify by.
        groups : None
            Ignored: the sequences tell.

        Yields
        ------
        train, test : ndarray of int
        """
        families = sequence_families(X, k=self.k, min_shared=self.min_shared)
        yield from super().split(np.zeros((len(families), 1)), y, families)
