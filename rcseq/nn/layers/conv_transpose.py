"""Transposed convolution that shares its parameters between the two strands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rcseq.nn.fieldtype import TypeLike
from rcseq.nn.functional import KernelLaw
from rcseq.nn.layers._convolution import convolve_transposed
from rcseq.nn.layers._options import check_sizes, conv_options
from rcseq.nn.layers.base import TiedLayer

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["RCConvTranspose1d"]


class RCConvTranspose1d(TiedLayer):
    """Transposed convolution that shares its parameters between the two strands.

    Parameters
    ----------
    in_type, out_type : FieldType, int or str
        An int means that many regular pairs.
    kernel_size : int
        Width in positions, odd or even.
    stride : int, default 1
        How many positions of the output one position of the input moves on. Every stride is
        exact; an output padding, which would be one-sided, is not offered.
    dilation : int, default 1
        Distance in positions between neighbouring weights of the kernel.
    groups : int, default 1
        Counts channels as :class:`torch.nn.ConvTranspose1d` does.
    padding : int, default 0
        Positions cut off the output on either side.
    bias : bool, default True
        One learned bias for each orbit of channels; ``b`` channels get none.

    Attributes
    ----------
    weight : Parameter
        The learned entries. Where `in_type` is one block of C regular pairs, of shape
        ``(C, out_type.size / groups, kernel_size)``; else one axis.
    bias : Parameter or None
        The learned biases.

    Raises
    ------
    ValueError
        If an option cannot be exact.

    References
    ----------
    .. [1] Shrikumar, Greenside and Kundaje (2017). bioRxiv 103663; the layer
       ``RevCompConv1DTranspose`` of its Keras package.

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import RCConvTranspose1d
    >>> up = RCConvTranspose1d(3, 3, kernel_size=5, stride=2)
    >>> up
    RCConvTranspose1d(3reg -> 3reg, kernel_size=5, stride=2)
    >>> up(torch.zeros(2, 6, 20)).shape
    torch.Size([2, 6, 43])
    """

    def __init__(
        self,
        in_type: TypeLike,
        out_type: TypeLike,
        kernel_size: int,
        *,
        stride: int = 1,
        dilation: int = 1,
        groups: int = 1,
        padding: int = 0,
        bias: bool = True,
    ) -> None:
        super().__init__(in_type, out_type)
        check_sizes(kernel_size=kernel_size, stride=stride, dilation=dilation, groups=groups)
        check_sizes(least=0, padding=padding)
        self.kernel_size, self.stride, self.dilation = kernel_size, stride, dilation
        self.groups, self.padding = groups, padding
        # torch keeps the kernel of a transposed convolution as (in, out / groups, size), and counts
        # its fan-in along the second axis.
        KernelLaw(self.out_type, self.in_type, kernel_size, groups=groups)  # refuses dead outputs
        law = KernelLaw(self.in_type, self.out_type, kernel_size, groups=groups, allow_zero=True)
        self._tie(law, bias=bias, fan_in=law.full_shape[1] * kernel_size)

    def output_length(self, length: int) -> int:
        """Return the length of the output for an input of a length."""
        window = self.dilation * (self.kernel_size - 1) + 1
        return (length - 1) * self.stride - 2 * self.padding + window

    def forward(self, x: Tensor) -> Tensor:
        """Convolve."""
        self._check(x, positions=True)
        weight, bias = self.expanded_weight(), self.expanded_bias()
        return convolve_transposed(
            x, weight, bias, self.stride, self.padding, 0, self.groups, self.dilation
        )

    def _options(self) -> list[str]:
        return conv_options(self)
