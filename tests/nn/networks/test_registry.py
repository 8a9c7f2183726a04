"""Every registered network keeps the same promises."""

import copy

import pytest
import torch
from torch import nn

from rcseq.nn import (
    NETWORKS,
    ConvNet,
    ShrikumarNet,
    get_network,
    register_network,
    to_conventional,
)
from rcseq.nn.networks import _registry
from rcseq.testing import assert_equivariant

LENGTH = 200

every_network = pytest.mark.parametrize("name", NETWORKS)


def build(name: str, **options) -> nn.Module:
    return get_network(name)(2, LENGTH, **options)


def randomise(net: nn.Module) -> nn.Module:
    """Draw parameters and buffers anew: fresh ones are more symmetric than trained ones."""
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
        for buffer in net.buffers():
            if buffer.is_floating_point():
                buffer.add_(torch.rand_like(buffer))
    return net


@every_network
@pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
def test_is_strand_exact_with_any_parameters(name, training, dtype):
    net = randomise(build(name)).train(training).to(dtype)
    assert_equivariant(net, length=LENGTH)


@every_network
def test_has_a_conventional_form_with_the_same_outputs(name, x):
    x = torch.cat([x, x], -1)[..., :LENGTH]
    rc, plain = build(name), build(name, equivariant=False)
    assert rc(x).shape == plain(x).shape
    assert rc.output_symmetry is plain.output_symmetry
    with pytest.raises(AssertionError, match="not equivariant"):
        assert_equivariant(randomise(plain).eval(), length=LENGTH)


@every_network
def test_exports_and_converts(name, x, dtype, tolerance):
    net = randomise(build(name)).to(dtype).eval()
    x = torch.cat([x, x], -1)[..., :LENGTH].to(dtype)
    program = torch.export.export(net, (x,))
    torch.testing.assert_close(program.module()(x), net(x))
    converted = to_conventional(net, length=LENGTH)
    difference = (converted(x) - net(x)).abs().max() / net(x).abs().max().clamp(min=1)
    assert difference <= tolerance


def test_names_are_those_of_the_classes_in_any_case():
    assert next(iter(NETWORKS)) == "parallelconvnet"
    assert get_network("ShrikumarNet") is get_network("shrikumarnet") is ShrikumarNet
    assert get_network(ConvNet) is ConvNet


def test_what_is_no_network_is_refused():
    with pytest.raises(ValueError, match=r"'convnt'. Did you mean 'convnet'\? The registered"):
        get_network("convnt")
    with pytest.raises(TypeError, match="given by name or as a class"):
        get_network(3)
    with pytest.raises(TypeError, match="a network is a class of"):
        register_network("convnet")


def test_a_network_of_ones_own(monkeypatch):
    monkeypatch.setattr(_registry, "_REGISTERED", copy.copy(_registry._REGISTERED))

    @register_network
    class Mine(ConvNet):
        pass

    register_network(Mine, name="Other")
    assert get_network("mine") is get_network("other") is Mine
    register_network(Mine)  # twice is once
    with pytest.raises(ValueError, match="'convnet' is already the name of ConvNet"):
        register_network(Mine, name="ConvNet")


def test_the_table_cannot_be_written_to():
    with pytest.raises(TypeError):
        NETWORKS["mine"] = ConvNet
