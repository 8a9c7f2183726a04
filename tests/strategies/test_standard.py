import torch

from rcseq.strategies import STRATEGIES


def test_the_strand_as_given(x, first_base):
    strategy, y = STRATEGIES["standard"], torch.arange(3.0)
    batch = strategy.training_batch(x, y)
    assert batch[0] is x
    assert batch[1] is y
    torch.testing.assert_close(strategy.predict(first_base, x), first_base(x))
