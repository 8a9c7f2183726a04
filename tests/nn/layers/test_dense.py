from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from rcseq.nn import RCLinear, RCSeparableLinear, to_conventional

types = ["DNA", "2reg", "2a", "2b", "1reg+1a+1b", "1reg+1reg", "kmer2"]
outputs = st.one_of(st.integers(1, 3), st.sampled_from(types))


@given(st.sampled_from(types), outputs, st.integers(1, 9), st.booleans())
def test_linear_is_exact_or_refused(
    check_equivariance: Callable[..., None],
    in_type: str,
    out_features: int | str,
    length: int,
    bias: bool,
) -> None:
    try:
        layer = RCLinear(in_type, out_features, length, bias=bias)
    except ValueError as error:
        refusal = str(error)
    else:
        check_equivariance(layer, length)
        if length == 1:
            check_equivariance(layer, None)
        x = torch.randn(3, layer.in_type.size, length)
        torch.testing.assert_close(to_conventional(layer)(x), layer(x), rtol=0, atol=1e-5)
        return
    assert "kernel of size 1 leaves nothing but zero" in refusal
    assert length == 1


@given(st.sampled_from(types), outputs, st.integers(1, 9), st.booleans())
def test_separable_is_exact_or_refused(
    check_equivariance: Callable[..., None],
    in_type: str,
    out_features: int | str,
    length: int,
    bias: bool,
) -> None:
    try:
        layer = RCSeparableLinear(in_type, out_features, length, bias=bias)
    except ValueError as error:
        refusal = str(error)
    else:
        check_equivariance(layer, length)
        x = torch.randn(3, layer.in_type.size, length)
        torch.testing.assert_close(to_conventional(layer)(x), layer(x), rtol=0, atol=1e-5)
        full = layer.expanded_weight().detach()
        assert all(torch.linalg.matrix_rank(matrix, rtol=1e-5) == 1 for matrix in full)
        return
    assert "use RCLinear" in refusal
    assert "b" in f"{in_type}{out_features}"


def test_original_dense_layer(reference: Callable) -> None:
    original = reference("dense")
    layer = RCLinear(3, 3, length=40)
    # There, the weights of the first half of the channels are learned, position by position.
    weight = original.weights["kernel"].view(40, 3, 3).permute(2, 1, 0).flatten()
    layer.load_state_dict({"weight": weight, "bias": original.weights["bias"]})
    original.assert_same(layer(original.maps(original.input)), original.output)


def test_original_separable_layer(reference: Callable) -> None:
    """There the channels are not tied: they are those of a strand-free map."""
    original = reference("separable_fc")
    layer = RCSeparableLinear("6a", "4a", 40, bias=False)
    layer.load_state_dict(
        {
            "channel_weight": original.weights["W_chan"].flatten(),
            "position_weight": original.weights["W_pos"].flatten(),
        }
    )
    original.assert_same(layer(original.input.transpose(1, 2)), original.output)


def test_parameters_are_counted_exactly() -> None:
    assert RCLinear(3, 2, length=10, bias=False).weight.numel() == 2 * 3 * 10
    assert RCLinear(3, "2reg", length=10).weight.shape == (2, 6, 10)
    separable = RCSeparableLinear(3, 2, length=10)
    assert separable.channel_weight.numel() == 2 * 3
    assert separable.position_weight.numel() == 2 * 5
    assert RCLinear(3, "2b", 5).bias is None
    assert RCSeparableLinear(3, "2b", 5).expanded_bias() is None


@pytest.mark.parametrize("kind", [RCLinear, RCSeparableLinear])
def test_first_weights_have_the_variance_of_the_plain_layer(kind: type) -> None:
    layer = kind(64, 64, 100)
    plain = nn.Linear(128 * 100, 64)
    expected = plain.weight.std().item()
    assert layer.expanded_weight().std().item() == pytest.approx(expected, rel=0.03)
    assert layer.bias.abs().max().item() <= (128 * 100) ** -0.5


def test_smoothness_penalty() -> None:
    layer = RCSeparableLinear(2, 1, 4, smoothness=0.5)
    with torch.no_grad():
        layer.position_weight.copy_(torch.tensor([1.0, 4.0]))  # 1 4 4 1
    assert layer.penalty().item() == pytest.approx(0.5 * (3 + 0 + 3) / 3)
    layer.penalty().backward()
    assert layer.position_weight.grad is not None
    assert RCSeparableLinear(2, 1, 1, smoothness=1.0).penalty() == 0
    assert RCSeparableLinear(2, 1, 4).penalty() == 0


def test_gradients() -> None:
    x = torch.randn(2, 4, 5, dtype=torch.float64, requires_grad=True)
    for layer in (RCLinear("1reg+1a+1b", 2, 5), RCSeparableLinear("1reg+1a+1b", "1reg", 5)):
        assert torch.autograd.gradcheck(layer.double(), x)
    x = torch.randn(1, 4, 5, dtype=torch.float64, requires_grad=True)
    invariant = RCLinear(2, 1, 5).double()
    (gradient,) = torch.autograd.grad(invariant(x).square().sum(), x)
    other = invariant.in_type.act(x.detach()).requires_grad_()
    (other_gradient,) = torch.autograd.grad(invariant(other).square().sum(), other)
    torch.testing.assert_close(other_gradient, invariant.in_type.act(gradient))


def test_illegal_options_are_refused() -> None:
    with pytest.raises(ValueError, match="length must be a whole number of at least 1; got 0"):
        RCLinear(2, 1, length=0)
    with pytest.raises(ValueError, match="take at least two positions"):
        RCLinear("2b", 1)
    with pytest.raises(ValueError, match="at least one channel"):
        RCLinear(2, 0)
    with pytest.raises(TypeError, match="a field type is an int"):
        RCLinear(2, True)
    with pytest.raises(ValueError, match="smoothness"):
        RCSeparableLinear(2, 1, 3, smoothness=-1)


def test_repr_teaches() -> None:
    assert repr(RCLinear(16, 3, length=40)) == "RCLinear(16reg -> 3a, length=40)"
    assert repr(RCLinear("2a", "1reg", bias=False)) == "RCLinear(2a -> 1reg, bias=False)"
    layer = RCSeparableLinear(16, 3, 40, smoothness=0.1, bias=False)
    expected = "RCSeparableLinear(16reg -> 3a, length=40, smoothness=0.1, bias=False)"
    assert repr(layer) == expected
