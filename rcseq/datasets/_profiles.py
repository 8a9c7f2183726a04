"""Simulated sequences with the reads of both strands along them, and the rates behind the reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm
from sklearn.utils import check_random_state

from rcseq.datasets._embedding import MotifEmbedding
from rcseq.datasets._placement import Number
from rcseq.datasets._simulation import make_motif_sequences
from rcseq.sequences import LabelledSequences

__all__ = ["Footprint", "make_stranded_profiles", "site_rates"]

Floats = npt.NDArray[np.float64]
Pair = tuple[float, float]


@dataclass(frozen=True)
class Footprint:
    """Where the reads of a bound motif begin, as in ChIP-exo and ChIP-nexus.

    On the strand of the motif they pile up before it, on the other strand behind it. Each
    parameter is a pair: on the strand of the motif, on the other one. If the two are alike, the
    reads do not tell on which strand the motif is.

    Parameters
    ----------
    reads : (float, float), default=(40.0, 20.0)
        Expected number of reads.
    distance : (float, float), default=(6.0, 12.0)
        From the edge of the motif to the middle of the pile, in bases.
    spread : (float, float), default=(2.0, 5.0)
        Standard deviation of the pile, which is normal, in bases.

    Raises
    ------
    ValueError
        If a parameter is no pair of numbers from 0 up, or a spread is 0.

    Examples
    --------
    >>> from rcseq.datasets import Footprint
    >>> rates = Footprint(reads=(30, 10)).rates(8)  # of a motif of 8 bases
    >>> rates.shape, rates.sum(axis=1).round(1)
    ((2, 72), array([30., 10.]))
    """

    reads: Pair = (40.0, 20.0)
    distance: Pair = (6.0, 12.0)
    spread: Pair = (2.0, 5.0)

    def __post_init__(self) -> None:
        for name in ("reads", "distance", "spread"):
            pair = getattr(self, name)
            if np.shape(pair) != (2,) or not all(0 <= value < np.inf for value in pair):
                raise ValueError(f"{name}={pair!r} is not a pair of numbers from 0 up")
        if min(self.spread) == 0:
            raise ValueError(f"spread={self.spread!r} must be above 0")

    @property
    def flank(self) -> int:
        """Bases on either side of the motif in which its reads begin."""
        return ceil(max(self.distance) + 4 * max(self.spread))

    def rates(self, width: int) -> Floats:
        """Compute the expected reads around a motif on the plus strand.

        Parameters
        ----------
        width : int
            Of the motif, in bases.

        Returns
        -------
        ndarray of shape (2, width + 2 * flank)
            On the plus and the minus strand; those of a motif on the minus strand are the same,
            turned round on both axes.
        """
        place = np.arange(-self.flank, width + self.flank)
        middles = -self.distance[0], width - 1 + self.distance[1]
        piles = [norm.pdf(place, *of) for of in zip(middles, self.spread, strict=True)]
        return np.array([n * pile / pile.sum() for n, pile in zip(self.reads, piles, strict=True)])


_FOOTPRINTS = {
    "SPI1_known1": Footprint(),
    "GATA_disc1": Footprint(reads=(10.0, 30.0), distance=(15.0, 4.0), spread=(4.0, 2.0)),
    "CTCF_known1": Footprint(reads=(60.0, 60.0), distance=(4.0, 20.0), spread=(2.0, 3.0)),
}


def make_stranded_profiles(
    n_samples: int | Mapping[str, int] = 1000,
    *,
    length: int = 200,
    footprints: Mapping[str, Footprint] | None = None,
    number: Number = (0, 2),
    background_reads: float = 0.02,
    random_state: int | np.random.RandomState | None = None,
) -> LabelledSequences:
    """Simulate sequences with the reads that begin at each of their positions, on both strands.

    Motifs lie anywhere, on either strand with probability one half, in a random background. Each
    adds the rates of its footprint to those of the background, and the reads are Poisson numbers
    with these rates. So the reverse complement of a sequence is as likely as the sequence, and its
    rates are those of the sequence, turned round on both axes.

    Parameters
    ----------
    n_samples : int or dict of str to int, default=1000
        Number of sequences, or the number in each subset, as
        ``{"train": 3000, "valid": 1000, "test": 1000}``.
    length : int, default=200
        Of each sequence, in bases. Reads that would begin outside are lost.
    footprints : mapping of str to Footprint, optional
        By the names of motifs, see :func:`load_simulation_motifs`. By default three motifs, which
        differ in number and place of their reads.
    number : int, (int, int) or Poisson, default=(0, 2)
        Instances of each motif in a sequence, as of :class:`MotifEmbedding`.
    background_reads : float, default=0.02
        Expected number of reads at each position of each strand without a motif.
    random_state : int, RandomState or None, default=None
        Source of randomness; an int makes the same data again.

    Returns
    -------
    LabelledSequences
        With the attributes

        - ``sequences``: Sequences, shape (n_samples,)
        - ``target``: ndarray of int, shape (n_samples, 2, length), the reads that begin at each
          position of the plus and the minus strand
        - ``true_target``: ndarray of float of the same shape, the expected number of reads
        - ``split``: only where `n_samples` names subsets
        - ``embeddings``, ``motifs``: as of :func:`make_motif_sequences`

    Raises
    ------
    ValueError
        If a parameter is out of its range, or the motifs do not fit into the sequences.

    References
    ----------
    Profiles of this kind are those of Avsec et al. (2021), Nature Genetics 53, and of Zhou,
    Shrikumar and Kundaje (2022), PMLR 165; the simulation is of this package.

    Examples
    --------
    >>> from rcseq.datasets import make_stranded_profiles
    >>> data = make_stranded_profiles({"train": 20, "test": 10}, length=200, random_state=0)
    >>> data.target.shape, data.true_target.shape
    ((30, 2, 200), (30, 2, 200))
    """
    footprints = _FOOTPRINTS if footprints is None else footprints
    if not footprints:
        raise ValueError("footprints is empty; name a motif")
    if not 0 <= background_reads < np.inf:
        raise ValueError(f"background_reads={background_reads!r} is not a number from 0 up")
    random = check_random_state(random_state)
    data = make_motif_sequences(
        n_samples,
        length=length,
        classes=[[MotifEmbedding(motif, number=number) for motif in footprints]],
        random_state=random,
    )
    sites = site_rates(data.embeddings, footprints, len(data), length)
    rates = background_reads + sites
    reads = np.random.default_rng(random.randint(2**32, dtype=np.uint64)).poisson(rates)
    return LabelledSequences(
        data.sequences,
        reads,
        task="regression",
        true_target=rates,
        split=data.split,
        name="the simulated profiles",
        description=f"{data.description} with {reads.sum((1, 2)).mean():,.0f} reads each",
        embeddings=data.embeddings,
        motifs=data.motifs,
    )


def site_rates(
    embeddings: pd.DataFrame, footprints: Mapping[str, Any], n_samples: int, length: int
) -> Floats:
    """Add up the expected reads of motifs: ``(n_samples, 2, length)``."""
    rates = np.zeros((n_samples, 2, length))
    columns = ("sequence", "motif", "position", "strand", "instance")
    for sequence, motif, position, strand, instance in zip(
        *(embeddings[column] for column in columns), strict=True
    ):
        footprint = footprints[motif]
        site = footprint.rates(len(instance))
        first = position - footprint.flank
        start, end = max(first, 0), min(first + site.shape[1], length)
        turned = site if strand == "+" else site[::-1, ::-1]
        rates[sequence, :, start:end] += turned[:, start - first : end - first]
    return rates
