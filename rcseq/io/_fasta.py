"""FASTA and FASTQ."""

import codecs
import gzip
import zlib
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
from Bio.SeqIO.QualityIO import FastqGeneralIterator

from rcseq.alphabet import ENCODE_TABLE, INVALID
from rcseq.io._files import (
    FilePath,
    SequenceFileError,
    as_text,
    check_sequences,
    decoded,
    fail_long,
    open_binary,
    refuse_empty,
    refuse_letters,
    refuse_long,
)

Records = tuple[list[str], list[str]]  # titles and sequences

_BLOCK = 2**17  # bytes read at a time, so that they stay in the cache
_READS = 10_000  # of FASTQ at a time
_BLANKS = str.maketrans("", "", " \t")  # what Biopython leaves out of a sequence
_LETTERS = bytes(i for i, code in enumerate(ENCODE_TABLE) if code != INVALID) + b"\n"


def read_fasta(path: FilePath) -> pd.DataFrame:
    r"""Read a FASTA file.

    Parameters
    ----------
    path : path-like
        Plain or gzipped, whatever its name.

    Returns
    -------
    table : DataFrame
        Columns ``name`` (the first word of the header), ``sequence`` and ``description`` (the
        header in full), one row a record.

    Raises
    ------
    SequenceFileError
        If the file is missing, damaged, empty or no FASTA, or a record is empty or not DNA.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from rcseq.io import read_fasta
    >>> path = pathlib.Path(tempfile.mkdtemp(), "peaks.fa")
    >>> _ = path.write_text(">chr1:100-106\nACGTAC\n>chr2:5-9 weak\nACGT\n")
    >>> read_fasta(path)
                name sequence    description
    0  chr1:100-106   ACGTAC   chr1:100-106
    1      chr2:5-9     ACGT  chr2:5-9 weak
    """
    titles: list[str] = []
    with open_binary(path, titles) as binary:
        return record_table(fasta_records(binary, path), titles)


def record_table(records: Iterator[Records], titles: list[str] | None = None) -> pd.DataFrame:
    """Gather records; `titles` are filled meanwhile, so that an error can say where it is."""
    titles = [] if titles is None else titles
    sequences: list[str] = []
    for some, their_sequences in records:
        titles += some
        sequences += their_sequences
    names = first_words(titles)
    return pd.DataFrame({"name": names, "sequence": sequences, "description": titles})


def first_words(titles: list[str]) -> list[str]:
    """Return the first word of each header, as Biopython does."""
    return [(title.split(None, 1) or [""])[0] for title in titles]


def fasta_records(
    binary: BinaryIO, path: FilePath, longest: int | None = None
) -> Iterator[Records]:
    """Read headers and sequences of an open FASTA file, some at a time.

    A sequence of more than `longest` bases is refused before all of it is read.
    """
    done = 0
    for block in _blocks(binary, path, longest):
        headers, bodies, left = _records(block)
        name_of = _place(headers, done)
        if left:
            # What is not a letter may be a blank, which is left out, or not DNA.
            bodies = [body.translate(_BLANKS) for body in bodies]
        try:
            refuse_empty(path, bodies, name_of)
            if left:
                refuse_letters(path, bodies, name_of)
            if longest is not None:
                refuse_long(path, bodies, name_of, longest)
        except SequenceFileError:
            stream: Any = binary
            while isinstance(stream, gzip.GzipFile) and stream.read(_BLOCK):
                pass  # that the packed data is damaged is the better reason, and told at the end
            raise
        yield [header.rstrip() for header in headers], bodies
        done += len(bodies)
    if not done:
        raise SequenceFileError(f"{path} holds no sequences")


def _place(titles: list[str], done: int) -> Callable[[int], str]:
    """Return how messages call each record, of which so many were before."""
    return lambda index: f"record {done + index + 1} ({first_words([titles[index]])[0]})"


def read_fastq(path: FilePath) -> pd.DataFrame:
    """Read a FASTQ file; the qualities are left out.

    Parameters
    ----------
    path : path-like
        Plain or gzipped, whatever its name.

    Returns
    -------
    table : DataFrame
        As :func:`read_fasta`, one row a read.

    Raises
    ------
    SequenceFileError
        As :func:`read_fasta`, or if a letter of the qualities is none.
    """
    titles: list[str] = []
    with open_binary(path, titles) as binary:
        return record_table(fastq_records(binary, path), titles)


def fastq_records(
    binary: BinaryIO, path: FilePath, longest: int | None = None
) -> Iterator[Records]:
    """Read titles and sequences of an open FASTQ file, some at a time."""
    done = 0
    with as_text(binary) as text:
        reads = FastqGeneralIterator(text)
        while True:
            titles: list[str] = []
            sequences: list[str] = []
            try:
                for title, sequence, quality in islice(reads, _READS):
                    if not title.strip():
                        raise ValueError("The record has no name")
                    if quality and (min(quality) < "!" or max(quality) > "~"):
                        raise ValueError("Invalid character in quality string")
                    titles.append(title)
                    sequences.append(sequence)
            except (EOFError, OSError, zlib.error):
                yield titles, sequences  # so that the error can say after which
                raise
            except (ValueError, IndexError) as error:  # Biopython on a record that breaks the form
                number = done + len(titles) + 1
                raise SequenceFileError(f"{path}, record {number}: {error}") from None
            if done and not sequences:
                break
            check_sequences(path, sequences, _place(titles, done))
            if longest is not None:
                refuse_long(path, sequences, _place(titles, done), longest)
            yield titles, sequences
            done += len(sequences)


def _blocks(binary: BinaryIO, path: FilePath, longest: int | None) -> Iterator[bytes]:
    """Yield whole records, many at a time, without the first ``>`` and with Unix line ends."""
    kept = [b"\n"]
    first = True
    while part := binary.read(_BLOCK):
        cut = part.rfind(b"\n>")
        if cut < 0:
            kept.append(part)
            # With as many blanks and line ends as a file may have, this is more than one sequence.
            if longest is not None and len(kept) * _BLOCK > 4 * longest + 2**20:
                whole = b"".join(kept)
                if b"\r>" not in whole:  # as it may be where lines end in "\r"
                    header = next(_normal(whole, path, first)).partition(b"\n")[0]
                    name = first_words([decoded(header)])[0][:80]
                    fail_long(path, f"the record {name}", f"more than {longest:,}", longest)
                longest = None
            continue
        yield from _normal(b"".join([*kept, part[:cut]]), path, first)
        kept, first = [part[cut:]], False
    yield from _normal(b"".join(kept), path, first)


def _normal(block: bytes, path: FilePath, first: bool) -> Iterator[bytes]:
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if first:
        block = b"\n" + block.removeprefix(b"\n").removeprefix(codecs.BOM_UTF8).lstrip()
        if block != b"\n" and block[1:2] != b">":
            line = decoded(block[1:].partition(b"\n")[0].strip())
            raise SequenceFileError(
                f"{path} is not a FASTA file: the first line is {line[:40]!r} and does "
                "not begin with '>'"
            )
    if len(block) > 1:
        yield block[2:]


def _records(block: bytes) -> tuple[list[str], list[str], bool]:
    """Cut whole records into headers and bodies, and tell whether a body has another letter."""
    text: Any = block.decode("ascii") if block.isascii() else block  # bytes have the same offsets
    letters = np.frombuffer(block, np.uint8)
    ends = np.append(np.flatnonzero(letters == ord("\n")), len(letters))  # of lines
    inner = ends[:-1][letters[np.minimum(ends[:-1] + 1, len(letters) - 1)] == ord(">")]
    inner = inner[inner < len(letters) - 1]
    starts = np.concatenate([[0], inner + 2])
    titles = ends[np.searchsorted(ends, starts)]
    stops = np.append(inner, len(letters))
    headers = [text[i:j] for i, j in zip(starts.tolist(), titles.tolist(), strict=True)]
    bodies = [text[i + 1 : j] for i, j in zip(titles.tolist(), stops.tolist(), strict=True)]
    if text is block:
        headers, bodies = ([decoded(part) for part in parts] for parts in (headers, bodies))
    if len(ends) > 2 * len(headers):
        bodies = [body.replace("\n", "") for body in bodies]
    # All that is not a letter of DNA is in the headers, unless something is wrong.
    others = ">".join(headers).encode().translate(None, _LETTERS)
    return headers, bodies, block.translate(None, _LETTERS) != others
