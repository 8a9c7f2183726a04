"""Layers, networks and losses for double-stranded DNA; needs PyTorch and nothing else."""

# ruff: noqa: F403 - a name is listed once, in the module that defines it

from rcseq.nn import conversion, equivariance, fieldtype, functional, layers, losses, networks
from rcseq.nn.conversion import *
from rcseq.nn.equivariance import *
from rcseq.nn.fieldtype import *
from rcseq.nn.functional import *
from rcseq.nn.layers import *
from rcseq.nn.losses import *
from rcseq.nn.networks import *

__all__ = [
    *conversion.__all__,
    *equivariance.__all__,
    *fieldtype.__all__,
    *functional.__all__,
    *layers.__all__,
    *losses.__all__,
    *networks.__all__,
]
