from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from rcseq.nn import FieldType, LayerNorm, RCLayerNorm, channels_last, to_conventional

types = ["DNA", "2reg", "3a", "2b", "2reg+1a+1b", "1reg+1reg", "kmer2"]


@given(in_type=st.sampled_from(types), length=st.sampled_from([None, 1, 2, 7]), n=st.integers(1, 3))
def test_equivariant(
    check_equivariance: Callable[..., None], in_type: str, length: int | None, n: int
) -> None:
    layer = RCLayerNorm(in_type)
    for parameter in layer.parameters():
        nn.init.normal_(parameter)
    check_equivariance(layer, length, n)


@pytest.mark.parametrize("in_type", ["DNA", "3reg", "2reg+1a"])
def test_layer_norm_is_that_of_torch_where_no_sign_flips(in_type: str) -> None:
    layer = RCLayerNorm(in_type)
    nn.init.normal_(layer.weight)
    nn.init.normal_(layer.bias)
    x = 1 + torch.randn(3, layer.in_type.size, 7)
    plain = nn.LayerNorm(layer.in_type.size)
    plain.load_state_dict(to_conventional(layer).state_dict())
    expected = plain(x.transpose(1, 2)).transpose(1, 2)
    torch.testing.assert_close(layer(x), expected)
    torch.testing.assert_close(layer(x[..., 0]), plain(x[..., 0]))
    conventional = to_conventional(layer)
    assert isinstance(conventional, LayerNorm)
    torch.testing.assert_close(conventional(x), expected)


def test_layer_norm_keeps_signs_out_of_the_mean() -> None:
    layer = RCLayerNorm("1reg+2b")
    x = torch.tensor([[[3.0], [5.0], [2.0], [-4.0]]])
    centred = torch.tensor([-1.0, 1.0, 2.0, -4.0])
    expected = centred / (centred.square().mean() + 1e-5).sqrt()
    torch.testing.assert_close(layer(x)[0, :, 0], expected)
    torch.testing.assert_close(to_conventional(layer)(x)[0, :, 0], expected)
    assert RCLayerNorm("2b")(torch.ones(1, 2)).sum().item() == pytest.approx(2, abs=1e-4)


def test_memory_format_is_kept() -> None:
    x = channels_last(torch.randn(3, 6, 10))
    assert RCLayerNorm(3)(x).stride() == x.stride()
    assert RCLayerNorm(3)(x.contiguous()).is_contiguous()


def test_without_learned_values() -> None:
    bare = RCLayerNorm(2, elementwise_affine=False)
    x = torch.randn(2, 4, 5)
    torch.testing.assert_close(to_conventional(bare)(x), bare(x))
    assert not list(bare.parameters())


def test_gradients() -> None:
    for in_type in ("2reg", "1reg+1a+1b", "2b"):
        size = FieldType(in_type).size
        x = torch.randn(3, size, 4, dtype=torch.float64, requires_grad=True)
        for inputs in (x, channels_last(x)):
            assert torch.autograd.gradcheck(RCLayerNorm(in_type).double(), inputs)


def test_illegal_inputs_are_refused() -> None:
    with pytest.raises(ValueError, match="takes 6 channels on axis 1"):
        RCLayerNorm(3)(torch.zeros(2, 5, 3))
    with pytest.raises(ValueError, match="takes a tensor of shape"):
        RCLayerNorm(3)(torch.zeros(6))


def test_repr_teaches() -> None:
    assert repr(RCLayerNorm(2, eps=1e-6)) == "RCLayerNorm(2reg, eps=1e-06)"
    assert repr(RCLayerNorm("2a", elementwise_affine=False)).endswith("elementwise_affine=False)")
