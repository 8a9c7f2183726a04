import torch

from rcseq.strategies import STRATEGIES


def test_trained_as_augmented_and_averaged_in_prediction(x, first_base, squared):
    strategy, y = STRATEGIES["posthoc"], torch.arange(3.0, dtype=x.dtype)
    both, _ = strategy.training_batch(x, y)
    torch.testing.assert_close(both, torch.cat([x, x.flip(1, 2)]))
    loss, output = strategy.training_loss(first_base, x, y, squared)
    torch.testing.assert_close(output, first_base(x))
    torch.testing.assert_close(loss, squared(first_base(x), y))
    expected = (first_base(x) + first_base(x.flip(1, 2))) / 2
    torch.testing.assert_close(strategy.predict(first_base, x), expected)
