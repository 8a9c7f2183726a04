import pytest
import torch
from torch import Tensor, nn

from rcseq.inspection._first_layer import FirstLayer
from rcseq.nn import DNA, ConvNet, KmerEmbedding, RCBatchNorm1d, RCConv1d, ShrikumarNet

X = torch.eye(4)[torch.randint(4, (2, 200), generator=torch.Generator().manual_seed(0))].mT


@pytest.mark.parametrize("equivariant", [True, False])
@pytest.mark.parametrize("batch_norm", [True, False])
def test_networks_of_the_package(equivariant: bool, batch_norm: bool) -> None:
    network = ConvNet(
        equivariant=equivariant, n_filters=6, kernel_size=7, n_layers=2, batch_norm=batch_norm
    ).eval()
    first = FirstLayer(network, X)
    assert first.name.startswith("body.")
    assert first.filters == list(range(6))
    assert first.span == 7
    assert (first.norm is not None) == batch_norm
    responses, starts = first.responses(X)
    assert responses.shape == (2, 6, 194)
    assert starts.tolist() == list(range(194))


def test_published_network_has_its_batch_norm() -> None:
    assert isinstance(FirstLayer(ShrikumarNet(length=200).eval(), X).norm, RCBatchNorm1d)


class Branches(nn.Module):
    """Registered in another order than they run in."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(3)
        self.late = nn.Conv1d(3, 2, 3)
        self.wide = nn.Conv1d(4, 5, 11)
        self.early = nn.Conv1d(4, 3, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.late(torch.relu(self.norm(self.early(x)))).sum() + self.wide(x).sum()


def test_order_is_that_of_running() -> None:
    network = Branches().eval()
    first = FirstLayer(network, X)
    assert first.name == "early"
    assert first.norm is network.norm


def test_layer_by_name() -> None:
    assert FirstLayer(Branches().eval(), X, "wide").span == 11
    with pytest.raises(ValueError, match=r"layer='norm' is not a convolution .* late, wide, early"):
        FirstLayer(Branches().eval(), X, "norm")
    with pytest.raises(ValueError, match="'late' reads 3 channels and not one-hot DNA"):
        FirstLayer(Branches().eval(), X, "late")


def test_identities_stand_between_no_layers() -> None:
    layers = [nn.Identity(), nn.Conv1d(4, 3, 5), nn.Dropout(), nn.BatchNorm1d(3)]
    first = FirstLayer(nn.Sequential(*layers).eval(), X)
    assert first.norm is layers[3]


def test_batch_norm_after_the_relu_is_not_taken() -> None:
    layers = [nn.Conv1d(4, 3, 5), nn.ReLU(), nn.BatchNorm1d(3)]
    assert FirstLayer(nn.Sequential(*layers).eval(), X).norm is None


@pytest.mark.parametrize(("padding", "lost"), [(0, 0), (3, 3), ("same", 4), ("valid", 0)])
@pytest.mark.parametrize("tied", [True, False])
def test_windows_over_the_ends_are_left_out(padding: int | str, lost: int, tied: bool) -> None:
    options = {"padding": padding, "dilation": 2}
    layer = RCConv1d(DNA, 3, 5, **options) if tied else nn.Conv1d(4, 3, 5, **options)
    first = FirstLayer(layer.eval(), X)
    assert first.span == 9
    responses, starts = first.responses(X)
    assert starts.tolist() == list(range(200 - 9 + 1))
    assert torch.equal(responses, layer(X)[:, :3, lost : lost + 192])


def test_stride() -> None:
    first = FirstLayer(nn.Conv1d(4, 3, 5, stride=3, padding=2), X)
    starts = first.responses(X)[1]
    assert starts[:3].tolist() == [1, 4, 7]
    assert starts[-1] == 193


def test_filters_of_other_types_than_pairs() -> None:
    first = FirstLayer(RCConv1d(DNA, "2reg+3a+1b", 5), X)
    assert first.filters == [0, 1, 4, 5, 6, 7]


def test_no_convolution_and_no_dna() -> None:
    with pytest.raises(ValueError, match="Flatten runs no one-dimensional convolution"):
        FirstLayer(nn.Flatten(), X)
    kmers = nn.Sequential(KmerEmbedding(2), RCConv1d("kmer2", 4, 1))
    with pytest.raises(ValueError, match="reads 16 channels and not one-hot DNA"):
        FirstLayer(kmers, X)
