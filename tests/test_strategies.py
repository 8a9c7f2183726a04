import pytest
import torch

from rcseq.nn import OutputSymmetry
from rcseq.strategies import STRATEGIES, get_strategy


def one_hot(n=3, length=7, dtype=torch.float64):
    codes = torch.randint(0, 4, (n, length), generator=torch.Generator().manual_seed(0))
    return torch.nn.functional.one_hot(codes, 4).transpose(1, 2).to(dtype)


def first_base(x):
    """A network that is as far from strand-free as can be: the A of the first position."""
    return x[:, :1, 0]


def other(x):
    return x.flip(1, 2)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", STRATEGIES)
def test_what_a_strategy_predicts(name, dtype):
    strategy, x = get_strategy(name), one_hot(dtype=dtype)
    prediction = strategy.infer(first_base, x)
    if strategy.conjoin_predict:
        expected = (first_base(x) + first_base(other(x))) / 2
        torch.testing.assert_close(prediction, expected)
        torch.testing.assert_close(strategy.infer(first_base, other(x)), prediction)
    else:
        torch.testing.assert_close(prediction, first_base(x))


@pytest.mark.parametrize("name", STRATEGIES)
def test_only_conjoined_averages_in_training(name):
    x = one_hot()
    averaged = get_strategy(name).infer(first_base, x, training=True)
    expected = (first_base(x) + first_base(other(x))) / 2 if name == "conjoined" else first_base(x)
    torch.testing.assert_close(averaged, expected)


@pytest.mark.parametrize("name", STRATEGIES)
def test_augmentation_holds_both_strands_of_every_sequence(name):
    x, y = one_hot(), torch.arange(3.0)
    both, targets = get_strategy(name).augment_batch(x, y)
    if name in ("augmented", "posthoc"):
        torch.testing.assert_close(both, torch.cat([x, other(x)]))
        torch.testing.assert_close(targets, torch.tensor([0.0, 1, 2, 0, 1, 2]))
    else:
        assert both is x
        assert targets is y


def test_profile_targets_are_turned_with_the_strand():
    x, y = one_hot(n=2), torch.arange(2 * 2 * 7.0).reshape(2, 2, 7)
    _, targets = get_strategy("augmented").augment_batch(x, y, OutputSymmetry.BOTH)
    torch.testing.assert_close(targets[2:], y.flip(1, 2))


def test_stranded_outputs_are_turned_back_before_they_are_averaged():
    x = one_hot(n=2)

    def coverage(x):  # on each strand, the A of that strand at every position: fully equivariant
        return torch.stack([x[:, 0], x[:, 3]], dim=1)

    averaged = get_strategy("conjoined").infer(coverage, x, OutputSymmetry.BOTH)
    torch.testing.assert_close(averaged, coverage(x))


def test_only_rcps_is_equivariant_and_three_are_exact():
    assert [s.name for s in STRATEGIES.values() if s.equivariant] == ["rcps"]
    assert {s.name for s in STRATEGIES.values() if s.strand_exact} == {
        "conjoined",
        "posthoc",
        "rcps",
    }


def test_averaging_refuses_several_outputs():
    with pytest.raises(TypeError, match="must be one tensor"):
        get_strategy("conjoined").infer(lambda x: (x, x), one_hot())


@pytest.mark.parametrize(("name", "hint"), [("posthock", "posthoc"), ("RCPS", ""), (None, "")])
def test_unknown_strategy_names_the_nearest(name, hint):
    with pytest.raises(ValueError, match="is not one of standard, augmented") as error:
        get_strategy(name)
    assert hint in str(error.value)
