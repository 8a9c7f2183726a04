import torch

from rcseq.strategies import STRATEGIES


def test_the_network_does_it_all(x, first_base):
    strategy, y = STRATEGIES["rcps"], torch.arange(3.0)
    assert [s.name for s in STRATEGIES.values() if s.equivariant] == ["apart", "rcps"]
    assert strategy.training_batch(x, y)[0] is x
    torch.testing.assert_close(strategy.predict(first_base, x), first_base(x))
