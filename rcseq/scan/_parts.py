"""What a scan has done so far, on the disk: a killed one goes on where it stopped."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rcseq._files import atomic_write, remove_leftovers

__all__ = ["Parts"]

_SETTINGS = "scan.json"


class Parts:
    """A folder with the values of each finished stretch.

    Parameters
    ----------
    folder : Path
        Made where it is not there. What a scan with other settings has left in it is removed.
    settings : dict
        Everything that the values depend on, as JSON has it.
    """

    def __init__(self, folder: Path, settings: dict[str, Any]) -> None:
        self.folder = folder
        text = json.dumps(settings, indent=1)
        if folder.exists() and self._settings() != text:
            if any(path.suffix != ".npy" for path in folder.glob("*") if path.name != _SETTINGS):
                raise ValueError(f"{folder} is not a folder of an unfinished scan; move it away")
            shutil.rmtree(folder)
        folder.mkdir(exist_ok=True)
        remove_leftovers(folder)
        with atomic_write(folder / _SETTINGS, "w") as file:
            file.write(text)

    def _settings(self) -> str:
        path = self.folder / _SETTINGS
        return path.read_text("utf-8") if path.is_file() else ""

    def __contains__(self, number: int) -> bool:
        return self._path(number).is_file()

    def write(self, number: int, values: NDArray[np.float32]) -> None:
        """Keep the values of a stretch, whole or not at all."""
        with atomic_write(self._path(number)) as file:
            np.save(file, values)

    def read(self, number: int) -> NDArray[np.float32]:
        """Read the values of a stretch."""
        values: NDArray[np.float32] = np.load(self._path(number))
        return values

    def remove(self) -> None:
        """Remove the folder: the track is written."""
        shutil.rmtree(self.folder)

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:06}.npy"
