"""Layers as windows: which positions of a map those of the one before can change."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol, runtime_checkable

from torch import Tensor, nn

from rcseq.nn.layers import output_length

__all__ = ["LocalPart", "Window", "around", "local_layers", "then"]


class Window(NamedTuple):
    """What position i reads: the positions ``stride * i - before`` to ``stride * i + after``."""

    before: int
    after: int
    stride: int


@runtime_checkable
class _Pool(Protocol):
    def windows(self, length: int) -> tuple[int, int, int]: ...


class LocalPart(NamedTuple):
    """A part of a network whose output at a position depends on a few positions of its input.

    A piece of the input that begins at a multiple of the stride, and is as long as the input modulo
    the stride, gives the same values, but at the ends of the piece that are not ends of the input:
    there, too few positions are read.

    Attributes
    ----------
    compute : callable
        Makes a map of shape (n, C, L) to the next one, in evaluation mode.
    before, after, stride : int
        Position i of the output depends on the positions ``stride * i - before`` to ``stride * i +
        after`` of the input.
    read : bool
        Whether the rest of the network reads the map, besides the next part.
    """

    compute: Callable[[Tensor], Tensor]
    before: int
    after: int
    stride: int
    read: bool


def around(width: int) -> Window:
    """Return the window of a convolution of an odd width that keeps the length."""
    return Window(width // 2, width // 2, 1)


def then(first: Window, size: int, stride: int, padding: int) -> Window:
    """Return the window of a map, and of a layer of a size, stride and padding that reads it."""
    before = first.before + first.stride * padding
    after = first.after + first.stride * (size - 1 - padding)
    return Window(before, after, first.stride * stride)


def local_layers(layers: nn.Sequential, length: int) -> list[LocalPart]:
    """Split layers into parts, each a layer that reads several positions, with those after it.

    Parameters
    ----------
    layers : torch.nn.Sequential
        Convolutions without padding and of stride 1, pools with a method ``windows``, and layers
        that read one position at a time.
    length : int
        Positions of their input.

    Returns
    -------
    list of LocalPart
        None of them is ``read``.
    """
    parts: list[tuple[list[nn.Module], Window]] = []
    before: list[nn.Module] = []  # the first that reads several, such as a memory format
    for layer in layers:
        window, following = None, output_length(layer, length)
        if isinstance(layer, _Pool):
            window = then(Window(0, 0, 1), *layer.windows(length))
        elif following < length:
            window = Window(0, length - following, 1)
        if window is not None:
            parts.append(([*before, layer], window))
            before = []
        elif parts:
            parts[-1][0].append(layer)
        else:
            before.append(layer)
        length = following
    if not parts:  # filters of one base
        parts = [(before, Window(0, 0, 1))]
    return [LocalPart(nn.Sequential(*piece), *window, read=False) for piece, window in parts]
