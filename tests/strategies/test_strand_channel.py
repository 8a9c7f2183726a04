import torch

from rcseq.nn import OutputSymmetry
from rcseq.strategies import STRATEGIES

STRATEGY = STRATEGIES["strand_channel"]


def test_the_fifth_channel_says_which_strand_is_read(x):
    both, targets = STRATEGY.training_batch(x, torch.arange(3.0))
    assert both.shape == (6, 5, 7)
    torch.testing.assert_close(both[:, :4], torch.cat([x, x.flip(1, 2)]))
    assert (both[:3, 4] == 0).all()
    assert (both[3:, 4] == 1).all()
    assert both.dtype == x.dtype
    torch.testing.assert_close(targets, torch.tensor([0.0, 1, 2, 0, 1, 2]))


def test_both_readings_are_averaged(x):
    seen = []

    def network(x):
        seen.append(x)
        return torch.stack([x[:, 0], x[:, 3]], dim=1) + 2 * x[:, 4:]

    average = STRATEGY.predict(network, x, OutputSymmetry.BOTH)
    torch.testing.assert_close(torch.cat(seen), STRATEGY.training_batch(x, torch.arange(3.0))[0])
    torch.testing.assert_close(average, torch.stack([x[:, 0], x[:, 3]], dim=1) + 1)


def test_its_network_has_five_channels():
    assert STRATEGY.network_settings == {"equivariant": False, "in_channels": 5}
