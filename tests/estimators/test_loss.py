"""The loss of a batch: weights, missing targets, criteria of the user's own."""

import numpy as np
import pytest
import torch
from torch import nn

from rcseq.estimators._loss import criterion_settings, weighted_loss


def loss_of(y_pred, target, weight=None, criterion=None):
    return weighted_loss(
        criterion or nn.MSELoss(reduction="none"),
        torch.tensor(y_pred),
        torch.tensor(target),
        weight,
        may_be_missing=True,
        name="MSELoss",
    )


def test_mean_of_single_losses():
    assert loss_of([1.0, 3.0], [0.0, 0.0]) == pytest.approx(5)


def test_weights_scale_single_losses():
    assert loss_of([1.0, 3.0], [0.0, 0.0], np.float32([2, 0])) == pytest.approx(1)
    assert loss_of([[1.0, 1.0], [3.0, 3.0]], [[0.0, 0.0]] * 2, np.float32([2, 0])) == 1


def test_missing_targets_count_for_nothing():
    y_pred = torch.tensor([1.0, 3.0], requires_grad=True)
    target = torch.tensor([0.0, torch.nan])
    loss = weighted_loss(
        nn.MSELoss(reduction="none"), y_pred, target, None, may_be_missing=True, name="MSELoss"
    )
    loss.backward()
    assert loss.item() == 1
    assert y_pred.grad.tolist() == [2, 0]


def test_a_column_of_outputs_meets_a_flat_target():
    assert loss_of([[1.0], [3.0]], [0.0, 0.0]) == pytest.approx(5)


def test_another_number_of_outputs_is_named():
    with pytest.raises(ValueError, match=r"returns \(2, 1\) for a batch, but y has \(3,\)"):
        loss_of([[1.0], [3.0]], [0.0, 0.0, 0.0])


def test_weights_need_the_loss_of_each_target():
    with pytest.raises(ValueError, match="one number for a batch"):
        loss_of([1.0, 3.0], [0.0, 0.0], np.float32([1, 1]), nn.MSELoss())


def test_a_criterion_is_asked_for_single_losses_where_it_can_be():
    assert criterion_settings(nn.MSELoss, {}) == {"reduction": "none"}
    assert criterion_settings(nn.MSELoss, {"reduction": "sum"}) == {"reduction": "sum"}
    assert criterion_settings(nn.MSELoss(), {}) == {}
