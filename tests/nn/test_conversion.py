"""Equivariant networks as plain ones."""

import pytest
import torch
from torch import nn

import rcseq.nn.layers
from rcseq.nn import (
    ConvNet,
    DilatedConvNet,
    RCConv1d,
    RCLayer,
    RCResidual,
    RCSequential,
    ShrikumarNet,
    ZhouChipNet,
    ZhouSimulationNet,
    conversion,
    register_conversion,
    to_conventional,
)

LENGTH = 131
NETWORKS = {
    "ConvNet": lambda: ConvNet(2, LENGTH, n_filters=6, n_layers=2, pool_size=(4, 7)),
    "attention": lambda: ConvNet(2, LENGTH, n_filters=6, readout="attention"),
    "dense": lambda: ConvNet(2, LENGTH, n_filters=6, readout="dense", batch_norm=True),
    "DilatedConvNet": lambda: DilatedConvNet(2, n_filters=4, n_layers=2, head="stranded_profile"),
    "ShrikumarNet": lambda: ShrikumarNet(1, LENGTH),
    "ZhouChipNet": lambda: ZhouChipNet(1, LENGTH),
    "ZhouSimulationNet": lambda: ZhouSimulationNet(3, LENGTH),
}


@pytest.fixture(params=NETWORKS)
def net(request: pytest.FixtureRequest) -> nn.Module:
    return NETWORKS[request.param]()


@pytest.fixture
def x() -> torch.Tensor:
    return torch.eye(4)[torch.randint(4, (5, LENGTH))].transpose(1, 2).contiguous()


def test_outputs_are_the_same(net, x, dtype, tolerance):
    net, x = net.to(dtype), x.to(dtype)
    net(x)  # batch norm has seen something
    net.eval()
    converted = to_conventional(net, length=net.length)
    torch.testing.assert_close(converted(x), net(x), rtol=0, atol=tolerance)


def test_layers_with_weights_are_those_of_torch(net):
    for module in to_conventional(net, length=net.length).modules():
        if list(module.parameters(recurse=False)):
            assert type(module).__module__.startswith("torch.nn"), module


def test_pooling_is_that_of_torch_where_the_length_is_known(x):
    net = ConvNet(1, LENGTH, n_filters=4, pool_size=7, pool_stride=4).eval()
    assert type(to_conventional(net, length=net.length).body[2]) is nn.MaxPool1d
    anywhere = to_conventional(net)
    assert type(anywhere.body[2]) is not nn.MaxPool1d
    for length in range(60, 70):
        torch.testing.assert_close(anywhere(x[..., :length]), net(x[..., :length]))


def test_nothing_is_shared_and_the_original_stays(net, x):
    net.eval()
    before = net(x)
    converted = to_conventional(net, length=net.length)
    with torch.no_grad():
        for parameter in converted.parameters():
            parameter.add_(1)
    assert torch.equal(net(x), before)


@pytest.mark.parametrize("training", [True, False])
def test_mode_is_kept(net, training):
    converted = to_conventional(net.train(training), length=net.length)
    assert all(module.training is training for module in converted.modules())


def test_converted_network_says_so(net):
    assert "conventional" in repr(to_conventional(net, length=net.length))
    assert "conventional" not in repr(net)


def test_layers_in_modules_of_the_user(x):
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.chain = RCSequential(RCConv1d("DNA", 4, 5), RCResidual(RCConv1d(4, 4, 3)))
            self.output = nn.Linear(8, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.output(self.chain(x).mean(-1))

    net = Net()
    converted = to_conventional(net)
    torch.testing.assert_close(converted(x), net(x))
    assert type(converted.chain[0]) is nn.Conv1d
    torch.testing.assert_close(to_conventional(net.chain, length=LENGTH)(x), net.chain(x))


def test_conventional_network_stays_what_it_is(x):
    net = ConvNet(equivariant=False).eval()
    torch.testing.assert_close(to_conventional(net, length=net.length)(x), net(x))


class Square(RCLayer):
    """A layer of the user, without weights."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x**2


class NarrowConv(RCConv1d):
    """A subclass, which becomes what its parent becomes."""


def test_layers_of_the_user_are_registered(monkeypatch):
    monkeypatch.setattr(conversion, "_TWINS", dict(conversion._TWINS))
    chain = RCSequential(NarrowConv("DNA", 4, 1), Square(4), RCResidual(Square(4)))
    with pytest.raises(NotImplementedError, match=r"register_conversion\(Square"):
        to_conventional(chain)
    register_conversion(Square, lambda layer: layer)
    converted, x = to_conventional(chain), torch.randn(2, 4, 9)
    assert type(converted[0]) is nn.Conv1d
    torch.testing.assert_close(converted(x), chain(x))


def test_a_layer_that_occurs_twice_is_converted_twice():
    conv = RCConv1d(4, 4, 3)
    chain = RCSequential(conv, conv)
    converted, x = to_conventional(chain), torch.randn(2, 8, 9)
    assert [type(layer) for layer in converted] == [nn.Conv1d] * 2
    torch.testing.assert_close(converted(x), chain(x))


def test_every_layer_has_an_entry_in_the_table():
    ours = {
        layer
        for layer in map(rcseq.nn.layers.__dict__.get, rcseq.nn.layers.__all__)
        if isinstance(layer, type) and issubclass(layer, RCLayer)
    }
    assert ours - {RCLayer, rcseq.nn.layers.TiedLayer} <= set(conversion._TWINS)
