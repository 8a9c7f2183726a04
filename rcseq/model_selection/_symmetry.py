"""Do the labels depend on the strand that is in the file? A test before any modelling."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_consistent_length, check_random_state, gen_batches

from rcseq.model_selection._families import sequence_families
from rcseq.nn import FieldType
from rcseq.preprocessing import KmerVectorizer
from rcseq.sequences import Sequences, as_sequences
from rcseq.strategies import STRATEGIES

__all__ = ["StrandSymmetryTest", "strand_symmetry_test"]

_RIDGE = (0.1, 1.0, 10.0, 100.0)  # weights of the penalty, times the mean square of the features
_FOLDS = 5
_AT_A_TIME = 250  # permutations, which are columns of one product


@dataclass(frozen=True)
class StrandSymmetryTest:
    """Outcome of :func:`strand_symmetry_test`.

    Attributes
    ----------
    statistic : float
        What the strand adds to the prediction of the target: out-of-fold R² of a strand-aware
        model of k-mers less that of a strand-blind one; for pairs, the R² of the differences within
        pairs. At most 1; about 0 or below where the strand tells nothing.
    pvalue : float
        Share of the random choices of strands with a statistic at least as large, the one observed
        counted as well. It cannot be below ``1 / (n_permutations + 1)``.
    n : int
        Number of samples, or of pairs.
    n_permutations : int
        Number of random choices.

    Examples
    --------
    >>> from rcseq.model_selection import StrandSymmetryTest
    >>> StrandSymmetryTest(0.0, 0.6, n=500, n_permutations=1999).strategies()
    ['apart', 'augmented', 'conjoined', 'consistent', 'posthoc', 'rcps']
    """

    statistic: float
    pvalue: float
    n: int
    n_permutations: int

    def strategies(self, level: float = 0.05) -> list[str]:
        """Return the strategies that make sense at a level of significance.

        Parameters
        ----------
        level : float, default=0.05
            A smaller p-value counts as proof that the target depends on the strand.

        Returns
        -------
        list of str
            Those of the registered strategies that can tell the strands apart, where the target
            depends on the strand; else those that make use of the symmetry.
        """
        depends = self.pvalue < level
        return [n for n, s in STRATEGIES.items() if s.assumes_symmetry != depends]

    def __str__(self) -> str:
        what = "depends on the strand" if self.pvalue < 0.05 else "may be the same on both strands"
        return (
            f"The target {what}: knowing the strand adds an R² of {self.statistic:.2g} to its "
            f"prediction (p = {self.pvalue:.2g}, n = {self.n:,}). "
            f"Strategies that make sense: {', '.join(self.strategies())}."
        )


def strand_symmetry_test(
    X: Any,
    y: ArrayLike,
    *,
    pair: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    k: int = 5,
    n_permutations: int = 1999,
    max_samples: int | None = 10_000,
    random_state: Any = None,
) -> StrandSymmetryTest:
    """Test whether a target depends on the strand that is in the file.

    Parameters
    ----------
    X : sequences
        Strings or anything else that holds sequences, of any lengths.
    y : array-like of shape (n,) or (n, n_targets)
        Labels of two classes or more, or numbers; complete.
    pair : array-like of shape (n,), optional
        For data in which both orientations were measured: equal for a sequence and its reverse
        complement. Every value occurs twice.
    groups : array-like of shape (n,), optional
        Samples that were not drawn independently, such as overlapping windows; they stay in one
        fold and their strands are chosen together. By default the families of
        :func:`sequence_families`.
    k : int, default=5
        Length of the words that the two models count.
    n_permutations : int, default=1999
        Number of random choices of strands, from which the p-value is.
    max_samples : int, optional
        A random part of larger sets is taken, whole groups and pairs.
    random_state : int, RandomState or None
        Seed of the folds, the choices and the part.

    Returns
    -------
    StrandSymmetryTest
        With ``statistic`` and ``pvalue``; ``strategies()`` lists the ones that make sense.

    Raises
    ------
    ValueError
        If there are fewer than 20 samples (or pairs), if `y` is incomplete or constant, or if a
        pair is not a sequence and its reverse complement.

    Notes
    -----
    The strand-blind model is a ridge regression on the counts of k-mers and their reverse
    complements together, the strand-aware one adds the differences between the two. Both are
    scored out of fold. If the target is the same on both strands, then each sequence could as well
    have been written as its reverse complement, which changes the sign of its differences and
    nothing else. So signs are drawn at random, many times, and the gain of the strand-aware model
    is computed again; among the penalties that are tried the best counts, each time.

    The p-value is exact where the strand in the file is arbitrary, as the plus strand of a genome
    is. Where all sequences are written by a rule, such as along a transcript, a small p-value means
    that the target or the rule can be seen in the strand; only pairs tell the two apart. With
    pairs, the two measurements of a pair are exchanged in the place of the strands.

    What words of length `k` cannot show, wherever in the sequence they are, is not found.

    References
    ----------
    Ojala and Garriga (2010), Permutation tests for studying classifier performance, JMLR 11:1833.

    Examples
    --------
    >>> from rcseq.datasets import load_splice
    >>> from rcseq.model_selection import strand_symmetry_test
    >>> X, y = load_splice(return_X_y=True)
    >>> result = strand_symmetry_test(X[::5], y[::5], n_permutations=199, random_state=0)
    >>> result.pvalue
    0.005
    >>> result.strategies()
    ['standard', 'concatenated', 'strand_channel']
    """
    sequences, rng = as_sequences(X), check_random_state(random_state)
    target = _as_columns(y)
    check_consistent_length(sequences, target, pair, groups)
    if pair is not None:
        first, second = _pairs(sequences, np.asarray(pair))
        sequences, target = sequences[first], target[first] - target[second]
        groups = None if groups is None else np.asarray(groups)[first]
    group = sequence_families(sequences) if groups is None else _numbered(groups)
    rows = _some(group, max_samples, rng)
    sequences, target, group = sequences[rows], target[rows], _numbered(group[rows])
    if len(target) < 20:
        what = "pairs" if pair is not None else "samples"
        raise ValueError(f"the test needs at least 20 {what}; got {len(target)}")
    if not np.ptp(target, axis=0).any():
        raise ValueError("y is the same for all samples; there is nothing to depend on the strand")
    same, differs = _features(sequences, k)
    folds = rng.permutation(group.max() + 1)[group] % _FOLDS
    rest = target  # within a pair nothing but the strand differs
    if pair is None:
        centred = target - target.mean(0)
        errors = list(_Ridges(same - same.mean(0), folds).errors(centred))
        rest = min(errors, key=lambda error: float(np.square(error).sum()))
    ridges = _Ridges(differs, folds)
    observed = _gain(ridges, rest, np.ones((len(rest), 1)))[0]
    beaten = 1
    for part in gen_batches(n_permutations, _AT_A_TIME):
        signs = rng.choice([-1.0, 1.0], (group.max() + 1, part.stop - part.start))[group]
        beaten += int((_gain(ridges, rest, signs) >= observed).sum())
    statistic = observed / np.square(target - (0 if pair is not None else target.mean(0))).sum()
    return StrandSymmetryTest(
        float(statistic), beaten / (n_permutations + 1), len(target), n_permutations
    )


def _as_columns(y: ArrayLike) -> NDArray[np.float64]:
    """Return numbers as columns; for labels one column a class."""
    values = np.asarray(y)
    values = values.reshape(len(values), -1)
    if values.dtype.kind not in "biuf" or (values.shape[1] == 1 and values.dtype.kind in "iub"):
        if values.shape[1] > 1:
            raise ValueError("several targets must be numbers; labels are taken in one column")
        classes = np.unique(values.astype(str) if values.dtype.kind == "O" else values)
        named = values.astype(classes.dtype)
        columns = named == classes
        values = columns[:, 1:] if len(classes) == 2 else columns
    target = values.astype(np.float64)
    if not np.isfinite(target).all():
        raise ValueError("y has missing or infinite values; leave those samples out")
    return target


def _pairs(sequences: Sequences, pair: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    names, inverse, count = np.unique(pair, return_inverse=True, return_counts=True)
    if (count != 2).any():
        wrong = names[count != 2][0]
        raise ValueError(
            f"pair={wrong} occurs {count[count != 2][0]} time(s); a pair is one sequence and its "
            "reverse complement. Leave out what was measured in one orientation."
        )
    first, second = np.argsort(inverse, kind="stable").reshape(-1, 2).T
    ours, theirs = sequences[first].codes(), sequences[second].reverse_complement().codes()
    unequal = ours.lengths != theirs.lengths
    if not unequal.any():
        at = np.flatnonzero(ours.codes != theirs.codes)
        unequal[np.searchsorted(np.cumsum(ours.lengths), at[:1], side="right")] = True
    if unequal.any():
        name = names[np.flatnonzero(unequal)[0]]
        raise ValueError(f"the two sequences of pair={name} are not reverse complements")
    return first, second


def _numbered(groups: ArrayLike) -> NDArray[np.intp]:
    return np.unique(np.asarray(groups), return_inverse=True)[1]


def _some(group: NDArray[np.intp], at_most: int | None, rng: Any) -> NDArray[np.intp]:
    """Choose groups at random until there are enough samples."""
    if at_most is None or len(group) <= at_most:
        return np.arange(len(group))
    order = rng.permutation(group.max() + 1)
    size = np.bincount(group)[order].cumsum()
    chosen = order[: max(1, int(np.searchsorted(size, at_most, side="right")))]
    return np.flatnonzero(np.isin(group, chosen))


def _features(sequences: Sequences, k: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Count words on both strands together, and the strand given less the other.

    Each row is as long as 1 in both parts together, which takes the lengths of sequences away.
    """
    counts = KmerVectorizer(k=k, canonical=False).transform(sequences).toarray().astype(np.float64)
    partner = np.array(FieldType.kmer(k).perm)
    one_of_two = np.flatnonzero(np.arange(len(partner)) <= partner)
    forward, reverse = counts[:, one_of_two], counts[:, partner[one_of_two]]
    same, differs = forward + reverse, (forward - reverse)[:, one_of_two != partner[one_of_two]]
    norm = np.sqrt((counts**2).sum(1, keepdims=True)).clip(min=1)
    return same / norm, differs / norm


class _Ridges:
    """Ridge regressions out of fold, one for each penalty; the features are decomposed once."""

    def __init__(self, features: NDArray[np.float64], folds: NDArray[np.intp]) -> None:
        self.features = features
        self.parts = [(folds != fold, folds == fold) for fold in range(_FOLDS)]
        grams = [features[train].T @ features[train] for train, _ in self.parts]
        self.spectra = [np.linalg.eigh(gram) for gram in grams]

    def errors(self, y: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
        """Yield for each penalty what is left of each column of `y`."""
        left = np.empty((len(_RIDGE), *y.shape))
        for (train, test), (values, vectors) in zip(self.parts, self.spectra, strict=True):
            projected = vectors.T @ (self.features[train].T @ y[train])
            rotated, scale = self.features[test] @ vectors, max(float(values.mean()), 1e-12)
            for i, weight in enumerate(_RIDGE):
                shrunk = projected / (values + weight * scale)[:, None]
                left[i, test] = y[test] - rotated @ shrunk
        yield from left


def _gain(
    ridges: _Ridges, rest: NDArray[np.float64], signs: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return how much of `rest` the strand explains, for each choice of strands (a column).

    A reverse complement has the opposite features, which is the same as the opposite `rest`.
    """
    columns = (rest[:, :, None] * signs[:, None]).reshape(len(rest), -1)
    errors = [np.square(error).sum(0) for error in ridges.errors(columns)]
    left = np.min([e.reshape(rest.shape[1], -1).sum(0) for e in errors], axis=0)
    return np.asarray(np.square(rest).sum() - left)
