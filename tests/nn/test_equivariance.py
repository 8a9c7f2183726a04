"""The check by which a module that breaks the symmetry is refused."""

import pytest
import torch
from torch import nn

from rcseq.nn import (
    DNA,
    ConvNet,
    RCBatchNorm1d,
    RCConv1d,
    StrandMean,
    equivariance_error,
    reverse_complement,
)


def network(norm):
    return nn.Sequential(RCConv1d(DNA, 4, 5), norm, nn.ReLU(), StrandMean(4))


def test_equivariant_module_has_no_error():
    for randomise in (False, True):
        assert equivariance_error(ConvNet(n_filters=4), randomise=randomise) is None


@pytest.mark.parametrize(
    "norm", [nn.BatchNorm1d(8), nn.PReLU(8), nn.GroupNorm(8, 8)], ids=lambda m: type(m).__name__
)
def test_what_is_symmetric_only_while_new_is_found_and_named(norm):
    module = network(norm).eval()
    assert equivariance_error(module, DNA, "positions") is None
    error = equivariance_error(module, DNA, "positions", randomise=True)
    assert type(norm).__name__ in error


def test_equivariant_norm_stays_so():
    module = network(RCBatchNorm1d(4)).eval()
    assert equivariance_error(module, DNA, "positions", randomise=True) is None


def test_module_is_left_as_it_is():
    module = network(nn.BatchNorm1d(8)).eval()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    equivariance_error(module, DNA, "positions", randomise=True)
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())


def test_trained_module_is_judged_as_it_is():
    module = network(nn.BatchNorm1d(8))
    module.train()
    for _ in range(3):
        x = torch.rand(8, 4, 50)
        module(x + reverse_complement(x)[:, :1])
    module.eval()
    with torch.no_grad():
        module[1].weight[0] = 3
    assert equivariance_error(module, DNA, "positions") is not None
