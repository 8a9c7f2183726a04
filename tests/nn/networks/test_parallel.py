import pytest
import torch

from rcseq.nn import ParallelConvNet
from rcseq.nn.networks._apart import SideBySide


@pytest.mark.parametrize("equivariant", [True, False])
def test_filters_are_shared_between_the_widths(equivariant):
    net = ParallelConvNet(n_filters=10, kernel_size=(3, 5, 7), equivariant=equivariant)
    shapes = [tuple(branch.get_parameter("0.weight").shape) for branch in net.branches]
    assert shapes == [(4, 4, 3), (3, 4, 5), (3, 4, 7)]
    assert len(ParallelConvNet(n_filters=2, equivariant=equivariant).branches) == 2


def test_every_layer_is_read():
    net = ParallelConvNet(n_filters=8, hidden_filters=6, n_layers=3).eval()
    assert net.output.in_features == 2 * (8 + 6 + 6)
    x = torch.eye(4)[torch.randint(4, (3, 50))].transpose(1, 2)
    for layer in range(3):
        features = slice(0, 16) if layer == 0 else slice(4 + 12 * layer, 16 + 12 * layer)
        with torch.no_grad():
            net.output.weight.zero_()
            net.output.weight[:, features] = 1.0
        assert net(x).std() > 0


def test_both_forms_have_the_same_layers():
    tied, plain = (ParallelConvNet(n_filters=8, equivariant=e, n_layers=1) for e in (True, False))
    assert tied.n_parameters == plain.n_parameters


def test_published_size():
    assert ParallelConvNet(kernel_size=(7, 11, 15, 23)).n_parameters == 89_857


@pytest.mark.parametrize("equivariant", [True, False])
def test_wide_filters_start_as_short_and_weak_ones(equivariant):
    torch.manual_seed(0)
    net = ParallelConvNet(n_filters=1000, kernel_size=(7, 23), equivariant=equivariant)
    for branch in net.branches:
        size = branch.get_parameter("0.weight").detach().square().mean((0, 1)).sqrt()
        middle = len(size) // 2
        assert 0.5 < size[middle + 3] / size[middle] < 0.7  # at one SD, exp(-1/2)
        torch.testing.assert_close(size, size.flip(0), rtol=0.1, atol=0)
        assert float(size.square().mean().sqrt()) == pytest.approx(
            0.6 * (2 / (4 * len(size))) ** 0.5, rel=0.05
        )


def test_maps_side_by_side_keep_the_strands_stacked():
    one, two = torch.arange(4.0).view(1, 4, 1), 10 + torch.arange(2.0).view(1, 2, 1)
    assert SideBySide(2)(one, two).flatten().tolist() == [0, 1, 10, 2, 3, 11]
    assert SideBySide(1)(one, two).flatten().tolist() == [0, 1, 2, 3, 10, 11]


def test_whole_filters_are_dropped_on_both_strands():
    net = ParallelConvNet(n_filters=40, kernel_size=3, filter_dropout=0.5)
    dropped = net.layers[1][0](torch.ones(2, 80, 7))
    assert set(dropped.unique().tolist()) == {0.0, 2.0}
    assert (dropped == dropped[..., :1]).all()
    assert torch.equal(dropped[:, :40], dropped[:, 40:])


def test_sequences_may_be_short():
    net = ParallelConvNet(n_filters=8).eval()
    x = torch.eye(4)[torch.tensor([[0, 1, 2]])].transpose(1, 2)
    assert torch.allclose(net(x), net(x.flip(1, 2)), atol=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kernel_size": 8}, "kernel_size must be odd, .* got 8"),
        ({"kernel_size": (7, 8)}, r"got \(7, 8\)"),
        ({"kernel_size": ()}, "kernel_size must be odd"),
        ({"hidden_kernel_size": 4}, "hidden_kernel_size must be odd"),
        ({"n_filters": 0}, "n_filters must be at least 1"),
        ({"n_layers": 0}, "n_layers must be at least 1"),
    ],
)
def test_unusable_parameters_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        ParallelConvNet(**options)
