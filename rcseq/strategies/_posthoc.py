"""Logits averaged over the strands in prediction only."""

from __future__ import annotations

from torch import Tensor

from rcseq.nn import OutputSymmetry
from rcseq.strategies._augmented import Augmented
from rcseq.strategies._base import Network, average_strands
from rcseq.strategies._registry import register_strategy

__all__ = ["Posthoc"]


@register_strategy
class Posthoc(Augmented):
    """Trained as augmented, logits of both strands averaged in prediction."""

    name = "posthoc"
    colour = "#009e73"
    compared_by_default = True
    reference = "Zhou, Shrikumar and Kundaje (2022), PMLR 165"
    strand_exact = True

    def predict(
        self, network: Network, x: Tensor, symmetry: OutputSymmetry = OutputSymmetry.INVARIANT
    ) -> Tensor:
        """Return the average over the strands."""
        return average_strands(network, x, symmetry)
