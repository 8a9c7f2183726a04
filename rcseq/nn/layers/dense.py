"""Fully connected layers whose outputs both strands share."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional as F

from rcseq.nn.fieldtype import FieldType, TypeLike
from rcseq.nn.functional import KernelLaw
from rcseq.nn.layers._options import changed, check_sizes
from rcseq.nn.layers.base import BiasedLayer, TiedLayer
from rcseq.nn.layers.smoothness import PenalisedLayer, check_smoothness

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["RCLinear", "RCSeparableLinear"]


def _linear_out_type(out_features: TypeLike) -> FieldType:
    """Return the type of the outputs."""
    # An int asks for strand-free outputs here, as a fully connected layer gives them.
    if isinstance(out_features, int) and not isinstance(out_features, bool):
        return FieldType((("a", out_features),))
    return FieldType(out_features)


class RCLinear(TiedLayer):
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

    def __init__(
        self, in_type: TypeLike, out_features: TypeLike, length: int = 1, bias: bool = True
    ) -> None:
        super().__init__(in_type, _linear_out_type(out_features))
        check_sizes(length=length)
        self.length = length
        law = KernelLaw(self.out_type, self.in_type, length)
        self._tie(law, bias=bias, fan_in=self.in_type.size * length)

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layer."""
        self._check_length(x, self.length)
        return F.linear(x.flatten(1), self.expanded_weight().flatten(1), self.expanded_bias())

    def _options(self) -> list[str]:
        bias = [] if self.bias is not None else ["bias=False"]
        return [*changed(self, {"length": 1}), *bias]


class RCSeparableLinear(BiasedLayer, PenalisedLayer):
    """Fully connected layer whose weights are products of a channel's and a position's weight.

    Output o weighs channel c at position l with ``channels[o, c] * positions[o, l]``, so it has
    ``C + length`` weights in place of ``C * length``, and each of its position profiles can be
    looked at. Both factors obey the kernel law.

    Parameters
    ----------
    in_type : FieldType, int or str
        Type of the input; an int means that many regular pairs.
    out_features : int, FieldType or str
        An int means that many strand-free outputs, as in :class:`RCLinear`; their position weights
        are symmetric.
    length : int
        Positions of the input.
    bias : bool, default True
        One learned bias for each orbit of outputs; ``b`` outputs get none.
    smoothness : float, default 0.0
        Strength of the smoothness penalty, see :meth:`penalty`.

    Attributes
    ----------
    channel_weight, position_weight : Parameter
        The learned entries of the two factors.
    bias : Parameter or None
        The learned biases.

    Raises
    ------
    ValueError
        When built, if no product but zero is equivariant; when called, if the length differs.

    References
    ----------
    .. [1] Alexandari, Shrikumar and Kundaje (2017). Separable fully connected layers improve deep
       learning models for genomics. bioRxiv 146431.

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import RCSeparableLinear
    >>> layer = RCSeparableLinear(16, 3, length=40)
    >>> layer
    RCSeparableLinear(16reg -> 3a, length=40)
    >>> layer(torch.randn(2, 32, 40)).shape
    torch.Size([2, 3])
    """

    def __init__(
        self,
        in_type: TypeLike,
        out_features: TypeLike,
        length: int,
        *,
        bias: bool = True,
        smoothness: float = 0.0,
    ) -> None:
        super().__init__(in_type, _linear_out_type(out_features))
        check_sizes(length=length)
        check_smoothness(smoothness)
        self.length, self.smoothness = length, smoothness
        # Signs go with the channels; the position weights of an output have none.
        try:
            self._channel_law = KernelLaw(self.out_type, self.in_type)
        except ValueError as error:
            raise ValueError(
                "RCSeparableLinear gives all positions of a channel one sign, so between "
                f"{self.in_type} and {self.out_type} nothing but zero is equivariant; use RCLinear"
            ) from error
        self._position_law = KernelLaw(self.out_type.unsigned, "1a", length)
        self.channel_weight = nn.Parameter(torch.empty(self._channel_law.shape))
        self.position_weight = nn.Parameter(torch.empty(self._position_law.shape))
        self._add_bias(bias)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights: each product has the variance that :class:`torch.nn.Linear` gives.

        Uniform factors within ``3 ** 0.25 / sqrt(C)`` and ``3 ** 0.25 / sqrt(length)`` have a
        product of variance ``1 / (3 * C * length)``.
        """
        for weight, fan_in in [
            (self.channel_weight, self.in_type.size),
            (self.position_weight, self.length),
        ]:
            bound = 3**0.25 / math.sqrt(fan_in)
            nn.init.uniform_(weight, -bound, bound)
        self._reset_bias(self.in_type.size * self.length)

    def expanded_weight(self) -> Tensor:
        """Write out the full weights, the products.

        Returns
        -------
        Tensor of shape (out_type.size, in_type.size, length)
        """
        channels = self._channel_law.expand(self.channel_weight)
        return channels * self._position_law.expand(self.position_weight)

    def smoothed_weight(self) -> Tensor:
        """Return the weights that the penalty smooths, one for each output and position.

        Returns
        -------
        Tensor of shape (out_type.size, 1, length)
        """
        return self._position_law.expand(self.position_weight)

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layer."""
        self._check_length(x, self.length)
        return F.linear(x.flatten(1), self.expanded_weight().flatten(1), self.expanded_bias())

    def _options(self) -> list[str]:
        bias = [] if self.bias is not None else ["bias=False"]
        return [f"length={self.length}", *changed(self, {"smoothness": 0.0}), *bias]
