"""From maps to strand-free vectors."""

import pytest
import torch
from torch import nn

from rcseq.nn import RCConv1d
from rcseq.nn.networks._layer_sets import Conventional, Equivariant
from rcseq.nn.networks._readouts import (
    AttentionPool,
    FoldStrands,
    GlobalPool,
    build_readout,
    start_as_mean,
)

# One sample, two filters on two strands, three positions.
MAPS = torch.tensor([[[1.0, 2, 6], [0, 0, 3], [9, 3, 3], [0, 3, 0]]])


def test_global_pool_takes_positions_and_strands():
    pooled = GlobalPool(("max", "mean"), 2)(MAPS)
    torch.testing.assert_close(pooled, torch.tensor([[9.0, 3, 4, 1]]))
    assert GlobalPool(("max",), 1)(MAPS).tolist() == [[6, 3, 9, 3]]


def test_attention_starts_as_the_mean():
    pool = AttentionPool(RCConv1d(2, 2, 1), 2)
    torch.testing.assert_close(pool(MAPS), GlobalPool(("mean",), 2)(MAPS))


def test_attention_can_become_the_maximum():
    pool = AttentionPool(RCConv1d(2, 2, 1), 2)
    with torch.no_grad():  # each filter's score is a multiple of its own value
        pool.score.weight.copy_(50 * torch.eye(2, 4)[..., None])
    torch.testing.assert_close(pool(MAPS), GlobalPool(("max",), 2)(MAPS))


def test_fold_adds_the_strands_position_by_position():
    assert FoldStrands()(MAPS).tolist() == [[[4, 5, 15], [0, 3, 3]]]


@pytest.mark.parametrize("layers", [Equivariant, Conventional])
@pytest.mark.parametrize("readout", ["weighted_sum", "dense"])
def test_positions_start_alike(layers, readout):
    maps = torch.rand(3, layers.n_strands * 4, 6)
    net = build_readout(layers, readout, 4, 6, 0.0, 2)
    shuffled = maps[..., torch.randperm(6)]
    torch.testing.assert_close(net(maps), net(shuffled))


def test_mean_is_started_from_in_every_layout():
    weight = torch.empty(2, 6)
    start_as_mean(weight, torch.tensor([[1.0, 2], [3, 4]]))
    assert (3 * weight).tolist() == [[1, 1, 1, 2, 2, 2], [3, 3, 3, 4, 4, 4]]
    weight = torch.empty(2, 1, 4)
    start_as_mean(weight, torch.tensor([[1.0], [2]]))
    assert (4 * weight).tolist() == [[[1, 1, 1, 1]], [[2, 2, 2, 2]]]


def test_common_start_sends_more_gradient_to_the_filters():
    """A motif anywhere teaches its filter sqrt(L) times more than with independent weights."""
    n_positions, ratios = 64, []
    for seed in range(20):
        torch.manual_seed(seed)
        common = build_readout(Conventional, "dense", 8, n_positions, 0.0, 1)
        independent = nn.Linear(8 * n_positions, 1)
        scale = independent.weight.std() / common.output.weight.std()
        # One sequence for each place of the motif; its gradient with respect to its filter.
        through_common = common.output.weight.view(8, n_positions).mean(1) * scale
        through_independent = independent.weight.view(8, n_positions).mean(1)
        ratios.append(through_common.norm() / through_independent.norm())
    assert torch.stack(ratios).mean().item() == pytest.approx(8, rel=0.3)
