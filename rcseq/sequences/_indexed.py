"""FASTA of which any place is read, by an index that is known to be its own."""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rcseq._files import atomic_write
from rcseq.sequences._genome_index import IndexRow, RawBytes, fits, parse_index

__all__ = ["IndexedFasta"]

# What the readers of packed files raise where the data is damaged, and all others.
_DAMAGED = (EOFError, IndexError, AssertionError, RuntimeError, struct.error, zlib.error)
_BROKEN = (OSError, ValueError, *_DAMAGED)


class IndexedFasta:
    """A FASTA file of which any place is read, plain or packed with ``bgzip``.

    An index (``.fai``) beside the file is used where it fits what the file holds; where the file is
    younger, every line of it is looked at once. Else one is made, and kept beside the file, or in
    the user's cache where that folder cannot be written.

    Parameters
    ----------
    path : Path

    Raises
    ------
    ValueError
        If the file cannot be indexed; the message names it.
    ImportError
        If pyfaidx is not installed.
    """

    def __init__(self, path: Path) -> None:
        try:
            import pyfaidx
        except ImportError:
            raise ImportError(
                'reading a genome needs pyfaidx; install it with: pip install "rcseq[genome]"'
            ) from None
        self.path = path
        try:
            rows, self._reader = _open(pyfaidx.Faidx, path)
        except (*_BROKEN, pyfaidx.FastaIndexingError) as error:
            raise ValueError(f"{path} cannot be indexed: {_reason(error)}") from None
        self.sizes = {row.name: row.size for row in rows}

    def read(self, chrom: str, start: int, end: int) -> str:
        """Read a place within a record, as letters are in the file."""
        place = f"{self.path}, {chrom}:{start}-{end}"
        try:
            bases = str(self._reader.fetch(chrom, start + 1, end))
        except _BROKEN as error:
            raise ValueError(f"{place} cannot be read: {_reason(error)}") from None
        if len(bases) != end - start:
            raise ValueError(
                f"{place} holds {len(bases)} letters; the file has changed since it was opened, or "
                "lines of this record are of unequal length"
            )
        return bases

    def close(self) -> None:
        """Close the file."""
        self._reader.close()


def _reason(error: BaseException) -> str:
    if isinstance(error, UnicodeDecodeError):
        return f"the byte {error.object[error.start]:#x} is not text in UTF-8"
    if isinstance(error, _DAMAGED):
        return "the packed data is truncated or damaged"
    return str(error)


def _open(open_genome: Any, path: Path) -> tuple[list[IndexRow], Any]:
    """Open a genome by the first index that fits it, or by a new one.

    The reader takes its index from a folder of its own: it would judge that of the user by its
    date, and write to it in place, while other processes read.
    """
    suffixes = (".fai", ".gzi") if path.suffix.lower() in (".gz", ".bgz") else (".fai",)
    places = [path, _cached(path)]
    modified = path.stat().st_mtime_ns
    found = [(_written(place, suffixes) < modified, place) for place in places]
    with TemporaryDirectory(prefix="rcseq-") as folder:
        for older, place in sorted(found, key=lambda candidate: candidate[0]):
            with suppress(*_BROKEN):
                held = [file.read_bytes() for file in _files(place, suffixes)]
                # The genome was edited after it was indexed, or copied after its index.
                rows = _checked(path, held, every_line=older)
                reader = _opened(open_genome, path, folder, suffixes, held)
                if older:  # so that the next one need not look at every line
                    _keep(places, suffixes, held)
                return rows, reader
        reader = _opened(open_genome, path, folder, suffixes, None)
        held = [Path(folder, f"index{suffix}").read_bytes() for suffix in suffixes]
        try:
            rows = _checked(path, held)
        except ValueError:
            reader.close()
            raise
    _keep(places, suffixes, held)
    return rows, reader


def _files(place: Path, suffixes: tuple[str, ...]) -> list[Path]:
    return [place.with_name(place.name + suffix) for suffix in suffixes]


def _written(place: Path, suffixes: tuple[str, ...]) -> int:
    """Return when the older of the files of an index was written; -1 where one is missing."""
    with suppress(OSError):
        return min(file.stat().st_mtime_ns for file in _files(place, suffixes))
    return -1


def _keep(places: list[Path], suffixes: tuple[str, ...], held: list[bytes]) -> None:
    """Write an index to the first place that can be written; none will do as well."""
    for place in places:
        with suppress(OSError):
            if place is not places[0]:
                place.parent.mkdir(parents=True, exist_ok=True)
            for file_name, content in zip(_files(place, suffixes), held, strict=True):
                with atomic_write(file_name) as file:
                    file.write(content)
            return


def _opened(
    open_genome: Any, path: Path, folder: str, suffixes: tuple[str, ...], held: list[bytes] | None
) -> Any:
    """Open a genome with an index in `folder`, which holds what is given, or is made."""
    files = [Path(folder, f"index{suffix}") for suffix in suffixes]
    modified = path.stat().st_mtime_ns
    for file, content in zip(files, held or [], strict=False):
        file.write_bytes(content)
        os.utime(file, ns=(modified, modified))
    return open_genome(
        str(path),
        indexname=str(files[0]),
        gzi_indexname=str(files[-1]),
        as_raw=True,
        duplicate_action="first",  # they are refused when the index is read
    )


def _checked(path: Path, held: list[bytes], *, every_line: bool = False) -> list[IndexRow]:
    """Return the rows of an index, if it is that of the file."""
    rows = parse_index(held[0].decode("utf-8"))
    raw = RawBytes(path, *held[1:])
    try:
        if not fits(rows, raw, every_line=every_line):
            raise ValueError("lines of a record are of unequal length, blank, or end in two ways")
    finally:
        raw.close()
    return rows


def _cached(path: Path) -> Path:
    """Where the index of a genome is kept if the folder of the genome cannot be written."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    digest = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]
    return cache / "rcseq" / "genomes" / f"{path.name}-{digest}"
