"""A simulated genome, its peaks, and the truth."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from Bio.motifs import Motif
from sklearn.utils import check_random_state

from rcseq import alphabet
from rcseq._files import atomic_write
from rcseq.datasets._embedding import MotifEmbedding
from rcseq.datasets._motifs import load_simulation_motifs
from rcseq.io import write_motifs

_LINE = 60  # bases in a line of the file
_STRETCH = (5_000, 20_000)  # bases of one GC content
_GC = (0.35, 0.6)
_APART = 600  # bases between two sites, and between a site and an end
_GAP = 2_000  # unknown bases at the beginning of each chromosome, where there is room
_REPEATS = 0.3  # share of the bases in lower case


@dataclass(frozen=True, eq=False)
class SimulatedGenome:
    """Files of a simulated genome, and what is in them.

    Attributes
    ----------
    genome : Path
        FASTA. Repeats are in lower case.
    peaks : Path
        narrowPeak: one peak around each site, its summit within ten bases of the site's middle.
    variants : Path
        VCF: for each site a variant that breaks it, ``site_N``, and one 100 bases beside it,
        ``beside_N``.
    known : Path
        MEME: what was planted among other known motifs, those of :func:`load_simulation_motifs`.
    sites : DataFrame
        The truth: ``chrom``, ``start``, ``end``, ``strand``, ``motif`` and ``instance`` (on its
        strand).
    motifs : dict of str to ndarray of shape (width, 4)
        What was planted.
    """

    genome: Path
    peaks: Path
    variants: Path
    known: Path
    sites: pd.DataFrame
    motifs: dict[str, npt.NDArray[Any]]


class _Site(NamedTuple):
    chrom: str
    start: int
    end: int
    strand: str
    motif: str
    instance: str


def make_genome(
    folder: str | os.PathLike[str],
    *,
    chromosomes: Mapping[str, int] | None = None,
    motif: Any = "CTCF_known1",
    n_sites: int = 400,
    random_state: int | np.random.RandomState | None = None,
) -> SimulatedGenome:
    """Write a simulated genome with planted sites, its peaks and variants.

    The background has stretches of different GC content, repeats in lower case and a gap of N at
    the beginning of each chromosome. Sites lie more often where there is more G and C, as peaks do,
    on either strand, and at least 600 bases apart.

    Parameters
    ----------
    folder : path-like
        Made where it is not there. ``genome.fa``, ``peaks.narrowPeak``, ``variants.vcf`` and
        ``known.meme`` are written into it.
    chromosomes : dict of str to int, optional
        Length of each chromosome; by default five of 200,000 bases, ``chr1`` to ``chr5``.
    motif : str, Bio.motifs.Motif or array-like of shape (width, 4), default="CTCF_known1"
        As :class:`MotifEmbedding` takes it.
    n_sites : int, default=400
    random_state : int, RandomState or None, default=None
        An int writes the same files again.

    Returns
    -------
    SimulatedGenome

    Raises
    ------
    ValueError
        If the sites do not fit into the genome.

    Examples
    --------
    >>> import tempfile
    >>> from rcseq.datasets import make_genome
    >>> truth = make_genome(tempfile.mkdtemp(), n_sites=20, random_state=0)
    >>> truth.genome.name, len(truth.sites), list(truth.motifs)
    ('genome.fa', 20, ['CTCF_known1'])
    """
    sizes = dict(chromosomes or {f"chr{number}": 200_000 for number in range(1, 6)})
    if not sizes or min(sizes.values()) < 1:
        raise ValueError("chromosomes is not a length, 1 or more, for each of at least one name")
    rng = np.random.default_rng(check_random_state(random_state).randint(2**32, dtype=np.uint64))
    codes = {chrom: _background(size, rng) for chrom, size in sizes.items()}
    planted = MotifEmbedding(motif)
    sites = _plant(codes, planted, n_sites, rng)

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    texts = {
        "genome.fa": "".join(f">{chrom}\n{_lines(found, rng)}" for chrom, found in codes.items()),
        "peaks.narrowPeak": _peaks(sites, rng),
        "variants.vcf": _variants(sites, codes, sizes, planted.motifs[0].matrix),
    }
    for name, text in texts.items():
        with atomic_write(folder / name, "w") as file:
            file.write(text)
    known = load_simulation_motifs() | {motif.name: motif.matrix for motif in planted.motifs}
    write_motifs([_named(*item) for item in known.items()], folder / "known.meme")
    (folder / "genome.fa.fai").unlink(missing_ok=True)  # of another genome that was here
    return SimulatedGenome(
        genome=folder / "genome.fa",
        peaks=folder / "peaks.narrowPeak",
        variants=folder / "variants.vcf",
        known=folder / "known.meme",
        sites=pd.DataFrame(sites, columns=_Site._fields),
        motifs={motif.name: motif.matrix for motif in planted.motifs},
    )


def _named(name: str, matrix: npt.NDArray[Any]) -> Motif:
    counts = dict(zip(alphabet.NUCLEOTIDES, matrix.T.tolist(), strict=True))
    motif = Motif(alphabet=alphabet.NUCLEOTIDES, counts=counts)
    motif.name = name
    return motif


def _background(size: int, rng: np.random.Generator) -> alphabet.Codes:
    stretches: list[int] = []
    while sum(stretches) < size:
        stretches.append(int(rng.integers(*_STRETCH)))
    gc = np.repeat(rng.uniform(*_GC, len(stretches)), stretches)[:size]
    strong = rng.random(size) < gc
    second = rng.random(size) < 0.5
    codes = np.where(strong, 1 + second, 3 * second).astype(np.uint8)  # C or G, A or T
    if size > 10 * _GAP:
        codes[:_GAP] = alphabet.N_CODE
    return codes


def _plant(
    codes: dict[str, alphabet.Codes],
    planted: MotifEmbedding,
    n_sites: int,
    rng: np.random.Generator,
) -> list[_Site]:
    """Write instances of the motif into the chromosomes."""
    motif = planted.motifs[0]
    width = len(motif.matrix)
    slots = [
        (chrom, start)
        for chrom, found in codes.items()
        for start in range(_APART, len(found) - _APART - width, _APART + width)
        if found[start - _APART // 2] != alphabet.N_CODE
    ]
    if len(slots) < n_sites:
        raise ValueError(
            f"n_sites={n_sites}, but the chromosomes have room for {len(slots)} sites that are "
            f"{_APART} bases apart"
        )
    around = [codes[chrom][start - 100 : start + 100] for chrom, start in slots]
    gc = np.array([np.mean((bases == 1) | (bases == 2)) for bases in around])
    odds = np.exp(8 * gc)
    chosen = rng.choice(len(slots), n_sites, replace=False, p=odds / odds.sum())
    instances = planted.sample(motif, n_sites, rng)
    sites = []
    for slot, instance in zip(np.sort(chosen).tolist(), instances, strict=True):
        chrom, start = slots[slot]
        minus = rng.random() < planted.reverse_probability
        written = alphabet.reverse_complement_codes(instance) if minus else instance
        codes[chrom][start : start + width] = written
        strand, text = "-" if minus else "+", alphabet.decode(instance)
        sites.append(_Site(chrom, start, start + width, strand, motif.name, text))
    return sites


def _lines(codes: alphabet.Codes, rng: np.random.Generator) -> str:
    text = alphabet.decode(codes)
    cuts = np.sort(rng.integers(0, len(text) + 1, 2 * max(1, len(text) // 3000)))
    for start, end in cuts.reshape(-1, 2).tolist():  # every other stretch
        end = start + round((end - start) * min(1, 2 * _REPEATS))
        text = text[:start] + text[start:end].lower() + text[end:]
    return "".join(f"{text[i : i + _LINE]}\n" for i in range(0, len(text), _LINE))


def _peaks(sites: list[_Site], rng: np.random.Generator) -> str:
    rows = []
    for number, site in enumerate(sites, start=1):
        summit = (site.start + site.end) // 2 + int(rng.integers(-10, 11))
        left, right = rng.integers(60, 200, 2).tolist()
        signal = round(float(rng.gamma(4, 3)) + 1, 2)
        place = site.chrom, summit - left, summit + right
        rows.append([*place, f"peak_{number}", 1000, ".", signal, -1, -1, left])
    return "".join("\t".join(map(str, row)) + "\n" for row in rows)


def _variants(
    sites: list[_Site],
    codes: dict[str, alphabet.Codes],
    sizes: Mapping[str, int],
    matrix: npt.NDArray[Any],
) -> str:
    """Change the most certain base of each site to its least likely one, and a base beside it."""
    column = int(matrix.max(axis=1).argmax())
    worst = int(matrix[column].argmin())
    rows: list[tuple[str, int, str, str, str]] = []
    for number, site in enumerate(sites, start=1):
        minus = site.strand == "-"
        at = site.end - 1 - column if minus else site.start + column
        new = int(alphabet.COMPLEMENT_CODES[worst]) if minus else worst
        for name, place in ((f"site_{number}", at), (f"beside_{number}", at + 100)):
            old = int(codes[site.chrom][place])
            other = new if old != new else (new + 1) % 4
            letters = alphabet.LETTERS[old], alphabet.LETTERS[other]
            rows.append((site.chrom, place + 1, name, *letters))
    order = list(sizes)
    rows.sort(key=lambda row: (order.index(row[0]), row[1]))
    head = "##fileformat=VCFv4.2\n" + "".join(
        f"##contig=<ID={chrom},length={size}>\n" for chrom, size in sizes.items()
    )
    head += '##FILTER=<ID=PASS,Description="All filters passed">\n'
    head += "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    return head + "".join("\t".join([*map(str, row), ".", "PASS", "."]) + "\n" for row in rows)
