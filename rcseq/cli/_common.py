"""What the commands share: errors, folders that are written whole, and how options are read."""

from __future__ import annotations

import errno
import gzip
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, cast

import click

FILE = click.Path(path_type=Path)  # whether it is there is said by the reader, in one sentence
FITS = "fits"  # the folder of the finished fits and their models, in that of the results
# What the system may say of a place where a file or folder is to be written.
_ERRORS = "EACCES EDQUOT EFBIG EIO EISDIR ELOOP ENAMETOOLONG ENOSPC ENOTDIR EPERM EROFS"
_UNWRITABLE = {getattr(errno, name) for name in _ERRORS.split(" ") if hasattr(errno, name)}


class InputError(click.ClickException):
    """Something about the user's data: one sentence, exit status 2."""

    exit_code = 2


def require_pictures() -> None:
    """Check that matplotlib is there before the work begins, and draw without a screen."""
    os.environ.setdefault("MPLBACKEND", "agg")
    try:
        from rcseq.plotting import import_pyplot

        import_pyplot()  # before the work, not after it
    except ImportError as error:
        raise click.ClickException(f"{error}") from error


def listed(text: str) -> list[str]:
    """Split names with commas between."""
    return [name.strip() for name in text.split(",") if name.strip()]


def strategy_names(text: str | None) -> list[str]:
    from rcseq.strategies import default_strategies, get_strategy

    if text is None:
        return default_strategies()
    names = listed(text)
    if not names:
        raise click.BadParameter("names no strategy", param_hint="--strategies")
    for name in names:
        try:
            get_strategy(name)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--strategies") from error
    return list(dict.fromkeys(names))


def known_device(context: click.Context, parameter: click.Parameter, device: str) -> str:
    """Refuse a device that is not there before anything is read; a callback of an option."""
    if device not in ("auto", "cpu"):
        from rcseq.estimators import check_device

        try:
            check_device(device)
        except ValueError as error:
            raise InputError(f"--{error}") from error
    return device


def default_jobs(device: str) -> int:
    """Count cores; on a GPU, where every worker holds memory of its own, at most four."""
    from joblib import cpu_count
    from torch import cuda

    on_gpu = device.startswith("cuda") or (device == "auto" and cuda.is_available())
    return min(int(cpu_count()), 4) if on_gpu else int(cpu_count())


def keep_memory() -> None:
    """Let the workers keep what they free, where the C library is glibc.

    A batch of long sequences makes arrays that glibc gives back to the system at once and asks for
    again in the next step, page by page, which can cost a third of the time of a training.
    """
    os.environ.setdefault("MALLOC_MMAP_MAX_", "0")
    os.environ.setdefault("MALLOC_TRIM_THRESHOLD_", str(1 << 40))
    os.environ.setdefault("MALLOC_TOP_PAD_", str(1 << 26))


def alterations(options: dict[str, Any]) -> list[str]:
    """Return for a report which options make a run another than the published one."""
    names = [f"--{name}" for name in ("n-samples", "max-epochs") if options[name.replace("-", "_")]]
    return [f"This is not a reproduction: {' and '.join(names)} changed it."] if names else []


def command_line() -> str:
    """Return the command as it can be typed again, without what was left at its default."""
    context = click.get_current_context()
    given = ["rcseq", str(context.info_name)]
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        if source is click.core.ParameterSource.DEFAULT:
            continue
        value = context.params[parameter.name or ""]
        if isinstance(parameter, click.Argument):
            given.append(str(value))
        elif isinstance(value, bool):
            given.append((parameter.opts if value else parameter.secondary_opts)[0])
        else:
            for one in value if parameter.multiple else [value]:
                given += [parameter.opts[0], str(one)]
    return shlex.join(given)


@contextmanager
def output_folder(path: Path) -> Iterator[Path]:
    """Make the folder of the results, and take it away again if nothing came into it."""
    from rcseq._files import remove_leftovers

    fits, new = path / FITS, []
    try:
        if path.exists() and not path.is_dir():
            raise InputError(f"--out {path} is a file; a folder is needed.")
        new = [folder for folder in (fits, path, *path.parents) if not folder.exists()]
        fits.mkdir(parents=True, exist_ok=True)
        remove_leftovers(path)  # of a run that was killed
        yield path
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        kept = "; what is there already is kept" if _holds_something(path) else ""
        raise InputError(f"--out {path} cannot be written: {error.strerror}{kept}.") from error
    except (KeyboardInterrupt, SystemExit):
        if n_kept := len(list(fits.rglob("*.npz"))):
            count = f"{n_kept} finished fit{'s are' if n_kept > 1 else ' is'}"
            click.echo(f"{count} kept in {fits}; the same command goes on from there.", err=True)
        raise
    finally:
        with suppress(OSError):  # the first that is not empty
            for folder in new:
                folder.rmdir()


def _holds_something(path: Path) -> bool:
    with suppress(OSError):
        return any(path.iterdir())
    return False


@contextmanager
def output_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that is there when it is whole; .gz is packed, and - is standard output."""
    from rcseq._files import atomic_write

    if str(path) == "-":
        if sys.stdout is None:
            raise InputError("standard output is closed; name a file by --out.")
        yield sys.stdout.buffer
        return
    with writing(path), atomic_write(path) as file:
        if path.suffix != ".gz":
            yield file
            return
        with gzip.GzipFile(path.stem, "wb", fileobj=file, mtime=0) as packed:
            yield cast(IO[bytes], packed)


@contextmanager
def writing(path: Path, option: str = "--out") -> Iterator[None]:
    """Check before the work that a file can have its place, and say in one sentence what fails."""
    from rcseq._files import remove_leftovers

    folder = path.absolute().parent
    try:
        if path.is_dir():
            raise InputError(f"{option} {path} is a folder; a file is needed.")
        if not folder.is_dir():
            raise InputError(f"{option} {path}: there is no folder {path.parent}.")
        if not os.access(folder, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        remove_leftovers(folder)  # of a run that was killed
        yield
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        raise InputError(f"{option} {path} cannot be written: {error.strerror}.") from error


def write_csv(path: Path, table: Any, **options: Any) -> None:
    """Write a data frame, whole or not at all."""
    from rcseq._files import atomic_write

    packing = "gzip" if path.suffix == ".gz" else None
    with atomic_write(path) as file:
        table.to_csv(file, mode="wb", compression=packing, **options)
