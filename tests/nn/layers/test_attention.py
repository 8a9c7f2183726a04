"""Self-attention on both strands."""

import pytest
import torch
from torch.nn import functional as F

from rcseq.nn import RCAttentionBlock, RCSelfAttention, to_conventional
from rcseq.nn.layers.attention import rotate_by_position


@pytest.mark.parametrize("rotary", [True, False])
@pytest.mark.parametrize("length", [1, 2, 17])
def test_attention_is_equivariant(field_type, check_equivariance, rotary, length):
    check_equivariance(RCSelfAttention(field_type, 2, head_size=4, rotary=rotary), length)


@pytest.mark.parametrize("training", [True, False])
def test_block_is_equivariant(field_type, check_equivariance, training):
    block = RCAttentionBlock(field_type, 2, head_size=4, dropout=0.3).train(training)
    check_equivariance(block, 17)


def test_attention_is_what_it_is_without_symmetry():
    layer = RCSelfAttention(4, 2, head_size=3, rotary=False)
    x = torch.randn(3, 8, 10)
    maps = layer.attention.inputs(x).view(3, 2, 3, 2, 3, 10)  # strand, qkv, head, feature
    heads = []
    for strand in range(2):
        for head in range(2):
            query, key, value = maps[:, strand, :, head].unbind(1)
            weights = (query.transpose(1, 2) @ key / 3**0.5).softmax(-1)
            heads.append(value @ weights.transpose(1, 2))
    expected = layer.attention.outputs(torch.cat(heads, 1))
    torch.testing.assert_close(layer(x), expected)


def test_rotated_products_depend_on_distances_alone():
    vectors = torch.randn(2, 6, dtype=torch.float64)
    x = vectors[:, None, None, None].expand(2, 1, 1, 20, 6)
    query, key = rotate_by_position(x)[:, 0, 0]
    products = query @ key.T
    for distance in (-7, -1, 0, 3):
        band = products.diagonal(distance)
        torch.testing.assert_close(band, band[:1].expand_as(band))
    assert not torch.isclose(products[5, 8], products[8, 5])  # upstream is not downstream


def test_attention_without_positions_is_blind_to_order():
    layer = RCSelfAttention(4, 2, rotary=False)
    x, order = torch.randn(1, 8, 12), torch.randperm(12)
    torch.testing.assert_close(layer(x)[..., order], layer(x[..., order]))
    layer = RCSelfAttention(4, 2)
    assert not torch.allclose(layer(x)[..., order], layer(x[..., order]), atol=1e-3)


def test_conventional_form_gives_the_same():
    block = RCAttentionBlock("3reg+1a+2b", 2, head_size=4).eval()
    x = torch.randn(2, 9, 15)
    torch.testing.assert_close(to_conventional(block)(x), block(x))


def test_learned_heads_are_counted_once():
    layer = RCSelfAttention(16, 4)
    plain = to_conventional(layer)
    ours, theirs = (sum(p.numel() for p in m.parameters()) for m in (layer, plain))
    assert theirs == 2 * ours


def test_gradient_reaches_everything():
    block = RCAttentionBlock(4, 2)
    F.mse_loss(block(torch.randn(2, 8, 9)), torch.randn(2, 8, 9)).backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in block.parameters())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_heads": 3}, "n_heads=3 pairs of heads do not divide the 32 channels of 16reg"),
        ({"n_heads": 0}, "n_heads must be at least 1"),
        ({"n_heads": 16}, "head_size must be even; got 1"),
        ({"head_size": 5}, "head_size must be even; got 5"),
    ],
)
def test_what_cannot_be_built_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        RCSelfAttention(16, **options)
