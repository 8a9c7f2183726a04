"""Layers as windows."""

import pytest
import torch
from torch import nn

from rcseq.nn import ConvNet, DilatedConvNet, ParallelConvNet
from rcseq.nn.layers import ChannelsLast, Conv1d
from rcseq.nn.layers.plain import MaxPool1d
from rcseq.nn.networks._local import Window, around, local_layers, then


def test_windows_one_after_the_other():
    assert around(7) == Window(3, 3, 1)
    # a pool of five, padded by two, on a convolution of seven
    assert then(around(7), 5, 5, 2) == Window(5, 5, 5)


def test_a_part_begins_at_each_layer_that_reads_several_positions():
    layers = nn.Sequential(
        ChannelsLast(), Conv1d(4, 3, 5), nn.ReLU(), MaxPool1d(4, ceil_mode=True), Conv1d(3, 2, 3)
    )
    parts = local_layers(layers, 30)
    assert [len(part.compute) for part in parts] == [3, 1, 1]
    # 26 positions in windows of four are two short of seven windows
    assert [part[1:4] for part in parts] == [(0, 4, 1), (1, 2, 4), (0, 2, 1)]


@pytest.mark.parametrize("length", [40, 43])
@pytest.mark.parametrize("kind", [ConvNet, DilatedConvNet, ParallelConvNet])
def test_the_parts_make_the_network(kind, length):
    net = kind(n_filters=4).eval()
    x = torch.eye(4)[torch.randint(4, (3, length))].mT
    maps = [net.pad(x)]
    parts, rest = net.local_parts(maps[0].shape[-1])
    for part in parts:
        maps.append(part.compute(maps[-1]))
    read = [y for part, y in zip(parts, maps[1:], strict=True) if part.read]
    assert torch.allclose(rest(read), net(x), atol=1e-6)


@pytest.mark.parametrize("length", [40, 41, 43])
@pytest.mark.parametrize("kind", [ConvNet, DilatedConvNet, ParallelConvNet])
def test_a_position_depends_on_its_window_alone(kind, length):
    net = kind(n_filters=4).double().eval()
    x = torch.randn(1, 4, length, dtype=torch.float64)
    map_ = net.pad(x)
    for part in net.local_parts(length)[0]:
        here = map_.detach().requires_grad_()
        map_ = part.compute(here)
        for i in range(map_.shape[-1]):
            (gradient,) = torch.autograd.grad(map_[..., i].sum(), here, retain_graph=True)
            used = gradient[0].abs().sum(0).nonzero().flatten()
            if len(used):
                assert part.stride * i - part.before <= used.min()
                assert used.max() <= part.stride * i + part.after
