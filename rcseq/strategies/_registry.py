"""The strategies by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from textwrap import indent
from types import MappingProxyType

from rcseq._messages import did_you_mean
from rcseq.strategies._base import Strategy

__all__ = [
    "STRATEGIES",
    "default_strategies",
    "get_strategy",
    "list_strategies",
    "register_strategy",
]

_registered: dict[str, Strategy] = {}

STRATEGIES: Mapping[str, Strategy] = MappingProxyType(_registered)
"""The registered strategies by name, in the order of registration. It is read-only and live."""


def register_strategy(strategy: Strategy | type[Strategy]) -> Strategy | type[Strategy]:
    """Make a strategy known by its name, to estimators, comparisons and plots.

    Parameters
    ----------
    strategy : Strategy, or a subclass of it
        A class is registered with its default parameters, so this works as a decorator too. The
        same class may be registered again, as a notebook does; the later one counts.

    Returns
    -------
    strategy
        What was passed.

    Raises
    ------
    TypeError
        If it is not a strategy.
    ValueError
        If its name is missing or taken, or its colour is not ``"#rrggbb"``.

    Examples
    --------
    >>> from rcseq.strategies import Strategy, register_strategy
    >>> @register_strategy
    ... class Blue(Strategy):
    ...     '''The conventional network, in blue.'''
    ...     name, colour = "blue", "blue"
    Traceback (most recent call last):
    ...
    ValueError: colour='blue' of the strategy 'blue' must be written as '#rrggbb'.
    """
    instance: object = strategy() if isinstance(strategy, type) else strategy
    if not isinstance(instance, Strategy):
        raise TypeError(f"{instance!r} is not a Strategy; derive its class from Strategy.")
    name, cls = instance.name, type(instance)
    if not name:
        raise ValueError(f"{cls.__name__} has no name; set the class attribute name.")
    if not re.fullmatch("#[0-9a-fA-F]{6}", instance.colour):
        raise ValueError(
            f"colour={instance.colour!r} of the strategy {name!r} must be written as '#rrggbb'."
        )
    taken = type(_registered.get(name, instance))
    if (taken.__module__, taken.__qualname__) != (cls.__module__, cls.__qualname__):
        raise ValueError(
            f"The name {name!r} belongs to {taken.__module__}.{taken.__qualname__}; choose another."
        )
    _registered[name] = instance
    return strategy


def get_strategy(strategy: str | Strategy) -> Strategy:
    """Return a strategy by its name.

    Parameters
    ----------
    strategy : str or Strategy
        A name from :data:`STRATEGIES`; or a strategy, which is returned as it is.

    Returns
    -------
    Strategy

    Raises
    ------
    ValueError
        If there is no such strategy; the message names the nearest.

    Examples
    --------
    >>> from rcseq.strategies import get_strategy
    >>> get_strategy("rcps").equivariant
    True
    """
    if isinstance(strategy, Strategy):
        return strategy
    if isinstance(strategy, str) and strategy in _registered:
        return _registered[strategy]
    hint = did_you_mean(strategy, _registered)
    raise ValueError(
        f"strategy={strategy!r} is not one of {', '.join(_registered)}.{hint} One of your own is "
        "passed to register_strategy first, or given as an object."
    )


def default_strategies() -> list[str]:
    """Return the names of the strategies that a comparison runs when it is not told which.

    Returns
    -------
    list of str

    Examples
    --------
    >>> from rcseq.strategies import default_strategies
    >>> default_strategies()
    ['standard', 'augmented', 'conjoined', 'posthoc', 'rcps']
    """
    return [name for name, strategy in _registered.items() if strategy.compared_by_default]


def list_strategies(spaces: int = 0) -> str:
    """Return the registered strategies as a list in reStructuredText, for docstrings.

    Parameters
    ----------
    spaces : int
        By how much the lines are indented.
    """
    lines = (f'- ``"{s.name}"``: {s.description}' for s in _registered.values())
    return indent("\n".join(lines), " " * spaces)
