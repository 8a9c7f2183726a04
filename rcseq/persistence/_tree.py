"""Plain values as a tree of JSON and a set of tensors, and back. Nothing here names a class."""

from __future__ import annotations

import math
import re
from itertools import groupby
from typing import Any

import numpy as np
import torch
from sklearn.utils import Bunch

__all__ = ["Reader", "Writer"]

_MAX_DEPTH = 60
_FEW = 8  # shorter lists of numbers stay in the tree
_SCALAR_TYPES = {np.dtype(kind).name: np.dtype(kind).type for kind in "?bBhHiIlLefd"} | {
    "python_bool": bool,
    "python_int": int,
    "python_float": float,
}
_TORCH_DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64)
}
_DTYPE = re.compile(r"\|[biuS]1|\|S\d{1,4}|<[iuf][248]|<U\d{1,5}")


class Writer:
    """Turns values into a tree, and puts their numbers aside as tensors."""

    def __init__(self) -> None:
        self.tensors: dict[str, torch.Tensor] = {}
        self.depth = 0

    def put(self, tensor: torch.Tensor) -> str:
        """Put a tensor aside, and return its name."""
        name = str(len(self.tensors))
        # a copy, since tied weights share their memory, which safetensors refuses
        self.tensors[name] = tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
        return name

    def encode(self, value: Any, where: str) -> Any:
        """Return the tree of a value; `where` says in messages which one it is."""
        if self.depth > _MAX_DEPTH:
            raise TypeError(f"{where} is nested more than {_MAX_DEPTH} deep.")
        self.depth += 1
        try:
            return self._encode(value, where)
        finally:
            self.depth -= 1

    def _encode(self, value: Any, where: str) -> Any:
        kind = type(value)
        if value is None or kind in (bool, int, str):
            return value
        if kind is float:
            return value if math.isfinite(value) else {"$": "float", "value": repr(value)}
        if kind is list:
            return self._list(value, where)
        if kind in (tuple, set):
            items = [self.encode(v, f"{where}[{i}]") for i, v in enumerate(value)]
            return {"$": kind.__name__, "items": items}
        if kind in (dict, Bunch):
            pairs = [
                [self.encode(k, where), self.encode(v, f"{where}.{k}")] for k, v in value.items()
            ]
            return {"$": kind.__name__.lower(), "items": pairs}
        if isinstance(value, np.generic | np.ndarray):
            return self._array(value, where)
        if kind is torch.Tensor and value.layout is torch.strided and not value.is_quantized:
            return {"$": "tensor", "tensor": self.put(value)}
        if kind is np.random.RandomState:
            _, key, *rest = value.get_state(legacy=True)
            return {"$": "random_state", "key": self.encode(key, where), "rest": rest}
        if isinstance(value, type) and value in _SCALAR_TYPES.values():
            return {"$": "type", "name": next(k for k, v in _SCALAR_TYPES.items() if v is value)}
        if isinstance(value, np.dtype) and _DTYPE.fullmatch(value.str):
            return {"$": "dtype", "name": value.str}
        if value in _TORCH_DTYPES.values() if isinstance(value, torch.dtype) else False:
            return {"$": "torch_dtype", "name": str(value).removeprefix("torch.")}
        if isinstance(value, torch.device):
            return {"$": "device", "name": str(value)}
        return self.encode_object(value, where)

    def encode_object(self, value: Any, where: str) -> Any:
        """Return the tree of what is not a plain value."""
        raise TypeError(
            f"{where} is a {type(value).__name__}, which cannot be saved without code. Leave it "
            "out with set_params, save the best_estimator_ of a search instead of the search, or "
            "use joblib.dump, whose files run code when they are loaded."
        )

    def _list(self, values: list[Any], where: str) -> Any:
        """Store long lists of numbers, as a history holds them, as tensors."""
        kinds = {type(value) for value in values}
        if len(values) > _FEW and kinds == {float}:
            return {"$": "numbers", "tensor": self.put(torch.tensor(values, dtype=torch.float64))}
        if len(values) > _FEW and kinds == {int} and max(map(abs, values)) < 2**63:
            return {"$": "numbers", "tensor": self.put(torch.tensor(values))}
        if (
            len(values) > _FEW
            and kinds == {dict}
            and all(type(k) is str for v in values for k in v)
        ):
            runs = []
            for keys, run in groupby(values, key=tuple):
                rows = list(run)
                columns = [self.encode([row[k] for row in rows], f"{where}.{k}") for k in keys]
                runs.append([len(rows), list(keys), columns])
            return {"$": "rows", "runs": runs}
        return [self.encode(value, f"{where}[{i}]") for i, value in enumerate(values)]

    def _array(self, value: Any, where: str) -> Any:
        if isinstance(value, np.ma.MaskedArray):
            data, mask = np.ma.getdata(value), np.ma.getmaskarray(value)
            return {
                "$": "masked",
                "data": self._array(data, where),
                "mask": self._array(mask, where),
            }
        if value.dtype.kind == "O":
            items = [self.encode(v, f"{where}[{i}]") for i, v in enumerate(value.ravel())]
            return {"$": "objects", "shape": list(value.shape), "items": items}
        array = np.asarray(value)
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        if not _DTYPE.fullmatch(array.dtype.str):
            raise TypeError(f"{where} holds values of type {value.dtype}, which cannot be saved.")
        if isinstance(value, np.generic):
            return {"$": "scalar", "dtype": array.dtype.str, "hex": array.tobytes().hex()}
        if array.flags.f_contiguous and not array.flags.c_contiguous:  # sums depend on the order
            return {"$": "transposed", "array": self._array(array.T, where)}
        node = {"$": "array", "dtype": array.dtype.str, "shape": list(array.shape)}
        if array.dtype.kind in "US":
            array = np.frombuffer(array.tobytes(), np.uint8)
        return {**node, "tensor": self.put(torch.tensor(array))}


class Reader:
    """Turns trees back into values. What does not fit together is an error of some kind."""

    def __init__(self, tensors: dict[str, torch.Tensor]) -> None:
        self.tensors = tensors
        self.depth = 0

    def take(self, name: str) -> torch.Tensor:
        """Take a tensor out of those of the file, each once."""
        return self.tensors.pop(name)

    def decode(self, tree: Any) -> Any:
        """Return the value of a tree."""
        if self.depth > _MAX_DEPTH:
            raise ValueError(f"its tree is nested more than {_MAX_DEPTH} deep")
        self.depth += 1
        try:
            if isinstance(tree, list):
                return [self.decode(item) for item in tree]
            if not isinstance(tree, dict):
                return tree
            method = getattr(self, f"_read_{tree['$']}", None)
            if method is None:
                raise ValueError(f"it holds an unknown kind of entry, {tree['$']!r}")
            return method(tree)
        finally:
            self.depth -= 1

    def _read_float(self, tree: dict[str, Any]) -> float:
        return float(tree["value"])

    def _read_tuple(self, tree: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(self.decode(tree["items"]))

    def _read_set(self, tree: dict[str, Any]) -> set[Any]:
        return set(self.decode(tree["items"]))

    def _read_dict(self, tree: dict[str, Any]) -> dict[Any, Any]:
        return {self.decode(key): self.decode(value) for key, value in tree["items"]}

    def _read_bunch(self, tree: dict[str, Any]) -> Bunch:
        return Bunch(**self._read_dict(tree))

    def _read_numbers(self, tree: dict[str, Any]) -> Any:
        return self.take(tree["tensor"]).tolist()

    def _read_rows(self, tree: dict[str, Any]) -> list[dict[str, Any]]:
        rows = []
        for length, keys, columns in tree["runs"]:
            values = [self.decode(column) for column in columns]
            if not values or {len(column) for column in values} != {length}:
                raise ValueError("the columns of a table have different lengths")
            rows += [dict(zip(keys, row, strict=True)) for row in zip(*values, strict=True)]
        return rows

    def _read_tensor(self, tree: dict[str, Any]) -> torch.Tensor:
        return self.take(tree["tensor"])

    def _read_dtype(self, tree: dict[str, Any]) -> np.dtype[Any]:
        return _dtype(tree["name"])

    def _read_scalar(self, tree: dict[str, Any]) -> Any:
        return _view(bytes.fromhex(tree["hex"]), _dtype(tree["dtype"]), [1])[0]

    def _read_array(self, tree: dict[str, Any]) -> Any:
        dtype, tensor = _dtype(tree["dtype"]), self.take(tree["tensor"])
        return _view(tensor.numpy().data.cast("B") if tensor.numel() else b"", dtype, tree["shape"])

    def _read_transposed(self, tree: dict[str, Any]) -> Any:
        return self._read_array(tree["array"]).T

    def _read_masked(self, tree: dict[str, Any]) -> Any:
        return np.ma.MaskedArray(self.decode(tree["data"]), self.decode(tree["mask"]))

    def _read_objects(self, tree: dict[str, Any]) -> Any:
        items = self.decode(tree["items"])
        array = np.empty(len(items), dtype=object)
        for i, item in enumerate(items):
            array[i] = item
        return array.reshape(tree["shape"])

    def _read_random_state(self, tree: dict[str, Any]) -> np.random.RandomState:
        key, (position, has_gauss, cached) = self.decode(tree["key"]), tree["rest"]
        if key.shape != (624,) or key.dtype != np.uint32 or position not in range(625):
            raise ValueError("the state of a random generator is out of range")  # NumPy trusts it
        generator = np.random.RandomState(0)
        generator.set_state(("MT19937", key, position, bool(has_gauss), float(cached)))
        return generator

    def _read_type(self, tree: dict[str, Any]) -> type:
        return _SCALAR_TYPES[tree["name"]]

    def _read_torch_dtype(self, tree: dict[str, Any]) -> torch.dtype:
        return _TORCH_DTYPES[tree["name"]]

    def _read_device(self, tree: dict[str, Any]) -> torch.device:
        return torch.device(tree["name"])


def _dtype(name: str) -> np.dtype[Any]:
    if not _DTYPE.fullmatch(name):
        raise ValueError(f"{name!r} is not a type of array")
    return np.dtype(name)


def _view(data: Any, dtype: np.dtype[Any], shape: list[int]) -> Any:
    """Copy bytes into an array, whose size they must be."""
    if math.prod(shape) * dtype.itemsize != len(data) or any(n < 0 for n in shape):
        raise ValueError("an array is not of its declared size")
    if not len(data):
        return np.empty(shape, dtype)
    array = np.frombuffer(bytearray(data), dtype)
    if dtype.kind == "U" and array.view("<u4").max() > 0x10FFFF:
        raise ValueError("a text holds something that is not a character")
    if dtype.kind == "b" and array.view(np.uint8).max() > 1:
        raise ValueError("a truth value is neither 0 nor 1")
    return array.reshape(shape)
