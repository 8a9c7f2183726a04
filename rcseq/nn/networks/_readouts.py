"""From a feature map to one strand-free vector a sequence, which a linear layer can read."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import torch
from torch import Tensor, nn

#: The statistics of :class:`GlobalPool` by the name of the readout.
STATISTICS = {"max": ("max",), "mean": ("mean",), "max_mean": ("max", "mean")}

READOUTS = (*STATISTICS, "attention", "weighted_sum", "dense")


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
        """Print the statistics."""
        return f"{'+'.join(self.statistics)} over positions" + " and strands" * (self.n_strands > 1)


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
    if name in ("weighted_sum", "dense") and length is None:
        raise ValueError(
            f"readout={name!r} has a weight for each position, so it needs the length of the "
            "sequences: give length=..., or take readout='max_mean', which reads any length"
        )
    if name == "dense":
        return nn.Sequential(
            OrderedDict(
                dropout=layers.dropout(n, dropout), output=layers.linear(n, n_outputs, length)
            )
        )
    n_features = n
    pool: nn.Module
    if name in STATISTICS:
        pool = GlobalPool(STATISTICS[name], layers.n_strands)
        n_features *= len(STATISTICS[name])
    elif name == "attention":
        pool = AttentionPool(layers.conv(n, n, 1), layers.n_strands)
    else:
        pool = layers.weighted_sum(n, length)
    return nn.Sequential(
        OrderedDict(pool=pool, dropout=nn.Dropout(dropout), output=nn.Linear(n_features, n_outputs))
    )
