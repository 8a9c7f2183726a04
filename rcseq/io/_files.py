"""What the readers share: opening a file, the checks of its sequences, the error they raise."""

import codecs
import gzip
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BufferedReader, RawIOBase, TextIOWrapper
from os import PathLike
from pathlib import Path
from typing import BinaryIO, NoReturn, TextIO, cast

from rcseq import alphabet
from rcseq._messages import did_you_mean

FilePath = str | PathLike[str]

LONGEST = 2**20
"""The most bases of one sequence to learn or to predict from; no published network reads more."""

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LATIN_1 = "rcseq-latin-1"


def _as_latin_1(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


# What is read is ASCII. A name or a comment in the encoding of an older program does no harm.
codecs.register_error(_LATIN_1, _as_latin_1)


def decoded(text: bytes) -> str:
    """Decode UTF-8; bytes that are none are taken as Latin-1."""
    return text.decode("utf-8", _LATIN_1)


class StandardInput(PathLike[str]):
    """Standard input in place of a file; it can be read once."""

    def __str__(self) -> str:
        return "standard input"

    def __fspath__(self) -> str:
        return "-"


class SequenceFileError(ValueError):
    """A file of sequences that cannot be read as one; the message names file and record."""


@contextmanager
def open_binary(path: FilePath, done: list[str] | None = None) -> Iterator[BufferedReader]:
    """Open a plain or gzipped file; what its bytes have wrong becomes one sentence.

    `done` are the names of the records read so far, to say where it broke.
    """
    try:
        with _open(path) as raw:
            magic = raw.peek(2)[:2]
            if magic in _UTF_16:
                raise SequenceFileError(f"{path} is text in UTF-16; save it as UTF-8")
            packed = magic == b"\x1f\x8b"
            with gzip.GzipFile(fileobj=raw) if packed else raw as binary:
                yield cast(BufferedReader, binary)
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
    with open_binary(path, done) as binary, as_text(binary) as text:
        yield text


def as_text(binary: BinaryIO) -> TextIO:
    """Read bytes as lines of text; the ends of lines may be those of any system."""
    return TextIOWrapper(binary, encoding="utf-8-sig", errors=_LATIN_1)


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


def refuse_long(
    path: FilePath, sequences: list[str], name_of: Callable[[int], str], longest: int
) -> None:
    lengths = [*map(len, sequences)]
    most = max(lengths)
    if most > longest:
        fail_long(path, name_of(lengths.index(most)), f"{most:,}", longest)


def fail_long(path: FilePath, name: str, length: str, longest: int) -> NoReturn:
    """Refuse a sequence that no network reads, and that is a chromosome most likely."""
    raise SequenceFileError(
        f"{path}, {name}: the sequence has {length} bases, and one of at most {longest:,} is read. "
        "Is it a genome? Give regions of it (--peaks and --genome), or run a fitted model over it "
        "with `rcseq scan`"
    )


def nearest(name: str, known: Iterable[str]) -> str:
    names = [str(other) for other in known]
    hint = did_you_mean(name, names, cutoff=0.5).replace(" Did", "did")
    there = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
    return f"{hint} there are: {there}".lstrip()
