"""VCF in, VCF with scores out."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

import pandas as pd
from Bio.bgzf import BgzfWriter

from rcseq._files import atomic_write
from rcseq.io import VcfFile, VcfRecord
from rcseq.prediction import window_width
from rcseq.sequences import Genome, as_genome
from rcseq.variants._alleles import REASONS
from rcseq.variants._model import WindowModel
from rcseq.variants._scores import SCORE_COLUMNS, Allele, check_place, score_alleles

__all__ = ["VcfSummary", "score_vcf"]

_ALLELES = 1024  # scored together
_NAMED = 5  # mismatches of which the lines are kept

_FIELDS = {  # in the order of the columns that score_alleles makes
    "RCSEQ_REF": ("Float", "with the reference allele"),
    "RCSEQ_ALT": ("Float", "with the alternative allele"),
    "RCSEQ_DELTA": ("Float", "RCSEQ_ALT minus RCSEQ_REF"),
    "RCSEQ_LOGIT": ("Float", "difference of the log-odds"),
    "RCSEQ_SD": ("Float", "standard deviation of RCSEQ_DELTA over the members"),
    "RCSEQ_NOTE": ("String", "why there is no score: " + ", ".join(REASONS)),
}
_NOTE = -1

Row = tuple[Any, ...]  # of an allele; None is missing
Write = Callable[[VcfRecord, list[Row]], object]


class VcfSummary(NamedTuple):
    """What became of the alleles of a file.

    Attributes
    ----------
    n_records, n_alleles, n_scored : int
    unscored : dict of str to int
        How many alleles have no score, by reason; see :data:`REASONS`.
    mismatches : list of str
        The first places where the genome has other bases than the file says, with their lines.
    """

    n_records: int
    n_alleles: int
    n_scored: int
    unscored: dict[str, int]
    mismatches: list[str]


def score_vcf(
    model: Any,
    path: str | os.PathLike[str],
    genome: Any,
    out: str | os.PathLike[str],
    *,
    table: str | os.PathLike[str] | None = None,
    width: int | None = None,
    output: int | str | None = None,
    max_mismatches: float = 0.5,
    batch_size: int = 256,
    progress: Callable[[int], object] | None = None,
) -> VcfSummary:
    """Score the variants of a VCF file, and write the file again with the scores.

    Parameters
    ----------
    model : fitted estimator
        As of :func:`score_variants`.
    path : path-like
        VCF, plain or packed, or BCF; read some records at a time.
    genome : path-like or Genome
    out : path-like
        The same records in the same order, with the scores in INFO, one value an alternative
        allele: ``RCSEQ_REF``, ``RCSEQ_ALT`` and ``RCSEQ_DELTA``; ``RCSEQ_LOGIT``, the difference
        of the log-odds, for probabilities; ``RCSEQ_SD``, the standard deviation of the difference
        over the members of an ensemble; and ``RCSEQ_NOTE`` where an allele has no score. Packed
        with bgzip where the name ends in ``.gz``; a table where it ends in ``.tsv`` or
        ``.tsv.gz``. It is there when it is whole.
    table : path-like, optional
        The scores as a table as well, one row an allele.
    width, output, batch_size
        As of :func:`score_variants`.
    max_mismatches : float, default=0.5
        If the genome has other bases than the file says at a larger share of the alleles, nothing
        is written: it is another assembly, or the alleles are exchanged.
    progress : callable, optional
        Called with the number of records, as they are done.

    Returns
    -------
    VcfSummary

    Raises
    ------
    rcseq.io.SequenceFileError
        If the file cannot be read; the message names the line.
    ValueError
        If a variant lies outside of the genome, or there are too many mismatches; the message
        names the line.
    TypeError
        If the model predicts nothing that could be subtracted.
    ImportError
        If pysam is not installed: ``pip install "rcseq[variants]"``.
    """
    opened = as_genome(genome)
    variants = VcfFile(path)
    asked = WindowModel(model, output, batch_size)
    reads = window_width(model, width)
    for record in variants:  # before the work, all of it
        check_place(opened, _alleles(record, [record.ref])[0], record.where)
    unscored: Counter[str] = Counter()
    mismatches: list[str] = []
    n_alleles = 0
    with ExitStack() as stack:
        writers = [stack.enter_context(_writer(path, variants, opened)) for path in (out, table)]
        for records in _together(variants):
            alleles = [allele for record in records for allele in _alleles(record, record.alts)]
            rows = _cells(score_alleles(asked, alleles, opened, reads))
            first = 0
            for record in records:
                own = rows[first : first + len(record.alts)]
                first += len(own)
                reasons = [row[_NOTE] for row in own if row[_NOTE] is not None]
                unscored.update(reasons)
                if "reference_mismatch" in reasons and len(mismatches) < _NAMED:
                    mismatches.append(_mismatch(record, opened))
                for write in writers:
                    write(record, own)
            n_alleles += len(alleles)
            if progress is not None:
                progress(len(records))
        _refuse_other_assembly(unscored, n_alleles, mismatches, max_mismatches)
    return VcfSummary(
        variants.n_records, n_alleles, n_alleles - unscored.total(), dict(unscored), mismatches
    )


def _together(variants: VcfFile) -> Iterator[list[VcfRecord]]:
    held: list[VcfRecord] = []
    n_alleles = 0
    for record in variants:
        held.append(record)
        n_alleles += max(1, len(record.alts))
        if n_alleles >= _ALLELES:
            yield held
            held, n_alleles = [], 0
    if held:
        yield held


def _alleles(record: VcfRecord, alts: Any) -> list[Allele]:
    return [Allele(record.chrom, record.position, record.ref, alt) for alt in alts]


def _mismatch(record: VcfRecord, genome: Genome) -> str:
    found = genome.read(record.chrom, record.position, record.position + len(record.ref)).upper()
    exchanged = found in [alt.upper() for alt in record.alts]
    return (
        f"{record.where}: REF is {_short(record.ref)}, but {genome.path} has {_short(found)} at "
        f"{record.chrom}:{record.position + 1}{', which is ALT' if exchanged else ''}"
    )


def _short(bases: str) -> str:
    return bases if len(bases) <= 20 else f"{bases[:20]}..."


def _refuse_other_assembly(
    unscored: Counter[str], n_alleles: int, mismatches: list[str], most: float
) -> None:
    n = unscored["reference_mismatch"]
    compared = n_alleles - unscored.total() + n
    if n and n > most * compared:
        raise ValueError(
            f"{mismatches[0]}; {n:,} of {compared:,} alleles do not fit the genome, so it is of "
            "another assembly, or the alleles are exchanged"
        )


def _cells(scored: pd.DataFrame) -> list[Row]:
    rows = scored.itertuples(index=False, name=None)
    return [tuple(None if cell != cell else cell for cell in row) for row in rows]  # NaN


@contextmanager
def _writer(path: Any, variants: VcfFile, genome: Genome) -> Iterator[Write]:
    """Open a file that is there when it is whole, and yield what writes a record into it."""
    if path is None:
        yield lambda record, rows: None
        return
    name = Path(path).name.removesuffix(".gz")
    with atomic_write(path) as raw, _packed(raw, Path(path).suffix == ".gz") as file:
        if name.endswith(".tsv"):
            columns = ["chrom", "pos", "id", "ref", "alt", *SCORE_COLUMNS]
            file.write("\t".join(columns).encode() + b"\n")
            yield lambda record, rows: file.write(_table_lines(record, rows))
            return
        declared = [
            f'##INFO=<ID={field},Number=A,Type={kind},Description="rcseq: {text}">'
            for field, (kind, text) in _FIELDS.items()
        ]
        file.write(variants.header(declared, genome.sizes).encode())
        yield lambda record, rows: file.write(_line(record, rows))


@contextmanager
def _packed(raw: IO[bytes], packed: bool) -> Iterator[Any]:
    if not packed:
        yield raw
        return
    writer = BgzfWriter(fileobj=raw)
    yield writer
    writer.flush()
    raw.write(_END)


# The empty block by which htslib knows that a file is whole.
_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


def _line(record: VcfRecord, rows: list[Row]) -> bytes:
    columns = zip(_FIELDS, zip(*rows, strict=True), strict=False)  # of no alleles there are none
    values = {name: cells for name, cells in columns if any(cell is not None for cell in cells)}
    return record.with_info(values).encode() + b"\n"


def _table_lines(record: VcfRecord, rows: list[Row]) -> bytes:
    where = f"{record.chrom}\t{record.position + 1}\t{record.name}\t{record.ref}"
    lines = []
    for alt, row in zip(record.alts, rows, strict=True):
        cells = ["" if c is None else c if isinstance(c, str) else f"{c:.7g}" for c in row]
        lines.append("\t".join([where, alt, *cells]) + "\n")
    return "".join(lines).encode()
