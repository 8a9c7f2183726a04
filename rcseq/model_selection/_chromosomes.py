"""Splits by chromosome, so that neighbours in the genome are not on both sides."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

__all__ = ["ChromosomeKFold", "ChromosomeSplit"]

# chr6_GL000250v2_alt, chr1_KI270706v1_random, chr3_KQ031985v1_fix
_CONTIG = re.compile(r"_(?:[A-Za-z]+\d+v\d+|\w+_(?:hap|alt)\w*)(?:_(?:alt|random|fix))?$")


def _chromosome(group: Any) -> str:
    """Name the chromosome of a contig: ``chr6_GL000250v2_alt`` -> ``6``, ``chr6`` -> ``6``."""
    name = _CONTIG.sub("", str(group))
    return name[3:] if name[:3].lower() == "chr" and len(name) > 3 else name


def _chromosomes(groups: Any) -> NDArray[Any]:
    if groups is None:
        raise ValueError(
            "groups is missing: pass the chromosome of each sequence, for example "
            "groups=load_nfe2().groups or rcseq.io.chromosomes(names)"
        )
    return np.array([_chromosome(group) for group in groups], dtype=object).astype(str)


class ChromosomeKFold(StratifiedGroupKFold):
    """Stratified folds of whole chromosomes.

    As :class:`sklearn.model_selection.StratifiedGroupKFold`, and it knows names: ``chr6`` and
    ``6`` are the same, and alternative, unplaced and patch contigs (``chr6_GL000250v2_alt``,
    ``chr1_KI270706v1_random``), which are near-copies or parts of a chromosome, stay with theirs.

    Parameters
    ----------
    n_splits : int, default=5
    shuffle : bool, default=False
    random_state : int, RandomState or None, default=None

    See Also
    --------
    ChromosomeSplit : Chosen chromosomes for each fold.
    SequenceFamilyKFold : For near-duplicates wherever they come from.

    Examples
    --------
    >>> from rcseq.datasets import load_nfe2
    >>> from rcseq.model_selection import ChromosomeKFold
    >>> data = load_nfe2()
    >>> folds = ChromosomeKFold().split(data.sequences, data.target, groups=data.groups)
    >>> train, test = next(folds)
    >>> set(data.groups[train]) & set(data.groups[test])
    set()
    """

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[Any]:
        """Split by chromosome.

        Parameters
        ----------
        X : sequences of shape (n,)
        y : array-like of shape (n,)
            Classes, to stratify by.
        groups : array-like of shape (n,)
            The chromosome of each sequence.

        Yields
        ------
        train, test : ndarray of int
        """
        groups = _chromosomes(groups)
        yield from super().split(np.zeros((len(groups), 1)), y, groups)


class ChromosomeSplit:
    """Test on chosen chromosomes, train on all others.

    Parameters
    ----------
    *folds : str or sequence of str
        One fold each: the chromosomes of its test set.

    Examples
    --------
    >>> from rcseq.datasets import load_nfe2
    >>> from rcseq.model_selection import ChromosomeSplit
    >>> data = load_nfe2()
    >>> cv = ChromosomeSplit(["chr8", "chr9"])  # one fold, which tests on both
    >>> [(train, test)] = cv.split(data.sequences, data.target, groups=data.groups)
    >>> sorted(set(data.groups[test]))
    ['chr8', 'chr9']
    """

    def __init__(self, *folds: str | Sequence[str]) -> None:
        if not folds:
            raise ValueError("name the chromosomes of at least one test set, for example 'chr8'")
        self.folds = folds

    def __repr__(self) -> str:
        return f"ChromosomeSplit({', '.join(map(repr, self.folds))})"

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return the number of folds.

        Parameters
        ----------
        X, y, groups : None
            Ignored.

        Returns
        -------
        int
        """
        return len(self.folds)

    def split(
        self, X: Any, y: Any = None, groups: Any = None
    ) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
        """Split by chromosome.

        Parameters
        ----------
        X : sequences of shape (n,)
        y : None
            Ignored.
        groups : array-like of shape (n,)
            The chromosome of each sequence.

        Yields
        ------
        train, test : ndarray of int

        Raises
        ------
        ValueError
            If a chromosome of a test set holds no sequence.
        """
        of_sequence = _chromosomes(groups)
        there = set(of_sequence)
        for fold in self.folds:
            names: Iterable[str] = [fold] if isinstance(fold, str) else fold
            wanted = {_chromosome(name) for name in names}
            if wanted - there:
                raise ValueError(
                    f"there is no sequence of chromosome {', '.join(sorted(wanted - there))}; "
                    f"there are {', '.join(sorted(there))}"
                )
            test = np.isin(of_sequence, list(wanted))
            yield np.flatnonzero(~test), np.flatnonzero(test)
