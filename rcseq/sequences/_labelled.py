"""A labelled set: sequences, what is to be learned of each, and how they are to be split."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from rcseq._messages import did_you_mean
from rcseq.sequences._sequences import Sequences, as_sequences

__all__ = ["LabelledSequences", "split_names"]

_SPLITS = {
    "train": ("train", "training"),
    "valid": ("valid", "validation", "val", "dev"),
    "test": ("test",),
}


class LabelledSequences:
    """Sequences with a target, and what is known beside it.

    The bundled and the simulated sets are such, and so is what the readers of
    :mod:`rcseq.io` make of files.

    Parameters
    ----------
    sequences : sequences
        Whatever :func:`as_sequences` takes.
    target : array-like of shape (n,) or (n, n_labels)
    task : {"classification", "regression"}, optional
        What the target is, where that is known: whole numbers can be either.
    groups : array-like of shape (n,), or callable, optional
        Which sequences belong together. A callable is called with this set when the groups are
        first asked for.
    split : array-like of str of shape (n,), optional
        ``"train"``, ``"valid"`` or ``"test"``.
    names : array-like of str of shape (n,), optional
        By default the names that the sequences have themselves.
    name : str, default="the sequences"
        What the set is called in messages.
    description : str, default=""
        A sentence that says what it is.
    DESCR : str, default=""
        Its origin in full, for a set that comes with the package.
    target_names : array-like of str, optional
        Name of each class, or of each column of the target.
    places : dict, optional
        For each class the file that holds it, and what it is called there; for messages.
    true_target : array-like, optional
        The target without noise, of simulated sets.
    motifs : dict of str to ndarray of shape (width, 4), optional
        The motifs in a simulated set.
    embeddings : DataFrame, optional
        Where each of them is.

    Attributes
    ----------
    sequences : Sequences

    Examples
    --------
    >>> from rcseq.sequences import LabelledSequences
    >>> split = ["train", "test", "train"]
    >>> data = LabelledSequences(["AACG", "TTT", "CCA"], [1, 0, 1], split=split)
    >>> data.subset("train").sequences.tolist(), data.rows("test")
    (['AACG', 'CCA'], array([1]))
    """

    def __init__(
        self,
        sequences: Any,
        target: npt.ArrayLike,
        *,
        task: Literal["classification", "regression"] | None = None,
        groups: npt.ArrayLike | Callable[[LabelledSequences], npt.ArrayLike] | None = None,
        split: npt.ArrayLike | None = None,
        names: npt.ArrayLike | None = None,
        name: str = "the sequences",
        description: str = "",
        DESCR: str = "",
        target_names: npt.ArrayLike | None = None,
        places: Mapping[Any, tuple[str, str]] | None = None,
        true_target: npt.ArrayLike | None = None,
        motifs: Mapping[str, npt.NDArray[Any]] | None = None,
        embeddings: Any = None,
    ) -> None:
        self.sequences: Sequences = as_sequences(sequences)
        if names is not None:
            self.sequences = self.sequences.with_names(names)
        self.target = np.asarray(target)
        self.task = task
        self._groups = groups if callable(groups) else _array(groups)
        self.split = _array(split)
        self.true_target = _array(true_target)
        self.name, self.description, self.DESCR = name, description, DESCR
        self.target_names = None if target_names is None else np.asarray(target_names, object)
        self.places, self.motifs, self.embeddings = places, motifs, embeddings
        for field in ("target", "split", "true_target", "_groups"):
            values = getattr(self, field)
            if isinstance(values, np.ndarray) and len(values) != len(self):
                raise ValueError(
                    f"{field.lstrip('_')} has {len(values)} rows for {len(self)} sequences"
                )

    def __len__(self) -> int:
        return len(self.sequences)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}: {len(self):,}>"

    @property
    def names(self) -> npt.NDArray[np.object_] | None:
        """Name of each sequence; None where they have none."""
        return self.sequences.names

    @property
    def groups(self) -> npt.NDArray[Any] | None:
        """Which sequences belong together; None where that is not known."""
        if callable(self._groups):
            self._groups = np.asarray(self._groups(self))
        return self._groups

    def rows(self, which: str) -> npt.NDArray[np.intp]:
        """Return the rows of a part of the split.

        Parameters
        ----------
        which : {"train", "valid", "test"}

        Returns
        -------
        ndarray of int
        """
        if self.split is None:
            raise ValueError(f"{self.name}: there is no split, so no rows are {which!r}")
        return np.flatnonzero(self.split == which)

    def subset(self, which: str | npt.ArrayLike) -> LabelledSequences:
        """Return a part of the set.

        Parameters
        ----------
        which : {"train", "valid", "test"}, or array-like of int or bool
            A part of the split, or rows.

        Returns
        -------
        LabelledSequences
            Its sequences are a view. The embeddings, which count sequences, are left out.
        """
        rows = (
            self.rows(which) if isinstance(which, str) else np.arange(len(self))[np.asarray(which)]
        )
        return self._with(
            sequences=self.sequences[rows],
            target=self.target[rows],
            groups=None if self.groups is None else self.groups[rows],
            split=None if self.split is None else self.split[rows],
            true_target=None if self.true_target is None else self.true_target[rows],
            embeddings=None,
        )

    def with_groups(
        self, groups: npt.ArrayLike | Callable[[LabelledSequences], npt.ArrayLike] | None
    ) -> LabelledSequences:
        """Return the set with other groups.

        Parameters
        ----------
        groups : array-like of shape (n,), or callable
            A callable is called with the set when the groups are first asked for, as
            ``lambda data: rcseq.io.chromosomes(data.names)`` or
            ``lambda data: rcseq.model_selection.sequence_families(data.sequences)``.

        Returns
        -------
        LabelledSequences
        """
        return self._with(groups=groups)

    @property
    def positive(self) -> Any:
        """The positive class, whose probability is scored; None without exactly two classes.

        It is the later one in their order: 1 of 0 and 1, the last in the alphabet of words.
        """
        classes = self._classes()
        if len(classes) != 2:
            return None
        if self.target_names is not None and classes == [0, 1]:
            return self.target_names[1]
        return classes[1]

    def _classes(self) -> list[Any]:
        if self.task == "regression" or self.target.ndim > 1:
            return []
        return list(np.unique(self.target).tolist())

    def with_positive(self, label: Any) -> LabelledSequences:
        """Return the set with another positive class.

        Parameters
        ----------
        label : label, or its text
            One of two classes.

        Returns
        -------
        LabelledSequences
            The same set, if it is the positive class already; else the target is 1 for the class
            and 0 for the other one, and `target_names` has both names.

        Raises
        ------
        ValueError
            If there are not two classes, or none is called that.

        Examples
        --------
        >>> from rcseq.sequences import LabelledSequences
        >>> data = LabelledSequences(["AACG", "TTT"], ["active", "inactive"])
        >>> data.positive, data.with_positive("active").target
        ('inactive', array([1, 0]))
        """
        classes = self._classes()
        names = [str(c) for c in (classes if self.target_names is None else self.target_names)]
        if len(classes) != 2:
            raise ValueError(
                f"{self.name}: a positive class is one of two, and there are {len(classes)} classes"
            )
        if str(label) not in names:
            raise ValueError(
                f"{self.name}: there is no class {str(label)!r}.{did_you_mean(label, names)} There "
                f"are {names[0]} and {names[1]}"
            )
        if names[1] == str(label):
            return self
        places = {1 - i: (self.places or {}).get(c) for i, c in enumerate(classes)}
        return self._with(
            target=(self.target == classes[0]).astype(int),
            target_names=names[::-1],
            description=f"{self.description}; 1 is {names[0]}, 0 is {names[1]}".lstrip("; "),
            places={label: place for label, place in places.items() if place},
        )

    def with_split(self, split: npt.ArrayLike | None) -> LabelledSequences:
        """Return the set with another split; None for folds instead.

        Parameters
        ----------
        split : array-like of str of shape (n,), or None

        Returns
        -------
        LabelledSequences
        """
        return self._with(split=split)

    def _with(self, **changes: Any) -> LabelledSequences:
        fields: dict[str, Any] = {**self.__dict__, "groups": self._groups, **changes}
        del fields["_groups"]
        return type(self)(**fields)


def split_names(words: Iterable[Any]) -> npt.NDArray[np.object_]:
    """Return the parts of a split by their usual words, None for a word that is not known."""
    known = {word: part for part, words in _SPLITS.items() for word in words}
    return np.array([known.get(str(word).lower()) for word in words], dtype=object)


def _array(values: npt.ArrayLike | None) -> npt.NDArray[Any] | None:
    if values is None:
        return None
    array = np.asarray(values)
    return array.astype(object) if array.dtype.kind == "U" else array
