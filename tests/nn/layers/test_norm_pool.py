"""Two layers in one: the same numbers, statistics and gradients as one after the other."""

import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from rcseq.nn import (
    BatchNorm1d,
    MaxPool1d,
    RCBatchNorm1d,
    RCMaxPool1d,
    channels_last,
    to_conventional,
)
from rcseq.nn.layers._norm_pool import NormMaxPool
from rcseq.testing import assert_equivariant

PAIRS: dict[str, Callable[..., tuple[nn.Module, nn.Module]]] = {
    "rc": lambda **norm: (RCBatchNorm1d(3, **norm), RCMaxPool1d(3, 5, stride=3, ceil_mode=True)),
    "plain": lambda **norm: (BatchNorm1d(6, **norm), MaxPool1d(5, 3, ceil_mode=True)),
}

kinds = pytest.mark.parametrize("kind", PAIRS)
layouts = pytest.mark.parametrize("layout", [torch.clone, channels_last])


def results(layer: nn.Module, norm: nn.Module, x: Tensor) -> list[Tensor]:
    x = x.detach().requires_grad_()
    y = layer(x)
    (y**3).sum().backward()
    return [y, x.grad, norm.weight.grad, norm.bias.grad, *norm.buffers()]


@kinds
@layouts
@pytest.mark.parametrize("momentum", [0.1, None])
@pytest.mark.parametrize("training", [True, False])
def test_is_the_two_layers(kind, layout, dtype, momentum, training):
    norm, pool = PAIRS[kind](momentum=momentum)
    with torch.no_grad():
        norm.weight.copy_(torch.tensor([1.5, -0.5, 0.1]).repeat(2)[: len(norm.weight)])
        norm.bias.normal_()
    norm.to(dtype).train(training)
    same = copy.deepcopy(norm)
    both = NormMaxPool(norm, pool).train(training)
    for _ in range(2):  # the running statistics take in a second batch as well
        x = layout(1 + 2 * torch.randn(4, 6, 31, dtype=dtype))
        ours, expected = results(both, norm, x), results(nn.Sequential(same, pool), same, x)
        for mine, other in zip(ours, expected, strict=True):
            torch.testing.assert_close(mine, other, rtol=1e-4, atol=1e-4)


@kinds
def test_a_scale_of_zero_has_the_values_of_the_two_layers_and_the_gradient_of_the_largest(kind):
    norm, pool = PAIRS[kind]()
    with torch.no_grad():
        norm.double().weight.zero_()
        norm.bias.normal_()
    same = copy.deepcopy(norm)
    both = NormMaxPool(norm, pool)
    x = channels_last(torch.randn(4, 6, 31, dtype=torch.float64))
    ours, expected = results(both, norm, x), results(nn.Sequential(same, pool), same, x)
    scale_gradient = ours.pop(2)
    expected.pop(2)
    for mine, other in zip(ours, expected, strict=True):
        torch.testing.assert_close(mine, other, rtol=0, atol=1e-10)
    with torch.no_grad():
        same.weight.fill_(1e-9)  # no ties any more
    same.zero_grad()
    nearly = results(nn.Sequential(same, pool), same, x)[2]
    torch.testing.assert_close(scale_gradient, nearly, rtol=1e-6, atol=1e-6)


@kinds
@pytest.mark.parametrize("training", [True, False])
def test_the_layers_themselves_run_in_evaluation_only(kind, training):
    both = NormMaxPool(*PAIRS[kind]()).train(training)
    ran = []
    for layer in (both.norm, both.pool):
        layer.register_forward_hook(lambda module, *_: ran.append(module))
    both(torch.randn(4, 6, 31))
    assert ran == ([] if training else [both.norm, both.pool])


@pytest.mark.parametrize("training", [True, False])
def test_is_equivariant(training):
    both = NormMaxPool(*PAIRS["rc"]())
    nn.init.normal_(both.norm.weight)
    assert_equivariant(both.double().train(training), "3reg", "3reg", length=31)


def test_halves_and_single_values_take_the_long_way():
    both = NormMaxPool(*PAIRS["plain"]())
    assert both(torch.randn(4, 6, 31).bfloat16()).dtype == torch.bfloat16
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        both(torch.randn(1, 6, 1))


@kinds
def test_conventional_form_is_two_plain_layers(kind):
    both = NormMaxPool(*PAIRS[kind]()).eval()
    x = torch.randn(4, 6, 31)
    plain = to_conventional(both)
    assert [name for name, _ in plain.named_children()] == ["norm", "pool"]
    torch.testing.assert_close(plain(x), both(x))
