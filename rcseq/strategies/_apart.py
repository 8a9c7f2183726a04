"""Between parameter sharing and the conjoined network."""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar

from sklearn.utils._param_validation import Interval

from rcseq.strategies._base import Strategy
from rcseq.strategies._registry import register_strategy

__all__ = ["Apart"]


@register_strategy
class Apart(Strategy):
    """The equivariant network whose strands are kept apart in its first layers.

    Parameters
    ----------
    share : float, default 0.5
        From 0 to 1, of the places where the strands could see each other. With 0 this is the
        strategy ``"rcps"``. With 1 it is ``"conjoined"``, up to dropout and batch norm in training,
        which here treat both strands at once. Every network in between is equivariant.
    """

    name = "apart"
    colour = "#0072b2"
    reference = "the family announced by Zhou, Shrikumar and Kundaje (2022), PMLR 165"
    equivariant = True
    strand_exact = True

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        "share": [Interval(Real, 0, 1, closed="both")]
    }

    def __init__(self, share: float = 0.5) -> None:
        self.share = share

    @property
    def network_settings(self) -> dict[str, Any]:
        """An equivariant network with this share."""
        return {"equivariant": True, "strands_apart": self.share}
