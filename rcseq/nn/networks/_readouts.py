"""From a feature map to one strand-free vector a sequence, which a linear layer can read."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from rcseq.nn.networks._apart import ApartPool, PartlyApart
from rcseq.nn.networks._fields import AsPairs, Fields, n_read
from rcseq.nn.networks._layer_sets import Conventional, Equivariant

#: The statistics of :class:`GlobalPool` by the name of the readout.
STATISTICS = {"max": ("max",), "mean": ("mean",), "max_mean": ("max", "mean")}

#: The readouts that have a weight for each position.
POSITIONAL = ("weighted_sum", "dense")

READOUTS = (*STATISTICS, "attention", *POSITIONAL)


class GlobalPool(nn.Module):
    """Maximum or mean, or both, of each filter over all positions of both strands.

    Parameters
    ----------
    statistics : sequence of {"max", "mean"}
        What to take; several are concatenated.
    n_strands : {1, 2}
        2 where the channels are regular pairs, stacked: a filter on both strands.
    """

    def __init__(self, statistics: tuple[str, ...], n_strands: int) -> None:
        super().__init__()
        self.statistics, self.n_strands = statistics, n_strands

    def forward(self, x: Tensor) -> Tensor:
        """Pool a map of shape (n, n_strands * C, L) to (n, len(statistics) * C)."""
        pooled = []
        for statistic in self.statistics:
            if statistic == "max":
                pooled.append(x.amax(2).unflatten(1, (self.n_strands, -1)).amax(1))
            else:
                pooled.append(x.mean(2).unflatten(1, (self.n_strands, -1)).mean(1))
        return torch.cat(pooled, 1)

    def extra_repr(self) -> str:
        """Return the statistics."""
        return f"{'+'.join(self.statistics)} over positions" + " and strands" * (self.n_strands > 1)

    def at_length(self, length: int) -> GlobalPoolAtLength:
        """Return the same for maps of one length."""
        return GlobalPoolAtLength(self.statistics, self.n_strands, length)


class GlobalPoolAtLength(GlobalPool):
    """The same for maps of one length, the strands laid end to end as positions.

    The maximum is a max-pool of :mod:`torch.nn`, for which attribution methods have a rule, as they
    do not for ``amax``.

    Parameters
    ----------
    statistics, n_strands
        As for :class:`GlobalPool`.
    length : int
        Positions of the map.
    """

    def __init__(self, statistics: tuple[str, ...], n_strands: int, length: int) -> None:
        super().__init__(statistics, n_strands)
        self.max = nn.MaxPool1d(n_strands * length)

    def forward(self, x: Tensor) -> Tensor:
        """Pool a map of shape (n, n_strands * C, length) to (n, len(statistics) * C)."""
        places = x.unflatten(1, (self.n_strands, -1)).transpose(1, 2).flatten(2)
        pooled = {"max": lambda: self.max(places).squeeze(2), "mean": lambda: places.mean(2)}
        return torch.cat([pooled[statistic]() for statistic in self.statistics], 1)


class AttentionPool(nn.Module):
    """Mean of each filter over positions and strands, weighted by learned attention.

    A score for each filter, strand and position is turned into weights by one softmax over all
    positions of both strands. With scores of zero, where training starts, this is the mean; with
    scores that grow it comes near the maximum.

    Parameters
    ----------
    score : torch.nn.Module
        Pointwise layer from the map to its scores, of the same type as the map.
    n_strands : {1, 2}
        2 where the channels are regular pairs, stacked.
    """

    def __init__(self, score: nn.Module, n_strands: int) -> None:
        super().__init__()
        self.score, self.n_strands = score, n_strands
        for parameter in score.parameters():
            nn.init.zeros_(parameter)

    def forward(self, x: Tensor) -> Tensor:
        """Pool a map of shape (n, n_strands * C, L) to (n, C)."""
        shape = (self.n_strands, -1)
        weights = self.score(x).unflatten(1, shape).transpose(1, 2).flatten(2).softmax(-1)
        return (weights * x.unflatten(1, shape).transpose(1, 2).flatten(2)).sum(-1)


class FoldStrands(nn.Module):
    """Add the second strand, read backwards, to the first: the same map for both strands.

    Channels that are regular pairs, stacked, become one channel each, and the positions no longer
    flip. This is the sum of the strands that Zhou, Shrikumar and Kundaje (2022) put before a fully
    connected layer; the two together are :class:`rcseq.nn.RCLinear`.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Fold a map of shape (n, 2 * C, L) to (n, C, L)."""
        forward, reverse = x.chunk(2, dim=1)
        return forward + reverse.flip(-1)


def build_readout(
    layers: Any, name: str, n: int, length: int | None, dropout: float, n_outputs: int
) -> nn.Sequential:
    """Build the part of a network from the last map to the outputs.

    Parameters
    ----------
    layers : type
        A set of layers, equivariant or conventional.
    name : str
        One of `READOUTS`.
    n : int
        Learned filters of the map.
    length : int or None
        Positions of the map.
    dropout : float
        Share of the features that is dropped before the linear layer.
    n_outputs : int
        Number of outputs.

    Returns
    -------
    torch.nn.Sequential
        From (n, channels, length) to (n, n_outputs).

    Raises
    ------
    ValueError
        If the name is unknown, or the readout needs a length that is missing.
    """
    if name not in READOUTS:
        raise ValueError(f"readout must be one of {', '.join(READOUTS)}; got {name!r}")
    if name in POSITIONAL and length is None:
        raise ValueError(
            f"readout={name!r} has a weight for each position, so it needs the length of the "
            "sequences: give length=..., or take readout='max_mean', which reads any length"
        )
    pool = strand_pool(layers, n, lambda layers, n: _pool(layers, name, n, length))
    n = n_read(layers, n)
    n_features = n * (length or 1 if name == "dense" else len(STATISTICS.get(name, ("one",))))
    output = nn.Linear(n_features, n_outputs)
    if name == "dense":
        start_as_mean(output.weight, torch.empty(n_outputs, n).uniform_(-1, 1) / n**0.5)
    return nn.Sequential(OrderedDict(pool=pool, dropout=nn.Dropout(dropout), output=output))


def _pool(layers: Any, name: str, n: int, length: int | None) -> nn.Module:
    """Build what merges positions and strands."""
    if name in STATISTICS:
        return GlobalPool(STATISTICS[name], layers.n_strands)
    if name == "attention":
        return AttentionPool(layers.conv(n, n, 1), layers.n_strands)
    if name == "weighted_sum":
        pool: nn.Module = layers.weighted_sum(n, length)
        start_as_mean(pool.get_parameter("0.weight"), torch.ones(n, 1))
        return pool
    if layers.n_strands == 2:
        return nn.Sequential(FoldStrands(), nn.Flatten())
    return nn.Flatten()


def strand_pool(layers: Any, n: int, build: Callable[[Any, int], nn.Module]) -> nn.Module:
    """Build what merges positions and strands, where the strands may be read apart.

    Parameters
    ----------
    layers : type, PartlyApart or Fields
        A set of layers.
    n : int
        Learned filters of the map.
    build : callable
        ``build(layers, n)`` makes it for a set of layers that is either of the two.

    Returns
    -------
    torch.nn.Module
    """
    if isinstance(layers, Fields):
        field = layers.type(n)
        pairs = AsPairs(field.n_reg, field.n_a, field.n_b)
        return nn.Sequential(pairs, build(Equivariant, n_read(layers, n)))
    if not isinstance(layers, PartlyApart):
        return build(layers, n)
    n_apart = layers.n_apart(n)
    return ApartPool(
        build(Conventional, n_apart) if n_apart else None,
        build(Equivariant, n - n_apart) if n_apart < n else None,
        n,
        n_apart,
    )


def start_as_mean(weight: Tensor, per_filter: Tensor) -> None:
    """Set the same weight at every position, so that training starts from the mean over positions.

    A motif that may lie anywhere, in one place of the map at a time, teaches its filter through the
    weight of that place. If weights are drawn for each of the L positions, their signs differ, a
    filter is drawn towards the motif in one sequence and away from it in the next, and what is left
    of the gradient is proportional to the mean of L independent draws: smaller by ``sqrt(L)`` than
    what a common weight gives. In a network that starts so, some seeds never find a motif. With one
    weight for all positions the gradients add up; the positions part as soon as the data ask for
    it. The scale is that of a linear layer on the means.

    Parameters
    ----------
    weight : Tensor
        Weights with the positions last or, together with the filters, flattened on the last axis;
        changed in place.
    per_filter : Tensor
        The weight of each filter's mean, of the shape of `weight` without positions.
    """
    length = weight.numel() // per_filter.numel()
    with torch.no_grad():
        weight.copy_(
            (per_filter[..., None].expand(*per_filter.shape, length) / length).reshape(weight.shape)
        )
