import torch

from rcseq.strategies import STRATEGIES

STRATEGY = STRATEGIES["concatenated"]


def test_the_network_reads_both_strands_at_once(x, squared):
    seen = []

    def network(x):
        seen.append(x)
        return x[:, :1, 0] + x[:, 7:, 0]

    y = torch.arange(3.0, dtype=x.dtype)
    loss, output = STRATEGY.training_loss(network, x, y, squared)
    torch.testing.assert_close(output, STRATEGY.predict(network, x))
    torch.testing.assert_close(loss, squared(output, y))
    for both in seen:
        torch.testing.assert_close(both, torch.cat([x, x.flip(1, 2)], dim=1))
    assert STRATEGY.training_batch(x, y)[0] is x


def test_its_network_has_eight_channels():
    assert STRATEGY.network_settings == {"equivariant": False, "in_channels": 8}
