"""A labelled set from peaks and a genome."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from rcseq.datasets._negatives import Kind, make_background
from rcseq.io import SequenceFileError, read_peaks, read_sequences
from rcseq.io import chromosomes as chromosomes_of
from rcseq.sequences import (
    Genome,
    LabelledSequences,
    Occupied,
    Regions,
    Sequences,
    as_sequences,
    overlapping,
)

FilePath = str | os.PathLike[str]
_INTERVALS = {".bed", ".narrowpeak", ".broadpeak"}
_WORDS: dict[Kind, str] = {
    "gc": "windows of the genome matched in GC content",
    "dinucleotide": "shuffles with the same dinucleotides",
    "flanks": "windows beside the peaks",
}


def load_peaks(
    peaks: FilePath,
    genome: FilePath | Genome,
    *,
    width: int | None = None,
    negatives: Kind | FilePath = "gc",
    ratio: int = 1,
    center: Literal["summit", "middle"] = "summit",
    blacklist: FilePath | None = None,
    chromosomes: Sequence[str] | None = None,
    exclude_chromosomes: Sequence[str] | None = None,
    edges: Literal["pad", "drop"] = "pad",
    overlaps: Literal["keep", "drop"] = "keep",
    random_state: int | np.random.RandomState | None = 0,
) -> LabelledSequences:
    """Read peaks of a genome as positives, with negatives beside them.

    What was left out, and what overlaps, is said in the ``description`` of the set.

    Parameters
    ----------
    peaks : path-like
        BED, narrowPeak or broadPeak. Peaks with the same window are one.
    genome : path-like or Genome
        FASTA, plain or packed with ``bgzip``, or ``.2bit``.
    width : int, optional
        Bases of each window; by default the peaks as they are.
    negatives : {"gc", "dinucleotide", "flanks"} or path-like, default="gc"
        A kind of :func:`make_background`; or a file: intervals of the genome, whose names end in
        ``.bed``, ``.narrowPeak`` or ``.broadPeak``, or else sequences, such as FASTA.
    ratio : int, default=1
        Negatives for each positive, for the kinds.
    center : {"summit", "middle"}, default="summit"
        What windows are centred on. Peaks without a summit are centred on their middle.
    blacklist : path-like, optional
        BED of intervals that no window may touch.
    chromosomes, exclude_chromosomes : sequence of str, optional
        The chromosomes to take, or to leave out.
    edges : {"pad", "drop"}, default="pad"
        Whether a window that reaches past the end of its chromosome is padded by N or left out.
    overlaps : {"keep", "drop"}, default="keep"
        Whether windows that overlap are all kept, or the one with the best score alone.
    random_state : int, RandomState or None, default=0
        For the kinds of negatives.

    Returns
    -------
    LabelledSequences
        Target 1 for the peaks; its groups are the chromosomes. The bases stay in the genome until
        they are asked for, unless the negatives are not regions of it.

    Raises
    ------
    SequenceFileError
        If a file is missing or damaged, a peak is not in the genome, or none is left.
    ValueError
        If a parameter is out of its range.

    Examples
    --------
    >>> import tempfile
    >>> from rcseq.datasets import load_peaks, make_genome
    >>> truth = make_genome(tempfile.mkdtemp(), n_sites=20, random_state=0)
    >>> data = load_peaks(truth.peaks, truth.genome, width=100)
    >>> len(data), data.sequences.kind, set(data.sequences.lengths.tolist())
    (40, 'regions', {100})
    """
    for name, value, known in (
        ("center", center, ("summit", "middle")),
        ("edges", edges, ("pad", "drop")),
        ("overlaps", overlaps, ("keep", "drop")),
    ):
        if value not in known:
            raise ValueError(f"{name}={value!r} is not {' or '.join(map(repr, known))}")
    try:
        opened = genome if isinstance(genome, Genome) else Genome(genome)
        for named in (chromosomes, exclude_chromosomes):
            opened.require(named or ())
    except ValueError as error:
        raise SequenceFileError(str(error)) from None
    kept = set(opened.sizes if chromosomes is None else chromosomes) - set(
        exclude_chromosomes or ()
    )
    excluded = None if blacklist is None else read_peaks(blacklist)
    said: list[str] = []
    positives, windows = peak_windows(
        peaks, opened, width, center, kept, excluded, edges, overlaps, said
    )
    chroms = windows["chrom"].to_numpy(object)
    notes = f"; {', '.join(said)}" if said else ""
    size = f" of {width:,} bases" if width else ""
    description = f"{peaks} ({len(positives):,} peaks{size}{notes})"
    groups: Any
    kind = next((kind for kind in _WORDS if kind == negatives), None)
    if kind is not None:
        others = make_background(
            positives, kind, ratio=ratio, exclude=excluded, random_state=random_state
        )
        description += f" and {len(others):,} {_WORDS[kind]}"
        # A shuffle stays with its peak.
        groups = np.tile(chroms, ratio) if others.groups is None else others.groups
    else:
        said = []
        if _INTERVALS & {suffix.lower() for suffix in Path(negatives).suffixes}:
            found, windows = _windows(negatives, opened, width, center, said)
            windows = _wanted(negatives, windows, opened, kept, excluded, edges, said)
            others = found[windows.index]
            groups = others.groups
        else:
            table = read_sequences(negatives)
            others = as_sequences(table["sequence"].tolist())
            if "name" in table:
                others = others.with_names(table["name"].to_numpy(object))
            groups = _places(others.names)
        notes = f"; {', '.join(said)}" if said else ""
        description += f" and {negatives} ({len(others):,} negatives{notes})"
    return LabelledSequences(
        _join(positives, others),
        np.repeat([1, 0], [len(positives), len(others)]),
        groups=None if groups is None else np.concatenate([chroms, groups]),
        names=_names(positives, others),
        name=str(peaks),
        description=description,
        places={1: (str(peaks), ""), 0: ("the negatives", "")},
    )


def peak_windows(
    path: FilePath,
    genome: Genome,
    width: int | None,
    center: str,
    chromosomes: set[str],
    blacklist: pd.DataFrame | None,
    edges: str,
    overlaps: str,
    said: list[str],
) -> tuple[Sequences, pd.DataFrame]:
    """Read peaks as sequences, and their places; `said` takes what is to be told of them."""
    found, windows = _windows(path, genome, width, center, said)
    windows = _wanted(path, windows, genome, chromosomes, blacklist, edges, said)
    windows = _distinct(windows, overlaps, said)
    return found[windows.index], windows


def _windows(
    path: FilePath, genome: Genome, width: int | None, center: str, said: list[str]
) -> tuple[Sequences, pd.DataFrame]:
    """Read intervals, and place a window for each; `said` takes what is to be told."""
    table = read_peaks(path)
    lines = table["line"].to_numpy()
    if center == "middle":
        table = table.drop(columns="summit")
    elif width is not None:
        without = int((table["summit"] < 0).sum())
        around = "their summits" if not without else "their middles"
        said.append(f"around {around}")
        if 0 < without < len(table):
            said[-1] = f"around their summits, {without:,} without one around their middles"
    try:
        regions = Regions(
            genome, table, width=width, where=lambda row: f"{path}, line {lines[row]}"
        )
    except ValueError as error:
        raise SequenceFileError(str(error)) from None
    return as_sequences(regions), regions.table.assign(score=table["score"].to_numpy())


def _wanted(
    path: FilePath,
    windows: pd.DataFrame,
    genome: Genome,
    chromosomes: set[str],
    blacklist: pd.DataFrame | None,
    edges: str,
    said: list[str],
) -> pd.DataFrame:
    outside = (windows["start"] < 0) | (windows["end"] > windows["chrom"].map(genome.sizes))
    unwanted = {"on other chromosomes": ~windows["chrom"].isin(chromosomes)}
    if blacklist is not None:
        unwanted["on the blacklist"] = pd.Series(overlapping(windows, blacklist), windows.index)
    if edges == "drop":
        unwanted["past the end of a chromosome"] = outside
    kept = pd.Series(True, windows.index)
    for why, rows in unwanted.items():
        if (kept & rows).any():
            said.append(f"{int((kept & rows).sum()):,} {why} left out")
        kept &= ~rows
    if not kept.any():
        raise SequenceFileError(f"{path}: no interval is left; {', '.join(said)}")
    if edges == "pad" and (kept & outside).any():
        padded = int((kept & outside).sum())
        said.append(f"{padded:,} padded by N past the end of a chromosome")
    return windows[kept]


def _distinct(windows: pd.DataFrame, overlaps: str, said: list[str]) -> pd.DataFrame:
    """Keep one peak of those that have the same window, and of those that overlap if asked to."""
    ranked = windows.sort_values("score", ascending=False, kind="stable", na_position="last")
    distinct = ranked.drop_duplicates(["chrom", "start", "end", "strand"])
    if len(distinct) < len(windows):
        said.append(f"{len(windows) - len(distinct):,} with the window of another left out")
    free = Occupied(windows[:0])
    places = zip(distinct["chrom"], distinct["start"], distinct["end"], strict=True)
    alone = np.array([free.take(chrom, int(start), int(end)) for chrom, start, end in places])
    if not alone.all():
        what = "left out" if overlaps == "drop" else "kept"
        said.append(f"{int((~alone).sum()):,} that overlap a stronger one {what}")
    return (distinct[alone] if overlaps == "drop" else distinct).sort_index()


def _join(positives: Sequences, others: Sequences) -> Any:
    """Keep both in the genome, where both are there; else read them."""
    bound, unbound = positives.regions, others.regions
    if bound is None or unbound is None:
        return positives.tolist() + others.tolist()
    return bound.joined(unbound)


def _names(positives: Sequences, others: Sequences) -> Any:
    names = others.names
    if names is None:
        names = np.array([f"negative_{number}" for number in range(1, len(others) + 1)], object)
    return np.concatenate([positives.names, names])


def _places(names: Any) -> Any:
    """Return the chromosomes that names tell; None where they tell none."""
    try:
        return None if names is None else chromosomes_of(names)
    except ValueError:
        return None
