"""From equivariant to strand-free: merge the two channels of each regular pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from rcseq.nn.fieldtype import FieldType, TypeLike
from rcseq.nn.layers.base import RCLayer

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["StrandMax", "StrandMean", "StrandSum"]


class _StrandMerge(RCLayer):
    _always_print_both = True

    def __init__(self, in_type: TypeLike) -> None:
        in_type = FieldType(in_type)
        for kind, _ in in_type.blocks:
            if kind not in ("reg", "a"):
                raise ValueError(
                    f"{type(self).__name__} merges the channels of regular pairs and leaves a "
                    f"channels as they are; {in_type} holds others, so put a layer between that "
                    "gives reg or a channels"
                )
        super().__init__(in_type, FieldType((("a", in_type.n_reg + in_type.n_a),)))

    def forward(self, x: Tensor) -> Tensor:
        """Merge the strands."""
        self._check(x)
        if self.in_type.is_regular:
            return self._merge(*x.chunk(2, dim=1))
        sizes = [(1 + (kind == "reg")) * count for kind, count in self.in_type.blocks]
        merged = [
            self._merge(*part.chunk(2, dim=1)) if kind == "reg" else part
            for (kind, _), part in zip(self.in_type.blocks, x.split(sizes, dim=1), strict=True)
        ]
        return torch.cat(merged, dim=1)

    def _merge(self, forward: Tensor, reverse: Tensor) -> Tensor:
        raise NotImplementedError


class StrandSum(_StrandMerge):
    """Sum of the two channels of each regular pair.

    Parameters
    ----------
    in_type : FieldType, int or str
        An int means that many regular pairs. ``a`` channels pass as they are.

    Raises
    ------
    ValueError
        If the type holds other blocks.

    References
    ----------
    .. [1] Zhou, Shrikumar and Kundaje (2022). Towards a better understanding of
       reverse-complement equivariance for deep learning models in genomics. PMLR 165.

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import StrandSum
    >>> StrandSum(2)
    StrandSum(2reg -> 2a)
    >>> StrandSum(2)(torch.tensor([[1, 2, 30, 40]]))
    tensor([[31, 42]])
    """

    def _merge(self, forward: Tensor, reverse: Tensor) -> Tensor:
        return forward + reverse


class StrandMean(_StrandMerge):
    """Mean of the two channels of each regular pair.

    Parameters
    ----------
    in_type : FieldType, int or str
        An int means that many regular pairs. ``a`` channels pass as they are.

    Raises
    ------
    ValueError
        If the type holds other blocks.

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import StrandMean
    >>> StrandMean(2)(torch.tensor([[1.0, 2.0, 3.0, 4.0]]))
    tensor([[2., 3.]])
    """

    def _merge(self, forward: Tensor, reverse: Tensor) -> Tensor:
        return (forward + reverse) / 2


class StrandMax(_StrandMerge):
    """Larger of the two channels of each regular pair.

    Parameters
    ----------
    in_type : FieldType, int or str
        An int means that many regular pairs. ``a`` channels pass as they are.

    Raises
    ------
    ValueError
        If the type holds other blocks.

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import StrandMax
    >>> StrandMax(2)(torch.tensor([[1, 20, 10, 2]]))
    tensor([[10, 20]])
    """

    def _merge(self, forward: Tensor, reverse: Tensor) -> Tensor:
        return torch.maximum(forward, reverse)
