"""Fully connected layers and weighted sums over positions, shared by both strands."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional as F

from rcseq.nn.fieldtype import FieldType, TypeLike
from rcseq.nn.functional import ChannelLaw, KernelLaw
from rcseq.nn.layers.base import RCLayer

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["RCLinear", "RCWeightedSum"]


def _linear_out_type(out_features: TypeLike) -> FieldType:
    # An int asks for strand-free outputs here, as a fully connected layer gives them.
    if isinstance(out_features, int) and not isinstance(out_features, bool):
        return FieldType((("a", out_features),))
    return FieldType(out_features)


class RCLinear(RCLayer):
    """Fully connected layer whose outputs are the same for both strands.

    The layer of the founding paper [1]_: a position and a channel of one strand share their weight
    with the mirrored position and the partner channel of the other. It is the kernel law with a
    kernel as long as the map.

    Parameters
    ----------
    in_type : FieldType, int or str
        Type of the input; an int means that many regular pairs.
    out_features : int, FieldType or str
        An int means that many strand-free outputs, ``a`` channels; a field type means outputs on
        which the reverse complement acts as that type says.
    length : int, default 1
        Positions of the input.
    bias : bool, default True
        One learned bias for each orbit of outputs; ``b`` outputs get none.

    Attributes
    ----------
    weight : Parameter
        The learned entries. Where `out_features` is a block of C regular pairs, of shape
        ``(C, in_type.size, length)``; else one axis.
    bias : Parameter or None
        The learned biases.

    Raises
    ------
    ValueError
        When built, if nothing but zero is equivariant; when called, if channels or length differ.

    References
    ----------
    .. [1] Shrikumar, Greenside and Kundaje (2017). Reverse-complement parameter sharing improves
       deep learning models for genomics. bioRxiv 103663.

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import RCLinear
    >>> linear = RCLinear(16, 3, length=40)
    >>> linear
    RCLinear(16reg -> 3a, length=40)
    >>> x = torch.randn(2, 32, 40)
    >>> torch.allclose(linear(x), linear(linear.in_type.act(x)), atol=1e-5)
    True
    """

    _always_print_both = True

    def __init__(
        self, in_type: TypeLike, out_features: TypeLike, length: int = 1, bias: bool = True
    ) -> None:
        super().__init__(in_type, _linear_out_type(out_features))
        self.length = _checked_length(length)
        self._law = KernelLaw(self.out_type, self.in_type, length)
        self._bias_law = ChannelLaw(self.out_type)
        self.weight = nn.Parameter(torch.empty(self._law.shape))
        has_bias = bias and self._bias_law.shape != (0,)
        self.register_parameter(
            "bias", nn.Parameter(torch.empty(self._bias_law.shape)) if has_bias else None
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights: each entry of the full matrix as :class:`torch.nn.Linear` draws it."""
        bound = 1 / math.sqrt(self.in_type.size * self.length)
        nn.init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            nn.init.uniform_(self.bias, -bound, bound)

    def expanded_weight(self) -> Tensor:
        """Write out the full weights.

        Returns
        -------
        Tensor of shape (out_type.size, in_type.size, length)
        """
        return self._law.expand(self.weight)

    def expanded_bias(self) -> Tensor | None:
        """Write out the bias of every output.

        Returns
        -------
        Tensor of shape (out_type.size,) or None
        """
        return None if self.bias is None else self._bias_law.expand(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layer.

        Parameters
        ----------
        x : Tensor of shape (n, in_type.size, length), or (n, in_type.size) where length is 1

        Returns
        -------
        Tensor of shape (n, out_type.size)
        """
        _check_positions(self, x, self.length)
        return F.linear(x.flatten(1), self.expanded_weight().flatten(1), self.expanded_bias())

    def to_conventional(self) -> nn.Sequential:
        """Write the layer as ``Flatten`` and a plain ``Linear`` with the full matrix.

        Returns
        -------
        torch.nn.Sequential
        """
        bias = self.expanded_bias()
        linear = nn.Linear(
            self.in_type.size * self.length,
            self.out_type.size,
            bias=bias is not None,
            device=self.weight.device,
            dtype=self.weight.dtype,
        )
        with torch.no_grad():
            linear.weight.copy_(self.expanded_weight().flatten(1))
            if bias is not None:
                linear.bias.copy_(bias)
        return nn.Sequential(nn.Flatten(), linear)

    def _options(self) -> list[str]:
        options = [] if self.length == 1 else [f"length={self.length}"]
        return options if self.bias is not None else [*options, "bias=False"]


class RCWeightedSum(RCLayer):
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
        if not smoothness >= 0:
            raise ValueError(f"smoothness must be at least 0; got {smoothness!r}")
        self.length = _checked_length(length)
        self.symmetric, self.smoothness = symmetric, smoothness
        self._law = KernelLaw(
            self.out_type, self.in_type, length, groups=self.in_type.size, mirrored=symmetric
        )
        self._bias_law = ChannelLaw(self.out_type)
        self.weight = nn.Parameter(torch.empty(self._law.shape))
        has_bias = bias and self._bias_law.shape != (0,)
        self.register_parameter(
            "bias", nn.Parameter(torch.empty(self._bias_law.shape)) if has_bias else None
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights: uniform within ``1 / sqrt(length)``, the fan-in of a sum."""
        bound = 1 / math.sqrt(self.length)
        nn.init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            nn.init.uniform_(self.bias, -bound, bound)

    def expanded_weight(self) -> Tensor:
        """Write out the weight of every channel and position.

        Returns
        -------
        Tensor of shape (in_type.size, length)
        """
        return self._law.expand(self.weight).squeeze(1)

    def expanded_bias(self) -> Tensor | None:
        """Write out the bias of every channel.

        Returns
        -------
        Tensor of shape (in_type.size,) or None
        """
        return None if self.bias is None else self._bias_law.expand(self.bias)

    def penalty(self) -> Tensor:
        """Compute the smoothness penalty, a term to add to the loss.

        Returns
        -------
        Tensor of shape ()
            ``smoothness`` times the mean absolute difference of the weights of neighbouring
            positions.
        """
        if self.length == 1:
            return self.weight.new_zeros(())
        return self.smoothness * self.expanded_weight().diff(dim=-1).abs().mean()

    def forward(self, x: Tensor) -> Tensor:
        """Sum over positions.

        Parameters
        ----------
        x : Tensor of shape (n, in_type.size, length)

        Returns
        -------
        Tensor of shape (n, in_type.size)
        """
        _check_positions(self, x, self.length)
        y = torch.einsum("ncl,cl->nc", x, self.expanded_weight())
        bias = self.expanded_bias()
        return y if bias is None else y + bias

    def to_conventional(self) -> nn.Sequential:
        """Write the layer as a depthwise convolution over the whole length.

        Returns
        -------
        torch.nn.Sequential
            A depthwise ``Conv1d`` and ``Flatten``.
        """
        bias, size = self.expanded_bias(), self.in_type.size
        conv = nn.Conv1d(
            size,
            size,
            self.length,
            groups=size,
            bias=bias is not None,
            device=self.weight.device,
            dtype=self.weight.dtype,
        )
        with torch.no_grad():
            conv.weight.copy_(self.expanded_weight()[:, None])
            if conv.bias is not None and bias is not None:
                conv.bias.copy_(bias)
        return nn.Sequential(conv, nn.Flatten())

    def _options(self) -> list[str]:
        options = [f"length={self.length}"]
        defaults = {"symmetric": False, "smoothness": 0.0}
        for name, default in defaults.items():
            if getattr(self, name) != default:
                options.append(f"{name}={getattr(self, name)}")
        return options if self.bias is None else [*options, "bias=True"]


def _checked_length(length: int) -> int:
    if not isinstance(length, int) or isinstance(length, bool) or length < 1:
        raise ValueError(f"length must be a whole number of at least 1; got {length!r}")
    return length


def _check_positions(layer: RCLayer, x: Tensor, length: int) -> None:
    layer._check(x, positions=None if length == 1 else True)
    if x.ndim == 3 and x.shape[2] != length:
        raise ValueError(
            f"{layer!r} has weights for {length} positions and got {x.shape[2]}; build it with "
            f"length={x.shape[2]}"
        )
