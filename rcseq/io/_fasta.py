"""FASTA and FASTQ."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import TextIO

import pandas as pd
from Bio.SeqIO.FastaIO import SimpleFastaParser
from Bio.SeqIO.QualityIO import FastqGeneralIterator

from rcseq.io._files import FilePath, SequenceFileError, check_sequences, open_text


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
        If the file is missing, damaged, empty or no FASTA, or a record is empty or no DNA.

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

    def parse(text: TextIO) -> Iterable[tuple[str, str]]:
        return SimpleFastaParser(_from_first_header(text, path))

    return _read_records(path, parse)


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

    def parse(text: TextIO) -> Iterable[tuple[str, str]]:
        return ((title, sequence) for title, sequence, _ in FastqGeneralIterator(text))

    return _read_records(path, parse)


def _read_records(
    path: FilePath, parse: Callable[[TextIO], Iterable[tuple[str, str]]]
) -> pd.DataFrame:
    names: list[str] = []
    sequences: list[str] = []
    with open_text(path, names) as text:
        try:
            for title, sequence in parse(text):
                names.append(title.partition(" ")[0].partition("\t")[0])
                sequences.append(sequence)
        except UnicodeDecodeError:
            raise
        except ValueError as error:  # Biopython on a record that breaks the form
            if isinstance(error, SequenceFileError):
                raise
            raise SequenceFileError(f"{path}, record {len(names) + 1}: {error}") from None
    check_sequences(path, sequences, lambda index: f"record {index + 1} ({names[index]})")
    return pd.DataFrame({"name": names, "sequence": sequences})


def _from_first_header(text: TextIO, path: FilePath) -> Iterator[str]:
    """Lines from the first that is not blank; Biopython would skip what is no header."""
    for line in text:
        if line.startswith(">"):
            return chain([line], text)
        if line.strip():
            raise SequenceFileError(
                f"{path} is not a FASTA file: the first line is {line.strip()[:40]!r} and does "
                "not begin with '>'"
            )
    return iter(())
