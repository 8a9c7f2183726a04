"""The file: one safetensors file whose header holds the tree of the model."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import warnings
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import safetensors.torch
import sklearn
import torch
from sklearn.exceptions import InconsistentVersionWarning

import rcseq
from rcseq._files import atomic_write, remove_leftovers
from rcseq.persistence._models import ModelReader, ModelWriter

__all__ = ["ModelFileError", "load", "save"]

_KEY = "rcseq-model"
_VERSION = 2
_BLANK = "0" * 64
_MAX_HEADER = 4 * 2**20  # bytes; as Python objects they are twenty times as many


class ModelFileError(ValueError):
    """A model file that is damaged, foreign, too new, or names a class that nobody trusts."""


def save(model: Any, path: str | os.PathLike[str]) -> Path:
    """Save a fitted estimator or a whole pipeline.

    Parameters
    ----------
    model : estimator
        A :class:`~rcseq.SequenceClassifier`, :class:`~rcseq.SequenceRegressor`, or scikit-learn
        estimators and pipelines around them.
    path : str or path
        The file to write, by custom ``*.rcseq``. It is replaced only when the new one is whole;
        a symbolic link is followed.

    Returns
    -------
    Path
        Where it was written.

    Raises
    ------
    TypeError
        If the model holds something that cannot be written without code, such as a function; the
        message says where.
    ValueError
        If a network has weights that are not finite.

    Warns
    -----
    UserWarning
        If something that only training needs, such as a callback of your own, is left out.

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
    writer = ModelWriter()
    manifest = {
        "sha256": _BLANK,
        "version": _VERSION,
        "rcseq": rcseq.__version__,
        "scikit-learn": sklearn.__version__,
        "torch": torch.__version__,
        "model": writer.encode(model, "model"),
    }
    text = json.dumps(manifest, allow_nan=False)
    data = bytearray(safetensors.torch.save(writer.tensors, {_KEY: text}))
    if int.from_bytes(data[:8], "little") > _MAX_HEADER:
        raise ValueError("model is not saved: it holds too much that is neither array nor weight.")
    start = data.index(_BLANK.encode())
    data[start : start + 64] = hashlib.sha256(data).hexdigest().encode()
    path, target = Path(path), os.path.realpath(path)
    with suppress(FileNotFoundError):
        target = os.path.realpath(path, strict=True)  # a loop of links is an error
    remove_leftovers(Path(target).parent)
    with atomic_write(target) as file:
        file.write(data)
    if writer.left_out:
        warnings.warn(
            f"{path} leaves out {', '.join(writer.left_out)}, which cannot be saved without code "
            "and which predictions do not need. Set it again before you train on.",
            stacklevel=2,
        )
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
    PermissionError
        If it may not be read.
    ModelFileError
        If it is damaged, not a model file of rcseq, or written in a newer format, or if it names a
        class that is neither on the list of rcseq nor in ``trusted``.
    """
    path = Path(path)
    try:
        data = _read(path)
        tensors = safetensors.torch.load(data)
        manifest = _manifest(data)
    except (FileNotFoundError, PermissionError):
        raise
    except Exception as error:
        raise ModelFileError(
            f"{path} is damaged, or not a model file of rcseq: {error}."
        ) from error
    version = manifest.get("version")
    if type(version) is int and version > _VERSION:
        raise ModelFileError(
            f"{path} is written in version {version} of the format, by rcseq "
            f"{manifest.get('rcseq')}; this rcseq {rcseq.__version__} reads version {_VERSION}. "
            "Upgrade rcseq."
        )
    if type(version) is not int or version != _VERSION:
        raise ModelFileError(
            f"{path} is damaged, or not a model file of rcseq: its version is {version!r}, not "
            f"{_VERSION}."
        )
    _check_digest(path, data, manifest)
    del data
    try:
        reader = ModelReader(tensors, trusted)
        model = reader.decode(manifest["model"])
        if tensors:
            raise ValueError(f"nothing refers to its tensors {', '.join(sorted(tensors))}")
    except Exception as error:  # whatever a hostile tree makes of the constructors
        message = f"{type(error).__name__}: {error}" if type(error) is not ValueError else error
        raise ModelFileError(f"{path} cannot be made into a model: {message}.") from error
    written = manifest.get("scikit-learn")
    if written != sklearn.__version__:
        warnings.warn(
            InconsistentVersionWarning(
                estimator_name=type(model).__name__,
                current_sklearn_version=sklearn.__version__,
                original_sklearn_version=str(written),
            ),
            stacklevel=2,
        )
    return model


def _read(path: Path) -> bytes:
    """Read a whole file, once its kind and the size of its header are known to be sane."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError("it is not a regular file")
    with path.open("rb") as file:
        start = file.read(8)
        if len(start) < 8 or int.from_bytes(start, "little") > _MAX_HEADER:
            raise ValueError("it has no header of the expected size")
        return start + file.read()


def _manifest(data: bytes) -> dict[str, Any]:
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    text = header.get("__metadata__", {}).get(_KEY)
    manifest = None if text is None else json.loads(text, parse_constant=_refuse)
    if not isinstance(manifest, dict):
        raise ValueError("it has no manifest of rcseq")
    return manifest


def _refuse(constant: str) -> None:
    raise ValueError(f"it holds {constant}")


def _check_digest(path: Path, data: bytes, manifest: dict[str, Any]) -> None:
    """Compare the digest with that of the file in which the digest itself is blank."""
    digest = manifest.get("sha256")
    if isinstance(digest, str) and len(digest) == 64 and digest.isascii():
        end = 8 + int.from_bytes(data[:8], "little")
        whole = hashlib.sha256(data[:end].replace(digest.encode(), _BLANK.encode(), 1))
        whole.update(memoryview(data)[end:])
        if whole.hexdigest() == digest:
            return
    raise ModelFileError(f"{path} is damaged: it is not what was saved.")
