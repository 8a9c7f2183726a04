"""Chains of layers and residual connections, checked when they are built."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol, cast

from torch import nn

from rcseq.nn.fieldtype import FieldType
from rcseq.nn.layers._length import output_length
from rcseq.nn.layers.base import RCLayer
from rcseq.nn.layers.plain import cropped

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["RCResidual", "RCSequential"]


class RCSequential(nn.Sequential):
    """Chain of equivariant layers whose field types fit.

    Parameters
    ----------
    *layers : torch.nn.Module or one OrderedDict
        Layers with an `in_type` and an `out_type`, as :class:`torch.nn.Sequential` takes them.

    Attributes
    ----------
    in_type, out_type : FieldType
        Those of the first and of the last layer.

    Raises
    ------
    ValueError
        If a layer does not take what the one before it gives; the message names both.
    TypeError
        If a layer has no field types.

    Examples
    --------
    >>> from rcseq.nn import DNA, RCActivation, RCConv1d, RCSequential
    >>> net = RCSequential(RCConv1d(DNA, 16, 15), RCActivation(16), RCConv1d(16, 8, 14))
    >>> print(net.in_type, net.out_type)
    DNA 8reg
    >>> RCSequential(RCConv1d(DNA, 16, 15), RCConv1d(8, 8, 14))
    Traceback (most recent call last):
        ...
    ValueError: layer 1, RCConv1d(8reg -> 8reg, kernel_size=14), takes 8reg, but layer 0, ...
    """

    def __init__(self, *layers: Any) -> None:
        super().__init__(*layers)
        if not len(self):
            raise ValueError("RCSequential needs at least one layer, which defines its field types")
        for name, layer in self.named_layers():
            if not _has_types(layer):
                raise TypeError(
                    f"layer {name}, {layer!r}, has no field types; wrap a pointwise function as "
                    "RCActivation, and derive a layer of your own from RCLayer"
                )
        for (name, layer), (next_name, next_layer) in pairwise(self.named_layers()):
            given, taken = _typed(layer).out_type, _typed(next_layer).in_type
            if given != taken:
                raise ValueError(
                    f"layer {next_name}, {next_layer!r}, takes {taken}, but layer {name}, "
                    f"{layer!r}, gives {given}"
                )

    @property
    def in_type(self) -> FieldType:
        """Type that the first layer takes."""
        return _typed(self[0]).in_type

    @property
    def out_type(self) -> FieldType:
        """Type that the last layer gives."""
        return _typed(self[-1]).out_type

    def named_layers(self) -> list[tuple[str, nn.Module]]:
        """Return the layers with their names; unlike a child, a layer may occur twice.

        Returns
        -------
        list of (str, torch.nn.Module)
        """
        return [(name, layer) for name, layer in self._modules.items() if layer is not None]


class RCResidual(RCLayer):
    """Residual connection: the input, plus what a body makes of it.

    Where the body shortens the map, as convolutions without padding do, the input is cropped by the
    same number of positions at both ends.

    Parameters
    ----------
    body : torch.nn.Module
        A layer or a chain with an `in_type` and an `out_type`.
    shortcut : torch.nn.Module, optional
        What the input passes through; needed where the body changes the type.

    Raises
    ------
    ValueError
        When built, if types differ; when called, if the body shortens the map by an odd number
        of positions, which two ends cannot share, or lengthens it.
    TypeError
        If the body has no field types.

    References
    ----------
    .. [1] He, Zhang, Ren and Sun (2016). Deep residual learning for image recognition. CVPR.

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import RCConv1d, RCResidual
    >>> block = RCResidual(RCConv1d(8, 8, kernel_size=3, dilation=4))
    >>> block(torch.zeros(2, 16, 100)).shape
    torch.Size([2, 16, 92])
    """

    def __init__(self, body: nn.Module, shortcut: nn.Module | None = None) -> None:
        for name, module in [("body", body), ("shortcut", shortcut)]:
            if module is not None and not _has_types(module):
                raise TypeError(
                    f"the {name}, {module!r}, has no field types; take layers of rcseq.nn or "
                    "derive one from RCLayer"
                )
        super().__init__(_typed(body).in_type, _typed(body).out_type)
        skip_in, skip_out = self.in_type, self.in_type
        if shortcut is not None:
            skip_in, skip_out = _typed(shortcut).in_type, _typed(shortcut).out_type
        if (skip_in, skip_out) != (self.in_type, self.out_type):
            raise ValueError(
                f"the body goes from {self.in_type} to {self.out_type}, but the shortcut from "
                f"{skip_in} to {skip_out}; give a shortcut between the types of the "
                f"body, such as RCConv1d({str(self.in_type)!r}, {str(self.out_type)!r}, 1)"
            )
        self.body, self.shortcut = body, shortcut

    def output_length(self, length: int) -> int:
        """Return the length of the output for an input of a length."""
        return output_length(self.body, length)

    def forward(self, x: Tensor) -> Tensor:
        """Add the body to the shortcut."""
        y = self.body(x)
        skip = x if self.shortcut is None else self.shortcut(x)
        return cropped(skip, y) + y


class _Typed(Protocol):
    """What a chain asks of its members."""

    in_type: FieldType
    out_type: FieldType


def _has_types(module: nn.Module) -> bool:
    return hasattr(module, "in_type") and hasattr(module, "out_type")


def _typed(module: nn.Module) -> _Typed:
    return cast(_Typed, module)
