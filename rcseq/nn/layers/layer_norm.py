"""Layer norm with a scale and a bias that both strands share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rcseq.nn.fieldtype import TypeLike
from rcseq.nn.layers._options import changed
from rcseq.nn.layers.base import NormLayer
from rcseq.nn.layers.plain import layer_norm

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["RCLayerNorm"]


class RCLayerNorm(NormLayer):
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
        One for each of them but ``b`` channels.

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

    def __init__(
        self, in_type: TypeLike, *, eps: float = 1e-5, elementwise_affine: bool = True
    ) -> None:
        super().__init__(in_type)
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self._add_affine(elementwise_affine)
        self.reset_parameters()

    def forward(self, x: Tensor) -> Tensor:
        """Normalise."""
        self._check(x)
        weight, bias = self.expanded_affine()
        centred = None
        if self.in_type.n_b:
            centred = self._mean_law.expand(x.new_ones(self._mean_law.shape))
        return layer_norm(x, weight, bias, self.eps, centred)

    def _options(self) -> list[str]:
        return changed(self, {"eps": 1e-5, "elementwise_affine": True})
