import itertools

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from rcseq.nn import channels_last
from rcseq.nn.layers import _convolution
from rcseq.nn.layers._convolution import convolve


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many positions at a time were asked for."""
    asked: list[int] = []
    convolve_blocks = _convolution._convolve_blocks

    def note(x: Tensor, weight: Tensor, bias: Tensor | None, size: int) -> Tensor:
        asked.append(size)
        return convolve_blocks(x, weight, bias, size)

    monkeypatch.setattr(_convolution, "_convolve_blocks", note)
    return asked


@pytest.mark.parametrize("with_bias", [True, False])
@pytest.mark.parametrize(
    ("n_filters", "width", "length", "size"),
    [
        (20, 21, 100, 4),  # the published networks of 2022: 80 channels are five registers
        (40, 21, 100, 2),
        (20, 21, 102, 1),  # 102 positions are no number of blocks
        (20, 20, 100, 1),  # the last block would hang over
        (40, 5, 100, 1),  # so narrow that the zeros between would cost more
        (32, 21, 100, 1),  # full registers
        (17, 21, 100, 1),  # never full
    ],
)
def test_positions_at_a_time_change_nothing(
    sizes: list[int],
    n_filters: int,
    width: int,
    length: int,
    size: int,
    with_bias: bool,
    dtype: torch.dtype,
) -> None:
    x = channels_last(torch.randn(3, 4, length, dtype=dtype)).requires_grad_()
    weight = torch.randn(n_filters, 4, width, dtype=dtype, requires_grad=True)
    bias = torch.randn(n_filters, dtype=dtype, requires_grad=True) if with_bias else None
    y, expected = convolve(x, weight, bias, 1, 0, 1, 1), F.conv1d(x, weight, bias)
    assert sizes == ([size] if size > 1 else [])
    assert y.stride() == channels_last(expected).stride()
    torch.testing.assert_close(y, expected, rtol=1e-4, atol=1e-4)
    inputs = [t for t in (x, weight, bias) if t is not None]
    gradient = torch.randn_like(expected)
    ours, others = (torch.autograd.grad(of, inputs, gradient) for of in (y, expected))
    for mine, other in zip(ours, others, strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize(
    "options",
    [
        options
        for options in itertools.product([1, 2], [0, 2, "valid", "same"], [1, 2], [1, 2])
        if options[:2] != (2, "same")  # which PyTorch does not have
    ],
)
def test_options_are_those_of_torch(options: tuple) -> None:
    x, weight = torch.randn(2, 4, 100), torch.randn(20, 4 // options[3], 21)
    expected = F.conv1d(x, weight, None, *options)
    for inputs in (x, channels_last(x)):
        y = convolve(inputs, weight, None, *options)
        torch.testing.assert_close(y, expected, rtol=1e-4, atol=1e-4)


def test_exporters_see_a_convolution() -> None:
    class Layer(torch.nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return convolve(channels_last(x), torch.ones(20, 4, 21), None, 1, 0, 1, 1)

    program = torch.export.export(Layer(), (torch.zeros(2, 4, 100),))
    assert "conv2d" in program.graph_module.code
    assert "stack" not in program.graph_module.code
