"""One value for each window: what a model says of windows that lie along a sequence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from rcseq import alphabet
from rcseq.prediction import check_output, is_strand_exact, scores
from rcseq.scan._tiling import Tiling
from rcseq.sequences import as_sequences

__all__ = ["Kind", "Strand", "WindowScorer"]

Kind = Literal["auto", "probability", "logit"]
Strand = Literal["both", "forward", "reverse"]


@dataclass(frozen=True)
class WindowScorer:
    """A model, and how it is asked about a window.

    Parameters
    ----------
    model : fitted estimator
    tiling : Tiling
    output : int or None
        Which of several outputs.
    kind : {"auto", "probability", "logit"}
        As of :func:`rcseq.prediction.scores`.
    strand : {"both", "forward", "reverse"}
        ``"both"`` is the mean of the two, of which a strand-exact model is asked for one.
    max_unknown : float
        Windows with a larger share of unknown bases have no value.
    batch_size : int or None
    """

    model: Any
    tiling: Tiling
    output: int | None = None
    kind: Kind = "auto"
    strand: Strand = "both"
    max_unknown: float = 0.5
    batch_size: int | None = None

    def __post_init__(self) -> None:
        if self.strand not in get_args(Strand):
            raise ValueError(f"strand={self.strand!r} is not one of {', '.join(get_args(Strand))}")
        if not 0 <= self.max_unknown <= 1:
            raise ValueError(f"max_unknown={self.max_unknown!r} is not a share between 0 and 1")

    def values(self, codes: alphabet.Codes) -> NDArray[np.float32]:
        """Score the windows that lie along the codes of a stretch; NaN where bases are unknown."""
        unknown = np.concatenate([[0], (codes >= alphabet.N_CODE).cumsum()])
        ends = np.arange(self.tiling.width, len(codes) + 1, self.tiling.step)
        share = (unknown[ends] - unknown[ends - self.tiling.width]) / self.tiling.width
        known = share <= self.max_unknown
        values = np.full(len(ends), np.nan, np.float32)
        if known.any():
            values[known] = self._score(self.tiling.windows(codes)[known])
        return values

    def _score(self, windows: alphabet.Codes) -> NDArray[Any]:
        sequences = as_sequences(np.ascontiguousarray(windows))
        if self.strand == "forward" or (self.strand == "both" and is_strand_exact(self.model)):
            return self._ask(sequences)
        reverse = self._ask(as_sequences(sequences.reverse_complement().native()))
        return reverse if self.strand == "reverse" else (self._ask(sequences) + reverse) / 2

    def _ask(self, sequences: Any) -> NDArray[Any]:
        found = scores(self.model, sequences, kind=self.kind, batch_size=self.batch_size)
        if found.ndim != 2:
            raise ValueError(
                f"the model's output has the shape {found.shape}; a track has one value a window"
            )
        column: NDArray[Any] = found[:, check_output(found.shape[1], self.output)]
        return column
