"""How well a classifier can do that knows how the sequences were simulated."""

from __future__ import annotations

from collections.abc import Sequence
from math import factorial

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

from rcseq.alphabet import COMPLEMENT_CODES
from rcseq.datasets import Normal

__all__ = ["motif_likelihood", "motif_posterior", "placement_odds"]

Floats = NDArray[np.float64]

_BACKGROUND = (0.3, 0.2, 0.2, 0.3)
_POISSON_MEAN = 2  # instances in a sequence, drawn again if not from 1 to 3
_ROWS = 512  # sequences at a time: what is computed for them stays within tens of megabytes


def motif_likelihood(
    codes: NDArray[np.uint8],
    motif: ArrayLike,
    *,
    background: Sequence[float] = _BACKGROUND,
    pseudocount: float = 0.001,
) -> Floats:
    """Likelihood of sequences that hold a motif, as a ratio to that of background alone.

    The simulation is that of :func:`rcseq.datasets.make_zhou2022`: one to three instances (Poisson
    of mean 2), each on either strand with probability one half, at uniform positions, one after
    the other, drawn again if they overlap. The sum over all numbers, positions and strands is
    exact.

    Parameters
    ----------
    codes : uint8 array of shape (n, L)
        Sequences as codes of A, C, G and T.
    motif : array-like of shape (width, 4)
        Probabilities of A, C, G and T at each position.
    background : sequence of 4 float, default=(0.3, 0.2, 0.2, 0.3)
        Probabilities of A, C, G and T; those of a base and its complement are the same.
    pseudocount : float, default=0.001
        Share of the uniform distribution mixed into the motif, as in
        :class:`rcseq.datasets.MotifEmbedding`.

    Returns
    -------
    ndarray of shape (n,)

    Raises
    ------
    ValueError
        If three instances of the motif do not fit into a sequence wherever two of them are.

    Examples
    --------
    >>> import numpy as np
    >>> from rcseq import alphabet
    >>> from rcseq.experiments import motif_likelihood
    >>> with_it, without = "TTTGATAAGTTTTTTTTT", "TTTTTTTTTTTTTTTTTT"
    >>> codes = np.stack([alphabet.encode(s) for s in (with_it, without)])
    >>> motif = np.eye(4)[alphabet.encode("GATA")]
    >>> ratios = motif_likelihood(codes, motif)
    >>> bool(ratios[0] > 1 > ratios[1])
    True
    """
    matrix = _embedded(motif, pseudocount)
    n_starts, width = codes.shape[1] - len(matrix) + 1, len(matrix)
    if n_starts < 4 * width - 1:
        raise ValueError(
            f"sequences of {codes.shape[1]} bases are too short for three instances of a motif of "
            f"width {width}; {5 * width - 2} would do."
        )
    pairs, near = _placements(n_starts, width)
    likelihood = np.concatenate(
        [
            _of_instances(_site_ratios(part, matrix, background), width, pairs, near)
            for part in np.split(codes, range(_ROWS, len(codes), _ROWS))
        ]
    )
    weights = np.array([_POISSON_MEAN**k / factorial(k) for k in (1, 2, 3)])
    return likelihood @ (weights / weights.sum())


def motif_posterior(
    codes: NDArray[np.uint8],
    motifs: Sequence[ArrayLike],
    *,
    background: Sequence[float] = _BACKGROUND,
) -> Floats:
    """Probability that each of several motifs is the one that a simulated sequence holds.

    By the lemma of Neyman and Pearson no classifier ranks the sequences better, so its auROC is
    the ceiling for every model.

    Parameters
    ----------
    codes : uint8 array of shape (n, L)
        Sequences as codes of A, C, G and T.
    motifs : sequence of array-like of shape (width, 4)
        One for each class; the classes are equally frequent.
    background : sequence of 4 float, default=(0.3, 0.2, 0.2, 0.3)

    Returns
    -------
    ndarray of shape (n, n_motifs)

    Examples
    --------
    >>> from sklearn.metrics import roc_auc_score
    >>> from rcseq import DNAOneHotEncoder
    >>> from rcseq.datasets import make_zhou2022
    >>> from rcseq.experiments import motif_posterior
    >>> data = make_zhou2022(length=200, random_state=0)
    >>> codes = DNAOneHotEncoder(output="codes").fit_transform(data.sequences[-300:])
    >>> posterior = motif_posterior(codes, list(data.motifs.values()))
    >>> bool(roc_auc_score(data.target[-300:], posterior) > 0.99)
    True
    """
    ratios = [motif_likelihood(codes, motif, background=background) for motif in motifs]
    likelihood = np.stack(ratios, axis=1)
    return likelihood / likelihood.sum(axis=1, keepdims=True)


def placement_odds(
    codes: NDArray[np.uint8],
    motif: ArrayLike,
    place: Normal,
    *,
    background: Sequence[float] = _BACKGROUND,
    pseudocount: float = 0.001,
) -> Floats:
    """Odds that a motif was placed by a normal distribution, to that it was placed anywhere.

    Parameters
    ----------
    codes : uint8 array of shape (n, L)
        Sequences with one instance each, on either strand with probability one half.
    motif : array-like of shape (width, 4)
        Probabilities of A, C, G and T at each position.
    place : Normal
        Of the middle of the motif, around the middle of the sequence.
    background : sequence of 4 float, default=(0.3, 0.2, 0.2, 0.3)
    pseudocount : float, default=0.001
        As for :func:`motif_likelihood`.

    Returns
    -------
    ndarray of shape (n,)
        No classifier ranks the sequences better.

    Examples
    --------
    >>> import numpy as np
    >>> from rcseq import alphabet
    >>> from rcseq.datasets import Normal
    >>> from rcseq.experiments import placement_odds
    >>> central, lateral = "TTTTTTTGATATTTTTTT", "GATATTTTTTTTTTTTTT"
    >>> codes = np.stack([alphabet.encode(s) for s in (central, lateral)])
    >>> odds = placement_odds(codes, np.eye(4)[alphabet.encode("GATA")], Normal(2))
    >>> bool(odds[0] > 1 > odds[1])
    True
    """
    matrix = _embedded(motif, pseudocount)
    n_starts = codes.shape[1] - len(matrix) + 1
    # The start is the rounded middle less half of the width, and is drawn again if outside.
    edges = np.arange(n_starts + 1) - 0.5 + len(matrix) / 2 - codes.shape[1] / 2 - place.offset
    central = np.diff(norm.cdf(edges, scale=place.std))
    ratios = _site_ratios(codes, matrix, background)
    odds: Floats = ratios @ (central / central.sum()) / ratios.mean(axis=1)
    return odds


def _embedded(motif: ArrayLike, pseudocount: float) -> Floats:
    matrix = np.asarray(motif, dtype=np.float64)
    return (1 - pseudocount) * matrix + pseudocount / 4


def _site_ratios(codes: NDArray[np.uint8], matrix: Floats, background: Sequence[float]) -> Floats:
    """Likelihood ratio of an instance at each start, either strand: ``(n, n_starts)``."""
    n_starts = codes.shape[1] - len(matrix) + 1
    # One row a position: what an instance that starts there makes of the likelihood.
    odds = np.log(matrix / np.asarray(background))
    reverse = odds[::-1, COMPLEMENT_CODES[:4]]
    strands = np.zeros((2, len(codes), n_starts))
    for offset in range(len(odds)):
        window = codes[:, offset : offset + n_starts]
        strands[0] += odds[offset][window]
        strands[1] += reverse[offset][window]
    return np.exp(strands).mean(axis=0)


def _placements(n_starts: int, width: int) -> tuple[Floats, list[int]]:
    """Probability of a first and second start, over the number of free third ones.

    Also the distances at which two instances block some of the same starts.
    """
    starts = np.arange(n_starts)
    low, high = np.maximum(starts - width + 1, 0), np.minimum(starts + width, n_starts)
    blocked = high - low  # starts at which another instance would overlap
    shared = np.minimum.outer(high, high) - np.maximum.outer(low, low)
    free = n_starts - np.add.outer(blocked, blocked) + np.maximum(shared, 0)
    apart = np.abs(np.subtract.outer(starts, starts)) >= width
    first_two = apart / (n_starts * (n_starts - blocked)[:, None])
    return np.where(apart, first_two / free, 0), list(range(width, min(2 * width - 1, n_starts)))


def _of_instances(ratios: Floats, width: int, pairs: Floats, near: list[int]) -> Floats:
    """Likelihood ratio of sequences with one, two and three instances: ``(n, 3)``."""
    n_starts = ratios.shape[1]
    starts = np.arange(n_starts)
    low, high = np.maximum(starts - width + 1, 0), np.minimum(starts + width, n_starts)
    sums = np.pad(ratios.cumsum(axis=1), ((0, 0), (1, 0)))
    total = sums[:, -1:]
    overlapping = sums[:, high] - sums[:, low]
    others = total - overlapping  # of all second instances that do not overlap with the first
    one = ratios.mean(axis=1)
    two = (ratios * others / (n_starts - (high - low))).sum(axis=1) / n_starts
    # A third one anywhere but over the first or the second; what both block was taken off twice.
    second = ratios @ pairs.T
    three = (others * ratios * second).sum(axis=1)
    three -= (ratios * ((ratios * overlapping) @ pairs.T)).sum(axis=1)
    for distance in near:
        left, right = starts[: n_starts - distance], starts[distance:]
        both = sums[:, high[left]] - sums[:, low[right]]
        weight = pairs[left, right] + pairs[right, left]
        three += (ratios[:, left] * ratios[:, right] * both) @ weight
    return np.stack([one, two, three], axis=1)
