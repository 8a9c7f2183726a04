"""Both strands as the channels of one input."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from rcseq.nn import OutputSymmetry
from rcseq.nn.functional import reverse_complement
from rcseq.strategies._base import Loss, Network, Strategy
from rcseq.strategies._registry import register_strategy

__all__ = ["Concatenated"]


@register_strategy
class Concatenated(Strategy):
    """The conventional network on eight channels: the strand as given, and the other.

    Position by position, the second four channels hold the reverse complement. The network sees
    both strands at once, but which of them comes first still matters to it.
    """

    name = "concatenated"
    colour = "#7f3b08"
    assumes_symmetry = False
    reference = "Rafi et al. (2024), doi 10.1038/s41587-024-02414-w"

    @property
    def network_settings(self) -> dict[str, Any]:
        """A conventional network of eight channels."""
        return {"equivariant": False, "in_channels": 8}

    def training_loss(
        self,
        network: Network,
        x: Tensor,
        y: Tensor,
        loss: Loss,
        symmetry: OutputSymmetry = OutputSymmetry.INVARIANT,
    ) -> tuple[Tensor, Any]:
        """Return the loss of the output for both strands at once."""
        return super().training_loss(network, _beside_each_other(x), y, loss, symmetry)

    def predict(
        self, network: Network, x: Tensor, symmetry: OutputSymmetry = OutputSymmetry.INVARIANT
    ) -> Any:
        """Return the output for both strands at once."""
        return network(_beside_each_other(x))


def _beside_each_other(x: Tensor) -> Tensor:
    return torch.cat([x, reverse_complement(x)], dim=1)
