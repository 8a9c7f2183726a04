"""Places in the genome that the names of records tell."""

import re
import warnings
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

_LOCUS = re.compile(
    # chr1:10-20(+), as bedtools getfasta writes it, and chr1:10-20:+, as Bioconductor does
    r"(?:^|::)(?P<chrom>[^\s:]+):\d[\d,]*-\d[\d,]*(?:\([+.-]\)|:[+*-])?$"
    # chromosome:GRCh38:1:100:200:1, as Ensembl does
    r"|(?:^|\s)[a-z_]+:[^\s:]+:(?P<ensembl>[^\s:]+):\d+:\d+:-?[01](?=\s|$)"
)
_UCSC = re.compile(r"\srange=(?P<place>(?P<chrom>[^\s:]+):\d+-\d+)(?=\s|$)")


def place(title: str) -> str | None:
    """Return the place in a header that the UCSC Genome Browser wrote, whose name says nothing."""
    match = _UCSC.search(title)
    return match["place"] if match else None


def chromosomes(names: Iterable[str]) -> npt.NDArray[np.object_]:
    """Chromosomes of records that are named by their place in the genome.

    Parameters
    ----------
    names : iterable of str
        ``chrom:start-end``, with or without a strand in brackets, and with or without a name and
        ``::`` in front: the headers that ``bedtools getfasta`` writes. Also
        ``chromosome:GRCh38:1:100:200:1``, as Ensembl writes, in a header, and a header of the UCSC
        Genome Browser, with ``range=chr1:100-200``.

    Returns
    -------
    chromosomes : ndarray of str, shape (n,)
        As the `groups` of a splitter, so that no chromosome is on both sides of a split. Where both
        ``chr1`` and ``1`` occur, they are one chromosome, which a warning says.

    Raises
    ------
    ValueError
        If a name is none of these; the message names the first.

    Examples
    --------
    >>> from rcseq.io import chromosomes
    >>> chromosomes(["chr1:855169-855404", "peak_7::chrX:10-20(-)"])
    array(['chr1', 'chrX'], dtype=object)
    """
    found = []
    for number, name in enumerate(names, start=1):
        match = _LOCUS.search(name) or _UCSC.search(name)
        if match is None:
            raise ValueError(
                f"record {number} is named {name!r}, which tells no chromosome; chrom:start-end, "
                "range=chrom:start-end and chromosome:assembly:name:start:end:strand do"
            )
        words = match.groupdict()
        found.append(words["chrom"] or words["ensembl"])
    return np.array(_alike(found), dtype=object)


def intervals(names: Iterable[str] | None) -> pd.DataFrame | None:
    """Read the places that names tell.

    Parameters
    ----------
    names : iterable of str, or None
        As for :func:`chromosomes`.

    Returns
    -------
    DataFrame or None
        Columns ``chrom``, ``start`` and ``end``, one row a name; None where a name tells no place.

    Examples
    --------
    >>> from rcseq.io import intervals
    >>> intervals(["chr1:10-20(+)"]).to_numpy().tolist(), intervals(["peak_1"])
    ([['chr1', 10, 20]], None)
    """
    rows = []
    for name in () if names is None else names:
        match = _LOCUS.search(name) or _UCSC.search(name)
        if match is None:
            return None
        group = "chrom" if match["chrom"] else "ensembl"
        start, end = re.findall(r"\d[\d,]*", match.string[match.end(group) : match.end()])[:2]
        rows.append((match[group], int(start.replace(",", "")), int(end.replace(",", ""))))
    return pd.DataFrame(rows, columns=["chrom", "start", "end"]) if rows else None


def _alike(found: list[str]) -> list[str]:
    """Return one name of a chromosome, if UCSC's and Ensembl's are mixed."""
    known = set(found)
    mixed = {name: f"chr{name}" for name in known if f"chr{name}" in known}
    if {"chrM", "MT"} <= known:
        mixed["MT"] = "chrM"
    if not mixed:
        return found
    name, other = min(mixed.items())
    warnings.warn(
        f"records are named by {other} and by {name}; both are taken as one chromosome "
        f"({len(mixed)} such pairs)",
        stacklevel=3,
    )
    return [mixed.get(name, name) for name in found]
