"""What the check of a module's symmetry sees; tests/testing/test_symmetry.py has its messages."""

import copy

import pytest
import torch
from torch import nn

from rcseq.nn import DNA, ConvNet, DilatedConvNet, RCConv1d, equivariance_error


def after(*layers):
    return nn.Sequential(RCConv1d(DNA, 8, 5), *layers)


@pytest.mark.parametrize("layer", [nn.BatchNorm1d(16), nn.PReLU(16)], ids=str)
def test_a_layer_that_is_symmetric_only_when_new_is_found(layer):
    net = after(layer).eval()
    assert equivariance_error(net, out=8) is None
    error = equivariance_error(net, out=8, randomise=True)
    assert f"layer '1', {type(layer).__name__}" in error


@pytest.mark.parametrize("net", [ConvNet(n_filters=4), DilatedConvNet(n_filters=4)], ids=type)
@pytest.mark.parametrize("training", [True, False])
def test_networks_stay_equivariant_whatever_their_parameters(net, training):
    net.train(training)
    before = copy.deepcopy(net.state_dict())
    state = torch.get_rng_state()
    error = equivariance_error(net, out="invariant", randomise=True, atol=1e-4)
    assert error is None
    assert net.training == training
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())
