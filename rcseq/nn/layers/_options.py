"""Options that several layers have: their checks and how they print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def check_sizes(least: int = 1, **sizes: int) -> None:
    """Refuse what is not a whole number, or is too small; the message names the parameter."""
    for name, value in sizes.items():
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise ValueError(f"{name} must be a whole number of at least {least}; got {value!r}")


def changed(layer: object, defaults: Mapping[str, Any]) -> list[str]:
    """Return the options whose values differ from their defaults."""
    return [
        f"{name}={getattr(layer, name)!r}"
        for name, default in defaults.items()
        if getattr(layer, name) != default
    ]


def conv_options(layer: Any) -> list[str]:
    """Return the options of a convolution, as they are printed."""
    defaults = {"stride": 1, "dilation": 1, "groups": 1, "padding": 0}
    bias = [] if layer.bias is not None else ["bias=False"]
    return [f"kernel_size={layer.kernel_size}", *changed(layer, defaults), *bias]
