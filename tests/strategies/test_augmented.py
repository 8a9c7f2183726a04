import torch

from rcseq.strategies import STRATEGIES


def test_both_strands_in_training_and_one_in_prediction(x, first_base):
    strategy = STRATEGIES["augmented"]
    both, targets = strategy.training_batch(x, torch.arange(3.0))
    torch.testing.assert_close(both, torch.cat([x, x.flip(1, 2)]))
    torch.testing.assert_close(targets, torch.tensor([0.0, 1, 2, 0, 1, 2]))
    torch.testing.assert_close(strategy.predict(first_base, x), first_base(x))
