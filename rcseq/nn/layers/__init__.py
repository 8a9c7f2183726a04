"""Layers that treat both strands of DNA alike.

Each goes from one :class:`~rcseq.nn.FieldType` to another and commutes with the reverse complement
exactly; what cannot be exact is refused, when the layer is built or, where the length of the input
decides, when it is called.
"""

from rcseq.nn.layers.activation import RCActivation, RCDropout
from rcseq.nn.layers.attention import RCAttentionBlock, RCSelfAttention
from rcseq.nn.layers.base import RCLayer, TiedLayer
from rcseq.nn.layers.batch_norm import RCBatchNorm1d
from rcseq.nn.layers.container import RCResidual, RCSequential
from rcseq.nn.layers.conv import RCConv1d
from rcseq.nn.layers.conv_transpose import RCConvTranspose1d
from rcseq.nn.layers.dense import RCLinear, RCSeparableLinear
from rcseq.nn.layers.embedding import KmerEmbedding
from rcseq.nn.layers.layer_norm import RCLayerNorm
from rcseq.nn.layers.plain import (
    AvgPool1d,
    BatchNorm1d,
    Conv1d,
    ConvTranspose1d,
    LayerNorm,
    MaxPool1d,
    Residual,
)
from rcseq.nn.layers.pooling import RCAvgPool1d, RCMaxPool1d
from rcseq.nn.layers.smoothness import PenalisedLayer, penalty
from rcseq.nn.layers.strand import StrandMax, StrandMean, StrandSum
from rcseq.nn.layers.weighted_sum import RCWeightedSum

__all__ = [
    "AvgPool1d",
    "BatchNorm1d",
    "Conv1d",
    "ConvTranspose1d",
    "KmerEmbedding",
    "LayerNorm",
    "MaxPool1d",
    "PenalisedLayer",
    "RCActivation",
    "RCAttentionBlock",
    "RCAvgPool1d",
    "RCBatchNorm1d",
    "RCConv1d",
    "RCConvTranspose1d",
    "RCDropout",
    "RCLayer",
    "RCLayerNorm",
    "RCLinear",
    "RCMaxPool1d",
    "RCResidual",
    "RCSelfAttention",
    "RCSeparableLinear",
    "RCSequential",
    "RCWeightedSum",
    "Residual",
    "StrandMax",
    "StrandMean",
    "StrandSum",
    "TiedLayer",
    "penalty",
]
