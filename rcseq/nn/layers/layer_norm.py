"""Layer norm with a scale and a bias that both strands share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from rcseq.nn.fieldtype import TypeLike
from rcseq.nn.functional import ChannelLaw
from rcseq.nn.layers._options import changed
from rcseq.nn.layers.base import RCLayer
from rcseq.nn.layers.plain import LayerNorm, layer_norm

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["RCLayerNorm"]


class RCLayerNorm(RCLayer):
    """Layer norm over the channels of each position, with a scale and a bias for each pair.

    The mean and the variance over all channels are the same for both strands, as swapping channels
    does not change them. ``b`` channels, whose sign flips, stay out of the mean and are only
    scaled.

    Parameters
    ----------
    in_type : FieldType, int or str
        An int means that many regular pairs.
    eps : float, default 1e-5
        Added to the variance.
    elementwise_affine : bool, default True
        Whether to learn a scale and a bias.

    Attributes
    ----------
    weight : Parameter of shape (n_orbits,) or None
        One scale for each pair and each single channel.
    bias : Parameter or None
        One for each of them that is no ``b`` channel.

    Raises
    ------
    ValueError
        When called, if the channels do not fit.

    References
    ----------
    .. [1] Ba, Kiros and Hinton (2016). Layer normalization. arXiv:1607.06450.

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import RCLayerNorm
    >>> norm = RCLayerNorm(16)
    >>> norm, norm.weight.shape
    (RCLayerNorm(16reg), torch.Size([16]))
    >>> norm(torch.randn(2, 32, 50)).shape
    torch.Size([2, 32, 50])
    """

    weight: nn.Parameter | None
    bias: nn.Parameter | None

    def __init__(
        self, in_type: TypeLike, *, eps: float = 1e-5, elementwise_affine: bool = True
    ) -> None:
        super().__init__(in_type)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self._scale_law, self._mean_law = (
            ChannelLaw(self.in_type.unsigned),
            ChannelLaw(self.in_type),
        )
        n_scales, n_means = self._scale_law.shape, self._mean_law.shape
        has_bias = elementwise_affine and n_means != (0,)
        self.register_parameter(
            "weight", nn.Parameter(torch.empty(n_scales)) if elementwise_affine else None
        )
        self.register_parameter("bias", nn.Parameter(torch.empty(n_means)) if has_bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the scales to one and the biases to zero."""
        if self.weight is not None:
            nn.init.ones_(self.weight)
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def _centred(self) -> list[bool]:
        return [sign > 0 for sign in self.in_type.sign]

    def forward(self, x: Tensor) -> Tensor:
        """Normalise.

        Parameters
        ----------
        x : Tensor of shape (n, in_type.size, L) or (n, in_type.size)

        Returns
        -------
        Tensor of the same shape
        """
        self._check(x)
        weight = None if self.weight is None else self._scale_law.expand(self.weight)
        bias = None if self.bias is None else self._mean_law.expand(self.bias)
        centred = None
        if self.in_type.n_b:
            centred = self._mean_law.expand(x.new_ones(self._mean_law.shape))
        return layer_norm(x, weight, bias, self.eps, centred)

    def to_conventional(self) -> nn.LayerNorm:
        """Write the layer as plain layer norm over channels.

        Returns
        -------
        torch.nn.LayerNorm
            :class:`rcseq.nn.layers.plain.LayerNorm`, which takes (n, C, L).
        """
        norm = LayerNorm(self.in_type.size, self.eps, self.elementwise_affine, self._centred())
        if self.weight is not None:
            norm.to(self.weight.device, self.weight.dtype)
            with torch.no_grad():
                norm.weight.copy_(self._scale_law.expand(self.weight))
                if self.bias is not None:
                    norm.bias.copy_(self._mean_law.expand(self.bias))
        return norm.train(self.training)

    def _options(self) -> list[str]:
        return changed(self, {"eps": 1e-5, "elementwise_affine": True})
