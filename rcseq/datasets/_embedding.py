"""What is embedded in a sequence."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rcseq import alphabet
from rcseq.datasets._motifs import find_motif
from rcseq.datasets._placement import Number, Position
from rcseq.motifs import NamedMotif


@dataclass(frozen=True, eq=False)
class MotifEmbedding:
    """What is embedded in the sequences of a class: a motif or a pair, how often, and where.

    Parameters
    ----------
    motif : str, Bio.motifs.Motif or array-like of shape (width, 4)
        A name of :func:`load_simulation_motifs`, a motif of Biopython, or counts or probabilities
        of A, C, G and T.
    partner : str, Bio.motifs.Motif or array-like, default=None
        A second motif, downstream of the first: the two are a pair, embedded as one.
    spacing : int, (int, int) or Poisson, default=0
        Background bases between the two of a pair: fixed, uniform from low to high, or Poisson.
    number : int, (int, int) or Poisson, default=1
        Instances in a sequence.
    zero_probability : float, default=0.0
        Probability that a sequence has none after all (zero inflation).
    position : "uniform", int or Normal, default="uniform"
        Anywhere; inside so many central bases; or normal around the middle. Instances never
        overlap: a place that is taken is drawn again.
    reverse_probability : float, default=0.5
        Probability that an instance, or a pair as a whole, is on the minus strand.
    consensus : bool, default=False
        Embed the most probable instance each time; False draws each from the matrix.
    pseudocount : float, default=0.001
        Share of the uniform distribution mixed into each position of the matrix.
    name : str, default=None
        Name of the label; None takes that of the motif, or ``first+second`` for a pair.

    Raises
    ------
    ValueError
        If a motif is unknown or no matrix, or a probability is not from 0 to 1.

    Examples
    --------
    >>> from rcseq.datasets import MotifEmbedding, Poisson
    >>> several = MotifEmbedding("GATA_disc1", number=Poisson(2, low=1, high=3))
    >>> pair = MotifEmbedding("SPI1_known1", partner="GATA_disc1", spacing=(5, 10))
    >>> pair.label
    'SPI1_known1+GATA_disc1'
    """

    motif: Any
    partner: Any = None
    spacing: Number = 0
    number: Number = 1
    zero_probability: float = 0.0
    position: Position = "uniform"
    reverse_probability: float = 0.5
    consensus: bool = False
    pseudocount: float = 0.001
    name: str | None = None
    motifs: list[NamedMotif] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for share in ("zero_probability", "reverse_probability", "pseudocount"):
            if not 0 <= getattr(self, share) <= 1:
                raise ValueError(f"{share}={getattr(self, share)!r} is not from 0 to 1")
        # Read here, so that an unknown motif is an error where it is named.
        motifs = [find_motif(motif) for motif in (self.motif, self.partner) if motif is not None]
        object.__setattr__(self, "motifs", motifs)

    @property
    def label(self) -> str:
        """Name of the label."""
        return self.name or "+".join(motif.name for motif in self.motifs)

    def sample(self, motif: NamedMotif, n: int, rng: np.random.Generator) -> alphabet.Codes:
        """Draw instances of one of the motifs: codes, ``(n, width)``."""
        if self.consensus:
            return np.tile(motif.matrix.argmax(axis=1).astype(np.uint8), (n, 1))
        matrix = (1 - self.pseudocount) * motif.matrix + self.pseudocount / 4
        bounds = matrix.cumsum(axis=1)[:, :3]
        draws = rng.random((n, len(matrix), 1))
        return (draws >= bounds).sum(axis=2, dtype=np.uint8)
