"""What the tests of layers and networks share."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from rcseq.nn import FieldType, channels_last, is_channels_last


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


# Differences to accept between two results that are the same in exact arithmetic.
TOLERANCES = {torch.float32: 1e-5, torch.float64: 1e-12}


@pytest.fixture(params=TOLERANCES, ids=["float32", "float64"])
def dtype(request: pytest.FixtureRequest) -> torch.dtype:
    """Run a test in both precisions."""
    return request.param


@pytest.fixture
def tolerance(dtype: torch.dtype) -> float:
    """Difference to accept in this precision."""
    return TOLERANCES[dtype]


def _difference(layer: nn.Module, x: Tensor) -> float:
    acted = layer.in_type.act(x)
    if is_channels_last(x):
        acted = channels_last(acted)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        y = layer(x)
        torch.manual_seed(1)
        other = layer(acted)
    scale = max(1.0, y.abs().max().item())
    return (layer.out_type.act(y) - other).abs().max().item() / scale


@pytest.fixture(scope="session")
def check_equivariance() -> Callable[..., None]:
    """Hold a layer to 1e-12 in float64 and 1e-5 in float32, in both memory formats."""

    def check(layer: nn.Module, length: int | None, n: int = 2, seed: int = 0) -> None:
        generator = torch.Generator().manual_seed(seed)
        shape = (n, layer.in_type.size) if length is None else (n, layer.in_type.size, length)
        x = torch.randn(shape, generator=generator, dtype=torch.float64)
        for dtype, tolerance in reversed(TOLERANCES.items()):  # first in the higher precision
            layer.to(dtype)
            formats = [x.to(dtype)] if length is None else [x.to(dtype), channels_last(x.to(dtype))]
            for inputs in formats:
                assert _difference(layer, inputs) <= tolerance, (layer, inputs.stride())

    return check


class Reference:
    """One case of the layers of keras-genomics, as PyTorch lays maps out.

    There, maps are (n, length, channels) and channels are mirrored, channel i and channel 2C-1-i
    being a pair. Here the second half is reversed, so that strands are stacked.
    """

    def __init__(self, arrays: Any, case: str) -> None:
        self.meta = json.loads(str(arrays[f"{case}/meta"]))
        self.weights = {
            name.rsplit("/", 1)[-1]: torch.from_numpy(arrays[name])
            for name in arrays.files
            if name.startswith(f"{case}/weights/")
        }
        self.layers = {
            "/".join(name.split("/")[2:]): torch.from_numpy(arrays[name])
            for name in arrays.files
            if name.startswith(f"{case}/weights/")
        }
        self.input = torch.from_numpy(arrays[f"{case}/input"])
        self.output = torch.from_numpy(arrays[f"{case}/output"])

    @staticmethod
    def stacked(x: Tensor, axis: int = -1) -> Tensor:
        """Reverse the second half of the channels."""
        first, second = x.chunk(2, dim=axis)
        return torch.cat([first, second.flip(axis)], dim=axis)

    def maps(self, x: Tensor) -> Tensor:
        """(n, length, mirrored channels) -> (n, stacked channels, length)."""
        return x.transpose(1, 2) if x.shape[-1] == 4 else self.stacked(x).transpose(1, 2)

    def assert_same(self, y: Tensor, expected: Tensor) -> None:
        torch.testing.assert_close(y, expected, rtol=1e-5, atol=1e-5)


@pytest.fixture(scope="session")
def reference() -> Callable[[str], Reference]:
    """Cases of the original layers, run on Keras 2.2.4."""
    arrays = np.load(Path(__file__).parents[1] / "data" / "keras_genomics_reference.npz")
    return lambda case: Reference(arrays, case)


TYPES = ["DNA", "2reg", "2a", "2b", "2reg+1a+1b", "1reg+1reg", "kmer2"]


@pytest.fixture(params=TYPES)
def field_type(request: pytest.FixtureRequest) -> FieldType:
    """One of the kinds of field types."""
    return FieldType(request.param)
