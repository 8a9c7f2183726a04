"""Find the convolution that reads the sequence, and its learned filters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from rcseq.nn.layers.batch_norm import RCBatchNorm1d
from rcseq.nn.layers.conv import RCConv1d

__all__ = ["FirstLayer", "first_layers"]

_NORMS = (RCBatchNorm1d, nn.modules.batchnorm._BatchNorm)


class FirstLayer:
    """The first convolution of a network, with the batch norm that follows it, if one does.

    Parameters
    ----------
    network : torch.nn.Module
    x : Tensor of shape (n, 4, L)
        A few sequences to run the network on: what comes first is what runs first.
    name : str, optional
        Name of the layer, where it is not the first that runs.

    Attributes
    ----------
    name : str
        The name of the convolution in the network.
    filters : list of int
        The channel of each learned filter: of a pair of channels the first.
    span : int
        Positions from the first to the last base that a filter reads.

    Raises
    ------
    ValueError
        If there is no such convolution, or it does not read one-hot DNA.
    """

    def __init__(self, network: nn.Module, x: Tensor, name: str | None = None) -> None:
        names = {module: name for name, module in network.named_modules()}
        calls = _calls(network, x)
        if name is None:
            found = [module for module in calls if isinstance(module, RCConv1d | nn.Conv1d)]
            if not found:
                raise ValueError(f"{type(network).__name__} runs no one-dimensional convolution")
            self.conv: Any = found[0]
        else:
            self.conv = dict(network.named_modules()).get(name)
            if not isinstance(self.conv, RCConv1d | nn.Conv1d):
                convolutions = [n for m, n in names.items() if isinstance(m, RCConv1d | nn.Conv1d)]
                raise ValueError(
                    f"layer={name!r} is not a convolution of the network; there are: "
                    f"{', '.join(convolutions) or 'none'}"
                )
        self.name = names[self.conv]
        channels, n_in = _channels(self.conv)
        if n_in != 4:
            raise ValueError(
                f"the convolution {self.name!r} reads {n_in} channels and not one-hot DNA, so its "
                "filters are not motifs; name one that reads the sequence, layer='...'"
            )
        self.filters = channels
        after = calls[calls.index(self.conv) + 1 :] if self.conv in calls else []
        self.norm = after[0] if after and isinstance(after[0], _NORMS) else None
        self.stride, dilation = _one(self.conv.stride), _one(self.conv.dilation)
        self.span = dilation * (_one(self.conv.kernel_size) - 1) + 1
        named = {"same": (self.span - 1) // 2, "valid": 0}
        padding = self.conv.padding
        self.padding = named[padding] if isinstance(padding, str) else _one(padding)

    def responses(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Run the filters.

        Parameters
        ----------
        x : Tensor of shape (n, 4, L)

        Returns
        -------
        responses : Tensor of shape (n, n_filters, n_positions)
            Bias and batch norm included.
        starts : Tensor of shape (n_positions,)
            The first base that each position reads; windows over the ends are left out.
        """
        y = self.conv(x)
        if self.norm is not None:
            y = self.norm(y)
        starts = torch.arange(y.shape[-1], device=x.device) * self.stride - self.padding
        inside = (starts >= 0) & (starts <= x.shape[-1] - self.span)
        return y[:, self.filters][..., inside], starts[inside]


def first_layers(network: nn.Module, x: Tensor, name: str | None = None) -> list[FirstLayer]:
    """Find all convolutions that read the sequence side by side, in the order in which they run.

    Parameters
    ----------
    network, x, name
        As for :class:`FirstLayer`; the layer that is named is the only one.

    Returns
    -------
    list of FirstLayer
    """
    first = FirstLayer(network, x, name)
    if name is not None:
        return [first]
    read: dict[str, Tensor] = {}
    handles = [
        module.register_forward_pre_hook(lambda _, args, at=at: read.setdefault(at, args[0]))
        for at, module in network.named_modules()
        if isinstance(module, RCConv1d | nn.Conv1d)
    ]
    try:
        network(x)
    finally:
        for handle in handles:
            handle.remove()
    others = [at for at in read if at != first.name and _same(read[first.name], read[at])]
    return [first, *(FirstLayer(network, x, other) for other in others)]


def _channels(conv: RCConv1d | nn.Conv1d) -> tuple[list[int], int]:
    """Return the channel of each learned filter, and the number of channels that are read."""
    if isinstance(conv, RCConv1d):
        pairs = enumerate(conv.out_type.perm)
        return [channel for channel, partner in pairs if channel <= partner], conv.in_type.size
    return list(range(conv.out_channels)), conv.in_channels


def _calls(network: nn.Module, x: Tensor) -> list[nn.Module]:
    """List the modules without children that compute something, in the order in which they run."""
    calls: list[nn.Module] = []

    def note(module: nn.Module, args: tuple[Any, ...], output: Any) -> None:
        # What hands its input on (an identity, another memory format) stands between no layers.
        if not (args and isinstance(output, Tensor) and _same(args[0], output)):
            calls.append(module)

    handles = [module.register_forward_hook(note) for module in _leaves(network)]
    try:
        network(x)
    finally:
        for handle in handles:
            handle.remove()
    return calls


def _leaves(network: nn.Module) -> Iterator[nn.Module]:
    for module in network.modules():
        if isinstance(module, RCConv1d | nn.Conv1d | RCBatchNorm1d) or not any(module.children()):
            yield module


def _same(x: Any, y: Tensor) -> bool:
    return isinstance(x, Tensor) and x.shape == y.shape and torch.equal(x, y)


def _one(value: int | tuple[int, ...]) -> int:
    return value[0] if isinstance(value, tuple) else value
