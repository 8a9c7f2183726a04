"""Lengths of maps: what each layer makes of a number of positions."""

from __future__ import annotations

from torch import nn

__all__ = ["output_length"]


def output_length(module: nn.Module, length: int) -> int:
    """Return the length of the map that a module makes of a map of a length.

    Parameters
    ----------
    module : torch.nn.Module
        A layer with a method ``output_length``, or a chain of such layers and of layers that keep
        the length. Every layer without that method is taken to keep it.
    length : int
        Positions of the input.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If a layer refuses the length.

    Examples
    --------
    >>> from torch import nn
    >>> from rcseq.nn import DNA, RCConv1d, RCMaxPool1d, output_length
    >>> output_length(nn.Sequential(RCConv1d(DNA, 16, 15), nn.ReLU(), RCMaxPool1d(16, 2)), 100)
    43
    """
    own = getattr(module, "output_length", None)
    if callable(own):
        return int(own(length))
    if isinstance(module, nn.Sequential):
        for layer in module:
            length = output_length(layer, length)
    return length


def n_windows(length: int, size: int, stride: int = 1, padding: int = 0) -> int:
    """Count the windows of a size on a map of a length, padded on either side."""
    return (length + 2 * padding - size) // stride + 1
