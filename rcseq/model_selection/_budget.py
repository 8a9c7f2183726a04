"""Strategies with the same budget: as many parameters, or channels, or as much arithmetic."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import cache, partial
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from sklearn.base import clone

from rcseq.model_selection._handful import fit_handful
from rcseq.nn.networks import get_network
from rcseq.prediction import final_estimator, parameter_path
from rcseq.strategies import STRATEGIES, default_strategies

__all__ = ["Budget", "TrainingCost", "equal_budget", "training_cost"]

Budget = Literal["filters", "channels", "parameters", "compute"]
_LARGEST = 64  # times the reference's filters: no search goes on beyond that


class TrainingCost(NamedTuple):
    """What a model costs: learned parameters, and operations for a sequence and an epoch."""

    n_parameters: int
    flops: int


def training_cost(estimator: Any, X: Any, y: Any) -> TrainingCost:
    """Measure what training a network costs, on a handful of sequences.

    Parameters
    ----------
    estimator : estimator
        A ``SequenceClassifier`` or ``SequenceRegressor``, or a pipeline that ends in one.
    X : sequences of length n
        The longest of them decides the length, where an encoder learns it.
    y : array-like of shape (n,) or (n, n_targets)

    Returns
    -------
    TrainingCost
        ``flops`` are the floating-point operations of convolutions and matrix products, forward
        and backward, for one sequence in one epoch, as counted by
        :class:`torch.utils.flop_counter.FlopCounterMode` in a real training step: a strategy that
        sees both strands costs twice as much.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from rcseq import DNAOneHotEncoder, SequenceClassifier
    >>> from rcseq.datasets import load_nfe2
    >>> from rcseq.model_selection import training_cost
    >>> X, y = load_nfe2(return_X_y=True)
    >>> standard, augmented = (
    ...     make_pipeline(DNAOneHotEncoder(), SequenceClassifier(strategy=strategy))
    ...     for strategy in ("standard", "augmented")
    ... )
    >>> one, two = training_cost(standard, X, y), training_cost(augmented, X, y)
    >>> one.n_parameters == two.n_parameters, two.flops / one.flops
    (True, 2.0)
    """
    # A fit without an epoch runs the network too, to check it.
    (model, whole), (_, checks) = (_count(estimator, X, y, n) for n in (1, 0))
    flops = (whole - checks) // model.batch_size  # one batch of the handful
    return TrainingCost(int(model.n_parameters_), flops)


def _count(estimator: Any, X: Any, y: Any, n_epochs: int) -> tuple[Any, int]:
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        model = final_estimator(fit_handful(estimator, X, y, n_epochs))
    return model, counter.get_total_flops()


def equal_budget(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    budget: Budget,
    strategies: Sequence[str] | None = None,
    reference: str = "rcps",
    parameter: str = "module__n_filters",
) -> dict[str, dict[str, Any]]:
    """Match the budget of every strategy to that of one of them, by its number of filters.

    With the same specification (``budget="filters"``) an equivariant network has as many learned
    parameters in its first layer as a conventional one, and twice as many channels, for every
    filter reads both strands. Whether that is fair depends on what is scarce.

    Parameters
    ----------
    estimator : estimator
        A ``SequenceClassifier`` or ``SequenceRegressor``, or a pipeline that ends in one.
    X, y : sequences and targets
        To learn shapes from; no model is trained on more than a handful of them.
    budget : {"filters", "channels", "parameters", "compute"}
        ``"filters"``: the same specification, as it stands. ``"channels"``: conventional networks
        get twice the filters of an equivariant one. ``"parameters"``: the number of filters whose
        learned parameters come nearest to those of the `reference`. ``"compute"``: the number of
        filters whose operations for a training sequence, as :func:`training_cost` counts them,
        come nearest to those of the `reference`.
    strategies : sequence of str, optional
        By default those of :func:`rcseq.strategies.default_strategies`.
    reference : str, default="rcps"
        The strategy that keeps its specification.
    parameter : str, default="module__n_filters"
        The parameter to change; an int, or a sequence of ints that is scaled as a whole.

    Returns
    -------
    dict of str to dict
        For ``compare_strategies(..., strategies=...)``: the parameters that make each strategy.

    Raises
    ------
    ValueError
        If the network has no such parameter, or no number of filters meets the budget.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from rcseq import DNAOneHotEncoder, SequenceClassifier
    >>> from rcseq.datasets import load_nfe2
    >>> from rcseq.model_selection import equal_budget
    >>> X, y = load_nfe2(return_X_y=True)
    >>> model = make_pipeline(DNAOneHotEncoder(), SequenceClassifier(module__n_filters=16))
    >>> candidates = equal_budget(model, X, y, budget="compute", strategies=["standard", "rcps"])
    >>> for name, parameters in candidates.items():
    ...     print(name, parameters["sequenceclassifier__module__n_filters"])
    standard 54
    rcps 16
    """
    if budget not in get_args(Budget):
        raise ValueError(f"budget={budget!r} is not one of {', '.join(get_args(Budget))}")
    names = default_strategies() if strategies is None else list(strategies)
    for name in (*names, reference):
        if name not in STRATEGIES:
            raise ValueError(f"strategy={name!r} is not one of {', '.join(STRATEGIES)}.")
    prefix = parameter_path(estimator, "strategy")
    if prefix is None:
        raise ValueError(f"{type(estimator).__name__} has no parameter 'strategy'.")
    candidates: dict[str, dict[str, Any]] = {name: {f"{prefix}strategy": name} for name in names}
    if budget == "filters":
        return candidates
    key, base = f"{prefix}{parameter}", _value(estimator, prefix, parameter)

    @cache
    def cost(strategy: str, first: int) -> int:
        parameters = {f"{prefix}strategy": strategy, key: _scaled(base, first)}
        model = clone(estimator).set_params(**parameters)
        if budget == "parameters":  # which need no training step to be counted
            return int(final_estimator(fit_handful(model, X, y, 0)).n_parameters_)
        return training_cost(model, X, y).flops

    own = int(np.ravel(base)[0])
    for name in names:
        first = own
        if budget == "channels":
            # as many channels as the reference: two for each filter of an equivariant network
            channels = own * (2 if STRATEGIES[reference].equivariant else 1)
            first = max(1, channels // (2 if STRATEGIES[name].equivariant else 1))
        elif name != reference:
            first = _nearest(partial(cost, name), cost(reference, own), own)
        candidates[name][key] = _scaled(base, first)
    return candidates


def _value(estimator: Any, prefix: str, parameter: str) -> Any:
    """Read a parameter of the network: what the user set, or the default of its class."""
    parameters = estimator.get_params()
    if f"{prefix}{parameter}" in parameters:
        return parameters[f"{prefix}{parameter}"]
    group, _, name = parameter.partition("__")
    module = parameters.get(f"{prefix}{group}")
    if isinstance(module, str):
        module = get_network(module)
    accepted = inspect.signature(module).parameters if callable(module) else {}
    if name not in accepted or accepted[name].default is inspect.Parameter.empty:
        raise ValueError(
            f"{parameter} is not a parameter of {getattr(module, '__name__', module)} with a "
            "value to start from; name another by parameter=, or set it."
        )
    return accepted[name].default


def _scaled(base: Any, first: int) -> Any:
    """Scale a number of filters, or one for each layer, so that the first is as given."""
    if np.ndim(base) == 0:
        return first
    return [max(1, round(n * first / base[0])) for n in base]


def _nearest(cost: Callable[[int], int], wanted: int, start: int) -> int:
    """Find the number whose cost, which grows with it, is nearest to the one wanted."""
    low, high = 1, start
    while cost(high) < wanted:
        low, high = high, 2 * high
        if high > _LARGEST * start:
            raise ValueError(
                f"no number of filters up to {_LARGEST * start} costs as much as the reference "
                f"({wanted:,}); its cost must grow with the parameter."
            )
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if cost(middle) < wanted else (low, middle)
    return min((low, high), key=lambda n: abs(cost(n) - wanted))
