"""The published networks, against what was published."""

import pytest
import torch
from torch import nn

from rcseq.nn import (
    RCBatchNorm1d,
    RCConv1d,
    RCLinear,
    ShrikumarNet,
    ZhouChipNet,
    ZhouSimulationNet,
)
from rcseq.nn.networks._readouts import FoldStrands


def load_body(net: nn.Module, case) -> None:
    """Weights of the three convolutions and batch norms of the original network."""
    convs = [m for m in net.modules() if isinstance(m, RCConv1d)]
    norms = [m for m in net.modules() if isinstance(m, RCBatchNorm1d)]
    with torch.no_grad():
        for conv, i in zip(convs, (0, 3, 6), strict=True):
            kernel = case.layers[f"{i}_RevCompConv1D/kernel"].permute(2, 1, 0)
            conv.weight.copy_(kernel if i == 0 else case.stacked(kernel, 1))
        for norm, i in zip(norms, (1, 4, 7), strict=True):
            names = ("gamma", "beta", "moving_mean", "moving_variance")
            values = [case.layers[f"{i}_RevCompConv1DBatchNorm/{name}"] for name in names]
            ours = (norm.weight, norm.bias, norm.running_mean, norm.running_var)
            for parameter, value in zip(ours, values, strict=True):
                parameter.copy_(value)


def test_shrikumar_net_computes_what_the_original_does(reference):
    case = reference("network_weighted_sum")
    net = ShrikumarNet(length=200).eval()
    load_body(net, case)
    weights = case.layers["10_WeightedSum1D/W"]  # (7, 16): positions, filters
    assert (case.layers["11_Dense/kernel"] == 1).all()
    with torch.no_grad():
        net.readout.pool[0].weight.copy_(weights.T[:, None])
        net.readout.output.bias.copy_(case.layers["11_Dense/bias"])
    case.assert_same(net(case.input.transpose(1, 2)).sigmoid(), case.output)


def test_shrikumar_body_with_a_dense_layer_on_summed_strands(reference):
    case = reference("network_sum_pool")
    net = ShrikumarNet(length=200).eval()
    load_body(net, case)
    maps = FoldStrands()(net.body(case.input.transpose(1, 2)))
    dense = case.layers["12_Dense/kernel"]  # positions, then filters
    logits = maps.transpose(1, 2).flatten(1) @ dense + case.layers["12_Dense/bias"]
    case.assert_same(logits.sigmoid(), case.output)


def test_shrikumar_net_has_the_published_parameters():
    net = ShrikumarNet()
    filters = 16 * 4 * 15 + 2 * (16 * 32 * 14)
    assert net.n_parameters == filters + 3 * 2 * 16 + 16 * 47 + 1
    assert [norm.eps for norm in net.modules() if isinstance(norm, RCBatchNorm1d)] == [1e-3] * 3
    assert (net.readout.output.weight == 1).all()


def test_shrikumar_net_with_several_outputs_learns_how_to_add_the_filters():
    net = ShrikumarNet(3)
    assert net.readout.output.weight.shape == (3, 16)
    assert net.readout.output.weight.requires_grad


@pytest.mark.parametrize(("length", "n_positions"), [(200, 9), (1000, 49)])
@pytest.mark.parametrize("equivariant", [True, False])
def test_zhou_net_has_the_published_parameters(length, n_positions, equivariant):
    net = ZhouSimulationNet(length=length, equivariant=equivariant)
    assert net.n_parameters == 20 * 4 * 21 + 2 * 20 + 3 * 20 * n_positions + 3


def test_zhou_chip_net_has_the_published_parameters():
    net = ZhouChipNet()
    assert net.n_parameters == 16 * 4 * 15 + 2 * (16 * 32 * 14) + 3 * 2 * 16 + 16 * 47 + 1
    norms = [norm for norm in net.modules() if isinstance(norm, RCBatchNorm1d)]
    assert [(norm.eps, norm.momentum) for norm in norms] == [(1e-3, 0.01)] * 3


def test_zhou_chip_net_computes_what_the_original_does(reference):
    case = reference("network_sum_pool")
    net = ZhouChipNet(length=200).eval()
    load_body(net, case)
    kernel = case.layers["12_Dense/kernel"].unflatten(0, (-1, 16))  # positions, filters, output
    output = net.readout.get_submodule("output")
    with torch.no_grad():
        output.weight.copy_(kernel.permute(2, 1, 0).flatten(1))
        output.bias.copy_(case.layers["12_Dense/bias"])
    case.assert_same(net(case.input.transpose(1, 2)).sigmoid(), case.output)


def test_sum_of_strands_and_dense_is_the_fully_connected_layer_of_the_paper(x):
    torch.manual_seed(0)
    dense = RCLinear(20, 3, length=5)
    full = dense.expanded_weight()[:, :20].flatten(1)  # the weights of one strand
    maps = torch.randn(4, 40, 5)
    expected = FoldStrands()(maps).flatten(1) @ full.T + dense.expanded_bias()
    torch.testing.assert_close(dense(maps), expected)


@pytest.mark.parametrize("network", [ShrikumarNet, ZhouChipNet, ZhouSimulationNet])
def test_default_length_leaves_no_remainder(network):
    net = network().eval()
    pool = next(m for m in net.modules() if "MaxPool1d" in type(m).__name__)
    seen = []
    pool.register_forward_hook(lambda _, inputs, __: seen.append(inputs[0].shape[-1]))
    net(torch.zeros(2, 4, 1000))
    assert (seen[0] - pool.kernel_size) % pool.stride == 0
