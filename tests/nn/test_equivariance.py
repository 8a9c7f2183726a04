"""What the check of a module's symmetry sees; tests/testing/test_symmetry.py has its messages."""

import copy

import pytest
import torch
from torch import nn

from rcseq.nn import DNA, ConvNet, DilatedConvNet, RCConv1d, equivariance_error


def after(*layers):
    return nn.Sequential(RCConv1d(DNA, 8, 5), *layers)


@pytest.mark.parametrize(
    "layer",
    [
        nn.BatchNorm1d(16),
        nn.BatchNorm1d(16, affine=False),  # buffers alone
        nn.GroupNorm(4, 16),
        nn.PReLU(16),
    ],
    ids=str,
)
def test_a_layer_that_is_symmetric_only_when_new_is_found(layer):
    net = nn.Sequential(*after(layer), nn.ReLU()).eval()
    assert equivariance_error(net, out=8, randomise=False) is None
    error = equivariance_error(net, out=8)
    assert "not equivariant (DNA -> 8reg) with parameters as training may change them" in error
    assert f"layer '1', {type(layer).__name__}" in error


def test_what_is_wrong_already_is_not_blamed_on_training():
    error = equivariance_error(after(nn.Conv1d(16, 16, 3)), out=8)
    assert "not equivariant (DNA -> 8reg): the outputs" in error


class Root(nn.Module):
    """Not a number for parameters below zero, which it never has."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.full((8, 1), 1e-3))

    def forward(self, x):
        return x * torch.sqrt(self.scale).repeat(2, 1)


def test_parameters_that_a_module_cannot_have_prove_nothing():
    assert equivariance_error(after(Root()), out=8) is None


def test_of_a_tuple_the_first_output_counts():
    class Pair(nn.Module):
        def forward(self, x):
            return x.sum((1, 2)), "more"

    assert equivariance_error(Pair(), out="invariant") is None


@pytest.mark.parametrize("net", [ConvNet(n_filters=4), DilatedConvNet(n_filters=4)], ids=type)
@pytest.mark.parametrize("training", [True, False])
def test_networks_stay_equivariant_whatever_their_parameters(net, training):
    net.train(training)
    before = copy.deepcopy(net.state_dict())
    state = torch.get_rng_state()
    error = equivariance_error(net, out="invariant", atol=1e-4)
    assert error is None
    assert net.training == training
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())
