"""What the readers share: opening a file, the checks of its sequences, the error they raise."""

import gzip
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BufferedReader, RawIOBase, TextIOWrapper
from os import PathLike
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from rcseq import alphabet
from rcseq._messages import did_you_mean

FilePath = str | PathLike[str]


class StandardInput(PathLike[str]):
    """Standard input in place of a file; it can be read once."""

    def __str__(self) -> str:
        return "standard input"

    def __fspath__(self) -> str:
        return "-"


class SequenceFileError(ValueError):
    """A file of sequences that cannot be read as one; the message names file and record."""


@contextmanager
def open_binary(path: FilePath, done: list[str] | None = None) -> Iterator[BinaryIO]:
    """Open a plain or gzipped file; what its bytes have wrong becomes one sentence.

    `done` are the names of the records read so far, to say where it broke.
    """
    try:
        with _open(path) as raw:
            packed = raw.peek(2)[:2] == b"\x1f\x8b"
            with gzip.GzipFile(fileobj=raw) if packed else raw as binary:
                yield cast(BinaryIO, binary)
    except UnicodeDecodeError:
        raise SequenceFileError(f"{path} is not a text file") from None
    except (EOFError, gzip.BadGzipFile, zlib.error):
        after = f", after record {len(done)} ({done[-1]})" if done else ""
        raise SequenceFileError(f"{path}: the gzip data is truncated or damaged{after}") from None
    except FileNotFoundError:
        raise SequenceFileError(f"{path}: there is no such file") from None
    except OSError as error:
        raise SequenceFileError(f"{path} cannot be read: {error.strerror or error}") from None


def _open(path: FilePath) -> BufferedReader:
    if isinstance(path, StandardInput):  # or what a test puts in its place
        return BufferedReader(cast(RawIOBase, sys.stdin.buffer))
    return Path(path).open("rb")


@contextmanager
def open_text(path: FilePath, done: list[str] | None = None) -> Iterator[TextIO]:
    """Open a plain or gzipped text file, as :func:`open_binary` does."""
    with open_binary(path, done) as binary, TextIOWrapper(binary, encoding="utf-8-sig") as text:
        yield text


def check_sequences(path: FilePath, sequences: list[str], name_of: Callable[[int], str]) -> None:
    """Refuse no sequences, an empty one and one that is no DNA.

    `name_of` says which record a sequence is, by its index.
    """
    refuse_empty(path, sequences, name_of)
    refuse_letters(path, sequences, name_of)


def refuse_empty(path: FilePath, sequences: list[str], name_of: Callable[[int], str]) -> None:
    if not sequences:
        raise SequenceFileError(f"{path} holds no sequences")
    if not all(sequences):
        raise SequenceFileError(f"{path}, {name_of(sequences.index(''))}: the sequence is empty")


def refuse_letters(path: FilePath, sequences: list[str], name_of: Callable[[int], str]) -> None:
    where = alphabet.find_invalid(sequences)
    if where is None:
        return
    index, position, letter = where
    protein = "; is it a protein?" if letter.upper() in "EFILPQZ*" else ""
    raise SequenceFileError(
        f"{path}, {name_of(index)}: {letter!r} at position {position + 1} is not a "
        f"letter of DNA{protein}"
    )


def nearest(name: str, known: Iterable[str]) -> str:
    names = [str(other) for other in known]
    hint = did_you_mean(name, names, cutoff=0.5).replace(" Did", "did")
    there = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
    return f"{hint} there are: {there}".lstrip()
