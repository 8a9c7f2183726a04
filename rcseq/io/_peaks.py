"""Intervals of a genome, as programs that call peaks write them."""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from rcseq.io._files import FilePath, SequenceFileError, open_text

_POSITION = re.compile(r"([0-9]{1,12})(?:\.0+)?", re.ASCII)  # pandas writes 100.0
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]{1,9})?[eE]\+?[0-9]{1,2}", re.ASCII)
_HEADER = re.compile(r"#|(?:track|browser)(?:[ \t]|$)")  # a chromosome may be called track1


class Peak(NamedTuple):
    """An interval, and what is known of it."""

    chrom: str
    start: int
    end: int
    name: str
    score: float
    strand: str
    summit: int
    line: int


def read_peaks(path: FilePath) -> pd.DataFrame:
    r"""Read BED, narrowPeak or broadPeak.

    A file with ten columns of which the last is a position within the interval, or -1, is
    narrowPeak, whatever it is called: so are those of ENCODE, whose names end in ``.bed.gz``.

    Parameters
    ----------
    path : path-like
        Of three columns or more, separated by tabs or blanks, plain or gzipped.

    Returns
    -------
    peaks : DataFrame
        One row an interval, in the order of the file: ``chrom``, ``start``, ``end``, ``name``
        (empty where there is none), ``score`` (the signal of narrowPeak and broadPeak, the fifth
        column of BED, NaN where there is none), ``strand``, ``summit`` (a position of the
        chromosome from 0; -1 where none is given) and ``line`` of the file.

    Raises
    ------
    SequenceFileError
        If the file is missing, damaged or holds no intervals, or a line is not an interval.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from rcseq.io import read_peaks
    >>> path = pathlib.Path(tempfile.mkdtemp(), "peaks.narrowPeak")
    >>> _ = path.write_text("chr1\t100\t150\tpeak1\t900\t.\t5.1\t-1\t3.2\t20\n")
    >>> read_peaks(path)[["chrom", "start", "end", "score", "summit"]]
      chrom  start  end  score  summit
    0  chr1    100  150    5.1     120
    """
    found = list(_peaks(path))
    if not found:
        raise SequenceFileError(f"{path} holds no intervals")
    return pd.DataFrame(found, columns=Peak._fields)


def _peaks(path: FilePath) -> Iterator[Peak]:
    kind = next((s for s in Path(path).suffixes if s.lower() in (".narrowpeak", ".broadpeak")), "")
    with open_text(path) as text:
        for number, line in enumerate(text, start=1):
            if not line.strip() or _HEADER.match(line):
                continue
            # Tabs by the standard; blanks are common and just as clear.
            fields = line.rstrip("\r\n").split("\t") if "\t" in line else line.split()
            try:
                yield _peak(fields, number, kind.lower())
            except ValueError as error:
                raise SequenceFileError(f"{path}, line {number}: {error}") from None


def _peak(fields: list[str], number: int, kind: str) -> Peak:
    if len(fields) < 3:
        raise ValueError(
            f"{chr(9).join(fields)[:40]!r} is not an interval; chromosome, start and end are needed"
        )
    chrom, start, end = fields[0], _position(fields[1]), _position(fields[2])
    if not chrom.strip():
        raise ValueError("the name of the chromosome is empty")
    if start >= end:
        raise ValueError(f"the interval {start}-{end} is empty")
    name = fields[3] if len(fields) > 3 and fields[3] != "." else ""
    strand = fields[5] if len(fields) > 5 else "."
    if strand not in ("+", "-", "."):
        raise ValueError(f"the strand is {strand!r}, not +, - or .")
    summit = _summit(fields, end - start, kind == ".narrowpeak")
    scored = 6 if summit is not None or kind == ".broadpeak" else 4
    score = _number(fields[scored]) if len(fields) > scored else np.nan
    place = -1 if summit is None or summit < 0 else start + summit
    return Peak(chrom, start, end, name, score, strand, place, number)


def _position(text: str) -> int:
    plain = _POSITION.fullmatch(text)
    if plain:
        return int(plain[1])
    said = f"{text[:40]!r} is not an interval's start or end, a whole number from 0"
    if _SCIENTIFIC.fullmatch(text):
        number = Decimal(text)
        # R writes 1e+05 where that is shorter than 100000. What is longer may have been rounded.
        if number == int(number) and len(text) < len(str(int(number))) <= 12:
            return int(number)
        said += ", and may have been rounded; R does not with options(scipen=999)"
    raise ValueError(said)


def _summit(fields: list[str], length: int, needed: bool) -> int | None:
    """Return the last column of narrowPeak, None for another format."""
    if len(fields) != 10:
        if needed:
            raise ValueError(f"narrowPeak has 10 columns, but here are {len(fields)}")
        return None
    if fields[9] == "-1":
        return -1
    summit = _position(fields[9]) if _POSITION.fullmatch(fields[9]) else length
    if summit < length:
        return summit
    if needed:
        raise ValueError(
            f"the summit, column 10, is {fields[9]!r}, not a position within the {length} bases of "
            "the peak (from 0), nor -1"
        )
    return None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")
