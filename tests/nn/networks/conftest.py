"""One small instance of every network and of every readout and head."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from rcseq.nn import (
    ConvNet,
    DilatedConvNet,
    ParallelConvNet,
    ShrikumarNet,
    ZhouChipNet,
    ZhouSimulationNet,
)
from rcseq.nn.networks import Network

LENGTH = 120

Build = Callable[..., Network]


def _convnet(readout: str) -> Build:
    return lambda **options: ConvNet(
        2,
        LENGTH,
        n_filters=(5, 4),
        kernel_size=(6, 5),
        n_layers=2,
        pool_size=(4, 5),
        pool_stride=(3, 5),
        readout=readout,
        batch_norm=readout in ("dense", "attention"),
        **options,
    )


def _dilated(head: str) -> Build:
    return lambda **options: DilatedConvNet(
        2,
        n_filters=4,
        kernel_size=7,
        n_layers=2,
        head=head,
        head_kernel_size=9,
        dropout=0.2,
        **options,
    )


NETWORKS: dict[str, Build] = {
    "default": lambda **options: ParallelConvNet(n_filters=6, hidden_filters=5, **options),
    "one_layer": lambda **options: ConvNet(n_filters=6, **options),
    **{
        readout: _convnet(readout) for readout in ("max_mean", "attention", "weighted_sum", "dense")
    },
    **{head: _dilated(head) for head in ("scalar", "stranded", "profile", "stranded_profile")},
    "ShrikumarNet": lambda **options: ShrikumarNet(1, LENGTH, **options),
    "ZhouChipNet": lambda **options: ZhouChipNet(1, LENGTH, **options),
    "ZhouSimulationNet": lambda **options: ZhouSimulationNet(3, LENGTH, **options),
}


@pytest.fixture(params=NETWORKS)
def build(request: pytest.FixtureRequest) -> Build:
    return NETWORKS[request.param]


@pytest.fixture
def networks() -> dict[str, Build]:
    return NETWORKS


@pytest.fixture
def x() -> Tensor:
    """Random sequences of LENGTH, one with unknown bases."""
    sequences = torch.eye(4)[torch.randint(4, (5, LENGTH))].transpose(1, 2).contiguous()
    sequences[1, :, 10:17] = 0
    return sequences
