"""Check that a module commutes with the reverse complement, and find the layer that does not."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn

from rcseq.nn.fieldtype import DNA, FieldType, OutputSymmetry

__all__ = ["equivariance_error"]

_TOLERANCE = {torch.float64: 1e-12, torch.float32: 1e-5}
_TOLERANCE_OF_HALVES = 5e-2

Symmetry = FieldType | OutputSymmetry


def equivariance_error(
    module: nn.Module,
    in_type: FieldType | int | str | None = None,
    out: FieldType | OutputSymmetry | int | str | None = None,
    *,
    length: int = 100,
    batch: int = 4,
    x: Tensor | None = None,
    atol: float | None = None,
    seed: int = 0,
    randomise: bool = True,
) -> str | None:
    """Return what is wrong with the symmetry of a module, or None if it is equivariant.

    A copy of the module is run on an input and on its reverse complement, in the mode and the
    precision that the module is in; both runs start from the same seed, so dropout is welcome. It
    is run as it is, and once more with random parameters, for a module may be symmetric only as
    long as it is new.

    Parameters
    ----------
    module : torch.nn.Module
        A layer or a network; it is left as it is.
    in_type : FieldType, int or str, optional
        Type of the input; by default the module's `in_type`, else `DNA`.
    out : FieldType, OutputSymmetry, int or str, optional
        What the reverse complement does to the output: a field type, or an output symmetry such as
        ``"invariant"`` or ``"positions"``. By default the module's `out_type` or
        `output_symmetry`.
    length : int, default 100
        Positions of the input.
    batch : int, default 4
        Samples of the input.
    x : Tensor of shape (n, in_type.size, L), optional
        An input of your own in place of a random one.
    atol : float, optional
        Largest difference allowed, as a fraction of the largest output where that exceeds one; by
        default 1e-5 in float32 and 1e-12 in float64.
    seed : int, default 0
        Seed of the random input and of both runs.
    randomise : bool, default True
        Whether the copy is also run with random parameters, and with the statistics of a few
        random batches. Fresh batch norms and PReLUs are symmetric, trained ones need not be.

    Returns
    -------
    str or None
        The sentence names the first layer that breaks the symmetry, and by how much.

    Raises
    ------
    TypeError
        If nothing says how the output changes, or the output is not a tensor. Of a tuple the first
        is looked at.

    Examples
    --------
    >>> from torch import nn
    >>> from rcseq.nn.equivariance import equivariance_error
    >>> norm = nn.BatchNorm1d(2)
    >>> equivariance_error(norm, "1reg", "1reg", randomise=False)  # it is new
    >>> equivariance_error(norm, "1reg", "1reg")
    'BatchNorm1d is not equivariant (1reg -> 1reg) with parameters as training may change them: ...'
    """
    in_type = FieldType(in_type if in_type is not None else getattr(module, "in_type", DNA))
    symmetry = _symmetry_of(module, out)
    for randomised in (False, True) if randomise else (False,):
        module = copy.deepcopy(module)
        if x is None:
            x = _random_input(module, in_type, (batch, length), seed)
        if randomised:
            _randomise(module, in_type, x.shape[-1], seed)
        first, second = _run(module, x, seed), _run(module, in_type.act(x), seed)
        if randomised and not first.y.isfinite().all():
            return None  # these parameters are none that the module could have
        allowed = atol if atol is not None else _TOLERANCE.get(first.y.dtype, _TOLERANCE_OF_HALVES)
        difference = _difference(symmetry.act(first.y), second.y)
        if difference > allowed:
            when = " with parameters as training may change them" if randomised else ""
            return (
                f"{type(module).__name__} is not equivariant ({in_type} -> {_name(symmetry)})"
                f"{when}: the outputs for the two strands differ by {difference:.2g}, where "
                f"{allowed:.2g} is allowed. {_blame(first, second, allowed)}"
            )
    return None


@torch.no_grad()
def _randomise(module: nn.Module, in_type: FieldType, length: int, seed: int) -> None:
    """Bring a module into a state that training might bring it into."""
    training = module.training
    x = _random_input(module, in_type, (8, length), seed + 1)
    x[..., : length // 2] = x[:1, :, :1]  # one base more frequent than its complement
    devices = [x.device.index or 0] if x.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        for parameter in module.parameters():
            if parameter.is_floating_point():
                scale = parameter.std(correction=0).item()
                scale = scale if scale > 1e-6 else 0.3  # a constant gets some noise
                parameter.add_(torch.randn_like(parameter), alpha=scale)
        module.train()
        for _ in range(3):  # for running statistics
            module(x)
    module.train(training)


def _symmetry_of(module: nn.Module, out: FieldType | OutputSymmetry | int | str | None) -> Symmetry:
    if out is None:
        out = getattr(module, "out_type", getattr(module, "output_symmetry", None))
    if out is None:
        raise TypeError(
            f"{type(module).__name__} does not say what the reverse complement does to its output; "
            "give `out`, a field type or one of 'invariant', 'positions', 'strands', 'both'"
        )
    if isinstance(out, str) and out in set(OutputSymmetry):
        return OutputSymmetry(out)
    return FieldType(out)


def _name(symmetry: Symmetry) -> str:
    return symmetry.value if isinstance(symmetry, OutputSymmetry) else str(symmetry)


def _random_input(
    module: nn.Module, in_type: FieldType, size: tuple[int, int], seed: int
) -> Tensor:
    reference = next(
        (t for t in chain(module.parameters(), module.buffers()) if t.is_floating_point()),
        torch.empty(0),
    )
    generator = torch.Generator().manual_seed(seed)
    batch, length = size
    if in_type == DNA:
        codes = torch.randint(4, (batch, length), generator=generator)
        x = nn.functional.one_hot(codes, 4).transpose(1, 2).contiguous()
    else:
        x = torch.randn(batch, in_type.size, length, generator=generator)
    return x.to(reference.device, reference.dtype)


class _Trace:
    """The output of one run and that of every layer on the way, in the order of the calls."""

    def __init__(self) -> None:
        self.y = torch.empty(0)
        self.layers: list[tuple[str, nn.Module, Tensor]] = []


def _run(module: nn.Module, x: Tensor, seed: int) -> _Trace:
    trace = _Trace()
    module = copy.deepcopy(module)  # a second run must not meet the statistics of the first
    devices = [x.device.index or 0] if x.device.type == "cuda" else []
    with torch.no_grad(), torch.random.fork_rng(devices=devices), _hooks(module, trace):
        torch.manual_seed(seed)
        y = module(x)
    y = y[0] if isinstance(y, tuple) and y else y
    if not isinstance(y, Tensor):
        raise TypeError(
            f"{type(module).__name__} returns a {type(y).__name__}; only tensors can be compared"
        )
    trace.y = y
    return trace


@contextmanager
def _hooks(module: nn.Module, trace: _Trace) -> Iterator[None]:
    def recorder(name: str) -> Callable[[nn.Module, Any, Any], None]:
        def record(layer: nn.Module, inputs: Any, y: Any) -> None:
            if isinstance(y, Tensor):
                trace.layers.append((name, layer, y.clone()))

        return record

    handles = [
        layer.register_forward_hook(recorder(name))
        for name, layer in module.named_modules()
        if name and (hasattr(layer, "out_type") or not any(layer.children()))
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _difference(y: Tensor, other: Tensor) -> float:
    """Largest difference, as a fraction of the largest value where that exceeds one."""
    if y.shape != other.shape:
        return float("inf")
    if not y.numel():
        return 0.0
    scale = max(1.0, y.abs().max().item())
    difference = (y - other).abs().max().item() / scale
    return difference if difference == difference else float("inf")  # NaN equals nothing


def _blame(first: _Trace, second: _Trace, tolerance: float) -> str:
    for (name, layer, y), (_, _, other) in zip(first.layers, second.layers, strict=True):
        out_type = getattr(layer, "out_type", None)
        if isinstance(out_type, FieldType) and y.ndim > 1 and y.shape[1] == out_type.size:
            difference = _difference(out_type.act(y), other)
        else:  # no type says what happens here, but nothing but order and signs may change
            difference = _difference(_sorted_values(y), _sorted_values(other))
        if difference > tolerance:
            return (
                f"The first layer that breaks the symmetry is layer '{name}', {_short(layer)}: its "
                f"outputs differ by {difference:.2g}."
            )
    return (
        "No layer inside breaks it; it breaks between layers, in the code of a forward method, or "
        "the output does not change as declared."
    )


def _sorted_values(y: Tensor) -> Tensor:
    return y.abs().flatten(1).sort(dim=1).values if y.ndim > 1 else y


def _short(layer: nn.Module) -> str:
    text = " ".join(repr(layer).split())
    return text if len(text) <= 100 else f"{type(layer).__name__}"
