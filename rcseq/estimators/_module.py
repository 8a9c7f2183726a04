"""The module of an estimator: what it is built with, and whether it keeps its symmetry."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import nn

from rcseq.estimators._parameters import module_signature
from rcseq.estimators._random import TorchRandom
from rcseq.nn import DNA, OutputSymmetry, equivariance_error
from rcseq.nn.layers.smoothness import PenalisedLayer
from rcseq.nn.networks import Network
from rcseq.strategies import STRATEGIES, Strategy

__all__ = [
    "Run",
    "add_learned",
    "check_ending",
    "check_equivariant",
    "check_settings",
    "is_built_equivariant",
    "not_finite",
    "output_symmetry",
]

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
    """Refuse a module that is not equivariant, as it is or, before training, as it may become.

    A copy is checked on the CPU and, where the module allows it, in double precision: what is left
    of a difference is not rounding.
    """
    module = copy.deepcopy(getattr(module, "_orig_mod", module)).cpu().eval()
    precise = next((p.dtype for p in module.parameters()), torch.float32)
    try:
        error = _equivariance_error(module.double(), length, trained)
    except (RuntimeError, TypeError):  # it computes in a precision of its own
        error = _equivariance_error(module.to(precise), length, trained)
    if error is not None:
        others = [repr(name) for name, other in STRATEGIES.items() if not other.equivariant]
        raise ValueError(
            f"strategy={strategy.name!r} needs a module built from equivariant layers: {error} "
            f"Build it from rcseq.nn, or choose strategy={' or '.join(others)}."
        )


def _equivariance_error(module: nn.Module, length: int, trained: bool) -> str | None:
    with TorchRandom(0).scope():  # a fit in another thread may hold the generators just now
        return equivariance_error(
            module,
            DNA,
            output_symmetry(module),
            length=length,
            atol=_TOLERANCE,
            randomise=not trained,
        )


def not_finite(module: nn.Module) -> str | None:
    """Return the name of a parameter that is not finite, or of a buffer with NaN; None if none."""
    for name, parameter in module.named_parameters():
        if not parameter.isfinite().all():
            return f"the parameter {name!r}"
    for name, buffer in module.named_buffers():  # a mask may be infinite
        if buffer.isnan().any():
            return f"the buffer {name!r}"
    return None


def is_built_equivariant(network: Any, module: Any) -> bool:
    """Return whether a module is a network of ours in its equivariant form, which is tested there.

    Parameters
    ----------
    network : class or instance
        What the module was built from; an instance may have been changed since.
    module : torch.nn.Module
    """
    ours = isinstance(network, type) and network.__module__.startswith("rcseq.nn.")
    return ours and isinstance(module, Network) and module.equivariant


# The last operation of an output of probabilities, in the words of autograd, and what it is.
_PROBABILITIES = {"SigmoidBackward0": "a sigmoid", "SoftmaxBackward0": "a softmax"}
_LOG_PROBABILITIES = {"LogSoftmaxBackward0": "a log-softmax", "LogSigmoidBackward0": "a logsigmoid"}
_SHAPING = {  # steps that may follow and change no value
    f"{step}Backward{n}"
    for step in ("View", "UnsafeView", "Squeeze", "Unsqueeze", "Select", "Slice", "Transpose", "T")
    for n in range(3)
}


def check_ending(module: Any, criterion: Any, strategy: Strategy, length: int) -> None:
    """Refuse a module that ends in a sigmoid or softmax under a loss that computes it itself.

    Parameters
    ----------
    module : torch.nn.Module
    criterion : torch.nn.Module
    strategy : Strategy
        Says what the module reads.
    length : int
        Bases of a sequence to try it on.

    Raises
    ------
    ValueError
        The message names the ending and the loss, and says what would work.
    """
    if isinstance(criterion, nn.BCEWithLogitsLoss | nn.CrossEntropyLoss):
        wrong, takes, cure = _PROBABILITIES, "logits", "leave that out"
        if isinstance(criterion, nn.BCEWithLogitsLoss):
            wrong = wrong | _LOG_PROBABILITIES
    elif isinstance(criterion, nn.NLLLoss):
        wrong, takes, cure = _LOG_PROBABILITIES, "probabilities, as in skorch,", "end in a softmax"
    else:
        return
    reference = next(module.parameters(), torch.empty(0))
    x = torch.zeros(2, 4, length, dtype=reference.dtype, device=reference.device)
    x[:, 0] = 1
    try:
        # not every module can be copied, one under torch.nn.utils.weight_norm for instance
        module = copy.deepcopy(getattr(module, "_orig_mod", module)).eval()
        with torch.enable_grad(), TorchRandom(0).scope():
            y = module(strategy.training_batch(x, x[:, :2], output_symmetry(module))[0])
    except Exception:  # it takes more than sequences, or fails; training will tell
        return
    step = getattr(y[0] if isinstance(y, tuple) else y, "grad_fn", None)
    while step is not None and step.name() in _SHAPING:
        step = step.next_functions[0][0]
    ending = None if step is None else wrong.get(step.name())
    if ending is not None:
        name = type(criterion).__name__
        raise ValueError(
            f"The module ends in {ending}, but {name} takes {takes}, so that the network would "
            f"learn little and predict wrong probabilities; {cure}, or choose another criterion."
        )
