from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rcseq.nn import FieldType, RCWeightedSum, channels_last, to_conventional

types = st.sampled_from(["DNA", "2reg", "2a", "2b", "1reg+1a+1b", "1reg+1reg", "kmer2"])


@given(types, st.integers(1, 12), st.booleans(), st.booleans())
def test_exact(
    check_equivariance: Callable[..., None],
    in_type: str,
    length: int,
    symmetric: bool,
    bias: bool,
) -> None:
    layer = RCWeightedSum(in_type, length, symmetric=symmetric, bias=bias)
    check_equivariance(layer, length)
    x = torch.randn(3, layer.in_type.size, length)
    assert layer(x).shape == (3, layer.in_type.size)
    torch.testing.assert_close(to_conventional(layer)(x), layer(x), rtol=0, atol=1e-5)
    weight = layer.expanded_weight()
    assert torch.equal(weight, weight[list(layer.in_type.perm)].flip(-1))
    if symmetric:
        assert torch.equal(weight, weight.flip(-1))


@pytest.mark.parametrize(
    ("case", "symmetric"),
    [
        ("weighted_sum", False),
        ("weighted_sum_symmetric_even", True),
        ("weighted_sum_symmetric_odd", True),
    ],
)
def test_original_layer(reference: Callable, case: str, symmetric: bool) -> None:
    original = reference(case)
    x = original.maps(original.input)
    layer = RCWeightedSum(3, x.shape[-1], symmetric=symmetric)
    weight = original.weights["W"].T.reshape(layer.weight.shape)
    layer.load_state_dict({"weight": weight})
    original.assert_same(layer(x), original.stacked(original.output))


def test_parameters_are_counted_exactly() -> None:
    assert RCWeightedSum(16, 50).weight.shape == (16, 1, 50)
    assert RCWeightedSum(16, 50, symmetric=True).weight.numel() == 16 * 25
    assert RCWeightedSum(16, 51, symmetric=True).weight.numel() == 16 * 26
    assert RCWeightedSum("3a", 51).weight.numel() == 3 * 26
    assert RCWeightedSum(2, 5).bias is None
    assert RCWeightedSum("2b", 5, bias=True).bias is None


def test_first_weights_sum_a_map_of_unit_variance_to_a_third() -> None:
    weight = RCWeightedSum(200, 100).expanded_weight()
    assert weight.var().item() == pytest.approx(1 / 300, rel=0.05)


def test_memory_format_does_not_matter() -> None:
    layer = RCWeightedSum(3, 20)
    x = torch.randn(2, 6, 20)
    torch.testing.assert_close(layer(channels_last(x)), layer(x))


def test_smoothness_penalty() -> None:
    layer = RCWeightedSum("1reg", 3, smoothness=2.0)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[[1.0, 4.0, 2.0]]]))
    assert layer.penalty().item() == pytest.approx(2 * (3 + 2) / 2)
    layer.penalty().backward()
    assert layer.weight.grad is not None
    assert RCWeightedSum(2, 1, smoothness=2.0).penalty() == 0
    assert RCWeightedSum(2, 3).penalty() == 0


def test_gradients() -> None:
    for field_type in ("1reg+1a+1b", "2reg"):
        layer = RCWeightedSum(field_type, 5, bias=True).double()
        x = torch.randn(2, FieldType(field_type).size, 5, dtype=torch.float64, requires_grad=True)
        assert torch.autograd.gradcheck(layer, x)


def test_illegal_options_are_refused() -> None:
    with pytest.raises(ValueError, match="length must be a whole number of at least 1"):
        RCWeightedSum(2, 0)
    with pytest.raises(ValueError, match="smoothness must be at least 0; got -1"):
        RCWeightedSum(2, 3, smoothness=-1)
    with pytest.raises(ValueError, match="has weights for 3 positions and got 4"):
        RCWeightedSum(2, 3)(torch.zeros(1, 4, 4))


def test_repr_teaches() -> None:
    layer = RCWeightedSum(16, 50, symmetric=True, bias=True, smoothness=0.1)
    expected = "RCWeightedSum(16reg, length=50, symmetric=True, smoothness=0.1, bias=True)"
    assert repr(layer) == expected
