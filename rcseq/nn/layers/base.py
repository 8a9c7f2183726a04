"""What all equivariant layers share: two field types, checks, and tables that follow the device."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import TYPE_CHECKING, Self

from torch import nn

from rcseq.nn.fieldtype import FieldType, TypeLike
from rcseq.nn.functional import KernelLaw

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["RCLayer"]


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
