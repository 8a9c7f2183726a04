"""The dilated tower and its heads."""

import pytest
import torch

from rcseq.nn import DilatedConvNet, OutputSymmetry, to_conventional
from rcseq.testing import assert_equivariant

HEADS = {
    "scalar": (OutputSymmetry.INVARIANT, (5, 2)),
    "stranded": (OutputSymmetry.STRANDS, (5, 2)),
    "profile": (OutputSymmetry.POSITIONS, (5, 2, 120)),
    "stranded_profile": (OutputSymmetry.BOTH, (5, 2, 120)),
    "stranded_counts": (OutputSymmetry.BOTH, (5, 2, 120)),
}


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("equivariant", [True, False])
def test_head_declares_its_symmetry_and_shape(head, equivariant, x):
    net = DilatedConvNet(2, n_filters=4, n_layers=2, head=head, equivariant=equivariant)
    assert net.output_symmetry is HEADS[head][0]
    assert net(x).shape == HEADS[head][1]


@pytest.mark.parametrize("head", HEADS)
def test_declared_symmetry_is_the_only_one(head):
    net = DilatedConvNet(2, n_filters=4, n_layers=1, head=head, head_kernel_size=5).double()
    for symmetry in OutputSymmetry:
        if symmetry is net.output_symmetry:
            assert_equivariant(net, out=symmetry)
        elif HEADS[head][1] == (5, 2) and symmetry in ("positions", "both"):
            continue  # without positions these have no meaning
        else:
            with pytest.raises(AssertionError, match="not equivariant"):
                assert_equivariant(net, out=symmetry)


def test_receptive_field_is_what_one_position_sees():
    net = DilatedConvNet(1, n_filters=4, kernel_size=7, n_layers=3, head="profile").double()
    x = torch.zeros(1, 4, 101, dtype=torch.float64, requires_grad=True)
    net.tower(net.stem(x))[0, :, 50].sum().backward()
    assert x.grad is not None
    seen = x.grad[0].abs().sum(0).nonzero().flatten()
    assert net.receptive_field == 35
    assert seen.max() - seen.min() + 1 == 35
    assert DilatedConvNet(n_filters=2).receptive_field == 1041


def test_profile_is_cut_from_the_centre(x):
    torch.manual_seed(3)
    whole = DilatedConvNet(2, n_filters=4, n_layers=1, head="profile")
    torch.manual_seed(3)
    cut = DilatedConvNet(2, n_filters=4, n_layers=1, head="profile", output_length=50)
    assert torch.equal(cut(x), whole(x)[..., 35:85])


@pytest.mark.parametrize("equivariant", [True, False])
@pytest.mark.parametrize("output_length", [None, 40])
def test_counts_are_a_profile_times_a_total(equivariant, output_length, x):
    settings = {"n_filters": 4, "n_layers": 1, "equivariant": equivariant}
    net = DilatedConvNet(2, head="stranded_counts", output_length=output_length, **settings)
    log_counts, features = net(x), net.tower(net.stem(x))
    torch.testing.assert_close(log_counts.logsumexp(-1), net.log_total(features))
    profile = DilatedConvNet(2, head="stranded_profile", output_length=output_length, **settings)
    profile.load_state_dict(net.state_dict(), strict=False)
    torch.testing.assert_close(log_counts.softmax(-1), profile(x).softmax(-1))
    torch.testing.assert_close(to_conventional(net)(x), log_counts)


@pytest.mark.parametrize("length", [121, 49])
def test_uneven_cut_is_refused(length):
    net = DilatedConvNet(2, n_filters=4, n_layers=1, head="profile", output_length=50)
    with pytest.raises(ValueError, match="differ by an even number"):
        net(torch.zeros(1, 4, length))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"head": "counts"}, "head must be one of scalar, stranded, profile"),
        ({"head": "stranded"}, "n_outputs must be 2; got 1"),
        ({"head": "stranded_profile", "n_outputs": 3}, "n_outputs must be 2; got 3"),
        ({"head": "stranded_counts"}, "n_outputs must be 2; got 1"),
        ({"kernel_size": 8}, "kernel_size must be odd"),
        ({"head_kernel_size": 10}, "head_kernel_size must be odd"),
        ({"n_layers": -1}, "n_layers must be at least 0"),
        ({"output_length": 50}, "head='scalar' has no positions"),
    ],
)
def test_what_cannot_be_built_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        DilatedConvNet(**options)
