"""The same layer, equivariant or conventional: what lets one specification build both.

Both sets take the same calls. An ``int`` where a type is expected means that many *learned* filters
to either: regular pairs to the equivariant layers, plain channels to the conventional ones. So a
network says ``layers.conv(16, 32, 15)`` once and both of its forms follow.
"""

from __future__ import annotations

from torch import nn

from rcseq.nn.fieldtype import DNA, FieldType
from rcseq.nn.layers import (
    RCActivation,
    RCBatchNorm1d,
    RCConv1d,
    RCDropout,
    RCMaxPool1d,
    RCResidual,
    RCSequential,
    RCWeightedSum,
    StrandSum,
)
from rcseq.nn.layers.plain import BatchNorm1d, Conv1d, MaxPool1d, Residual


class Equivariant:
    """Layers that share their parameters between the strands."""

    dna: FieldType | int = DNA
    #: Channels that one learned filter gives.
    n_strands = 2

    conv = RCConv1d
    batch_norm = RCBatchNorm1d
    max_pool = RCMaxPool1d
    dropout = RCDropout
    residual = RCResidual
    sequential = RCSequential

    @staticmethod
    def filter_dropout(n: int, p: float) -> nn.Module:
        """Return dropout of whole filters."""
        return RCDropout(n, p, whole_channels=True)

    @staticmethod
    def relu(n: int) -> nn.Module:
        """Return the ReLU."""
        return RCActivation(n, "relu")

    @staticmethod
    def weighted_sum(n: int, length: int) -> nn.Sequential:
        """Return a weight for each filter and position, then the sum of the strands."""
        return nn.Sequential(RCWeightedSum(n, length), StrandSum(n))


class Conventional:
    """The same layers as everybody knows them."""

    dna: FieldType | int = 4
    n_strands = 1

    conv = Conv1d
    residual = Residual
    sequential = nn.Sequential

    @staticmethod
    def batch_norm(n: int) -> nn.Module:
        """Return a batch norm."""
        return BatchNorm1d(n)

    @staticmethod
    def max_pool(n: int, size: int, *, stride: int, ceil_mode: bool) -> nn.Module:
        """Return a max-pool, which need not know its channels."""
        return MaxPool1d(size, stride, ceil_mode=ceil_mode)

    @staticmethod
    def relu(n: int) -> nn.Module:
        """Return the ReLU."""
        return nn.ReLU()

    @staticmethod
    def dropout(n: int, p: float) -> nn.Module:
        """Return dropout."""
        return nn.Dropout(p)

    @staticmethod
    def filter_dropout(n: int, p: float) -> nn.Module:
        """Return dropout of whole filters."""
        return nn.Dropout1d(p)

    @staticmethod
    def weighted_sum(n: int, length: int) -> nn.Sequential:
        """Return a weight for each filter and position: a depthwise kernel as long as the map."""
        return nn.Sequential(Conv1d(n, n, length, groups=n, bias=False), nn.Flatten())
