"""The loss of read profiles."""

import numpy as np
import pytest
import torch
from scipy.stats import multinomial

from rcseq.nn import ProfileLoss


def test_profile_loss_is_that_of_the_multinomial_and_of_the_total():
    rng = np.random.default_rng(0)
    expected = rng.uniform(0.1, 9, (3, 2, 7))
    counts = rng.poisson(expected * rng.uniform(0.2, 2, (3, 2, 1)))
    counts[1, 0] = 0  # a strand without reads
    n_expected, n = expected.sum(-1), counts.sum(-1)
    likelihood = multinomial.logpmf(counts, n, expected / n_expected[..., None])
    wanted = -likelihood + 2.5 * (np.log1p(n_expected) - np.log1p(n)) ** 2
    tensors = torch.tensor(expected).log(), torch.tensor(counts).double()
    losses = ProfileLoss(2.5, reduction="none")(*tensors)
    np.testing.assert_allclose(losses, wanted, rtol=1e-12)
    assert ProfileLoss(2.5)(*tensors).item() == pytest.approx(wanted.mean())
    assert ProfileLoss(2.5, reduction="sum")(*tensors).item() == pytest.approx(wanted.sum())
    np.testing.assert_allclose(ProfileLoss(0, "none")(*tensors), -likelihood, rtol=1e-12)


def test_nothing_is_lost_only_where_the_expected_counts_are_the_counts():
    counts = torch.tensor([[[3.0, 1.0, 8.0], [2.0, 2.0, 1.0]]], dtype=torch.float64)
    right = counts.log().requires_grad_()
    ProfileLoss(3.0)(right, counts).backward()
    torch.testing.assert_close(right.grad, torch.zeros_like(right))
    scaled = (2 * counts).log().requires_grad_()  # the profile is right, and the total is not
    ProfileLoss(3.0)(scaled, counts).backward()
    assert (scaled.grad > 0.01).all()


def test_what_is_no_count_is_refused():
    logs = torch.zeros(2, 2, 3)
    for bad in (-1.0, float("nan"), float("inf")):
        counts = torch.ones(2, 2, 3)
        counts[1, 0, 2] = bad
        with pytest.raises(ValueError, match="one is negative or not finite"):
            ProfileLoss()(logs, counts)
    for shape in [(2, 3), (2, 2, 4)]:
        with pytest.raises(ValueError, match="of shape"):
            ProfileLoss()(logs, torch.ones(shape))
    with pytest.raises(ValueError, match="count_weight must be a number from 0 up; got -1"):
        ProfileLoss(-1)
    with pytest.raises(ValueError, match="reduction must be"):
        ProfileLoss(reduction="median")
