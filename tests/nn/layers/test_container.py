from collections import OrderedDict
from collections.abc import Callable

import pytest
import torch
from torch import nn

from rcseq.nn import (
    DNA,
    RCActivation,
    RCBatchNorm1d,
    RCConv1d,
    RCDropout,
    RCLinear,
    RCMaxPool1d,
    RCResidual,
    RCSequential,
    RCWeightedSum,
    to_conventional,
)


def test_chain_has_the_types_of_its_ends(check_equivariance: Callable[..., None]) -> None:
    net = RCSequential(
        RCConv1d(DNA, "4reg+2b", 5),
        RCBatchNorm1d("4reg+2b"),
        RCActivation("4reg+2b", "tanh"),
        RCDropout("4reg+2b"),
        RCConv1d("4reg+2b", 3, 3),
    )
    assert (net.in_type, net.out_type) == (DNA, net[-1].out_type)
    check_equivariance(net, 20)
    check_equivariance(net.eval(), 20)
    assert isinstance(net[1:3], RCSequential)


def test_misfit_names_both_sides() -> None:
    message = (
        r"layer 1, RCActivation\(8reg, relu\), takes 8reg, but layer 0, "
        r"RCConv1d\(DNA -> 16reg, kernel_size=5\), gives 16reg"
    )
    with pytest.raises(ValueError, match=message):
        RCSequential(RCConv1d(DNA, 16, 5), RCActivation(8))
    layers = OrderedDict(first=RCConv1d(DNA, 16, 5), second=RCActivation(8))
    with pytest.raises(ValueError, match=r"layer second, .* takes 8reg, but layer first"):
        RCSequential(layers)


def test_layers_without_types_are_refused() -> None:
    with pytest.raises(TypeError, match=r"layer 1, ReLU\(\), has no field types; wrap a pointwise"):
        RCSequential(RCConv1d(DNA, 16, 5), nn.ReLU())
    with pytest.raises(ValueError, match="at least one layer"):
        RCSequential()
    with pytest.raises(TypeError, match=r"the body, Conv1d.*, has no field types"):
        RCResidual(nn.Conv1d(2, 2, 1))
    with pytest.raises(TypeError, match=r"the shortcut, Identity.*, has no field types"):
        RCResidual(RCConv1d(2, 2, 1), nn.Identity())


def test_residual(check_equivariance: Callable[..., None]) -> None:
    block = RCResidual(RCConv1d(3, 3, 3, dilation=2))
    check_equivariance(block, 12)
    x = torch.randn(2, 6, 12)
    torch.testing.assert_close(block.float()(x), x[..., 2:-2] + block.body(x))
    same = RCResidual(RCConv1d(3, 3, 3, padding="same"))
    torch.testing.assert_close(same(x), x + same.body(x))
    shortcut = RCResidual(RCConv1d(3, "4a", 5), RCConv1d(3, "4a", 1))
    check_equivariance(shortcut, 12)
    for layer in (block.double(), same.double(), shortcut.double()):
        torch.testing.assert_close(to_conventional(layer)(x.double()), layer(x.double()))
    vector = RCResidual(RCLinear(3, "3reg"))
    check_equivariance(vector, None)


def test_residual_refuses_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match="from 3reg to 4a, but the shortcut from 3reg to 3reg"):
        RCResidual(RCConv1d(3, "4a", 3))
    with pytest.raises(ValueError, match="such as RCConv1d\\('3reg', '4a', 1\\)"):
        RCResidual(RCConv1d(3, "4a", 3), RCConv1d(3, 2, 1))
    with pytest.raises(ValueError, match="it must lose an even number, which both ends share"):
        RCResidual(RCConv1d(3, 3, 4))(torch.zeros(1, 6, 10))
    with pytest.raises(ValueError, match="over 10 positions got 12 from its body"):
        RCResidual(RCConv1d(3, 3, 3, padding=2))(torch.zeros(1, 6, 10))


def original_network(original: object) -> tuple[list[nn.Module], nn.Linear]:
    """Three convolutions with batch norm, ReLU and max-pooling 40/20, weights of the original."""
    layers: list[nn.Module] = []
    weights = original.layers
    for index, in_type in [(0, DNA), (3, 16), (6, 16)]:
        kernel = weights[f"{index}_RevCompConv1D/kernel"].permute(2, 1, 0)
        filters = kernel if in_type is DNA else original.stacked(kernel, 1)
        conv = RCConv1d(in_type, 16, filters.shape[-1], bias=False)
        conv.load_state_dict({"weight": filters})
        norm = RCBatchNorm1d(16, eps=1e-3)
        prefix = f"{index + 1}_RevCompConv1DBatchNorm"
        norm.load_state_dict(
            {
                "weight": weights[f"{prefix}/gamma"],
                "bias": weights[f"{prefix}/beta"],
                "running_mean": weights[f"{prefix}/moving_mean"],
                "running_var": weights[f"{prefix}/moving_variance"],
                "num_batches_tracked": torch.tensor(1),
            }
        )
        layers += [conv, norm, RCActivation(16)]
    layers.append(RCMaxPool1d(16, 40, stride=20))
    (name,) = {key.split("/")[0] for key in weights if key.endswith("_Dense/kernel")}
    dense = nn.Linear(weights[f"{name}/kernel"].shape[0], 1)
    dense.load_state_dict({"weight": weights[f"{name}/kernel"].T, "bias": weights[f"{name}/bias"]})
    return layers, dense


def test_original_network_with_a_weighted_sum(reference: Callable) -> None:
    original = reference("network_weighted_sum")
    layers, dense = original_network(original)
    weighted = RCWeightedSum(16, 7)
    weights = original.layers["10_WeightedSum1D/W"].T[:, None]
    weighted.load_state_dict({"weight": weights})
    body = RCSequential(*layers, weighted).eval()
    features = body(original.maps(original.input))
    # There, a dense layer of ones sums both strands, in whatever order.
    original.assert_same(dense(features).sigmoid(), original.output)


def test_original_network_with_a_sum_of_strands(reference: Callable) -> None:
    original = reference("network_sum_pool")
    layers, dense = original_network(original)
    # There, a channel is added to the flipped channel of the other strand and all positions are
    # connected: which is the fully connected layer of the paper.
    linear = RCLinear(16, 1, length=7)
    weight = dense.weight.view(7, 16).T
    linear.load_state_dict({"weight": weight.flatten(), "bias": dense.bias})
    net = RCSequential(*layers, linear).eval()
    original.assert_same(net(original.maps(original.input)).sigmoid(), original.output)


def test_a_layer_may_occur_twice() -> None:
    act, conv = RCActivation(2), RCConv1d(2, 2, 3)
    net = RCSequential(RCConv1d(DNA, 2, 3), act, conv, act, conv)
    x = torch.randn(2, 4, 12)
    plain = to_conventional(net)
    assert len(plain) == 5
    torch.testing.assert_close(plain(x), net(x))
    with pytest.raises(ValueError, match=r"layer 2, .*takes 2reg, but layer 1, .*gives 3reg"):
        RCSequential(act, RCConv1d(2, 3, 1), act)


def test_conventional_chain_keeps_the_names() -> None:
    net = RCSequential(OrderedDict(conv=RCConv1d(DNA, 2, 3), act=RCActivation(2))).eval()
    plain = to_conventional(net)
    assert type(plain) is nn.Sequential
    assert [name for name, _ in plain.named_children()] == ["conv", "act"]
    x = torch.randn(2, 4, 9)
    torch.testing.assert_close(plain(x), net(x))
