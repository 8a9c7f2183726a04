"""Files of motifs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from Bio.motifs import Motif, transfac
from numpy.typing import NDArray

from rcseq import alphabet
from rcseq._files import atomic_write
from rcseq.io._files import FilePath, SequenceFileError, open_text
from rcseq.io._motif_formats import PARSERS, detect

__all__ = ["motif_counts", "motif_name", "read_motifs", "write_motifs"]

MotifFormat = Literal["meme", "jaspar", "transfac", "homer"]
WrittenFormat = Literal["meme", "jaspar", "transfac"]


def write_motifs(
    motifs: Iterable[Any], path: FilePath, format: WrittenFormat | None = None
) -> None:
    """Write motifs to a file that other programs read.

    Parameters
    ----------
    motifs : iterable of Bio.motifs.Motif
        Their names have to differ, and are one word, or two: an accession and a name.
    path : str or path
        Written under a temporary name first, so that it is whole or not there.
    format : {"meme", "jaspar", "transfac"}, optional
        By default that of the suffix, ``.meme``, ``.jaspar`` or ``.transfac``.

    Raises
    ------
    ValueError
        If the format is unknown, or a name cannot be written; the message names the motif.

    See Also
    --------
    read_motifs : reads what this writes.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from Bio import motifs
    >>> from rcseq.io import read_motifs, write_motifs
    >>> motif = motifs.create(["GATAA", "GATAG"])
    >>> motif.name = "GATA"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_motifs([motif], Path(folder, "gata.meme"))
    ...     [(motif.name, motif.counts["A"]) for motif in read_motifs(Path(folder, "gata.meme"))]
    [('GATA', [0.0, 2.0, 0.0, 2.0, 1.0])]
    """
    path = Path(path)
    where = f"the suffix of {path.name}" if format is None else f"format={format!r}"
    chosen = path.suffix.lower().removeprefix(".") if format is None else format
    if chosen not in _WRITERS:
        raise ValueError(f"{where} is not one of {', '.join(_WRITERS)}")
    items = list(motifs)
    names = [motif_name(motif) or f"motif{index}" for index, motif in enumerate(items)]
    for index, name in enumerate(names):
        if name != " ".join(name.split()[:2]):
            raise ValueError(
                f"motif {index} has the name {name!r}; one word is taken, or an accession, a space "
                "and a name"
            )
        if name in names[:index]:
            raise ValueError(f"two motifs have the name {name!r}; programs would confuse them")
    with atomic_write(path, "w") as file:
        file.write(_WRITERS[chosen](items, names))


def read_motifs(path: FilePath, format: MotifFormat | None = None) -> list[Motif]:
    r"""Read a collection of motifs from a file, plain or gzipped.

    A file is read for certain or not at all: a wrong width, a row that lacks a number, log-odds, a
    motif without a matrix are errors.

    Parameters
    ----------
    path : str or path
    format : {"meme", "jaspar", "transfac", "homer"}, optional
        By default the file itself tells. ``"meme"`` is its minimal format or text report,
        ``"jaspar"`` one row a base, with letters in front or without, and ``"homer"`` one row a
        position below a line that begins with ``>``, as HOMER, HOCOMOCO and gimme write.

    Returns
    -------
    list of Bio.motifs.Motif
        Each has its ``name``; with an accession in the file, that and the name: ``"MA0004.1
        Arnt"``. The motifs of a MEME file are probabilities times the number of sites, or times 20
        where that is unknown. U is read as T.

    Raises
    ------
    SequenceFileError
        If there is no such file, it holds no motif of that format, or a motif cannot be read; the
        message names the line.
    ValueError
        If the format is unknown.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from rcseq.io import read_motifs
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "one.jaspar")
    ...     _ = path.write_text(">M1 mine\nA [2 0]\nC [0 0]\nG [0 1]\nT [0 1]\n")
    ...     [motif.name for motif in read_motifs(path)]
    ['M1 mine']
    """
    if format is not None and format not in get_args(MotifFormat):
        raise ValueError(f"format={format!r} is not one of {', '.join(get_args(MotifFormat))}")
    with open_text(path) as file:
        text = file.read()
    lines = [line.strip() for line in text.split("\n")]
    lines = ["" if line.startswith("#") else line for line in lines]
    looks = detect(lines)
    if looks is None:
        known = format or ", ".join(get_args(MotifFormat))
        raise SequenceFileError(f"{path} holds no motifs ({known})")
    family, parse = PARSERS[format or looks]
    if looks != family:
        like = "jaspar or homer" if looks == ">" else looks
        raise SequenceFileError(f"{path} is not a file of {format} motifs; it looks like {like}")
    try:
        found = parse(lines)
    except SequenceFileError as error:
        raise SequenceFileError(f"{path}, {error}") from None
    if not found:
        raise SequenceFileError(f"{path} holds no motifs")
    return [_motif(name or f"motif{index}", counts) for index, (name, counts) in enumerate(found)]


def _motif(name: str, counts: NDArray[np.float64]) -> Motif:
    columns = dict(zip(alphabet.NUCLEOTIDES, counts.T.tolist(), strict=True))
    motif = Motif(alphabet=alphabet.NUCLEOTIDES, counts=columns)
    motif.name = name
    return motif


def motif_counts(motif: Motif) -> NDArray[np.float64]:
    """Return the counts of a motif of Biopython as an array.

    Parameters
    ----------
    motif : Bio.motifs.Motif
        Of DNA or RNA; U is read as T.

    Returns
    -------
    counts : ndarray of shape (width, 4)
        Columns A C G T.

    Raises
    ------
    ValueError
        If the motif has no counts, or other letters.

    Examples
    --------
    >>> from Bio import motifs
    >>> from rcseq.io import motif_counts
    >>> motif_counts(motifs.create(["GAU", "GAU"], alphabet="ACGU"))
    array([[0., 0., 2., 0.],
           [2., 0., 0., 0.],
           [0., 0., 0., 2.]])
    """
    counts = {} if motif.counts is None else dict(motif.counts.items())
    if set(counts) == set("ACGU"):
        counts["T"] = counts.pop("U")
    if set(counts) != set(alphabet.NUCLEOTIDES):
        raise ValueError(
            f"the motif {motif_name(motif) or ''} has counts of {''.join(counts) or 'no letters'}; "
            "the letters ACGT or ACGU are needed"
        )
    return np.array([counts[base] for base in alphabet.NUCLEOTIDES], dtype=float).T


def motif_name(motif: Motif) -> str | None:
    """Return the name of a motif of Biopython, after its accession where it has one.

    Parameters
    ----------
    motif : Bio.motifs.Motif

    Returns
    -------
    name : str or None

    Examples
    --------
    >>> from Bio.motifs import jaspar
    >>> from rcseq.io import motif_name
    >>> motif_name(jaspar.Motif("MA0004.1", "Arnt"))
    'MA0004.1 Arnt'
    """
    name: str | None = motif.name
    accession: str | None = getattr(motif, "matrix_id", None)  # of JASPAR
    if isinstance(motif, transfac.Motif) and not name:
        accession, name = motif.get("AC"), motif.get("ID") or motif.get("NA")
    if name and accession and accession not in name.split():
        return f"{accession} {name}"
    return name or accession or None


def _jaspar_text(motifs: list[Motif], names: list[str]) -> str:
    lines = []
    for motif, name in zip(motifs, names, strict=True):
        lines.append(f">{name}")
        for base, counts in zip(alphabet.NUCLEOTIDES, motif_counts(motif).T, strict=True):
            lines.append(f"{base} [ {' '.join(f'{value:.17g}' for value in counts)} ]")
    return "".join(f"{line}\n" for line in lines)


def _transfac_text(motifs: list[Motif], names: list[str]) -> str:
    lines = []
    for motif, name in zip(motifs, names, strict=True):
        words = name.split()
        lines += [f"AC  {words[0]}", "XX", f"ID  {words[-1]}", "XX"]
        lines.append(f"P0  {'  '.join(alphabet.NUCLEOTIDES)}")
        for number, row in enumerate(motif_counts(motif), 1):
            consensus = alphabet.NUCLEOTIDES[int(row.argmax())]
            values = "  ".join(f"{value:.17g}" for value in row)
            lines.append(f"{number:02}  {values}  {consensus}")
        lines += ["XX", "//"]
    return "".join(f"{line}\n" for line in lines)


def _meme_text(motifs: list[Motif], names: list[str]) -> str:
    """Minimal MEME format, version 4; Biopython reads it but does not write it."""
    uniform = dict.fromkeys(alphabet.NUCLEOTIDES, 0.25)
    background = {
        letter.replace("U", "T"): share
        for letter, share in (motifs[0].background if motifs else uniform).items()
    }
    shares = " ".join(f"{base} {background[base]:.6g}" for base in alphabet.NUCLEOTIDES)
    lines = ["MEME version 4", "", f"ALPHABET= {alphabet.NUCLEOTIDES}", "", "strands: + -", ""]
    lines += ["Background letter frequencies", shares, ""]
    for motif, name in zip(motifs, names, strict=True):
        counts = motif_counts(motif)
        totals = counts.sum(axis=1, keepdims=True)
        lines.append(f"MOTIF {name}")
        lines.append(
            f"letter-probability matrix: alength= 4 w= {len(counts)} nsites= {totals.max():.17g} "
            "E= 0"
        )
        lines += [" ".join(f"{value:.17g}" for value in row) for row in counts / totals]
        lines.append("")
    return "\n".join(lines)


_WRITERS = {"meme": _meme_text, "jaspar": _jaspar_text, "transfac": _transfac_text}
