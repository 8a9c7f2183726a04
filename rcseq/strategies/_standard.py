"""The baseline: the strand as given."""

from __future__ import annotations

from rcseq.strategies._base import Strategy
from rcseq.strategies._registry import register_strategy

__all__ = ["Standard"]


@register_strategy
class Standard(Strategy):
    """The conventional network on the strand as given."""

    name = "standard"
    colour = "#4d4d4d"
    assumes_symmetry = False
    compared_by_default = True
