"""Training in bfloat16, on devices that compute in it."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

__all__ = ["in_bfloat16", "resolve_mixed_precision", "warn_of_slow_bfloat16"]


def resolve_mixed_precision(value: bool | str, device: Any) -> bool:
    """Return whether to train in bfloat16.

    Parameters
    ----------
    value : bool or "auto"
        ``"auto"`` is True where the device has instructions for it.
    device : str or torch.device

    Returns
    -------
    bool

    Examples
    --------
    >>> resolve_mixed_precision(False, "cpu"), resolve_mixed_precision(True, "cpu")
    (False, True)
    """
    return _computes_in_bfloat16(torch.device(device)) if value == "auto" else bool(value)


def warn_of_slow_bfloat16(device: Any) -> None:
    """Warn of a device that would imitate bfloat16, which a CPU without it does at great cost."""
    if not _computes_in_bfloat16(torch.device(device)):
        warnings.warn(
            f"mixed_precision=True on device {str(device)!r}, of which torch does not say that it "
            "computes in bfloat16: training may take several times as long as with False. 'auto' "
            "trains in bfloat16 only where the device computes in it.",
            UserWarning,
            stacklevel=4,  # the line that calls fit
        )


@functools.cache
def _computes_in_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        with torch.cuda.device(device):
            return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    # What a processor can do is not told by every version of torch.
    known = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return device.type == "cpu" and bool(known.get("avx512_bf16") or known.get("amx_bf16"))


def in_bfloat16(network: Callable[..., Any], device: torch.device) -> Callable[..., Any]:
    """Return a network that computes in bfloat16 where that is safe.

    Parameters
    ----------
    network : callable
    device : torch.device

    Returns
    -------
    callable
        Its outputs are in single precision; a loss in bfloat16 would have three digits at most.

    Examples
    --------
    >>> linear = torch.nn.Linear(4, 1)
    >>> in_bfloat16(linear, torch.device("cpu"))(torch.ones(2, 4)).dtype
    torch.float32
    """

    def run(*args: Any, **kwargs: Any) -> Any:
        with torch.autocast(device.type, torch.bfloat16):
            output = network(*args, **kwargs)
        return tuple(map(_single, output)) if isinstance(output, tuple) else _single(output)

    return run


def _single(output: Any) -> Any:
    if isinstance(output, Tensor) and output.dtype == torch.bfloat16:
        return output.float()
    return output
