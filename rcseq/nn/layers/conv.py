"""Convolution that shares its parameters between the two strands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rcseq.nn.fieldtype import TypeLike
from rcseq.nn.functional import KernelLaw
from rcseq.nn.layers._convolution import convolve
from rcseq.nn.layers._options import check_sizes, conv_options
from rcseq.nn.layers.base import TiedLayer

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["RCConv1d"]


class RCConv1d(TiedLayer):
    """Convolution that sees both strands with the same learned filters.

    The kernel obeys the law of :mod:`rcseq.nn.functional`, so that the output for a reverse
    complement is the reverse complement of the output. Between regular pairs this is the layer of
    the founding paper [1]_: ``C`` learned filters give ``2 * C`` channels, each filter and its
    reverse complement. The tied kernel is written out and convolved once, at the cost of a plain
    convolution of the same channels, and runs in the memory format of its input.

    Parameters
    ----------
    in_type, out_type : FieldType, int or str
        An int means that many regular pairs.
    kernel_size : int
        Width in positions, odd or even.
    stride : int, default 1
        Step in positions. It must leave no remainder: see Raises.
    dilation : int, default 1
        Distance in positions between neighbouring weights of the kernel.
    groups : int, default 1
        Counts channels as :class:`torch.nn.Conv1d` does. The reverse complement must map the groups
        of the input and of the output in the same way; between regular pairs every even number
        that divides both does.
    padding : int, "valid" or "same", default 0
        Zeros on either side. ``"same"`` needs stride 1 and ``dilation * (kernel_size - 1)`` to be
        even.
    bias : bool, default True
        One learned bias for each orbit of channels; ``b`` channels get none.

    Attributes
    ----------
    weight : Parameter
        The learned entries. Where `out_type` is one block of C regular pairs, the C filters, of
        shape ``(C, in_type.size / groups, kernel_size)``; else one axis.
    bias : Parameter or None
        The learned biases, of shape ``(C,)`` for C regular pairs.

    Raises
    ------
    ValueError
        When built, if an option cannot be exact; when called, if the stride leaves a remainder
        at this length, because the windows of one strand would not be those of the other.

    See Also
    --------
    torch.nn.Conv1d : the conventional layer.

    References
    ----------
    .. [1] Shrikumar, Greenside and Kundaje (2017). Reverse-complement parameter sharing improves
       deep learning models for genomics. bioRxiv 103663.

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import DNA, RCConv1d
    >>> conv = RCConv1d(DNA, 16, kernel_size=15)
    >>> conv
    RCConv1d(DNA -> 16reg, kernel_size=15)
    >>> x = torch.eye(4)[torch.randint(4, (2, 100))].transpose(1, 2)
    >>> conv(x).shape
    torch.Size([2, 32, 86])
    >>> torch.allclose(conv(DNA.act(x)), conv.out_type.act(conv(x)), atol=1e-5)
    True
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
        padding: int | str = 0,
        bias: bool = True,
    ) -> None:
        super().__init__(in_type, out_type)
        check_sizes(kernel_size=kernel_size, stride=stride, dilation=dilation, groups=groups)
        self.kernel_size, self.stride, self.dilation = kernel_size, stride, dilation
        self.groups, self.padding = groups, padding
        self._pad = self._padding_each_side(padding)
        law = KernelLaw(self.out_type, self.in_type, kernel_size, groups=groups)
        self._tie(law, bias=bias, fan_in=law.full_shape[1] * kernel_size)

    def _padding_each_side(self, padding: int | str) -> int:
        if padding == "valid":
            return 0
        if padding == "same":
            total = self.dilation * (self.kernel_size - 1)
            if total % 2:
                raise ValueError(
                    f"padding='same' with kernel_size={self.kernel_size} and dilation="
                    f"{self.dilation} pads {total} positions, which two sides cannot share evenly, "
                    "so the two strands would see different windows; take an odd kernel_size, an "
                    "even dilation or padding='valid'"
                )
            if self.stride != 1:
                raise ValueError(
                    f"padding='same' keeps the length and stride={self.stride} does not; give the "
                    "padding as a number"
                )
            return total // 2
        if not isinstance(padding, int) or padding < 0:
            raise ValueError(
                f"padding must be 'valid', 'same' or a whole number of at least 0; got {padding!r}"
            )
        return padding

    def output_length(self, length: int) -> int:
        """Return the length of the output for an input of a length, or refuse that length."""
        window = self.dilation * (self.kernel_size - 1) + 1
        room = length + 2 * self._pad - window
        if room < 0:
            raise ValueError(
                f"{self!r} looks at {window} positions at once; a length of {length} with padding "
                f"{self._pad} is too short by {-room}"
            )
        if self.stride > 1 and (remainder := room % self.stride):
            raise ValueError(
                f"{self!r}: at length {length} the stride leaves {remainder} positions over, so "
                "the windows of one strand would not be those of the other; a length of "
                f"{length - remainder} or {length - remainder + self.stride} works"
            )
        return room // self.stride + 1

    def forward(self, x: Tensor) -> Tensor:
        """Convolve."""
        self._check(x, positions=True)
        self.output_length(x.shape[-1])  # refuses what is not exact
        weight, bias = self.expanded_weight(), self.expanded_bias()
        return convolve(x, weight, bias, self.stride, self._pad, self.dilation, self.groups)

    def _options(self) -> list[str]:
        return conv_options(self)
