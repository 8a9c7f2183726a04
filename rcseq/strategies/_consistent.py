"""A penalty on answers that differ between the strands."""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar

from sklearn.utils._param_validation import Interval
from torch import Tensor

from rcseq.nn import OutputSymmetry
from rcseq.strategies._base import Loss, Network, outputs_of_strands
from rcseq.strategies._registry import register_strategy
from rcseq.strategies._standard import Standard

__all__ = ["Consistent"]


@register_strategy
class Consistent(Standard):
    """The conventional network, whose answers on the two strands are drawn together in training.

    The loss is the supervised one on the strand as given, plus `weight` times the divergence of the
    outputs on the two strands. Prediction reads one strand.

    Parameters
    ----------
    weight : float, default 1.0
        Of the divergence, which is the symmetric Kullback-Leibler divergence of classes and labels
        and the squared difference of real values; a profile is turned back first, as the network
        declares its output. With 0 this is the strategy ``"standard"``, at the same cost.
    """

    name = "consistent"
    colour = "#332288"
    assumes_symmetry = True
    reference = "Ma (2025), arXiv 2509.18529"

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "weight": [Interval(Real, 0, None, closed="left")]
    }

    def __init__(self, weight: float = 1.0) -> None:
        self.weight = weight

    def training_loss(
        self,
        network: Network,
        x: Tensor,
        y: Tensor,
        loss: Loss,
        symmetry: OutputSymmetry = OutputSymmetry.INVARIANT,
    ) -> tuple[Tensor, Any]:
        """Return the loss on the strand as given, and the divergence of the two."""
        if self.weight == 0:  # a second pass would draw other masks of dropout
            return super().training_loss(network, x, y, loss, symmetry)
        forward, reverse = outputs_of_strands(network, x, symmetry)
        return loss(forward, y) + self.weight * loss.divergence(forward, reverse), forward
