"""Layers that treat both strands of DNA alike.

Each goes from one :class:`~rcseq.nn.FieldType` to another and commutes with the reverse complement
exactly; what cannot be exact is refused, when the layer is built or, where the length of the input
decides, when it is called.
"""

# ruff: noqa: F403 - a name is listed once, in the module that defines it

from rcseq.nn.layers import (
    _length,
    activation,
    attention,
    base,
    batch_norm,
    container,
    conv,
    conv_transpose,
    dense,
    embedding,
    layer_norm,
    plain,
    pooling,
    smoothness,
    strand,
    weighted_sum,
)
from rcseq.nn.layers._length import *
from rcseq.nn.layers.activation import *
from rcseq.nn.layers.attention import *
from rcseq.nn.layers.base import *
from rcseq.nn.layers.batch_norm import *
from rcseq.nn.layers.container import *
from rcseq.nn.layers.conv import *
from rcseq.nn.layers.conv_transpose import *
from rcseq.nn.layers.dense import *
from rcseq.nn.layers.embedding import *
from rcseq.nn.layers.layer_norm import *
from rcseq.nn.layers.plain import *
from rcseq.nn.layers.pooling import *
from rcseq.nn.layers.smoothness import *
from rcseq.nn.layers.strand import *
from rcseq.nn.layers.weighted_sum import *

__all__ = [
    *_length.__all__,
    *activation.__all__,
    *attention.__all__,
    *base.__all__,
    *batch_norm.__all__,
    *container.__all__,
    *conv.__all__,
    *conv_transpose.__all__,
    *dense.__all__,
    *embedding.__all__,
    *layer_norm.__all__,
    *plain.__all__,
    *pooling.__all__,
    *smoothness.__all__,
    *strand.__all__,
    *weighted_sum.__all__,
]
