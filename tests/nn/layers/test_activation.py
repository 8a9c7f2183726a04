from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from rcseq.nn import RCActivation, RCDropout, channels_last, to_conventional
from rcseq.nn.layers.activation import _FUNCTIONS

ODD = ["hardtanh", "identity", "softshrink", "softsign", "tanh"]
types = ["DNA", "2reg", "2a", "2b", "2reg+1a+1b", "1reg+1reg", "kmer2"]


@given(st.sampled_from(types), st.sampled_from(sorted(_FUNCTIONS)), st.sampled_from([None, 1, 6]))
def test_activation_is_exact_or_refused(
    check_equivariance: Callable[..., None], in_type: str, function: str, length: int | None
) -> None:
    if "b" in in_type and function not in ODD:
        with pytest.raises(ValueError, match=f"{function} is not equivariant .* use an odd"):
            RCActivation(in_type, function)
        return
    layer = RCActivation(in_type, function)
    check_equivariance(layer, length)
    x = torch.randn(2, layer.in_type.size, 5)
    torch.testing.assert_close(layer(x), getattr(F, function, lambda x: x)(x))
    assert torch.equal(to_conventional(layer)(x), layer(x))


@pytest.mark.parametrize("function", [torch.sin, nn.Tanh(), torch.tanh, lambda x: x**3])
def test_odd_functions_of_ones_own_are_taken(
    check_equivariance: Callable[..., None], function: Callable
) -> None:
    check_equivariance(RCActivation("2b+1reg", function), 5)


@pytest.mark.parametrize("function", [torch.exp, nn.Mish(), nn.PReLU()])
def test_functions_of_ones_own_are_checked(
    check_equivariance: Callable[..., None], function: Callable
) -> None:
    check_equivariance(RCActivation("2a+1reg", function), 5)
    with pytest.raises(ValueError, match="use an odd function such as tanh"):
        RCActivation("2b+1reg", function)


@pytest.mark.parametrize(
    "function",
    [
        nn.RReLU(),
        lambda x: x.cumsum(-1),
        lambda x: x.cumsum(1),
        lambda x: x[..., :-1],
        torch.rand_like,
    ],
)
def test_what_tells_channels_or_positions_apart_is_refused(function: Callable) -> None:
    with pytest.raises(ValueError, match="must treat every channel and position alike"):
        RCActivation("2reg+1a", function)


def test_a_slope_for_each_channel_is_refused() -> None:
    with pytest.raises(ValueError, match="weight has 4 values, which training would drive apart"):
        RCActivation(2, nn.PReLU(4))


def test_building_draws_no_random_number_and_needs_no_device() -> None:
    state = torch.random.get_rng_state()
    RCActivation("2reg+1b", "tanh")
    assert torch.equal(torch.random.get_rng_state(), state)
    with torch.device("meta"):
        RCActivation(2, "gelu")
        RCActivation(2, nn.PReLU())


def test_unknown_name_is_refused() -> None:
    with pytest.raises(
        ValueError, match="'swish' is not a known activation; the known ones are elu"
    ):
        RCActivation(2, "swish")


def test_repr_teaches() -> None:
    assert repr(RCActivation("8reg+2a", "gelu")) == "RCActivation(8reg+2a, gelu)"
    assert repr(RCActivation(2, nn.Mish())) == "RCActivation(2reg, Mish)"
    assert repr(RCActivation(2, torch.sin)) == "RCActivation(2reg, sin)"
    assert repr(RCDropout(2, 0.1)) == "RCDropout(2reg, p=0.1)"


@given(st.sampled_from(types), st.floats(0, 0.9), st.sampled_from([None, 1, 2, 7]))
def test_dropout_is_equivariant_draw_by_draw(
    check_equivariance: Callable[..., None], in_type: str, p: float, length: int | None
) -> None:
    check_equivariance(RCDropout(in_type, p), length)


@pytest.mark.parametrize("in_type", ["8reg", "4reg+8a", "8reg+4b"])
@pytest.mark.parametrize("layout", [torch.clone, channels_last])
def test_one_mask_for_a_pair(in_type: str, layout: Callable) -> None:
    layer = RCDropout(in_type, 0.3)
    x = layout(torch.ones(20, layer.in_type.size, 50))
    mask = layer(x)
    assert mask.unique().tolist() == [0, pytest.approx(1 / 0.7)]
    assert torch.equal(mask, layer.in_type.unsigned.act(mask))
    assert (mask == 0).float().mean().item() == pytest.approx(0.3, abs=0.02)
    assert mask.stride() == x.stride()
    assert not torch.equal(layer(x), mask)
    distinct = mask[:, :4].flatten(1).T
    assert len(distinct.unique(dim=0)) > 100  # one draw for each position, not for the channel


def test_dropout_passes_in_evaluation() -> None:
    x = torch.randn(2, 4, 5)
    layer = RCDropout(2, 0.5)
    assert layer.eval()(x) is x
    assert RCDropout(2, 0)(x) is x
    assert not RCDropout(2, 1.0)(x).any()
    assert isinstance(to_conventional(layer), nn.Dropout)
    assert to_conventional(layer).p == 0.5


def test_dropout_gradient() -> None:
    layer = RCDropout("1reg+1b", 0.5).double()
    x = torch.randn(2, 3, 5, dtype=torch.float64, requires_grad=True)

    def seeded(x: torch.Tensor) -> torch.Tensor:
        torch.manual_seed(3)
        return layer(x)

    assert torch.autograd.gradcheck(seeded, x)


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_no_probability_is_refused(p: float) -> None:
    with pytest.raises(ValueError, match="p is a probability, from 0 to 1"):
        RCDropout(2, p)
