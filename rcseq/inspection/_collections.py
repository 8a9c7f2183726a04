"""Collections of motifs: what is taken as one, and files of them in three formats."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from io import StringIO
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from Bio import motifs as bio_motifs
from Bio.motifs import Motif, jaspar, transfac
from numpy.typing import NDArray

from rcseq import alphabet
from rcseq._motif import as_motif
from rcseq.io._files import FilePath, SequenceFileError, open_text

__all__ = ["MotifFormat", "as_matrices", "motif_name", "read_motifs", "write_motifs"]

MotifFormat = Literal["meme", "jaspar", "transfac"]

_FIRST_WORDS = {"meme": ("MOTIF",), "jaspar": (">",), "transfac": ("P0", "PO")}


def write_motifs(motifs: Iterable[Any], path: FilePath, format: MotifFormat | None = None) -> None:
    """Write motifs to a file that other programs read.

    Parameters
    ----------
    motifs : iterable of Bio.motifs.Motif
        As :func:`filters_to_motifs` gives them. Names have to differ, and are one word, or two:
        an accession and a name.
    path : str or path
        Written under a temporary name first, so that it is whole or not there.
    format : {"meme", "jaspar", "transfac"}, optional
        By default that of the suffix, ``.meme``, ``.jaspar`` or ``.transfac``. JASPAR keeps two
        decimals of each count; the others keep all.

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
    >>> from rcseq.inspection import read_motifs, write_motifs
    >>> motif = motifs.create(["GATAA", "GATAG"])
    >>> motif.name = "GATA"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_motifs([motif], Path(folder, "gata.meme"))
    ...     [(motif.name, motif.counts["A"]) for motif in read_motifs(Path(folder, "gata.meme"))]
    [('GATA', [0.0, 2.0, 0.0, 2.0, 1.0])]
    """
    path = Path(path)
    chosen = _format_of(path, format)
    items = list(motifs)
    names = [motif_name(motif, index) for index, motif in enumerate(items)]
    for index, name in enumerate(names):
        if name != " ".join(name.split()[:2]):
            raise ValueError(
                f"motif {index} has the name {name!r}; one word is taken, or an accession, a space "
                "and a name"
            )
        if name in names[:index]:
            raise ValueError(f"two motifs have the name {name!r}; programs would confuse them")
    if chosen == "meme":
        text = _meme_text(items, names)
    else:
        named = _jaspar if chosen == "jaspar" else _transfac
        pairs = zip(items, names, strict=True)
        text = bio_motifs.write([named(motif, name.split()) for motif, name in pairs], chosen)
    _write_atomically(path, text)


def read_motifs(path: FilePath, format: MotifFormat | None = None) -> list[Motif]:
    r"""Read a collection of motifs from a file, plain or gzipped.

    Parameters
    ----------
    path : str or path
    format : {"meme", "jaspar", "transfac"}, optional
        By default that of the suffix, ``.meme``, ``.jaspar`` or ``.transfac``, with or without
        ``.gz``.

    Returns
    -------
    list of Bio.motifs.Motif
        Each has its ``name``; with an accession in the file, that and the name: ``"MA0004.1
        Arnt"``. The motifs of a MEME file are probabilities times the number of sites.

    Raises
    ------
    SequenceFileError
        If there is no such file or it holds no motif of that format.
    ValueError
        If the format is unknown.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from rcseq.inspection import read_motifs
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "one.jaspar")
    ...     _ = path.write_text(">M1 mine\nA [2 0]\nC [0 0]\nG [0 1]\nT [0 1]\n")
    ...     [motif.name for motif in read_motifs(path)]
    ['M1 mine']
    """
    chosen = _format_of(Path(path), format)
    with open_text(path) as file:
        text = file.read()
    try:
        if chosen == "meme":
            found = _parse_meme(text)
        else:
            found = list(bio_motifs.parse(StringIO(text), chosen, strict=False))
    except Exception as error:  # Biopython raises that, too, where rows differ in length
        raise SequenceFileError(f"{path} is not a file of {chosen} motifs: {error}") from error
    n_begun = sum(line.startswith(_FIRST_WORDS[chosen]) for line in text.splitlines())
    if not found or len(found) < n_begun:
        whole = f"{len(found)} of {n_begun} motifs are whole" if n_begun else "no motifs"
        raise SequenceFileError(f"{path} in the {chosen} format: {whole}")
    for index, motif in enumerate(found):
        motif.name = motif_name(motif, index)
        try:
            as_motif(motif, motif.name)
        except ValueError as error:
            raise SequenceFileError(f"{path}: {error}") from None
    return found


def as_matrices(motifs: Any) -> dict[str, NDArray[np.float64]]:
    """Give the probabilities of each motif of a collection, ``(width, 4)``, by its name.

    Parameters
    ----------
    motifs : path, list of Bio.motifs.Motif, or mapping of names to (width, 4) matrices
        A matrix holds counts or probabilities, columns A C G T.
    """
    if isinstance(motifs, str | os.PathLike):
        motifs = read_motifs(motifs)
    if isinstance(motifs, Mapping):
        return {str(name): as_motif(matrix, str(name)).matrix for name, matrix in motifs.items()}
    matrices: dict[str, NDArray[np.float64]] = {}
    for index, motif in enumerate(motifs):
        if not isinstance(motif, Motif):
            raise TypeError(
                f"motif {index} is a {type(motif).__name__}; Bio.motifs, a mapping of names to "
                "(width, 4) matrices, or the path of a file of motifs are taken"
            )
        name = motif_name(motif, index)
        if name in matrices:
            raise ValueError(f"two motifs have the name {name!r}")
        matrices[name] = as_motif(motif, name).matrix
    return matrices


def motif_name(motif: Any, index: int) -> str:
    """Name of a Biopython motif, after its accession where it has one; else its number."""
    name = motif.name
    accession = getattr(motif, "matrix_id", None)  # of JASPAR
    if isinstance(motif, transfac.Motif) and not name:
        accession, name = motif.get("AC"), motif.get("ID") or motif.get("NA")
    if name and accession and accession not in name.split():
        return f"{accession} {name}"
    return name or accession or f"motif{index}"


def _format_of(path: Path, format: str | None) -> str:
    if format is None:
        suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
        format = suffixes[-1].removeprefix(".") if suffixes else ""
        where = f"the suffix of {path.name}"
    else:
        where = f"format={format!r}"
    if format not in get_args(MotifFormat):
        raise ValueError(f"{where} is not one of {', '.join(get_args(MotifFormat))}")
    return format


def _counts(motif: Any) -> dict[str, list[float]]:
    return {base: list(motif.counts[base]) for base in alphabet.NUCLEOTIDES}


def _jaspar(motif: Any, words: list[str]) -> jaspar.Motif:
    return jaspar.Motif(matrix_id=words[0], name=words[-1], counts=_counts(motif))


def _transfac(motif: Any, words: list[str]) -> transfac.Motif:
    named = transfac.Motif(alphabet=alphabet.NUCLEOTIDES, counts=_counts(motif))
    named.update({"AC": words[0], "ID": words[-1]})
    return named


def _meme_text(motifs: list[Any], names: list[str]) -> str:
    """Minimal MEME format, version 4; Biopython reads it but does not write it."""
    background = motifs[0].background if motifs else dict.fromkeys(alphabet.NUCLEOTIDES, 0.25)
    shares = " ".join(f"{base} {background[base]:.6g}" for base in alphabet.NUCLEOTIDES)
    lines = ["MEME version 4", "", f"ALPHABET= {alphabet.NUCLEOTIDES}", "", "strands: + -", ""]
    lines += ["Background letter frequencies", shares, ""]
    for motif, name in zip(motifs, names, strict=True):
        counts = np.array([motif.counts[base] for base in alphabet.NUCLEOTIDES], dtype=float).T
        totals = counts.sum(axis=1, keepdims=True)
        lines.append(f"MOTIF {name}")
        lines.append(
            f"letter-probability matrix: alength= 4 w= {len(counts)} nsites= {totals.max():.17g} "
            "E= 0"
        )
        lines += [" ".join(f"{value:.17g}" for value in row) for row in counts / totals]
        lines.append("")
    return "\n".join(lines)


def _parse_meme(text: str) -> list[Motif]:
    """Parse minimal MEME format.

    Biopython's reader rounds probabilities times sites to whole numbers, which leaves nothing of
    a motif where the number of sites is unknown and written as 1.
    """
    found = []
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("ALPHABET") and "".join(line.split()) != "ALPHABET=ACGT":
            raise ValueError("its alphabet is not ACGT")
        if line.startswith("MOTIF"):
            words = line.split()[1:]
        if not line.startswith("letter-probability matrix"):
            continue
        fields = line.split(":", 1)[1].replace("=", "= ").split()
        options = dict(zip(fields[::2], fields[1::2], strict=False))
        width, n_sites = int(options["w="]), float(options.get("nsites=", 20))
        rows = np.array([[float(word) for word in next(lines).split()] for _ in range(width)])
        counts = rows / rows.sum(axis=1, keepdims=True) * n_sites
        whole = np.rint(counts)
        counts = np.where(np.abs(counts - whole) < 1e-6 * n_sites, whole, counts)
        columns = dict(zip(alphabet.NUCLEOTIDES, counts.T.tolist(), strict=True))
        motif = Motif(alphabet=alphabet.NUCLEOTIDES, counts=columns)
        motif.name = " ".join(words)
        found.append(motif)
    return found


def _write_atomically(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
