"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

__all__ = ["atomic_path", "atomic_write", "remove_leftovers"]

_LEFTOVER = re.compile(r"\..+\.(\d+)(-[0-9a-f]{8})?\.tmp")


@contextmanager
def atomic_write(path: str | os.PathLike[str], mode: str = "wb") -> Iterator[IO[Any]]:
    """Open a file that takes its name when it is whole; after an error there is none.

    `mode` is ``"wb"``, or ``"w"`` for text in UTF-8. A file of that name is replaced.
    """
    path = Path(path)
    # The name tells who writes it, so that remove_leftovers knows whether somebody still does.
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    encoding = None if "b" in mode else "utf-8"
    try:
        # "x" and not "w": the file is ours, and has the permissions that the user's umask gives.
        with temporary.open(mode.replace("w", "x"), encoding=encoding) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())  # or the name could outlive the content in a power cut
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a path of the same name elsewhere, for libraries that open files themselves.

    What is there in the end takes the place of `path`; after an error nothing does.
    """
    path = Path(path)
    folder = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    folder.mkdir()
    try:
        written = folder / path.name
        yield written
        with written.open("rb") as file:
            os.fsync(file.fileno())
        written.replace(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_leftovers(folder: str | os.PathLike[str]) -> None:
    """Remove temporary files and folders of killed processes; those of living ones stay."""
    for path in Path(folder).glob(".*.tmp"):
        match = _LEFTOVER.fullmatch(path.name)
        if match and not _is_alive(int(match[1])):
            with suppress(OSError):  # Windows does not remove a file that somebody has open
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _is_alive(process: int) -> bool:
    if process == os.getpid():
        return True
    if os.name != "posix":  # there a signal of zero would end the process
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # of another user
        return True
    return True
