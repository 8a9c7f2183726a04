import numpy as np
import pytest
import torch

from rcseq import SequenceClassifier
from rcseq.estimators._augmentation import augment
from rcseq.estimators._batches import expand
from rcseq.strategies import default_strategies

CODES = torch.tensor(np.random.default_rng(0).integers(0, 6, (400, 60)), dtype=torch.uint8)


def test_codes_and_one_hot_are_changed_alike():
    one_hot = expand(CODES, torch.float32)
    torch.manual_seed(0)
    codes = augment(CODES, 5, 0.2)
    torch.manual_seed(0)
    changed = augment(one_hot, 5, 0.2)
    assert torch.equal(expand(codes, torch.float32), changed)
    assert changed.shape == one_hot.shape
    assert codes.dtype == CODES.dtype


def test_every_shift_is_as_likely_and_what_comes_free_is_unknown():
    x = torch.arange(4, dtype=torch.uint8).repeat(7000, 5)
    shifted = augment(x, 3, 0.0)
    free = (shifted == 4).sum(1) * torch.where(shifted[:, 0] == 4, 1, -1)
    values, counts = free.unique(return_counts=True)
    assert values.tolist() == [-3, -2, -1, 0, 1, 2, 3]
    assert (counts - 1000).abs().max() < 150
    known = shifted[free == 2]
    assert torch.equal(known[:, 2:], x[: len(known), :-2])


def test_the_share_of_bases_is_replaced_by_each_base_as_often():
    x = torch.zeros(2000, 50, dtype=torch.uint8)
    changed = augment(x, 0, 0.2)
    shares = torch.bincount(changed.flatten().long(), minlength=4) / x.numel()
    np.testing.assert_allclose(shares, [0.85, 0.05, 0.05, 0.05], atol=0.005)


def test_unknown_bases_stay_unknown():
    changed = augment(CODES, 0, 0.9)
    assert torch.equal(changed >= 4, CODES >= 4)


def test_nothing_to_do_is_nothing_done():
    assert augment(CODES, 0, 0.0) is CODES


class Spy(torch.nn.Module):
    def __init__(self, in_channels=4):
        super().__init__()
        self.linear = torch.nn.Linear(in_channels, 1)
        self.seen = []

    def forward(self, x):
        self.seen.append((self.training, x.detach().clone()))
        return self.linear(x.mean(2) + x.flip(1, 2).mean(2))


@pytest.mark.parametrize("strategy", default_strategies())
def test_every_strategy_trains_on_changed_and_predicts_on_given_sequences(X, y, strategy):
    params = {"strategy": strategy, "max_epochs": 1, "batch_size": -1, "random_state": 0}
    seen = {}
    for shift in (0, 3):
        model = SequenceClassifier(
            Spy, shift=shift, mutation=0.0, iterator_train__shuffle=False, **params
        ).fit(X, y)
        seen[shift] = [x for training, x in model.module_.seen if training and len(x) >= len(X)]
        model.module_.seen.clear()
        model.predict_proba(X)
        assert torch.equal(model.module_.seen[0][1][:, :4], torch.from_numpy(X).float())
    given, changed = (seen[shift][0][: len(X), :4] for shift in (0, 3))
    assert torch.equal(given, torch.from_numpy(X).float())
    assert not torch.equal(changed, given)
    again = SequenceClassifier(
        Spy, shift=3, mutation=0.0, iterator_train__shuffle=False, **params
    ).fit(X, y)
    torch.testing.assert_close(again.module_.linear.weight, model.module_.linear.weight)


def test_validation_sees_sequences_as_they_are(X, y):
    model = SequenceClassifier(
        Spy, max_epochs=1, early_stopping=True, batch_size=-1, strategy="standard", random_state=0
    ).fit(X, y)
    (valid,) = [x for training, x in model.module_.seen if not training and len(x) == 12]
    rows = {x.tobytes() for x in X.astype(np.float32)}
    assert all(x.contiguous().numpy().tobytes() in rows for x in valid)
