"""Both sets of layers take the same calls and give the same shapes."""

import pytest
import torch

from rcseq.nn.networks._layer_sets import Conventional, Equivariant

CALLS = {
    "conv": (3, 3, 5),
    "batch_norm": (3,),
    "relu": (3,),
    "dropout": (3, 0.5),
    "weighted_sum": (3, 20),
}


@pytest.mark.parametrize("name", CALLS)
def test_layers_are_each_others_counterparts(name):
    shapes = []
    for layers in (Equivariant, Conventional):
        layer = getattr(layers, name)(*CALLS[name])
        shapes.append(list(layer(torch.rand(2, 3 * layers.n_strands, 20)).shape))
        if name not in ("weighted_sum",):
            shapes[-1][1] //= layers.n_strands
    assert shapes[0] == shapes[1]


def test_pooling_is_the_same(x):
    maps = torch.rand(2, 6, 21)
    pools = [
        layers.max_pool(3, 4, stride=3, ceil_mode=True) for layers in (Equivariant, Conventional)
    ]
    assert torch.equal(pools[0](maps), pools[1](maps))


def test_sets_have_the_same_names():
    ours, theirs = ({n for n in vars(s) if n[0] != "_"} for s in (Equivariant, Conventional))
    assert ours == theirs
