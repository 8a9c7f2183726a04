"""Layers with known filters, and sequences that hold what they look for."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from rcseq.nn import DNA, RCConv1d


def _one_hot(patterns: tuple[str, ...]) -> Tensor:
    eye = torch.eye(4, dtype=torch.float64)
    return torch.stack([eye[["ACGT".index(base) for base in pattern]].T for pattern in patterns])


@pytest.fixture
def conventional() -> Callable[..., nn.Conv1d]:
    """Make a plain convolution with a filter for each pattern."""

    def make(*patterns: str) -> nn.Conv1d:
        layer = nn.Conv1d(4, len(patterns), len(patterns[0]), bias=False, dtype=torch.float64)
        layer.weight.data = _one_hot(patterns)
        return layer

    return make


@pytest.fixture
def equivariant() -> Callable[..., RCConv1d]:
    """Make an equivariant convolution with a filter for each pattern."""

    def make(*patterns: str) -> RCConv1d:
        layer = RCConv1d(DNA, len(patterns), len(patterns[0]), bias=False).double()
        layer.weight.data = _one_hot(patterns)
        return layer

    return make


@pytest.fixture
def sequences() -> list[str]:
    """Random sequences of 60 bases, half of which hold GATTACA, on either strand."""
    rng = np.random.default_rng(0)
    made = ["".join(rng.choice(list("ACGT"), 60)) for _ in range(100)]
    for i in range(50):
        start = int(rng.integers(53))
        instance = "GATTACA" if i % 2 else "TGTAATC"
        made[i] = made[i][:start] + instance + made[i][start + 7 :]
    return made
