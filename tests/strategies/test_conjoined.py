import torch

from rcseq.strategies import STRATEGIES


def test_outputs_are_averaged_in_training_and_in_prediction(x, first_base, squared):
    strategy, y = STRATEGIES["conjoined"], torch.arange(3.0, dtype=x.dtype)
    expected = (first_base(x) + first_base(x.flip(1, 2))) / 2
    torch.testing.assert_close(strategy.predict(first_base, x), expected)
    loss, output = strategy.training_loss(first_base, x, y, squared)
    torch.testing.assert_close(output, expected)
    torch.testing.assert_close(loss, squared(expected, y))
    assert strategy.training_batch(x, y)[0] is x
