"""Both strands in every training batch."""

from __future__ import annotations

from torch import Tensor

from rcseq.nn import OutputSymmetry
from rcseq.strategies._base import both_strands
from rcseq.strategies._registry import register_strategy
from rcseq.strategies._standard import Standard

__all__ = ["Augmented"]


@register_strategy
class Augmented(Standard):
    """The conventional network; every training batch holds both strands."""

    name = "augmented"
    colour = "#e69f00"
    compared_by_default = True
    assumes_symmetry = True
    reference = "Shrikumar, Greenside and Kundaje (2017), bioRxiv 103663"

    def training_batch(
        self, x: Tensor, y: Tensor, symmetry: OutputSymmetry = OutputSymmetry.INVARIANT
    ) -> tuple[Tensor, Tensor]:
        """Return every sequence and its reverse complement."""
        return both_strands(x, y, symmetry)
