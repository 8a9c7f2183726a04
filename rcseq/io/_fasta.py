"""FASTA and FASTQ."""

import codecs
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
from Bio.SeqIO.QualityIO import FastqGeneralIterator

from rcseq.alphabet import ENCODE_TABLE, INVALID
from rcseq.io._files import (
    FilePath,
    SequenceFileError,
    check_sequences,
    open_binary,
    open_text,
    refuse_empty,
    refuse_letters,
)

_BLOCK = 2**17  # bytes read at a time, so that they stay in the cache
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
        Columns ``name`` (the header up to the first blank) and ``sequence``, one row a record.

    Raises
    ------
    SequenceFileError
        If the file is missing, damaged, empty or no FASTA, or a record is empty or not DNA.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from rcseq.io import read_fasta
    >>> path = pathlib.Path(tempfile.mkdtemp(), "peaks.fa")
    >>> _ = path.write_text(">chr1:100-106\nACGTAC\n>chr2:5-9\nACGT\n")
    >>> read_fasta(path)
                name sequence
    0  chr1:100-106   ACGTAC
    1      chr2:5-9     ACGT
    """
    names: list[str] = []
    sequences: list[str] = []
    suspect = False
    with open_binary(path, names) as binary:
        for block in _blocks(binary, path):
            headers, bodies, left = _records(block)
            if left:
                # What is not a letter may be a blank, which is left out, or not DNA.
                bodies = ["".join(body.split()) for body in bodies]
                suspect = True
            names += [header.partition(" ")[0].partition("\t")[0] for header in headers]
            sequences += bodies

    def name_of(index: int) -> str:
        return f"record {index + 1} ({names[index]})"

    refuse_empty(path, sequences, name_of)
    if suspect:
        refuse_letters(path, sequences, name_of)
    return pd.DataFrame({"name": names, "sequence": sequences})


def read_fastq(path: FilePath) -> pd.DataFrame:
    """Read a FASTQ file; the qualities are left out.

    Parameters
    ----------
    path : path-like
        Plain or gzipped, whatever its name.

    Returns
    -------
    table : DataFrame
        Columns ``name`` and ``sequence``, one row a read.

    Raises
    ------
    SequenceFileError
        As :func:`read_fasta`.
    """
    names: list[str] = []
    sequences: list[str] = []
    with open_text(path, names) as text:
        try:
            for title, sequence, _ in FastqGeneralIterator(text):
                names.append(title.partition(" ")[0].partition("\t")[0])
                sequences.append(sequence)
        except UnicodeDecodeError:
            raise
        except ValueError as error:  # Biopython on a record that breaks the form
            raise SequenceFileError(f"{path}, record {len(names) + 1}: {error}") from None
    check_sequences(path, sequences, lambda index: f"record {index + 1} ({names[index]})")
    return pd.DataFrame({"name": names, "sequence": sequences})


def _blocks(binary: BinaryIO, path: FilePath) -> Iterator[bytes]:
    """Yield whole records, many at a time, without the first ``>`` and with Unix line ends."""
    kept = [b"\n"]
    first = True
    while part := binary.read(_BLOCK):
        cut = part.rfind(b"\n>")
        if cut < 0:
            kept.append(part)
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
            line = block[1:].partition(b"\n")[0].strip().decode()
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
        headers, bodies = ([part.decode() for part in parts] for parts in (headers, bodies))
    if len(ends) > 2 * len(headers):
        bodies = [body.replace("\n", "") for body in bodies]
    # All that is not a letter of DNA is in the headers, unless something is wrong.
    others = ">".join(headers).encode().translate(None, _LETTERS)
    return headers, bodies, block.translate(None, _LETTERS) != others
