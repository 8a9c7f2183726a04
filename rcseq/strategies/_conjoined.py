"""Logits averaged over the strands, in training and in prediction."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from rcseq.nn import OutputSymmetry
from rcseq.strategies._base import Loss, Network, Strategy, average_strands
from rcseq.strategies._registry import register_strategy

__all__ = ["Conjoined"]


@register_strategy
class Conjoined(Strategy):
    """The conventional network on both strands, logits averaged throughout."""

    name = "conjoined"
    colour = "#56b4e9"
    compared_by_default = True
    reference = "Zhou, Shrikumar and Kundaje (2022), PMLR 165"
    strand_exact = True

    def training_loss(
        self,
        network: Network,
        x: Tensor,
        y: Tensor,
        loss: Loss,
        symmetry: OutputSymmetry = OutputSymmetry.INVARIANT,
    ) -> tuple[Tensor, Any]:
        """Return the loss of the average over the strands."""
        output = average_strands(network, x, symmetry)
        return loss(output, y), output

    def predict(
        self, network: Network, x: Tensor, symmetry: OutputSymmetry = OutputSymmetry.INVARIANT
    ) -> Tensor:
        """Return the average over the strands."""
        return average_strands(network, x, symmetry)
