import pytest
import torch
from torch import Tensor, nn

from rcseq.nn import DNA, FieldType, RCConv1d, RCLayer, RCLinear, RCSequential, to_conventional
from rcseq.testing import assert_equivariant


class Square(RCLayer):
    def __init__(self, in_type: str) -> None:
        super().__init__(in_type, FieldType(in_type).unsigned)

    def forward(self, x: Tensor) -> Tensor:
        return x**2


def test_a_layer_of_ones_own_is_a_full_member() -> None:
    chain = RCSequential(RCConv1d(DNA, "2reg+3b", 5), Square("2reg+3b"), RCConv1d("2reg+3a", 2, 1))
    assert_equivariant(chain)
    assert repr(chain[1]) == "Square(2reg+3b -> 2reg+3a)"
    with pytest.raises(
        NotImplementedError, match="Square has no conventional form; register one with"
    ):
        to_conventional(chain)


def test_tables_follow_the_weights(device: str) -> None:
    layer = RCConv1d("2reg+1a+1b", "1a+2reg", 3)
    x = torch.randn(2, 6, 9)
    expected = layer(x)
    moved = layer.to(device)
    assert moved._law._index.device == moved.weight.device
    torch.testing.assert_close(moved(x.to(device)).cpu(), expected, rtol=1e-4, atol=1e-4)


def test_tables_survive_the_meta_device() -> None:
    """What ``to_empty`` cannot give back must not be lost on the way."""
    with torch.device("meta"):
        layer = RCConv1d("2reg+1a+1b", "1a+2reg", 3)
    assert layer.weight.device.type == "meta"
    assert layer(torch.zeros(2, 6, 9, device="meta")).shape == (2, 5, 7)
    layer = layer.to_empty(device="cpu")
    layer.reset_parameters()
    assert_equivariant(layer)
    other = RCConv1d("2reg+1a+1b", "1a+2reg", 3)
    with torch.device("meta"):
        assigned = RCConv1d("2reg+1a+1b", "1a+2reg", 3)
    assigned.load_state_dict(other.state_dict(), assign=True)
    x = torch.randn(2, 6, 9)
    assert torch.equal(assigned(x), other(x))


def test_shapes_are_checked_with_a_sentence() -> None:
    with pytest.raises(ValueError, match=r"shape \(n, 4, L\); got \(2, 4\)"):
        RCConv1d(DNA, 2, 3)(torch.zeros(2, 4))
    with pytest.raises(ValueError, match=r"shape \(n, 4, L\) or \(n, 4\); got \(4,\)"):
        RCLinear(2, 3)(torch.zeros(4))
    with pytest.raises(ValueError, match="has weights for 5 positions and got 6; build it with"):
        RCLinear(2, 3, length=5)(torch.zeros(1, 4, 6))
    with pytest.raises(ValueError, match="takes a tensor of shape"):
        RCLinear(2, 3, length=5)(torch.zeros(1, 20))


def test_conventional_form_shares_no_weight_and_keeps_the_mode() -> None:
    layer = RCConv1d(DNA, 2, 3).double().eval()
    plain = to_conventional(layer)
    assert isinstance(plain, nn.Conv1d)
    assert plain.weight.dtype == torch.float64
    assert not plain.training
    assert plain.weight.requires_grad
    before = plain.weight.clone()
    with torch.no_grad():
        layer.weight.add_(1)
    assert torch.equal(plain.weight, before)
