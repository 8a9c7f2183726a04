"""What every strategy has, and what a subclass gets."""

import inspect
import pickle
import re

import pytest
import torch
from sklearn.base import clone

from rcseq.nn import OutputSymmetry
from rcseq.nn.functional import reverse_complement
from rcseq.strategies import STRATEGIES, Strategy, average_strands, both_strands


class Weighted(Strategy):
    """The conventional network with a parameter.

    A second paragraph.
    """

    name = "weighted"

    def __init__(self, weight=1.0):
        self.weight = weight


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_strategy_describes_itself(name):
    strategy = STRATEGIES[name]
    assert strategy.name == name
    assert strategy.label
    assert re.fullmatch("#[0-9a-f]{6}", strategy.colour)
    assert strategy.description.endswith(".")
    module = inspect.getmodule(type(strategy))
    assert module.__name__ == f"rcseq.strategies._{name}"


def test_colours_are_told_apart():
    assert len({s.colour for s in STRATEGIES.values()}) == len(STRATEGIES)


@pytest.mark.parametrize("name", STRATEGIES)
def test_what_a_strategy_claims_of_its_predictions(name, x, first_base):
    """Strand-exact by averaging, or by the network; else the network's output as it is."""
    strategy = STRATEGIES[name]

    def composition(x):  # equivariant: the same on both strands
        return x.sum(dim=(1, 2))[:, None] * (x.mean(2) * x.mean(2).flip(1)).sum(1, keepdim=True)

    network = composition if strategy.equivariant else first_base
    forward, reverse = (strategy.predict(network, z) for z in (x, reverse_complement(x)))
    assert torch.allclose(forward, reverse) == strategy.strand_exact


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_training_batch_holds_whole_copies(name, x):
    strategy, y = STRATEGIES[name], torch.arange(3.0)
    both, targets = strategy.training_batch(x, y)
    assert len(both) == len(targets)
    assert len(both) % len(x) == 0
    torch.testing.assert_close(both[:3, :4], x)
    torch.testing.assert_close(targets, y.repeat(len(both) // len(x)))
    assert strategy.augments == (len(both) > len(x))


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_training_loss_comes_with_predictions(name, x, first_base, squared):
    y = torch.arange(3.0, dtype=x.dtype)
    loss, output = STRATEGIES[name].training_loss(first_base, x, y, squared)
    assert loss.ndim == 0
    assert output.shape == (3, 1)


def test_what_a_subclass_compares_by_default_is_its_own():
    class Child(type(STRATEGIES["posthoc"])):
        name = "child"

    assert STRATEGIES["posthoc"].compared_by_default
    assert not Child.compared_by_default


@pytest.mark.parametrize("strategy", [*STRATEGIES.values(), Weighted(0.5)], ids=str)
def test_copies_are_equal(strategy):
    for copy in (clone(strategy), pickle.loads(pickle.dumps(strategy))):
        assert copy == strategy
        assert hash(copy) == hash(strategy)
    assert strategy != "standard"


def test_parameters_are_those_of_scikit_learn():
    strategy = Weighted(0.5)
    assert strategy.get_params() == {"weight": 0.5}
    assert repr(strategy) == "Weighted(weight=0.5)"
    assert clone(strategy).set_params(weight=2) != strategy


def test_what_a_subclass_leaves_out_is_its_own():
    class Child(type(STRATEGIES["posthoc"])):
        """A child."""

        name = "child"

    assert Child.description == "A child."
    assert Child.label == "child"
    assert Child.colour == Strategy.colour
    assert not Child.reference
    assert Child.strand_exact  # what it does is that of its parent


def test_both_strands_turn_the_targets_too():
    x = torch.eye(4)[torch.tensor([[0, 1, 2, 2, 3], [3, 3, 1, 0, 0]])].transpose(1, 2)
    y = torch.arange(2 * 2 * 5.0).reshape(2, 2, 5)
    both, targets = both_strands(x, y, OutputSymmetry.BOTH)
    torch.testing.assert_close(both[2:], x.flip(1, 2))
    torch.testing.assert_close(targets[2:], y.flip(1, 2))


def test_stranded_outputs_are_turned_back_before_they_are_averaged(x):
    def coverage(x):  # on each strand, the A of that strand at every position: fully equivariant
        return torch.stack([x[:, 0], x[:, 3]], dim=1)

    torch.testing.assert_close(average_strands(coverage, x, OutputSymmetry.BOTH), coverage(x))


def test_averaging_refuses_several_outputs(x):
    with pytest.raises(TypeError, match="must be one tensor; the module returned tuple"):
        average_strands(lambda x: (x, x), x)
