"""The folder of a comparison: each fit is a file, and its model another."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from rcseq._files import atomic_write, remove_leftovers
from rcseq.model_selection._fits import Fit

__all__ = ["FitCache", "SavedModels"]


class FitCache:
    """Read and write fits by the digest of what they depend on."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)

    def prepare(self) -> None:
        """Make the folder, and remove what a killed run left unfinished."""
        self.folder.mkdir(parents=True, exist_ok=True)
        remove_leftovers(self.folder)

    @contextmanager
    def cleaned(self) -> Iterator[None]:
        """Leave nothing but finished fits behind, also where the run is stopped."""
        try:
            yield
        except BaseException:  # the workers were killed, and have left what they were writing
            shutil.rmtree(self.temporary, ignore_errors=True)
            remove_leftovers(self.folder)
            raise
        with suppress(OSError):  # absent, or not empty yet: the next run removes it
            self.temporary.rmdir()

    def names(self) -> dict[str, str]:
        """List the finished fits: digest to name."""
        return {path.stem.rpartition("-")[2]: path.stem for path in self.folder.glob("*-*.npz")}

    @property
    def temporary(self) -> Path:
        """Where joblib lays arrays that workers share."""
        return self.folder / f".shared.{os.getpid()}.tmp"

    def model_path(self, name: str) -> Path:
        return self.folder / f"{name}.rcseq"

    def read(self, name: str) -> Fit | None:
        """Read a fit; warn, and return None, where it or its model is damaged."""
        path = self.folder / f"{name}.npz"
        try:
            # from memory, so that a damaged file is not left open
            with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as file:
                record = json.loads(file["record"].tobytes())
                arrays = {key: file[key] for key in ("forward", "reverse")}
            digest = record.pop("model")
            fit = Fit(**record, **arrays)
            path = self.model_path(name)
            if digest is not None and _sha256(path) != digest:
                raise ValueError("it is not what was written")
            return fit
        except Exception as error:  # whatever a damaged file makes a reader raise
            cause = " ".join(str(error).split()) or type(error).__name__
            warnings.warn(
                f"{path} is damaged ({cause}); its fit is run again.", UserWarning, stacklevel=4
            )
            return None

    def write(self, name: str, fit: Fit, model: Any) -> str | None:
        """Write a model, and then the fit; return why the model was left out, if it was."""
        from rcseq.persistence import save

        trouble = None
        try:
            with warnings.catch_warnings():
                # what a file leaves out is needed for training on only, and the caller has it
                warnings.filterwarnings("ignore", "(?s).*leaves out.*", UserWarning)
                save(model, self.model_path(name))
        except TypeError as error:
            trouble = str(error)
        model_digest = None if trouble else _sha256(self.model_path(name))
        record = fit._asdict() | {"model": model_digest}
        arrays = {key: record.pop(key) for key in ("forward", "reverse")}
        with atomic_write(self.folder / f"{name}.npz") as file:
            np.savez(file, record=np.frombuffer(json.dumps(record).encode(), np.uint8), **arrays)
        return trouble


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def file_name(strategy: str, seed: int, fold: int, train_size: float, key: str) -> str:
    """Name the files of a fit, so that people and the cache know it."""
    # no file system takes more than 255 bytes; the key tells names apart that are cut
    words = [re.sub(r"[^\w.]+", "_", strategy)[:40], f"seed{seed}", f"fold{fold}"]
    if train_size != 1:
        words.append(f"size{train_size:g}")
    return "-".join([*words, key])


class SavedModels(Mapping[tuple[str, int, int, float], Any]):
    """The models of a comparison, each loaded from its file when it is asked for."""

    def __init__(self, paths: Mapping[Any, Path], trusted: Iterable[type]) -> None:
        self.paths, self.trusted = dict(paths), tuple(trusted)

    def __getitem__(self, key: tuple[str, int, int, float]) -> Any:
        from rcseq.persistence import load

        return load(self.paths[key], trusted=self.trusted)

    def __iter__(self) -> Iterator[tuple[str, int, int, float]]:
        return iter(self.paths)

    def __len__(self) -> int:
        return len(self.paths)

    def __repr__(self) -> str:
        return f"<{len(self)} models, loaded when asked for>"
