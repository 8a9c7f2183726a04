"""Networks for DNA: one specification, built equivariant or conventional.

All of them take ``n_outputs``, ``length`` and ``equivariant`` first, turn one-hot sequences of
shape (n, 4, L) into logits or values, and declare in ``output_symmetry`` what the reverse
complement of the input does to the output.
"""

from rcseq.nn.networks._convnet import ConvNet
from rcseq.nn.networks._dilated import DilatedConvNet
from rcseq.nn.networks._network import Network, count_parameters
from rcseq.nn.networks._parallel import ParallelConvNet
from rcseq.nn.networks._published import ShrikumarNet, ZhouChipNet, ZhouSimulationNet
from rcseq.nn.networks._registry import NETWORKS, get_network, register_network

__all__ = [
    "NETWORKS",
    "ConvNet",
    "DilatedConvNet",
    "Network",
    "ParallelConvNet",
    "ShrikumarNet",
    "ZhouChipNet",
    "ZhouSimulationNet",
    "count_parameters",
    "get_network",
    "register_network",
]
