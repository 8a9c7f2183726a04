from collections.abc import Callable

import pytest
import torch
from torch.nn import functional as F

from rcseq.nn import channels_last
from rcseq.nn.layers._statistics import channel_statistics, scaled, statistics_and_extremes


@pytest.mark.parametrize("layout", [torch.clone, channels_last, lambda x: x[..., 0]])
def test_statistics(layout: Callable) -> None:
    x = layout(3 + torch.randn(4, 5, 6, dtype=torch.float64)).requires_grad_()
    mean, var = channel_statistics(x)
    dims = [0, 2][: x.ndim - 1]
    torch.testing.assert_close(mean, x.mean(dims))
    torch.testing.assert_close(var, x.var(dims, correction=0))
    assert torch.autograd.gradcheck(channel_statistics, x)
    assert torch.autograd.gradgradcheck(channel_statistics, x)


def test_statistics_of_halves_are_taken_in_full_precision() -> None:
    x = (100 + torch.randn(50, 2, 40)).bfloat16()
    mean, var = channel_statistics(x)
    assert mean.dtype == var.dtype == torch.float32
    torch.testing.assert_close(mean, x.float().mean((0, 2)))
    torch.testing.assert_close(var, x.float().var((0, 2), correction=0), rtol=1e-4, atol=1e-5)


def test_statistics_on_every_device(device: str) -> None:
    x = torch.randn(4, 5, 6)
    mean, var = channel_statistics(x.to(device))
    torch.testing.assert_close(mean.cpu(), x.mean((0, 2)))
    torch.testing.assert_close(var.cpu(), x.var((0, 2), correction=0))
    assert channel_statistics(x.to("meta"))[0].shape == (5,)


@pytest.mark.parametrize("layout", [torch.clone, channels_last, lambda x: x[..., 0]])
def test_scaled(layout: Callable) -> None:
    x = layout(torch.randn(4, 5, 6, dtype=torch.float64)).requires_grad_()
    scale, shift = torch.randn(2, 5, dtype=torch.float64, requires_grad=True).unbind()
    shape = (5, 1) if x.ndim == 3 else (5,)
    y = scaled(x, scale, shift)
    torch.testing.assert_close(y, x * scale.view(shape) + shift.view(shape))
    assert x.ndim == 2 or y.stride() == x.stride()
    assert torch.autograd.gradcheck(scaled, (x, scale, shift))


@pytest.mark.parametrize(
    "layout", [torch.clone, channels_last, lambda x: torch.cat([x, x], 2)[..., 11:]]
)
@pytest.mark.parametrize("direction", [[1, 0, 2, 1], [1, -1, 0, -2]], ids=["up", "both ways"])
def test_statistics_and_extremes(layout: Callable, direction: list[int]) -> None:
    x = layout(torch.randn(3, 4, 11, dtype=torch.float64)).requires_grad_()
    ways = torch.tensor(direction).double()

    def call(x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return statistics_and_extremes(x, ways, 4, 2, 1)

    mean, var, extremes = call(x)
    for mine, other in zip((mean, var), channel_statistics(x), strict=True):
        torch.testing.assert_close(mine, other)
    largest, smallest = F.max_pool1d(x, 4, 2, 1), -F.max_pool1d(-x, 4, 2, 1)
    assert torch.equal(extremes, torch.where(ways[:, None] < 0, smallest, largest))
    assert torch.autograd.gradcheck(call, x)
    assert torch.autograd.gradgradcheck(call, x)
    # what PyTorch asks of an operator, of its shapes for compilers above all
    operator = torch.ops.rcseq.statistics_and_extremes.default
    torch.library.opcheck(operator, (x.detach().unsqueeze(2).requires_grad_(), ways, 4, 2, 1))
