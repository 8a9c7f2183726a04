"""The family between sharing and conjoined: its ends, its symmetry, its size."""

import pytest
import torch

from rcseq.nn import RCConv1d, to_conventional
from rcseq.nn.networks._apart import ApartConv1d, PartlyApart
from rcseq.testing import assert_equivariant, assert_strand_invariant

SHARES = [0.2, 0.7, 1.0]


@pytest.mark.parametrize("share", SHARES)
def test_every_member_is_equivariant(build, share):
    net = build(equivariant=True, strands_apart=share).eval()
    assert_equivariant(net, length=120)
    assert_equivariant(net.double(), length=120)


def test_a_member_has_a_conventional_twin(build, x):
    net = build(equivariant=True, strands_apart=0.6).eval()
    torch.testing.assert_close(to_conventional(net)(x), net(x), atol=1e-5, rtol=1e-5)


def test_the_first_end_is_the_network_as_it_was(build, x):
    torch.manual_seed(0)
    sharing = build(equivariant=True).eval()
    torch.manual_seed(0)
    family = build(equivariant=True, strands_apart=0.0).eval()
    assert torch.equal(family(x), sharing(x))


SCALAR = ("default", "max_mean", "attention", "weighted_sum", "dense", "scalar", "ShrikumarNet")


@pytest.mark.parametrize("name", SCALAR)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_the_other_end_is_the_conventional_network_on_both_strands(networks, name, dtype, x):
    conventional = networks[name](equivariant=False).to(dtype).eval()
    family = networks[name](equivariant=True, strands_apart=1.0).to(dtype).eval()
    assert family.n_parameters == conventional.n_parameters
    with torch.no_grad():  # away from where training starts
        for parameter in conventional.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.1)
        for buffer in conventional.buffers():
            if buffer.is_floating_point():
                buffer.add_(torch.rand_like(buffer))
    state = conventional.state_dict()
    pool = "0." if name == "scalar" else "readout.pool."
    renamed = {key.replace(pool, f"{pool}apart.", 1): value for key, value in state.items()}
    renamed |= {key: value for key, value in state.items() if not key.startswith(pool)}
    own = {key: renamed[key].reshape(value.shape) for key, value in family.state_dict().items()}
    family.load_state_dict(own)
    x = x.to(dtype)
    average = (conventional(x) + conventional(x.flip(1, 2))) / 2
    tolerance = 1e-5 if dtype == torch.float32 else 1e-12
    torch.testing.assert_close(family(x), average, atol=tolerance, rtol=tolerance)


def test_places_are_filled_from_the_first_layer_on():
    layers = PartlyApart(0.5, 2)  # one place and a half of three
    first, second = (layers.conv(4, 4, 3) for _ in range(2))
    assert isinstance(first, RCConv1d)
    assert first.groups == 2
    assert isinstance(second, ApartConv1d)
    assert second.apart.out_type.n_reg == second.together.out_type.n_reg == 2
    assert layers.n_apart(4) == 0


def test_filters_that_are_apart_do_not_read_the_other_strand():
    conv = ApartConv1d(3, 4, 2, 5)
    x = torch.randn(2, 6, 20, requires_grad=True)
    conv(x)[:, :2].sum().backward()  # the forward strand of the two that are apart
    assert (x.grad[:, 3:] == 0).all()
    assert (x.grad[:, :3] != 0).any()
    assert_equivariant(conv)


def test_what_is_refused(networks):
    with pytest.raises(ValueError, match="strands_apart must be from 0 to 1"):
        networks["default"](equivariant=True, strands_apart=1.5)
    with pytest.raises(ValueError, match=r"0 where equivariant=False; got 0\.5"):
        networks["default"](equivariant=False, strands_apart=0.5)
    assert_strand_invariant(networks["default"](equivariant=True, strands_apart=0.5))
