import pytest
import torch
from torch import nn

from rcseq.nn import PenalisedLayer, RCSeparableLinear, RCWeightedSum, penalty
from rcseq.nn.layers.smoothness import check_smoothness


class Profile(PenalisedLayer):
    def __init__(self, smoothness: float) -> None:
        super().__init__()
        self.smoothness = smoothness
        self.weight = nn.Parameter(torch.tensor([1.0, 4.0, 2.0]))

    def smoothed_weight(self) -> torch.Tensor:
        return self.weight


class Stranger(nn.Module):
    """A layer of somebody else, with attributes that happen to have our names."""

    smoothness = 3.0
    penalty = None


def test_penalties_of_a_module_are_added() -> None:
    layers = [
        RCWeightedSum(2, 5, smoothness=0.3),
        RCSeparableLinear(2, 1, 5, smoothness=0.2),
        Profile(2.0),
    ]
    total = penalty(nn.Sequential(*layers, nn.Sequential(Stranger(), nn.Linear(2, 2))))
    assert total is not None
    torch.testing.assert_close(total, sum(layer.penalty() for layer in layers))
    total.backward()
    assert layers[0].weight.grad.abs().sum() > 0
    assert layers[1].position_weight.grad.abs().sum() > 0
    assert layers[1].channel_weight.grad is None
    torch.testing.assert_close(layers[2].weight.grad, torch.tensor([-1.0, 2.0, -1.0]))


def test_without_a_penalty_there_is_none() -> None:
    assert penalty(nn.Sequential(Stranger(), RCWeightedSum(2, 5), Profile(0.0))) is None


def test_a_class_must_define_what_is_smoothed() -> None:
    class Empty(PenalisedLayer):
        smoothness = 1.0

    with pytest.raises(NotImplementedError, match="Empty defines no smoothed_weight"):
        penalty(Empty())


def test_check_smoothness() -> None:
    check_smoothness(0)
    for value in (-0.1, float("nan")):
        with pytest.raises(ValueError, match="smoothness must be at least 0"):
            check_smoothness(value)
