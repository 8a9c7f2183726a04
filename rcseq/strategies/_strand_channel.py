"""Both strands, and a channel that says which of them is read."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from rcseq.nn import OutputSymmetry
from rcseq.nn.functional import reverse_complement
from rcseq.strategies._base import Network, Strategy, both_strands
from rcseq.strategies._registry import register_strategy

__all__ = ["StrandChannel"]


@register_strategy
class StrandChannel(Strategy):
    """Both strands in training and in prediction; a fifth channel says which one is read.

    The fifth channel is 0 on the strand as given and 1 on the other, so the network can learn that
    a label depends on the strand, and the average of both readings is not the same for a sequence
    and its reverse complement.
    """

    name = "strand_channel"
    label = "strand channel"
    colour = "#f0e442"
    assumes_symmetry = False
    reference = "Rafi et al. (2024), doi 10.1038/s41587-024-02414-w"

    @property
    def network_settings(self) -> dict[str, Any]:
        """A conventional network of five channels."""
        return {"equivariant": False, "in_channels": 5}

    def training_batch(
        self, x: Tensor, y: Tensor, symmetry: OutputSymmetry = OutputSymmetry.INVARIANT
    ) -> tuple[Tensor, Tensor]:
        """Return every sequence and its reverse complement, each with its fifth channel."""
        both, targets = both_strands(x, y, symmetry)
        forward, reverse = both.chunk(2)
        return torch.cat([_with_channel(forward, 0), _with_channel(reverse, 1)]), targets

    def predict(
        self, network: Network, x: Tensor, symmetry: OutputSymmetry = OutputSymmetry.INVARIANT
    ) -> Tensor:
        """Return the average of the two readings."""
        forward = network(_with_channel(x, 0))
        reverse = network(_with_channel(reverse_complement(x), 1))
        average: Tensor = (forward + symmetry.act(reverse)) / 2
        return average


def _with_channel(x: Tensor, value: int) -> Tensor:
    return torch.cat([x, x.new_full((len(x), 1, x.shape[-1]), value)], dim=1)
