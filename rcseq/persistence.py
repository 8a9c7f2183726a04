"""Save a model to a file that holds weights and configuration, and no code.

A pickle runs whatever its author put into it. The file written here does not: it is a zip archive
of three kinds of entries, none of which can execute anything.

``manifest.json``
    ``format`` (always ``"rcseq-model"``), ``version`` (of this format, now 1), the versions of the
    packages that wrote it, and the SHA-256 of every other entry.
``model.json``
    The model as a tree: names of classes, parameters, fitted attributes. Classes are looked up,
    when the file is read, in rcseq, scikit-learn, torch and skorch only, unless the reader says
    that he trusts others.
``arrays/N.npy``
    The arrays and tensors that the tree refers to, in NumPy's own format without pickling.

A network is rebuilt from its parameters and its weights are loaded into it, on the device that the
reader has. The state of the optimiser is not kept.
"""

from __future__ import annotations

import hashlib
import importlib
import io
import json
import math
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
import torch
from sklearn.base import BaseEstimator

import rcseq
from rcseq.estimators import SequenceNet

__all__ = ["ModelFileError", "load", "save"]

_FORMAT = "rcseq-model"
_VERSION = 1
_TRUSTED_PACKAGES = ("rcseq", "sklearn", "skorch", "torch")
_TRUSTED_BASES = (BaseEstimator, torch.nn.Module, torch.optim.Optimizer, torch.utils.data.Dataset)
_TRUSTED_CLASSES = (torch.utils.data.DataLoader,)
_SCALAR_TYPES = {np.dtype(kind).name: np.dtype(kind).type for kind in "?bBhHiIlLefd"} | {
    "python_bool": bool,
    "python_int": int,
    "python_float": float,
}


class ModelFileError(ValueError):
    """A model file that is damaged, foreign, too new, or asks for a class that nobody trusts."""


def save(model: Any, path: str | os.PathLike[str]) -> Path:
    """Save a fitted estimator or a whole pipeline.

    Parameters
    ----------
    model : estimator
        A :class:`~rcseq.SequenceClassifier`, :class:`~rcseq.SequenceRegressor`, or scikit-learn
        estimators and pipelines around them.
    path : str or path
        The file to write, by custom ``*.rcseq``. It is replaced only when the new one is whole.

    Returns
    -------
    Path
        Where it was written.

    Raises
    ------
    TypeError
        If the model holds something that cannot be written without code, such as a function; the
        message says where.

    See Also
    --------
    load : Reads it.

    Examples
    --------
    >>> import tempfile, os, rcseq
    >>> from rcseq import DNAOneHotEncoder
    >>> encoder = DNAOneHotEncoder().fit(["ACGTA", "ACG"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = rcseq.save(encoder, os.path.join(folder, "encoder.rcseq"))
    ...     rcseq.load(path).length_
    5
    """
    writer = _Writer()
    entries = {"model.json": _to_json(writer.encode(model, "model"))}
    for number, array in enumerate(writer.arrays):
        buffer = io.BytesIO()
        np.save(buffer, array, allow_pickle=False)
        entries[f"arrays/{number}.npy"] = buffer.getvalue()
    manifest = {
        "format": _FORMAT,
        "version": _VERSION,
        "written_by": {
            "rcseq": rcseq.__version__,
            "scikit-learn": sklearn.__version__,
            "torch": torch.__version__,
        },
        "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in entries.items()},
    }
    path = Path(path)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream, zipfile.ZipFile(stream, "w") as archive:
            archive.writestr("manifest.json", _to_json(manifest))
            for name, data in entries.items():
                archive.writestr(name, data)
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return path


def load(path: str | os.PathLike[str], *, trusted: Iterable[type] = ()) -> Any:
    """Load a model that :func:`save` wrote. No code from the file is executed.

    Parameters
    ----------
    path : str or path
        The file.
    trusted : iterable of class
        Classes of your own that the file may name, such as the network of a ``module=``.

    Returns
    -------
    estimator
        On CUDA where the model was saved with ``device="auto"`` and there is one, else on the CPU.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ModelFileError
        If it is damaged, no model file of rcseq, or written in a newer format, or if it names a
        class that is neither of rcseq, scikit-learn, skorch and torch, nor in ``trusted``.
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = {name: archive.read(name) for name in archive.namelist()}
        manifest = json.loads(entries.pop("manifest.json"))
        if manifest["format"] != _FORMAT:
            raise KeyError("format")
    except zipfile.BadZipFile as error:
        raise ModelFileError(
            f"{path} is damaged, or no model file of rcseq: {error}. Save the model again with "
            "rcseq.save."
        ) from error
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ModelFileError(
            f"{path} is no model file of rcseq: it has no manifest of the format {_FORMAT!r}."
        ) from error
    if manifest["version"] > _VERSION:
        raise ModelFileError(
            f"{path} is written in version {manifest['version']} of the format, by rcseq "
            f"{manifest['written_by']['rcseq']}; this rcseq {rcseq.__version__} reads up to "
            f"version {_VERSION}. Upgrade rcseq."
        )
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in entries.items()}
    for name in sorted(manifest["sha256"].keys() | digests.keys()):
        if manifest["sha256"].get(name) != digests.get(name):
            raise ModelFileError(f"{path} is damaged: its entry {name} is not what was saved.")
    try:
        arrays = [
            np.load(io.BytesIO(entries[f"arrays/{number}.npy"]), allow_pickle=False)
            for number in range(len(entries) - 1)
        ]
        return _Reader(arrays, path, trusted).decode(json.loads(entries["model.json"]))
    except ModelFileError:
        raise
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise ModelFileError(
            f"{path} is damaged: its tree or its arrays do not make a model ({error})."
        ) from error


class _Writer:
    """Turns a model into a tree of JSON, and puts arrays aside."""

    def __init__(self) -> None:
        self.arrays: list[np.ndarray[Any, Any]] = []

    def _put(self, array: Any) -> int:
        self.arrays.append(np.asarray(array))
        return len(self.arrays) - 1

    def encode(self, value: Any, where: str) -> Any:
        if value is None or isinstance(value, bool | str) or type(value) is int:
            return value
        if type(value) is float:
            return value if math.isfinite(value) else {"$": "float", "value": repr(value)}
        if isinstance(value, type) and value not in _SCALAR_TYPES.values():
            return {"$": "class", "name": _name(value)}
        if isinstance(value, SequenceNet):
            return self._net(value, where)
        for kind, (accepts, fields, _) in _SIMPLE.items():
            if accepts(value):
                return {"$": kind, **fields(self, value, where)}
        if isinstance(value, BaseEstimator):
            state = {k: v for k, v in value.__getstate__().items() if k != "_sklearn_version"}
            return {
                "$": "estimator",
                "class": _name(type(value)),
                "sklearn": sklearn.__version__,
                "state": self.encode(state, where),
            }
        raise TypeError(
            f"{where} is a {type(value).__name__}, which cannot be saved without code. Leave it "
            "out, or use joblib.dump, whose files run code when they are loaded."
        )

    def _net(self, net: SequenceNet, where: str) -> dict[str, Any]:
        if isinstance(net.module, torch.nn.Module):
            raise TypeError(
                f"{where}.module is an instance; give the class as module= and its parameters as "
                "module__*, so that it can be rebuilt."
            )
        params = {k: v for k, v in vars(net).items() if k in net._get_param_names()}
        private = {"_params_to_validate", "_modules", "_criteria", "_optimizers"}
        params = {k: v for k, v in params.items() if k not in private}
        tree = {
            "$": "net",
            "class": _name(type(net)),
            "params": self.encode(params, where),
        }
        if net.initialized_:
            module = getattr(net.module_, "_orig_mod", net.module_)  # what torch.compile wraps
            learned = {k: getattr(net, k) for k in net.learned_attributes if hasattr(net, k)}
            tree["learned"] = self.encode(learned, where)
            tree["history"] = self.encode(list(net.history), f"{where}.history")
            tree["weights"] = self.encode(dict(module.state_dict()), f"{where}.module_")
        return tree


class _Reader:
    """Turns the tree back into a model."""

    def __init__(
        self, arrays: list[np.ndarray[Any, Any]], path: Path, trusted: Iterable[type]
    ) -> None:
        self.arrays, self.path = arrays, path
        self.trusted = {_name(cls): cls for cls in trusted}

    def decode(self, tree: Any) -> Any:
        if not isinstance(tree, dict):
            return tree
        kind = tree["$"]
        if kind == "float":
            return float(tree["value"])
        if kind == "class":
            return self._class(tree["name"])
        if kind == "estimator":
            return self._estimator(tree)
        if kind == "net":
            return self._net(tree)
        if kind in _SIMPLE:
            return _SIMPLE[kind][2](self, tree)
        raise ModelFileError(f"{self.path} holds an unknown kind of entry, {kind!r}.")

    def _class(self, name: str) -> type:
        if name in self.trusted:
            return self.trusted[name]
        module, _, qualname = name.partition(":")
        if module.partition(".")[0] in _TRUSTED_PACKAGES:
            try:
                cls: Any = importlib.import_module(module)
                for part in qualname.split("."):
                    cls = getattr(cls, part)
            except (ImportError, AttributeError):
                raise ModelFileError(
                    f"{self.path} names the class {name}, which the installed packages do not have."
                ) from None
            if isinstance(cls, type) and (
                issubclass(cls, _TRUSTED_BASES) or cls in _TRUSTED_CLASSES
            ):
                return cls
        raise ModelFileError(
            f"{self.path} names the class {name}, which is not one that rcseq trusts. If you "
            f"know it, pass rcseq.load(path, trusted=[{qualname}])."
        )

    def _estimator(self, tree: dict[str, Any]) -> Any:
        cls = self._class(tree["class"])
        if not issubclass(cls, BaseEstimator):
            raise ModelFileError(f"{self.path} names {tree['class']} as an estimator; it is none.")
        estimator: Any = object.__new__(cls)
        state = self.decode(tree["state"])
        if tree["class"].startswith("sklearn."):
            state["_sklearn_version"] = tree["sklearn"]  # scikit-learn warns of another version
        estimator.__setstate__(state)
        return estimator

    def _net(self, tree: dict[str, Any]) -> SequenceNet:
        cls = self._class(tree["class"])
        if not issubclass(cls, SequenceNet):
            raise ModelFileError(f"{self.path} names {tree['class']} as a network; it is none.")
        net = cls(**self.decode(tree["params"]))
        if "weights" in tree:
            for name, value in self.decode(tree["learned"]).items():
                setattr(net, name, value)
            net.initialize()
            module = getattr(net.module_, "_orig_mod", net.module_)
            try:
                module.load_state_dict(self.decode(tree["weights"]))
            except RuntimeError as error:
                raise ModelFileError(
                    f"the weights in {self.path} do not fit {type(module).__name__} as it is "
                    f"installed: {error}"
                ) from error
            net.history.extend(self.decode(tree["history"]))
        return net


# Kinds of plain values: how to know one, what to write of it, and how to read it back.
_Encode = Callable[[_Writer, Any, str], dict[str, Any]]
_Decode = Callable[[_Reader, dict[str, Any]], Any]


def _items(writer: _Writer, values: Any, where: str) -> dict[str, Any]:
    return {"items": [writer.encode(v, f"{where}[{i}]") for i, v in enumerate(values)]}


def _pairs(writer: _Writer, value: Any, where: str) -> dict[str, Any]:
    pairs = [[writer.encode(k, where), writer.encode(v, f"{where}.{k}")] for k, v in value.items()]
    return {"items": pairs}


def _tensor(writer: _Writer, value: torch.Tensor, where: str) -> dict[str, Any]:
    value = value.detach().cpu()
    dtype = str(value.dtype).removeprefix("torch.")
    if value.dtype is torch.bfloat16:  # NumPy has none: 16 bits are 16 bits
        value = value.view(torch.int16)
    return {"array": writer._put(value.numpy()), "dtype": dtype}


def _read_tensor(reader: _Reader, tree: dict[str, Any]) -> torch.Tensor:
    value = torch.tensor(reader.arrays[tree["array"]])
    return value.view(torch.bfloat16) if tree["dtype"] == "bfloat16" else value


def _read_random_state(reader: _Reader, tree: dict[str, Any]) -> np.random.RandomState:
    generator = np.random.RandomState()
    generator.set_state(reader.decode(tree["state"]))
    return generator


def _is_numeric(value: Any) -> bool:
    return isinstance(value, np.ndarray | np.generic) and value.dtype.kind not in "OV"


_SIMPLE: dict[str, tuple[Callable[[Any], bool], _Encode, _Decode]] = {
    "dict": (
        lambda v: isinstance(v, dict),
        _pairs,
        lambda r, t: {r.decode(k): r.decode(v) for k, v in t["items"]},
    ),
    "list": (lambda v: type(v) is list, _items, lambda r, t: [r.decode(v) for v in t["items"]]),
    "tuple": (
        lambda v: type(v) is tuple,
        _items,
        lambda r, t: tuple(r.decode(v) for v in t["items"]),
    ),
    "set": (lambda v: type(v) is set, _items, lambda r, t: {r.decode(v) for v in t["items"]}),
    "tensor": (lambda v: isinstance(v, torch.Tensor), _tensor, _read_tensor),
    "scalar": (
        lambda v: isinstance(v, np.generic) and _is_numeric(v),
        lambda w, v, where: {"array": w._put(v)},
        lambda r, t: r.arrays[t["array"]][()],
    ),
    "array": (
        lambda v: isinstance(v, np.ndarray) and _is_numeric(v),
        lambda w, v, where: {"array": w._put(v)},
        lambda r, t: r.arrays[t["array"]],
    ),
    "objects": (  # labels of mixed types, say
        lambda v: isinstance(v, np.ndarray) and v.dtype.kind == "O",
        lambda w, v, where: {"shape": list(v.shape), **_items(w, v.ravel(), where)},
        lambda r, t: _object_array([r.decode(v) for v in t["items"]], t["shape"]),
    ),
    "random_state": (
        lambda v: isinstance(v, np.random.RandomState),
        lambda w, v, where: {"state": w.encode(v.get_state(), where)},
        _read_random_state,
    ),
    "scalar_type": (
        lambda v: isinstance(v, type) and v in _SCALAR_TYPES.values(),
        lambda w, v, where: {"name": next(k for k, t in _SCALAR_TYPES.items() if t is v)},
        lambda r, t: _SCALAR_TYPES[t["name"]],
    ),
    "dtype": (
        lambda v: isinstance(v, np.dtype),
        lambda w, v, where: {"name": v.str},
        lambda r, t: np.dtype(t["name"]),
    ),
    "torch_dtype": (
        lambda v: isinstance(v, torch.dtype),
        lambda w, v, where: {"name": str(v).removeprefix("torch.")},
        lambda r, t: _torch_dtype(t["name"]),
    ),
    "device": (
        lambda v: isinstance(v, torch.device),
        lambda w, v, where: {"name": str(v)},
        lambda r, t: torch.device(t["name"]),
    ),
}


def _object_array(items: list[Any], shape: list[int]) -> np.ndarray[Any, Any]:
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array.reshape(shape)


def _torch_dtype(name: str) -> torch.dtype:
    dtype = getattr(torch, name, None)
    if not isinstance(dtype, torch.dtype):
        raise ModelFileError(f"there is no torch dtype {name!r}.")
    return dtype


def _name(cls: type) -> str:
    return f"{cls.__module__}:{cls.__qualname__}"


def _to_json(tree: Any) -> bytes:
    return json.dumps(tree, allow_nan=False, indent=1).encode()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
