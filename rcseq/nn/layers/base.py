"""Base classes of the equivariant layers: field types, checks, tied parameters."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import chain
from typing import TYPE_CHECKING, Self

import torch
from torch import nn

from rcseq.nn.fieldtype import FieldType, TypeLike
from rcseq.nn.functional import ChannelLaw, KernelLaw

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["RCLayer", "TiedLayer"]


class RCLayer(nn.Module):
    """Base class of the equivariant layers.

    A layer of your own derives from it, calls ``super().__init__(in_type, out_type)``, and is then
    accepted by :class:`RCSequential` and located by :func:`rcseq.testing.assert_equivariant`. A
    layer takes maps of shape (n, in_type.size, L), or (n, in_type.size) where positions do not
    matter, and returns (n, out_type.size, L_out), or (n, out_type.size). If it changes the length,
    it has a method ``output_length``, see :func:`rcseq.nn.output_length`;
    :func:`rcseq.nn.register_conversion` lets :func:`rcseq.nn.to_conventional` convert it.

    Parameters
    ----------
    in_type, out_type : FieldType, int or str
        How the reverse complement acts on the channels of the input and of the output; an int
        means that many regular pairs. `out_type` is `in_type` where it is not given.

    Attributes
    ----------
    in_type, out_type : FieldType

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import RCLayer
    >>> class Square(RCLayer):
    ...     def __init__(self, in_type):
    ...         super().__init__(in_type)
    ...         self.out_type = self.in_type.unsigned  # (-x) ** 2 == x ** 2
    ...     def forward(self, x):
    ...         return x**2
    >>> Square("4b")
    Square(4b -> 4a)
    """

    def __init__(self, in_type: TypeLike, out_type: TypeLike | None = None) -> None:
        super().__init__()
        self.in_type = FieldType(in_type)
        self.out_type = self.in_type if out_type is None else FieldType(out_type)

    def extra_repr(self) -> str:
        """Describe the types and the options that differ from their defaults."""
        types = f"{self.in_type}"
        if self.out_type != self.in_type or self._always_print_both:
            types += f" -> {self.out_type}"
        return ", ".join([types, *self._options()])

    _always_print_both = False

    def _options(self) -> list[str]:
        return []

    def _check(self, x: Tensor, *, positions: bool | None = None) -> None:
        """Refuse a tensor that is not (n, C, L), or (n, C) where that is allowed (``None``)."""
        if (positions and x.ndim != 3) or (not positions and x.ndim not in (2, 3)):
            shape = f"(n, {self.in_type.size}, L)"
            if not positions:
                shape += f" or (n, {self.in_type.size})"
            raise ValueError(f"{self!r} takes a tensor of shape {shape}; got {tuple(x.shape)}")
        if x.shape[1] != self.in_type.size:
            raise ValueError(
                f"{self!r} takes {self.in_type.size} channels on axis 1; got a tensor of shape "
                f"{tuple(x.shape)}"
            )

    def _check_length(self, x: Tensor, length: int) -> None:
        """Refuse a map of another length; without an axis of positions a map has one."""
        self._check(x, positions=None if length == 1 else True)
        if x.ndim == 3 and x.shape[2] != length:
            raise ValueError(
                f"{self!r} has weights for {length} positions and got {x.shape[2]}; build it with "
                f"length={x.shape[2]}"
            )

    def _apply(self, fn: Callable[..., Tensor], recurse: bool = True) -> Self:
        # The tables of a law are constants, no state; as buffers they would be lost on the way
        # from the meta device, where an initialisation cannot give them back.
        super()._apply(fn, recurse)
        reference = next(chain(self.parameters(recurse=False), self.buffers(recurse=False)), None)
        if reference is not None:
            for name, value in vars(self).items():
                if isinstance(value, KernelLaw):
                    setattr(self, name, value.to(reference.device))
        return self


class BiasedLayer(RCLayer):
    """Base class of layers with one learned bias for each orbit of output channels.

    Parameters
    ----------
    in_type, out_type : FieldType, int or str
        As in :class:`RCLayer`.

    Attributes
    ----------
    bias : Parameter or None
        One learned bias for each orbit of output channels; none for ``b`` channels.
    """

    bias: nn.Parameter | None
    _always_print_both = True

    def _add_bias(self, bias: bool) -> None:
        self._bias_law = ChannelLaw(self.out_type)
        has_bias = bias and self._bias_law.shape != (0,)
        self.register_parameter(
            "bias", nn.Parameter(torch.empty(self._bias_law.shape)) if has_bias else None
        )

    def _reset_bias(self, fan_in: int) -> None:
        if self.bias is not None:
            bound = 1 / math.sqrt(fan_in)
            nn.init.uniform_(self.bias, -bound, bound)

    def expanded_bias(self) -> Tensor | None:
        """Write out the bias of every output channel.

        Returns
        -------
        Tensor of shape (out_type.size,) or None
            None if the layer has no bias.
        """
        return None if self.bias is None else self._bias_law.expand(self.bias)


class NormLayer(RCLayer):
    """Base class of the norms: one learned scale and bias for each orbit of channels.

    Parameters
    ----------
    in_type : FieldType, int or str
        As in :class:`RCLayer`.

    Attributes
    ----------
    weight : Parameter or None
        One scale for each pair and each single channel.
    bias : Parameter or None
        One for each of them but ``b`` channels.
    """

    weight: nn.Parameter | None
    bias: nn.Parameter | None

    def _add_affine(self, affine: bool) -> None:
        # Scales have no sign; a mean and a bias obey the law with it, so b channels have none.
        self._scale_law = ChannelLaw(self.in_type.unsigned)
        self._mean_law = ChannelLaw(self.in_type)
        has_bias = affine and self._mean_law.shape != (0,)
        for name, law, learned in [
            ("weight", self._scale_law, affine),
            ("bias", self._mean_law, has_bias),
        ]:
            self.register_parameter(name, nn.Parameter(torch.empty(law.shape)) if learned else None)

    def reset_parameters(self) -> None:
        """Set the scales to one and the biases to zero."""
        if self.weight is not None:
            nn.init.ones_(self.weight)
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def expanded_affine(self) -> tuple[Tensor | None, Tensor | None]:
        """Write out the scale and the bias of every channel.

        Returns
        -------
        scale, bias : Tensor of shape (in_type.size,) or None
            None if they are not learned; the bias of a ``b`` channel is zero.
        """
        if self.weight is None:
            return None, None
        weight = self._scale_law.expand(self.weight)
        bias = torch.zeros_like(weight) if self.bias is None else self._mean_law.expand(self.bias)
        return weight, bias


class TiedLayer(BiasedLayer):
    """Base class of the linear layers: tied weights, biases, their first values, their expansion.

    Parameters
    ----------
    in_type, out_type : FieldType, int or str
        As in :class:`RCLayer`.

    Attributes
    ----------
    weight : Parameter
        The learned entries of the kernel.
    bias : Parameter or None
        One learned bias for each orbit of output channels; none for ``b`` channels.

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import DNA, RCConv1d
    >>> conv = RCConv1d(DNA, 16, kernel_size=15)
    >>> conv.weight.shape, conv.expanded_weight().shape
    (torch.Size([16, 4, 15]), torch.Size([32, 4, 15]))
    >>> torch.equal(conv.expanded_weight()[16:], conv.weight.flip(1, 2))
    True
    """

    weight: nn.Parameter

    def _tie(self, law: KernelLaw, *, bias: bool, fan_in: int) -> None:
        self._law, self._fan_in = law, fan_in
        self.weight = nn.Parameter(torch.empty(law.shape))
        self._add_bias(bias)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new weights: each entry of the full kernel as :mod:`torch.nn` would draw it.

        The bound of the uniform distribution is ``1 / sqrt(fan_in)`` with the fan-in of the *full*
        kernel. A tied entry is drawn once and read twice, at another row, column or position; the
        response of an output channel is a sum over one row, and where the two readings lie in
        different rows, as between regular pairs, its variance is that of a plain layer.
        """
        bound = 1 / math.sqrt(self._fan_in)
        nn.init.uniform_(self.weight, -bound, bound)
        self._reset_bias(self._fan_in)

    def expanded_weight(self) -> Tensor:
        """Write out the full weights.

        Returns
        -------
        Tensor
            With the axes of the weight of the conventional layer.
        """
        return self._law.expand(self.weight)
