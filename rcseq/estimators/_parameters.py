"""Parameters of an estimator: which there are, and what they may be."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Mapping
from numbers import Integral, Real
from typing import Any

import torch
from sklearn.utils._param_validation import (
    Interval,
    InvalidParameterError,
    Options,
    StrOptions,
    validate_parameter_constraints,
)

from rcseq._messages import did_you_mean
from rcseq.estimators._callbacks import SCHEDULES
from rcseq.nn.networks import NETWORKS

__all__ = [
    "CONSTRAINTS",
    "check_device",
    "check_parameters",
    "module_signature",
    "refuse_module_parameters",
    "refuse_unknown",
    "resolve_device",
]

CONSTRAINTS: dict[str, list[Any]] = {
    "lr": [Interval(Real, 0, None, closed="left")],
    "max_epochs": [Interval(Integral, 0, None, closed="left"), StrOptions({"auto"})],
    "batch_size": [
        Interval(Integral, 1, None, closed="left"),
        Options(Integral, {-1}),
        StrOptions({"auto"}),
    ],
    "shift": [Interval(Integral, 0, None, closed="left"), StrOptions({"auto"})],
    "mutation": [Interval(Real, 0, 1, closed="left")],
    "early_stopping": ["boolean"],
    "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
    "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
    "lr_schedule": [StrOptions({"onecycle", *SCHEDULES}), None],
    "random_state": ["random_state"],
    "n_threads": [Interval(Integral, 1, None, closed="left"), None],
    "mixed_precision": ["boolean", StrOptions({"auto"})],
    "callbacks": [list, StrOptions({"disable"}), None],
    # skorch's guide writes False for no validation set
    "train_split": [StrOptions({"auto"}), callable, Options(bool, {False}), None],
}


def check_parameters(
    constraints: Mapping[str, list[Any]], params: Mapping[str, Any], estimator: str
) -> None:
    """Check values as scikit-learn does; a misspelt choice is named with the nearest."""
    try:
        validate_parameter_constraints(constraints, params, estimator)
    except InvalidParameterError as error:
        named = next((name for name in constraints if f"'{name}'" in str(error)), "")
        choices = [
            option
            for constraint in constraints.get(named, ())
            if isinstance(constraint, StrOptions)
            for option in constraint.options
        ]
        hint = did_you_mean(params.get(named), choices)
        if not hint:
            raise
        raise InvalidParameterError(f"{error}{hint}") from None


def refuse_unknown(net: Any, names: Collection[str]) -> None:
    """Refuse a keyword that is not a parameter of a net, and has no prefix of one."""
    prefixes = {*net.prefixes_, "module", "criterion", "optimizer", "strategy"}
    # a subclass may build modules of its own, whose prefixes skorch learns when they are built
    builds_more = any(
        not getattr(type(net), f"initialize_{part}").__module__.startswith("rcseq.")
        for part in ("module", "criterion")
    )
    for name in names:
        # So scikit-learn's checks read a signature, and skorch refuses it in fit; a history of the
        # user's own is kept by skorch itself.
        if name in ("kwargs", "history"):
            continue
        prefix, dunder, rest = name.partition("__")
        if dunder and (prefix in prefixes or builds_more or hasattr(net, prefix)):
            continue
        longest = max((p for p in prefixes if prefix.startswith(p)), key=len, default="")
        after = prefix[len(longest) :]
        # more than the ending of a plural: optimizer_momentum and optimizermomentum, not optimizers
        if longest and (after[:1] == "_" or len(after) > 2):
            hint = f" Did you mean '{longest}__{after.lstrip('_')}{dunder}{rest}'?"
        elif dunder:
            hint = did_you_mean(prefix, prefixes).replace("'?", f"__{rest}'?")
        else:
            hint = did_you_mean(name, [k for k in vars(net) if k not in names and k[0] != "_"])
        raise TypeError(f"{type(net).__name__} has no parameter {name!r}.{hint}")


def module_signature(module: Any) -> inspect.Signature | None:
    """Return the signature of what builds a module, where it has one."""
    if isinstance(module, str):
        module = NETWORKS.get(module.lower())
    try:
        return inspect.signature(type(module) if isinstance(module, torch.nn.Module) else module)
    except (TypeError, ValueError):
        return None


def refuse_module_parameters(module: Any, names: Collection[str]) -> None:
    """Refuse ``module__*`` that the module does not take."""
    signature = module_signature(module)
    if signature is None:
        return
    accepted = signature.parameters
    if any(p.kind is p.VAR_KEYWORD for p in accepted.values()):
        return
    for name in names:
        if name not in accepted:
            hint = did_you_mean(name, accepted, cutoff=0.3).replace("'", "")
            raise ValueError(
                f"module__{name} is not a parameter of {getattr(module, '__name__', module)}."
                f"{hint.replace('mean ', 'mean module__')} It takes: {', '.join(accepted)}."
            )


def check_device(device: Any) -> None:
    """Check that there is a device to compute on.

    Parameters
    ----------
    device : str or torch.device
        ``"auto"`` for CUDA where there is one, else the CPU.

    Raises
    ------
    ValueError
        If it is not a name of a device, or there is none of that name on this machine.

    Examples
    --------
    >>> from rcseq.estimators import check_device
    >>> check_device("cpu")
    >>> check_device("gpu")
    Traceback (most recent call last):
        ...
    ValueError: device='gpu' is not a name that torch knows; 'auto', 'cpu', 'cuda' and 'cuda:1' are.
    """
    try:
        found = torch.device(resolve_device(device))
    except (RuntimeError, TypeError):
        raise ValueError(
            f"device={device!r} is not a name that torch knows; 'auto', 'cpu', 'cuda' and 'cuda:1' "
            "are."
        ) from None
    if found.type == "cpu":
        return
    try:
        torch.empty(0, device=found)
    except (AssertionError, RuntimeError):  # without CUDA in torch, without a driver or a device
        raise ValueError(
            f"device={device!r}: torch finds no such device on this machine. 'auto' takes a GPU "
            "where there is one, else the CPU."
        ) from None


def resolve_device(device: Any) -> Any:
    """Turn ``"auto"`` into CUDA where there is one, else the CPU."""
    if isinstance(device, str) and device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return device
