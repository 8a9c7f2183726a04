"""Short names for what a fit depends on: equal for equal things, in every process."""

from __future__ import annotations

import hashlib
import inspect
import types
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.frozen import FrozenEstimator

from rcseq import __version__
from rcseq.sequences import Sequences

__all__ = ["digest"]

_LIBRARIES = ("builtins", "numpy", "pandas", "rcseq", "scipy", "sklearn", "skorch", "torch")
_OF_TRAINING = {"callbacks_", "criterion_", "history_", "optimizer_"}
_VERSIONS = (__version__, *(version(name) for name in ("numpy", "scikit-learn", "torch")))


def digest(*things: Any) -> str:
    """Return sixteen characters that change with the things and with the versions of libraries."""
    hasher = hashlib.sha256()
    for token in _tokens((_VERSIONS, things), ()):
        hasher.update(len(token).to_bytes(8, "little") + token)
    return hasher.hexdigest()[:16]


def _tokens(value: Any, path: tuple[int, ...]) -> Iterator[bytes]:
    """Take a thing apart; `path` holds what it is a part of, since objects can go in circles."""
    if isinstance(value, str):
        yield b"str" + value.encode()
        return
    if value is None or isinstance(value, bool | int | float | complex | bytes | np.generic):
        yield f"{type(value).__name__} {value!r}".encode()
        return
    if id(value) in path:
        yield b"circle"
        return
    path = (*path, id(value))
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        yield f"array {value.dtype.str} {value.shape}".encode()
        for rows in np.array_split(
            np.atleast_1d(value), max(1, value.nbytes >> 24)
        ):  # 16 MB at a time
            yield np.ascontiguousarray(rows).tobytes()
    elif isinstance(value, type):
        yield from _named(value)
    elif isinstance(value, types.FunctionType):
        yield from _named(value)
        if not _of_a_library(value):
            cells = [cell.cell_contents for cell in value.__closure__ or ()]
            yield from _code(value.__code__)
            yield from _tokens((value.__defaults__, value.__kwdefaults__, cells), path)
    elif isinstance(value, FrozenEstimator):  # its parameters do not tell what it has learned
        yield b"frozen"
        yield from _tokens(_Learned(value.estimator), path)
    else:
        yield type(value).__qualname__.encode()
        for part in _parts(value):
            yield from _tokens(part, path)
        yield b"end"


class _Learned(NamedTuple):
    """A fitted estimator, or something that may hold some."""

    value: Any

    def parts(self) -> Iterator[Any]:
        value = self.value
        if hasattr(value, "get_params"):
            yield type(value)
            names = {name for name in vars(value) if name.endswith("_") and name[0] != "_"}
            learned = {name: getattr(value, name) for name in names - _OF_TRAINING}
            for key, part in sorted((value.get_params(deep=False) | learned).items()):
                yield key
                yield _Learned(part)
        elif isinstance(value, list | tuple):
            yield from map(_Learned, value)
        else:
            yield value


def _parts(value: Any) -> Iterator[Any]:
    if isinstance(value, _Learned):
        yield from value.parts()
    elif hasattr(value, "state_dict"):  # a network: its class and its weights
        yield type(value)
        yield {name: tensor.detach().cpu().numpy() for name, tensor in value.state_dict().items()}
    elif isinstance(value, Sequences):
        array = value.encoded()
        yield from value if array is None else (array,)
    elif isinstance(value, Mapping):
        yield from sorted(value.items(), key=lambda item: str(item[0]))
    elif isinstance(value, list | tuple | np.ndarray):
        yield from value
    elif isinstance(value, set | frozenset):
        yield from sorted(map(digest, value))
    elif isinstance(value, pd.Series | pd.DataFrame):
        yield value.to_numpy()
    elif hasattr(value, "get_params"):
        yield type(value)
        yield value.get_params(deep=False)
    elif isinstance(value, types.BuiltinFunctionType):
        yield value.__module__
        yield value.__qualname__
    else:
        try:
            reduced = value.__reduce_ex__(4)
        except Exception:  # it cannot be pickled, nor compared with what another process holds
            reduced = repr(value)
        if isinstance(reduced, str):
            yield reduced
        else:
            yield from reduced[:3]
            yield from (list(items) for items in reduced[3:5] if items is not None)


def _of_a_library(value: Any) -> bool:
    return str(value.__module__).partition(".")[0] in _LIBRARIES


def _named(value: Any) -> Iterator[bytes]:
    yield f"{value.__module__}:{value.__qualname__}".encode()
    if isinstance(value, type) and not _of_a_library(value):
        with suppress(OSError, TypeError):  # no source where it was typed at a prompt
            yield inspect.getsource(value).encode()


def _code(code: types.CodeType) -> Iterator[bytes]:
    yield code.co_code
    yield repr(code.co_names).encode()
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _code(constant)
        else:  # a set among them has no order
            yield from _tokens(constant, ())
