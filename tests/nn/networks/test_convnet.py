"""The network that a specification builds, against what a reader of it expects."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from rcseq.nn import ConvNet, is_channels_last, output_length
from rcseq.nn.networks._convnet import _shortest_length
from rcseq.testing import assert_equivariant

READOUTS = ["max_mean", "max", "mean", "attention", "weighted_sum", "dense"]


def test_default_network_computes_what_its_docstring_says(x):
    net = ConvNet(2, n_filters=6, kernel_size=9, pool_size=7, pool_stride=3).eval()
    conv, output = net.body[1], net.readout.output
    kernel = torch.cat([conv.weight, conv.weight.flip(1, 2)])
    maps = F.conv1d(x, kernel, conv.bias.repeat(2)).relu()
    assert (maps.shape[-1] - 7) % 3 == 0  # so plain pooling is what is meant
    maps = F.max_pool1d(maps, 7, 3)
    forward, reverse = maps.split(6, 1)
    strongest = torch.maximum(forward.amax(2), reverse.amax(2))
    mean = (forward.mean(2) + reverse.mean(2)) / 2
    expected = torch.cat([strongest, mean], 1) @ output.weight.T + output.bias
    torch.testing.assert_close(net(x), expected)


@pytest.mark.parametrize("readout", READOUTS)
@pytest.mark.parametrize("n_layers", [1, 3])
def test_both_forms_have_the_same_parameters_where_they_see_the_same(readout, n_layers):
    options = {"n_filters": 6, "n_layers": n_layers, "readout": readout, "batch_norm": True}
    rc, plain = ConvNet(1, 100, **options), ConvNet(1, 100, equivariant=False, **options)
    assert len(list(rc.parameters())) == len(list(plain.parameters()))
    for (name, ours), theirs in zip(rc.named_parameters(), plain.parameters(), strict=True):
        if ours.shape != theirs.shape:  # a hidden layer sees both strands of its input
            assert "body" in name or "score" in name
            assert (ours.shape[0], ours.shape[1]) == (theirs.shape[0], 2 * theirs.shape[1])
    if n_layers == 1 and readout != "attention":
        assert rc.n_parameters == plain.n_parameters


@pytest.mark.parametrize("readout", READOUTS)
@pytest.mark.parametrize("length", [1, 2, 28, 29, 30, 61, 100])
def test_every_length_is_exact(readout, length):
    net = ConvNet(2, length, n_filters=3, readout=readout).double()
    assert net(torch.zeros(2, 4, length, dtype=torch.float64)).shape == (2, 2)
    assert_equivariant(net, length=length)


@pytest.mark.parametrize("stride", [1, 2, 3, 4])
@pytest.mark.parametrize("length", range(60, 66))
def test_every_remainder_of_the_pooling_is_exact(stride, length):
    net = ConvNet(
        1,
        length,
        n_filters=3,
        kernel_size=(5, 4),
        n_layers=2,
        pool_size=(4, 5),
        pool_stride=(stride, 2),
        readout="dense",
    )
    assert_equivariant(net.double(), length=length)


@pytest.mark.parametrize("batch_norm", [True, False])
@pytest.mark.parametrize("equivariant", [True, False])
def test_shortest_length_leaves_one_position(equivariant, batch_norm):
    kernels, windows, steps = (7, 4), (5, 3), (2, 3)
    net = ConvNet(
        equivariant=equivariant,
        n_filters=3,
        kernel_size=kernels,
        n_layers=2,
        pool_size=windows,
        pool_stride=steps,
        batch_norm=batch_norm,
    )
    shortest = _shortest_length(kernels, windows, steps)
    assert net.pad.length == shortest
    assert output_length(net.body, shortest) == 1
    assert output_length(net.body, shortest + 2 * 3) == 2
    for length in range(shortest, shortest + 9):
        assert net.body(torch.zeros(2, 4, length)).shape[-1] == output_length(net.body, length)


def test_more_filters_than_one_number():
    net = ConvNet(n_filters=[4, 6], kernel_size=[9, 3], n_layers=2, pool_size=3)
    shapes = [tuple(p.shape) for n, p in net.named_parameters() if n.endswith("weight")]
    assert shapes == [(4, 4, 9), (6, 8, 3), (1, 12)]
    pools = [m for m in net.modules() if "MaxPool" in type(m).__name__]
    assert len(pools) == 1  # an int pools after the last convolution


@pytest.mark.parametrize("equivariant", [True, False])
def test_maps_are_channels_last_all_the_way(x, equivariant):
    net = ConvNet(n_layers=2, batch_norm=True, equivariant=equivariant, pool_size=3)
    formats = []
    for layer in net.body:
        layer.register_forward_hook(lambda *args: formats.append(is_channels_last(args[2])))
    net(x)
    assert formats == [True] * len(net.body)


def test_max_pool_comes_before_the_relu():
    kinds = [type(layer) for layer in ConvNet(equivariant=False).body]
    assert kinds.index(nn.ReLU) == 1 + [k.__name__ for k in kinds].index("MaxPool1d")


def test_first_responses_have_the_spread_of_hidden_ones():
    torch.manual_seed(0)
    x = torch.eye(4)[torch.randint(4, (64, 200))].transpose(1, 2)
    conv = ConvNet(n_filters=256, kernel_size=16, equivariant=False).body[1]
    hidden = nn.Conv1d(64, 256, 16)
    noise = torch.randn(8, 64, 200)
    with torch.no_grad():
        spread = hidden(noise).std(2).mean().item()
        assert conv(x).std(2).mean().item() == pytest.approx(spread, rel=0.2)


def test_dropout_is_on_in_training_only(x):
    net = ConvNet(n_filters=6, dropout=0.5)
    assert not torch.equal(net(x), net(x))
    net.eval()
    assert torch.equal(net(x), net(x))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"readout": "median"}, "readout must be one of max, mean, max_mean"),
        ({"readout": "dense"}, "needs the length of the sequences: give length="),
        ({"readout": "weighted_sum"}, "needs the length of the sequences: give length="),
        ({"n_layers": 0}, "n_layers must be at least 1"),
        ({"n_filters": 0}, "n_filters must be at least 1"),
        ({"kernel_size": (9, 5)}, "kernel_size has 2 entries, but there are 1 layers"),
        ({"pool_size": 0}, "pool_size must be at least 1"),
        ({"pool_size": 4, "pool_stride": 5}, "pool_stride must be at most pool_size"),
        ({"dropout": 1.5}, "dropout probability has to be between 0 and 1"),
    ],
)
@pytest.mark.parametrize("equivariant", [True, False])
def test_what_cannot_be_built_is_refused(options, message, equivariant):
    with pytest.raises(ValueError, match=message):
        ConvNet(equivariant=equivariant, **options)


@pytest.mark.parametrize("readout", ["dense", "weighted_sum"])
@pytest.mark.parametrize("equivariant", [True, False])
def test_readout_with_positions_takes_its_length_alone(readout, equivariant):
    net = ConvNet(1, 100, readout=readout, equivariant=equivariant)
    with pytest.raises(ValueError, match="built for sequences of length 100; got 150"):
        net(torch.zeros(1, 4, 150))
