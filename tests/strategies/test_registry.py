"""Looking strategies up, and adding to them."""

import pytest

from rcseq.strategies import (
    STRATEGIES,
    Strategy,
    default_strategies,
    get_strategy,
    list_strategies,
    register_strategy,
)
from rcseq.strategies._registry import _registered


class Sixth(Strategy):
    """One more."""

    name = "sixth"


@pytest.fixture(autouse=True)
def _restore():
    before = dict(_registered)
    yield
    _registered.clear()
    _registered.update(before)


def test_a_strategy_is_looked_up_by_name_or_passed_on():
    for name, strategy in STRATEGIES.items():
        assert get_strategy(name) is strategy
        assert get_strategy(strategy) is strategy


@pytest.mark.parametrize(
    ("name", "hint"),
    [("posthock", "'posthoc'"), ("post-hoc", "'posthoc'"), ("RCPS", "'rcps'"), (None, ""), (3, "")],
)
def test_unknown_strategy_names_the_nearest_and_all(name, hint):
    with pytest.raises(ValueError, match=f"is not one of {', '.join(STRATEGIES)}") as error:
        get_strategy(name)
    assert hint in str(error.value)


def test_a_registered_strategy_is_the_last_in_the_live_mapping():
    before = list(STRATEGIES)
    assert register_strategy(Sixth) is Sixth
    assert list(STRATEGIES) == [*before, "sixth"]
    assert isinstance(get_strategy("sixth"), Sixth)
    instance = Sixth()
    assert register_strategy(instance) is instance  # again, as a notebook does
    assert get_strategy("sixth") is instance


def test_the_default_ones_are_five_and_those_that_say_so():
    five = ["standard", "augmented", "conjoined", "posthoc", "rcps"]
    assert default_strategies() == five
    register_strategy(Sixth)
    assert default_strategies() == five
    Sixth.compared_by_default = True
    assert default_strategies() == [*five, "sixth"]
    Sixth.compared_by_default = False


def test_the_mapping_is_read_only():
    with pytest.raises(TypeError):
        STRATEGIES["sixth"] = Sixth()


def test_what_cannot_be_registered():
    class Other(Strategy):
        name = "sixth"

    class Nameless(Strategy):
        pass

    class Blue(Strategy):
        name, colour = "blue", "blue"

    register_strategy(Sixth)
    with pytest.raises(ValueError, match=r"'sixth' belongs to .*Sixth"):
        register_strategy(Other)
    with pytest.raises(ValueError, match="set the class attribute name"):
        register_strategy(Nameless)
    with pytest.raises(ValueError, match=r"colour='blue' .* as '#rrggbb'"):
        register_strategy(Blue)
    with pytest.raises(TypeError, match="derive its class from Strategy"):
        register_strategy(dict)


def test_list_for_docstrings():
    lines = list_strategies(4).splitlines()
    assert len(lines) == len(STRATEGIES)
    assert all(line.startswith("    - ``") for line in lines)
