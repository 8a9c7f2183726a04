"""The module of an estimator: what it is built with, and whether it keeps its symmetry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import nn

from rcseq.estimators._parameters import module_signature
from rcseq.nn import DNA, OutputSymmetry, equivariance_error
from rcseq.nn.layers.smoothness import PenalisedLayer
from rcseq.nn.networks import Network
from rcseq.strategies import STRATEGIES, Strategy

__all__ = ["Run", "add_learned", "check_equivariant", "check_settings", "output_symmetry"]

_TOLERANCE = 2e-5  # networks of ours are off by 1e-6, one broken layer by 1e-4 and more


class Run(NamedTuple):
    """What stays the same from one batch to the next."""

    strategy: Strategy
    symmetry: OutputSymmetry
    device: Any
    dtype: torch.dtype
    any_strides: bool
    penalised: bool

    @classmethod
    def of(cls, module: Any, strategy: Strategy, device: Any) -> Run:
        """Look at a module."""
        layers = module.modules() if isinstance(module, nn.Module) else ()
        return cls(
            strategy,
            output_symmetry(module),
            torch.device(device),
            next((p.dtype for p in module.parameters()), torch.float32),
            # a module of the user's own may call x.view(...), which wants neighbours in memory
            isinstance(module, Network),
            any(isinstance(layer, PenalisedLayer) for layer in layers),
        )


def output_symmetry(module: Any) -> OutputSymmetry:
    """Return what a strand flip does to the output of a module."""
    module = getattr(module, "_orig_mod", module)  # what torch.compile wraps
    return OutputSymmetry(getattr(module, "output_symmetry", OutputSymmetry.INVARIANT))


def add_learned(module: Any, settings: dict[str, Any], learned: Mapping[str, Any]) -> None:
    """Add what the data told to the settings of a module, where it has such parameters."""
    signature = module_signature(module)
    if signature is None or isinstance(module, nn.Module):
        return
    for name, value in learned.items():
        if name in signature.parameters and value is not None:
            settings.setdefault(name, value)


def check_settings(module: Any, settings: Mapping[str, Any], strategy: Strategy) -> None:
    """Refuse a module that is not built as the strategy needs it."""
    for name, value in strategy.network_settings.items():
        if name == "equivariant":  # which is seen on the module itself
            continue
        if name not in settings:
            raise ValueError(
                f"strategy={strategy.name!r} needs a module that is built with {name}={value}, but "
                f"{getattr(module, '__name__', type(module).__name__)} has no parameter {name!r}. "
                "Pass a class that takes it, such as rcseq.nn.ConvNet, or choose another strategy."
            )
        if settings[name] != value:
            raise ValueError(
                f"module__{name}={settings[name]!r} contradicts strategy={strategy.name!r}, which "
                f"sets it to {value!r}. Leave it out."
            )


def check_equivariant(module: Any, strategy: Strategy, length: int, *, trained: bool) -> None:
    """Refuse a module of the user's own that is not equivariant, as it is or as it may become."""
    module = getattr(module, "_orig_mod", module)
    if type(module).__module__.startswith("rcseq.nn."):
        return  # tested there
    error = equivariance_error(
        module.eval(),
        DNA,
        output_symmetry(module),
        length=length,
        atol=_TOLERANCE,
        randomise=not trained,
    )
    if error is not None:
        others = [repr(name) for name, other in STRATEGIES.items() if not other.equivariant]
        raise ValueError(
            f"strategy={strategy.name!r} needs a module built from equivariant layers: {error} "
            f"Build it from rcseq.nn, or choose strategy={' or '.join(others)}."
        )
