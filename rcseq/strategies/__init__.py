"""Strategies for handling reverse-complement symmetry, as objects in a registry.

A strategy decides what a training batch holds, what the training loss is and how a network
predicts. Everything else about a model (its architecture, its optimiser, its data) is the same for
all strategies, which is what makes a comparison fair. Each has a file of its own here. A strategy
of yours is a subclass of :class:`Strategy`, passed to :func:`register_strategy`.
"""

import pkgutil
from importlib import import_module

from rcseq.strategies._base import (
    Loss,
    Strategy,
    average_strands,
    both_strands,
    outputs_of_strands,
)
from rcseq.strategies._registry import (
    STRATEGIES,
    default_strategies,
    get_strategy,
    list_strategies,
    register_strategy,
)

for _module in pkgutil.iter_modules(__path__, f"{__name__}."):
    import_module(_module.name)  # registers the strategy that the file defines

__all__ = [
    "STRATEGIES",
    "Loss",
    "Strategy",
    "average_strands",
    "both_strands",
    "default_strategies",
    "get_strategy",
    "list_strategies",
    "outputs_of_strands",
    "register_strategy",
]
