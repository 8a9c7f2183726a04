"""Convolutions that share their parameters between the two strands."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeVar

import torch
from torch import nn
from torch.nn import functional as F

from rcseq.nn.fieldtype import FieldType, TypeLike
from rcseq.nn.functional import ChannelLaw, KernelLaw, is_channels_last
from rcseq.nn.layers.base import RCLayer
from rcseq.nn.layers.plain import Conv1d, ConvTranspose1d

if TYPE_CHECKING:
    from torch import Tensor

_Conv = TypeVar("_Conv", nn.Conv1d, nn.ConvTranspose1d)

__all__ = ["RCConv1d", "RCConvTranspose1d"]


class _TiedConv(RCLayer):
    """Parameters, initialisation and expansion of both kinds of convolution."""

    weight: nn.Parameter
    bias: nn.Parameter | None
    _always_print_both = True

    def __init__(
        self,
        in_type: TypeLike,
        out_type: TypeLike,
        kernel_size: int,
        *,
        stride: int,
        dilation: int,
        groups: int,
        bias: bool,
    ) -> None:
        super().__init__(in_type, out_type)
        for name, value in [
            ("kernel_size", kernel_size),
            ("stride", stride),
            ("dilation", dilation),
        ]:
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"{name} must be a whole number of at least 1; got {value!r}")
        self.kernel_size, self.stride, self.dilation = kernel_size, stride, dilation
        self.groups = groups
        self._law = KernelLaw(*self._rows_and_columns(), kernel_size, groups=groups)
        self.weight = nn.Parameter(torch.empty(self._law.shape))
        self._bias_law = ChannelLaw(self.out_type)
        has_bias = bias and self._bias_law.shape != (0,)  # the law leaves none to b channels
        self.register_parameter(
            "bias", nn.Parameter(torch.empty(self._bias_law.shape)) if has_bias else None
        )
        self.reset_parameters()

    def _rows_and_columns(self) -> tuple[FieldType, FieldType]:
        return self.out_type, self.in_type

    def reset_parameters(self) -> None:
        """Draw new weights: each entry of the full kernel as :mod:`torch.nn` would draw it.

        The bound of the uniform distribution is ``1 / sqrt(fan_in)`` with the fan-in of the *full*
        kernel. A tied entry is drawn once and read twice, in different rows or positions, so the
        variance of a response, a sum over one row, is that of a conventional layer of equal width.
        """
        fan_in = self._law.full_shape[1] * self.kernel_size
        bound = 1 / math.sqrt(fan_in)
        nn.init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            nn.init.uniform_(self.bias, -bound, bound)

    def expanded_weight(self) -> Tensor:
        """Write out the full kernel.

        Returns
        -------
        Tensor
            With the shape and meaning of the weight of the conventional layer.
        """
        return self._law.expand(self.weight)

    def expanded_bias(self) -> Tensor | None:
        """Write out the bias of every output channel.

        Returns
        -------
        Tensor of shape (out_type.size,) or None
            None if the layer has no bias.
        """
        return None if self.bias is None else self._bias_law.expand(self.bias)

    def _options(self) -> list[str]:
        options = [f"kernel_size={self.kernel_size}"]
        for name in ("stride", "dilation", "groups"):
            if getattr(self, name) != 1:
                options.append(f"{name}={getattr(self, name)}")
        if self.padding != 0:
            options.append(f"padding={self.padding!r}")
        if self.bias is None:
            options.append("bias=False")
        return options


class RCConv1d(_TiedConv):
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
        Zeros on either side. ``"same"`` needs stride 1 and an even ``dilation * (kernel_size - 1)``.
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
        at this length, for then the windows of one strand are not those of the other.

    See Also
    --------
    torch.nn.Conv1d : the conventional layer, which :meth:`to_conventional` gives.

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
        super().__init__(
            in_type,
            out_type,
            kernel_size,
            stride=stride,
            dilation=dilation,
            groups=groups,
            bias=bias,
        )
        self.padding = padding
        self._pad = self._padding_each_side(padding)

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

    def forward(self, x: Tensor) -> Tensor:
        """Convolve.

        Parameters
        ----------
        x : Tensor of shape (n, in_type.size, L)

        Returns
        -------
        Tensor of shape (n, out_type.size, L_out)
            ``L_out = (L + 2 * padding - dilation * (kernel_size - 1) - 1) // stride + 1``
        """
        self._check(x, positions=True)
        self._check_length(x.shape[-1])
        weight, bias = self.expanded_weight(), self.expanded_bias()
        if is_channels_last(x):
            y = F.conv2d(
                x.unsqueeze(2),
                weight.unsqueeze(2),
                bias,
                (1, self.stride),
                (0, self._pad),
                (1, self.dilation),
                self.groups,
            )
            return y.squeeze(2)
        return F.conv1d(x, weight, bias, self.stride, self._pad, self.dilation, self.groups)

    def _check_length(self, length: int) -> None:
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

    def to_conventional(self) -> nn.Conv1d:
        """Write the layer as a plain convolution with the full kernel.

        Returns
        -------
        torch.nn.Conv1d
        """
        bias = self.expanded_bias()
        conv = Conv1d(
            self.in_type.size,
            self.out_type.size,
            self.kernel_size,
            stride=self.stride,
            padding=self._pad,
            dilation=self.dilation,
            groups=self.groups,
            bias=bias is not None,
            device=self.weight.device,
            dtype=self.weight.dtype,
        )
        return _with_values(conv, self.expanded_weight(), bias)


class RCConvTranspose1d(_TiedConv):
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
        super().__init__(
            in_type,
            out_type,
            kernel_size,
            stride=stride,
            dilation=dilation,
            groups=groups,
            bias=bias,
        )
        if not isinstance(padding, int) or padding < 0:
            raise ValueError(f"padding must be a whole number of at least 0; got {padding!r}")
        self.padding = padding

    def _rows_and_columns(self) -> tuple[FieldType, FieldType]:
        # torch keeps the kernel of a transposed convolution as (in, out / groups, size).
        return self.in_type, self.out_type

    def forward(self, x: Tensor) -> Tensor:
        """Convolve.

        Parameters
        ----------
        x : Tensor of shape (n, in_type.size, L)

        Returns
        -------
        Tensor of shape (n, out_type.size, L_out)
            ``L_out = (L - 1) * stride - 2 * padding + dilation * (kernel_size - 1) + 1``
        """
        self._check(x, positions=True)
        weight, bias = self.expanded_weight(), self.expanded_bias()
        if is_channels_last(x):
            y = F.conv_transpose2d(
                x.unsqueeze(2),
                weight.unsqueeze(2),
                bias,
                (1, self.stride),
                (0, self.padding),
                0,
                self.groups,
                (1, self.dilation),
            )
            return y.squeeze(2)
        return F.conv_transpose1d(
            x, weight, bias, self.stride, self.padding, 0, self.groups, self.dilation
        )

    def to_conventional(self) -> nn.ConvTranspose1d:
        """Write the layer as a plain transposed convolution with the full kernel.

        Returns
        -------
        torch.nn.ConvTranspose1d
        """
        bias = self.expanded_bias()
        conv = ConvTranspose1d(
            self.in_type.size,
            self.out_type.size,
            self.kernel_size,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
            bias=bias is not None,
            device=self.weight.device,
            dtype=self.weight.dtype,
        )
        return _with_values(conv, self.expanded_weight(), bias)


def _with_values(conv: _Conv, weight: Tensor, bias: Tensor | None) -> _Conv:
    with torch.no_grad():
        conv.weight.copy_(weight)
        if conv.bias is not None and bias is not None:
            conv.bias.copy_(bias)
    return conv
