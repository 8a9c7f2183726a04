"""Random background: bases drawn one by one, or from a Markov chain fitted to sequences."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from rcseq import alphabet

_LONGEST = 8  # 4**8 contexts; more than any set of sequences could tell apart


@dataclass(frozen=True, eq=False)
class MarkovBackground:
    """A Markov chain over A, C, G and T.

    Parameters
    ----------
    initial : ndarray of shape (4**order,)
        Probability of each word of `order` bases, in alphabetical order, to begin with.
    transition : ndarray of shape (4**order, 4)
        Probability of the next base after each word.

    Examples
    --------
    >>> from rcseq.datasets import MarkovBackground
    >>> chain = MarkovBackground.fit(["ACACACACAC", "CACACACA"], order=1, pseudocount=0)
    >>> chain.order, chain.transition[0]
    (1, array([0., 1., 0., 0.]))
    """

    initial: npt.NDArray[np.float64]
    transition: npt.NDArray[np.float64]

    @property
    def order(self) -> int:
        """Number of bases that the next one depends on."""
        return (len(self.initial).bit_length() - 1) // 2

    @classmethod
    def zero_order(cls, probabilities: npt.ArrayLike) -> Self:
        """Make the background in which no base depends on another.

        Parameters
        ----------
        probabilities : array-like of shape (4,)
            Of A, C, G and T; scaled to a sum of 1.

        Returns
        -------
        background : MarkovBackground

        Raises
        ------
        ValueError
            If these are not four numbers from 0 up.
        """
        shares = np.asarray(probabilities)
        numbers = shares.shape == (4,) and shares.dtype.kind in "iuf"
        if not numbers or (shares < 0).any() or not shares.sum() > 0:
            raise ValueError(
                f"background={probabilities!r} is neither four probabilities, of A, C, G and T, "
                "nor a MarkovBackground"
            )
        return cls(np.ones(1), shares[None] / shares.sum())

    @classmethod
    def fit(cls, sequences: Iterable[str], *, order: int = 1, pseudocount: float = 1.0) -> Self:
        """Fit a chain to sequences.

        Parameters
        ----------
        sequences : iterable of str
            Words with an ambiguous base are left out.
        order : int, default=1
            Number of bases that the next one depends on, 0 to 8.
        pseudocount : float, default=1.0
            Added to the count of each word of ``order + 1`` bases.

        Returns
        -------
        background : MarkovBackground

        Raises
        ------
        ValueError
            If the order is out of its range, or no word of ``order + 1`` bases is in the sequences.
        """
        if not 0 <= order <= _LONGEST:
            raise ValueError(f"order={order} is not from 0 to {_LONGEST}")
        codes = alphabet.encode("N".join(sequences))
        n_words = max(len(codes) - order, 0)
        words = np.zeros(n_words, np.int64)
        known = np.ones(n_words, bool)
        for i in range(order + 1):
            part = codes[i : n_words + i]
            words = 4 * words + part
            known &= part < 4
        if not known.any():
            raise ValueError(f"no sequence has a word of {order + 1} known bases to learn from")
        counts = np.bincount(words[known], minlength=4 ** (order + 1)).reshape(-1, 4) + pseudocount
        totals = counts.sum(axis=1, keepdims=True)
        # A word that was never seen goes on like any other.
        transition = np.where(totals > 0, counts / np.where(totals > 0, totals, 1), 0.25)
        return cls(totals[:, 0] / totals.sum(), transition)

    def sample(self, n: int, length: int, rng: np.random.Generator) -> alphabet.Codes:
        """Draw sequences.

        Parameters
        ----------
        n, length : int
        rng : numpy.random.Generator

        Returns
        -------
        codes : ndarray of uint8, shape (n, length)
        """
        if self.order == 0:
            bounds = np.cumsum(self.transition[0])[:3].astype(np.float32)
            out = np.empty((n, length), np.uint8)
            rows = max(1, 1_000_000 // length)  # a batch that stays in the cache
            for first in range(0, n, rows):
                part = out[first : first + rows]
                draws = rng.random(part.shape, np.float32)
                part[:] = _choose(draws, bounds)
            return out
        order, bounds_after = self.order, np.cumsum(self.transition, axis=1)[:, :3]
        words = rng.choice(len(self.initial), size=n, p=self.initial)
        columns = np.empty((max(length, order), n), np.uint8)
        for i in range(order):
            columns[i] = (words >> 2 * (order - 1 - i)) & 3
        for i in range(order, length):
            columns[i] = _choose(rng.random(n), bounds_after[words].T)
            words = (4 * words + columns[i]) % len(self.initial)
        return np.ascontiguousarray(columns[:length].T)


def _choose(draws: npt.NDArray[np.floating], bounds: npt.NDArray[np.floating]) -> alphabet.Codes:
    """Codes by inversion: how many of the three cumulative probabilities lie at or below."""
    codes = (draws >= bounds[0]).view(np.uint8)
    codes += draws >= bounds[1]
    codes += draws >= bounds[2]
    return codes
