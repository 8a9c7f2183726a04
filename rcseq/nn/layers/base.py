"""What all equivariant layers share: two field types, checks, and tables that follow the device."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import chain
from typing import TYPE_CHECKING, Self, TypeVar

import torch
from torch import nn

from rcseq.nn.fieldtype import FieldType, TypeLike
from rcseq.nn.functional import ChannelLaw, KernelLaw

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["RCLayer", "TiedLayer"]

_Plain = TypeVar("_Plain", nn.Conv1d, nn.ConvTranspose1d, nn.Linear)


class RCLayer(nn.Module):
    """Base class of the equivariant layers.

    A layer of your own derives from it, calls ``super().__init__(in_type, out_type)``, and is then
    accepted by :class:`RCSequential` and located by :func:`rcseq.testing.assert_equivariant`.

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

    def to_conventional(self) -> nn.Module:
        """Write the layer as plain :mod:`torch.nn` modules with expanded weights.

        Returns
        -------
        torch.nn.Module
            Gives the same output in evaluation mode; a copy that shares no weight with the layer.

        Raises
        ------
        NotImplementedError
            If the class defines no conventional form.
        """
        raise NotImplementedError(f"{type(self).__name__} defines no conventional form")

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


class TiedLayer(RCLayer):
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
    bias: nn.Parameter | None
    _always_print_both = True

    def _tie(self, law: KernelLaw, *, bias: bool, fan_in: int) -> None:
        self._law, self._fan_in = law, fan_in
        self._bias_law = ChannelLaw(self.out_type)
        self.weight = nn.Parameter(torch.empty(law.shape))
        has_bias = bias and self._bias_law.shape != (0,)
        self.register_parameter(
            "bias", nn.Parameter(torch.empty(self._bias_law.shape)) if has_bias else None
        )
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
        if self.bias is not None:
            nn.init.uniform_(self.bias, -bound, bound)

    def expanded_weight(self) -> Tensor:
        """Write out the full weights.

        Returns
        -------
        Tensor
            With the axes of the weight of the conventional layer.
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

    def _fill(self, plain: _Plain) -> _Plain:
        """Give a conventional layer the expanded weights, on the same device."""
        plain.to(self.weight.device, self.weight.dtype).train(self.training)
        bias = self.expanded_bias()
        with torch.no_grad():
            plain.weight.copy_(self.expanded_weight().view(plain.weight.shape))
            if plain.bias is not None and bias is not None:
                plain.bias.copy_(bias)
        return plain
