import numpy as np
import pytest
import torch
from torch import nn

from rcseq.estimators._loss import criterion_settings, weighted_loss


def squares(y_pred, target):
    return (y_pred - target) ** 2


def loss(y_pred, target, weight=None, criterion=squares, missing=True):
    return weighted_loss(criterion, y_pred, target, weight, may_be_missing=missing, name="squares")


def test_mean_over_targets():
    y_pred, target = torch.tensor([[1.0], [3.0]]), torch.tensor([0.0, 0.0])
    assert loss(y_pred, target) == 5  # the shapes are matched
    assert loss(y_pred, target, np.array([2.0, 0.0])) == 1


def test_a_missing_target_has_no_part_in_loss_and_gradient():
    y_pred = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    target = torch.tensor([[0.0, float("nan")], [0.0, 0.0]])
    value = loss(y_pred, target)
    assert value.item() == pytest.approx((1 + 9 + 16) / 3)
    value.backward()
    assert y_pred.grad[0, 1] == 0
    assert torch.isfinite(y_pred.grad).all()
    assert loss(y_pred, torch.full((2, 2), float("nan"))) == 0


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=r"returns \(2, 1\) for a batch, but y has \(2, 3\)"):
        loss(torch.zeros(2, 1), torch.zeros(2, 3))
    with pytest.raises(ValueError, match="criterion squares returns one number"):
        loss(torch.zeros(2), torch.zeros(2), np.ones(2), lambda p, t: (p - t).sum())
    assert loss(torch.ones(2), torch.zeros(2), criterion=lambda p, t: (p - t).sum()) == 2


def test_a_criterion_is_asked_for_single_losses_where_it_can_be():
    class Own(nn.Module):
        pass

    assert criterion_settings(nn.MSELoss, {}) == {"reduction": "none"}
    assert criterion_settings(nn.MSELoss, {"reduction": "sum"}) == {"reduction": "sum"}
    assert criterion_settings(Own, {}) == {}
    assert criterion_settings(nn.MSELoss(), {}) == {}
