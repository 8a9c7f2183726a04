"""Reverse-complement parameter sharing."""

from __future__ import annotations

from rcseq.strategies._base import Strategy
from rcseq.strategies._registry import register_strategy

__all__ = ["RCPS"]


@register_strategy
class RCPS(Strategy):
    """The equivariant network: parameters shared between the strands."""

    name = "rcps"
    colour = "#d55e00"
    compared_by_default = True
    reference = "Shrikumar, Greenside and Kundaje (2017), bioRxiv 103663"
    equivariant = True
    strand_exact = True
