"""The one door for sequences: what counts as sequences, and how it is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, Protocol, overload

import numpy as np
import numpy.typing as npt

from rcseq.sequences._arrays import Encoded, kind_of_array
from rcseq.sequences._flat import FlatCodes, runs
from rcseq.sequences._regions import Regions
from rcseq.sequences._texts import read_texts

__all__ = ["Sequences", "as_sequences"]

Index = npt.NDArray[np.intp]


class Store(Protocol):
    """Where sequences are: in memory, mapped from a file, or in a genome."""

    @property
    def kind(self) -> Any: ...
    @property
    def names(self) -> Any: ...
    @property
    def groups(self) -> Any: ...

    def __len__(self) -> int: ...
    def lengths(self, index: Index | None) -> npt.NDArray[np.intp]: ...
    def codes(self, index: Index | None) -> FlatCodes: ...
    def text(self, index: int) -> str: ...
    def native(self, index: Index | None, other_strand: bool) -> Any: ...


class Sequences(Sequence[str]):
    """Sequences of DNA, wherever they are: a handle, and which of them.

    It is `X` for estimators, transformers, searches and splitters. To index it by a slice, an array
    or a mask makes a view, and so does :meth:`reverse_complement`: nothing is copied until letters
    or codes are asked for. Make one with :func:`as_sequences`.

    Parameters
    ----------
    store : object
        Where the sequences are.
    index : ndarray of int, optional
        Which of them; None takes all.
    other_strand : bool, default=False
        Whether the other strand of each is read.
    names : ndarray of str, optional
        Names of all that are in the store, in place of its own.

    Attributes
    ----------
    shape : tuple of int
        ``(n,)``.
    kind : {"text", "codes", "onehot", "regions"}
        What they are kept as.

    Examples
    --------
    >>> from rcseq.sequences import as_sequences
    >>> sequences = as_sequences(["AACG", "ttr", "GGG"])
    >>> sequences[0], sequences[[2, 1]].native(), sequences.lengths
    ('AACG', ['GGG', 'ttr'], array([4, 3, 3]))
    >>> sequences[:2].reverse_complement().native()
    ['CGTT', 'yaa']
    """

    ndim = 1

    def __init__(
        self,
        store: Store,
        index: Index | None = None,
        *,
        other_strand: bool = False,
        names: npt.NDArray[np.object_] | None = None,
    ) -> None:
        self._store = store
        self._index = index
        self._other_strand = other_strand
        self._names = names  # of all in the store

    @property
    def shape(self) -> tuple[int]:
        """Number of sequences, ``(n,)``."""
        return (len(self),)

    @property
    def kind(self) -> Literal["text", "codes", "onehot", "regions"]:
        """What the sequences are kept as."""
        kind: Literal["text", "codes", "onehot", "regions"] = self._store.kind
        return kind

    @property
    def is_lazy(self) -> bool:
        """Whether bases are read when asked for: regions of a genome, memory-mapped codes."""
        if isinstance(self._store, Encoded):
            return self.kind == "codes" and isinstance(self._store.container, np.memmap)
        return self.kind == "regions"

    def __len__(self) -> int:
        return len(self._store) if self._index is None else len(self._index)

    @overload
    def __getitem__(self, key: int) -> str: ...
    @overload
    def __getitem__(self, key: Any) -> Any: ...
    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, tuple):  # scikit-learn asks for X[rows, ...]
            key, *rest = key
            if rest != [...]:
                raise IndexError("sequences have one axis, the sequences")
        if isinstance(key, int | np.integer):
            return next(iter(self[[range(len(self))[key]]]))
        rows = np.arange(len(self)) if self._index is None else self._index
        if not isinstance(key, slice):
            key = np.asarray(key)
            key = key.astype(np.intp) if not key.size and key.dtype != bool else key
        # A tensor takes no index of negative steps.
        return self._view(np.ascontiguousarray(rows[key]), self._other_strand)

    def _view(self, index: Index | None, other_strand: bool) -> Sequences:
        return Sequences(self._store, index, other_strand=other_strand, names=self._names)

    def __iter__(self) -> Iterator[str]:
        store, rows = self._store, self._index
        if self._other_strand:
            from rcseq.alphabet import reverse_complement

            yield from map(reverse_complement, Sequences(store, rows))
        else:
            yield from map(store.text, range(len(store)) if rows is None else rows.tolist())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        array = self.encoded()
        if array is None:
            array = np.empty(len(self), object)
            array[:] = list(self)
        return array if dtype is None else array.astype(dtype, copy=False)

    def __repr__(self) -> str:
        first = f", the first {self[0][:20]}..." if len(self) else ""
        return f"<{len(self):,} sequences as {self.kind}{first}>"

    def tolist(self) -> list[str]:
        """Return the sequences as strings.

        Returns
        -------
        list of str
        """
        return list(self)

    @property
    def lengths(self) -> npt.NDArray[np.intp]:
        """Length of each sequence, ``(n,)``."""
        return self._store.lengths(self._index)

    @property
    def names(self) -> npt.NDArray[np.object_] | None:
        """Name of each sequence, ``(n,)``; None where they have none."""
        return self._rows_of(self._store.names if self._names is None else self._names)

    @property
    def groups(self) -> npt.NDArray[Any] | None:
        """Group of each sequence, ``(n,)``; None where they have none."""
        return self._rows_of(self._store.groups)

    @property
    def regions(self) -> Regions | None:
        """The regions of a genome that these sequences are; None where they are something else.

        Those of the other strand are regions too.
        """
        if not isinstance(self._store, Regions):
            return None
        return self._store.part(self._index, self._other_strand)

    def with_names(self, names: npt.ArrayLike) -> Sequences:
        """Return the sequences with names.

        Parameters
        ----------
        names : array-like of str of shape (n,)

        Returns
        -------
        Sequences
        """
        given = np.asarray(names, dtype=object)
        if given.shape != (len(self),):
            raise ValueError(f"there are {len(given)} names for {len(self)} sequences")
        if self._index is None:
            every = given
        else:
            every = np.full(len(self._store), None, object)
            every[self._index] = given
        return Sequences(self._store, self._index, other_strand=self._other_strand, names=every)

    def _rows_of(self, values: Any) -> Any:
        return values if values is None or self._index is None else values[self._index]

    def codes(self, index: npt.ArrayLike | None = None) -> FlatCodes:
        """Read the codes of sequences.

        Parameters
        ----------
        index : array-like of int, optional
            Which of them; None takes all.

        Returns
        -------
        FlatCodes
            Codes of the letters one after another, and where each sequence begins.

        Raises
        ------
        ValueError
            If a sequence is empty, or holds another letter than the IUPAC codes; the message names
            the sequence, the position and the letter.
        """
        if index is not None:
            return self[np.asarray(index)].codes()
        if not self._other_strand:
            return self._store.codes(self._index)
        # The other strand of all that is joined is that of each sequence, from the last to the
        # first.
        rows = np.arange(len(self)) if self._index is None else self._index
        return self._store.codes(np.ascontiguousarray(rows[::-1])).reverse_complement()

    def parts(self, n_bases: int = 4_000_000) -> Iterator[FlatCodes]:
        """Read runs of whole sequences of about `n_bases` together, to bound working memory.

        Parameters
        ----------
        n_bases : int, default=4_000_000

        Yields
        ------
        FlatCodes
        """
        if self.is_lazy:
            offsets = np.concatenate([[0], self.lengths.cumsum()])
            for first, last in runs(offsets, n_bases):
                yield self[first:last].codes()
        else:
            yield from self.codes().parts(n_bases)

    def encoded(self) -> npt.NDArray[Any] | None:
        """Return the array, where the sequences are encoded already.

        Returns
        -------
        ndarray of shape (n, 4, L), or uint8 codes of shape (n, L), or None
        """
        if isinstance(self._store, Encoded):
            return self._store.encoded(self._index, self._other_strand)
        return None

    def reverse_complement(self) -> Sequences:
        """Return the other strand of each sequence, as a view.

        Returns
        -------
        Sequences
        """
        return self._view(self._index, not self._other_strand)

    def native(self) -> Any:
        """Return the sequences in the kind of container in which they came.

        Returns
        -------
        list, tuple, Series, array or tensor
            What is lazy stays it, as :class:`Sequences`.
        """
        if self.is_lazy:
            return self
        return self._store.native(self._index, self._other_strand)


def as_sequences(X: Any) -> Sequences:
    """Read whatever counts as sequences.

    Parameters
    ----------
    X : sequences
        A list, tuple, array, Series or one-column frame of `str`, `bytes`,
        :class:`~Bio.Seq.Seq`, :class:`~Bio.Seq.MutableSeq` or
        :class:`~Bio.SeqRecord.SeqRecord`; one-hot of shape (n, 4, L); uint8 codes of shape (n, L),
        also as :class:`numpy.memmap`; :class:`Regions`; or what this function returned. Nothing
        is copied.

    Returns
    -------
    Sequences

    Raises
    ------
    TypeError
        If `X` is none of these, for example a table of features, or is a single sequence.
    ValueError
        If `X` is a table with more columns than that of the sequences.

    Examples
    --------
    >>> import numpy as np
    >>> from rcseq.sequences import as_sequences
    >>> as_sequences(np.array([[0, 1, 2, 3]], np.uint8)).tolist()
    ['ACGT']
    """
    if isinstance(X, Sequences):
        return X
    texts = read_texts(X)
    if texts is not None:
        return Sequences(texts)
    kind = kind_of_array(X)
    if kind is not None:
        return Sequences(Encoded(X, kind))
    if isinstance(X, Regions):
        return Sequences(X)
    if hasattr(X, "shape"):
        raise TypeError(
            f"X of shape {tuple(X.shape)} and dtype {getattr(X, 'dtype', 'unknown')} is not a set "
            "of DNA sequences. Pass strings, one-hot of shape (n, 4, L) or uint8 codes of shape "
            "(n, L)."
        )
    if isinstance(X, list | tuple) and X:
        raise TypeError(
            f"a sequence is a {type(X[0]).__name__}; str, Bio.Seq.Seq or SeqRecord would work."
        )
    raise TypeError(
        f"X is a {type(X).__name__}; pass a list, Series or array of sequences, one-hot of shape "
        "(n, 4, L) or uint8 codes of shape (n, L)."
    )
