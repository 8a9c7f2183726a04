"""Weighted sum over positions, tied between the strands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rcseq.nn.fieldtype import TypeLike
from rcseq.nn.functional import KernelLaw
from rcseq.nn.layers._options import changed, check_sizes
from rcseq.nn.layers.base import TiedLayer
from rcseq.nn.layers.smoothness import PenalisedLayer, check_smoothness

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["RCWeightedSum"]


class RCWeightedSum(TiedLayer, PenalisedLayer):
    """Weighted sum over positions: one weight for each filter and position, none across filters.

    The weights that one strand gives its positions are, mirrored, those of the other, so regular
    pairs remain regular pairs, without positions. It is the kernel law of a depthwise convolution
    as long as the map.

    Parameters
    ----------
    in_type : FieldType, int or str
        An int means that many regular pairs.
    length : int
        Positions of the input.
    symmetric : bool, default False
        Whether a position and its mirror image have the same weight, which halves the weights of
        regular pairs: what matters then is the distance from the centre.
    bias : bool, default False
        One learned bias for each orbit of channels; ``b`` channels get none.
    smoothness : float, default 0.0
        Strength of the smoothness penalty, see :meth:`penalty`.

    Attributes
    ----------
    weight : Parameter
        The learned weights: ``(C, 1, length)`` for C regular pairs, one axis else.
    bias : Parameter or None
        The learned biases.

    Raises
    ------
    ValueError
        If the length of the input is not `length`.

    References
    ----------
    .. [1] Shrikumar, Greenside and Kundaje (2017). Reverse-complement parameter sharing improves
       deep learning models for genomics. bioRxiv 103663.
    .. [2] Alexandari, Shrikumar and Kundaje (2017). Separable fully connected layers improve deep
       learning models for genomics. bioRxiv 146431.

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import RCWeightedSum
    >>> weighted = RCWeightedSum(16, length=50, symmetric=True)
    >>> weighted
    RCWeightedSum(16reg, length=50, symmetric=True)
    >>> weighted(torch.randn(2, 32, 50)).shape, weighted.weight.numel()
    (torch.Size([2, 32]), 400)
    """

    _always_print_both = False

    def __init__(
        self,
        in_type: TypeLike,
        length: int,
        *,
        symmetric: bool = False,
        bias: bool = False,
        smoothness: float = 0.0,
    ) -> None:
        super().__init__(in_type)
        check_smoothness(smoothness)
        check_sizes(length=length)
        self.length, self.symmetric, self.smoothness = length, symmetric, smoothness
        law = KernelLaw(
            self.out_type, self.in_type, length, groups=self.in_type.size, mirrored=symmetric
        )
        self._tie(law, bias=bias, fan_in=length)

    def expanded_weight(self) -> Tensor:
        """Write out the weight of every channel and position.

        Returns
        -------
        Tensor of shape (in_type.size, length)
        """
        return self._law.expand(self.weight).squeeze(1)

    def smoothed_weight(self) -> Tensor:
        """Return the weights that the penalty smooths, those of :meth:`expanded_weight`."""
        return self.expanded_weight()

    def forward(self, x: Tensor) -> Tensor:
        """Sum over positions."""
        self._check_length(x, self.length)
        y = (x * self.expanded_weight()).sum(-1)  # faster than einsum, which transposes the map
        bias = self.expanded_bias()
        return y if bias is None else y + bias

    def _options(self) -> list[str]:
        defaults = {"symmetric": False, "smoothness": 0.0}
        bias = [] if self.bias is None else ["bias=True"]
        return [f"length={self.length}", *changed(self, defaults), *bias]
