"""Sequences to tell the positives from: windows of the genome, or shuffles."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import cKDTree
from scipy.stats import ks_2samp
from sklearn.utils import check_random_state

from rcseq.datasets._shuffle import shuffle_dinucleotides
from rcseq.sequences import (
    Genome,
    Occupied,
    Regions,
    Sequences,
    as_sequences,
    base_flags,
    composition,
    overlapping,
)

Kind = Literal["gc", "dinucleotide", "flanks"]
Floats = npt.NDArray[np.float64]

_CANDIDATES = 50  # windows to choose from for each that is wanted
_FEWEST = 20_000  # of a chromosome
_PIECE = 4_000_000  # bases of a chromosome looked at together
_NEIGHBOURS = 8  # half of the candidates looked at first
_FEW = 20  # positives that make no distribution
_FAR = 0.02  # between the distributions of GC content, by Kolmogorov and Smirnov
_STEPS = 25  # windows to either side of a positive that may be its flank
# What the difference of a candidate weighs: one base in a hundred of GC content or of unknown bases
# as much as twenty of soft-masking, or a twentieth of the length.
_WEIGHTS = {"gc": 1.0, "unknown": 1.0, "soft_masked": 0.05, "length": 0.2}


def make_background(
    X: Any,
    kind: Kind = "gc",
    *,
    ratio: int = 1,
    exclude: pd.DataFrame | None = None,
    random_state: int | np.random.RandomState | None = None,
) -> Sequences:
    """Make sequences to tell positives from.

    Parameters
    ----------
    X : sequences of shape (n,)
        The positives; for ``"gc"`` and ``"flanks"`` regions of a genome
        (:func:`rcseq.io.read_regions`).
    kind : {"gc", "dinucleotide", "flanks"}, default="gc"
        ``"gc"`` chooses windows of the genome, each on the chromosome and of the length of a
        positive and as close as can be to its GC content, share of unknown and of soft-masked
        bases. ``"dinucleotide"`` shuffles each positive so that it keeps its number of every
        dinucleotide (:func:`shuffle_dinucleotides`). ``"flanks"`` takes windows beside each
        positive, one to 25 windows away.
    ratio : int, default=1
        Sequences for each positive.
    exclude : DataFrame, optional
        Intervals that no window may touch, such as a blacklist or weaker peaks: columns ``chrom``,
        ``start`` and ``end``, as :func:`rcseq.io.read_peaks` returns them. Windows never touch a
        positive, nor one another.
    random_state : int, RandomState or None, default=None
        An int makes the same sequences again.

    Returns
    -------
    Sequences
        ``ratio * n``, in the order of the positives, `ratio` times over. Windows are regions, with
        the strand of their positive; their groups are the chromosomes.

    Raises
    ------
    ValueError
        If the genome has no room for so many windows, or a parameter is out of its range.
    TypeError
        If windows are wanted for positives that are not regions of a genome.

    Notes
    -----
    On how the choice of a background decides what a model learns:
    Nair S, Barrett A, Li D, et al. The dynseq browser track shows context-specific features at
    nucleotide resolution. Nature Genetics 54, 1581-1583 (2022).

    Examples
    --------
    >>> from rcseq.datasets import make_background, make_genome
    >>> import tempfile
    >>> from rcseq.io import read_regions
    >>> truth = make_genome(tempfile.mkdtemp(), n_sites=20, random_state=0)
    >>> peaks = read_regions(truth.peaks, truth.genome, width=100)
    >>> background = make_background(peaks, random_state=0)
    >>> len(background), set(background.lengths.tolist())
    (20, {100})
    """
    if kind not in get_args(Kind):
        raise ValueError(f"kind={kind!r} is not 'gc', 'dinucleotide' or 'flanks'")
    if not isinstance(ratio, int | np.integer) or ratio < 1:
        raise ValueError(f"ratio={ratio!r} is not a number of sequences for each positive, 1 or up")
    sequences = as_sequences(X)
    rng = np.random.default_rng(check_random_state(random_state).randint(2**32, dtype=np.uint64))
    if kind == "dinucleotide":
        return _shuffles(sequences, ratio, rng)
    positives = sequences.regions
    if positives is None:
        raise TypeError(
            f"kind={kind!r} takes windows of a genome, but the positives are {sequences.kind}; "
            "read them by rcseq.io.read_regions, or take kind='dinucleotide'"
        )
    wanted = pd.concat([positives.table] * ratio, ignore_index=True)
    columns = ["chrom", "start", "end"]
    taken = [wanted[columns]] if exclude is None else [wanted[columns], exclude[columns]]
    occupied = pd.concat(taken, ignore_index=True)
    if kind == "flanks":
        found = _flanks(positives.genome, wanted, occupied, rng)
    else:
        found = _matched(positives.genome, sequences, wanted, occupied, rng)
    background = as_sequences(Regions(positives.genome, found))
    if kind == "gc":
        _tell_difference(sequences, background, positives.genome)
    return background


def _tell_difference(positives: Sequences, background: Sequences, genome: Genome) -> None:
    """Warn where the genome had too few windows like the positives."""
    if len(positives) < _FEW:
        return
    theirs, ours = (composition(part)["gc"] for part in (positives, background))
    distance = float(ks_2samp(theirs, ours, method="asymp").statistic)
    if distance > max(_FAR, 2 / len(positives)):
        warnings.warn(
            f"{genome.path} has too few windows with the GC content of the positives: the mean is "
            f"{theirs.mean():.3f} in the positives and {ours.mean():.3f} in the background "
            f"(Kolmogorov-Smirnov distance {distance:.3f})",
            stacklevel=3,
        )


def _shuffles(sequences: Sequences, ratio: int, rng: np.random.Generator) -> Sequences:
    texts: list[str] = []
    for _ in range(ratio):
        texts += shuffle_dinucleotides(sequences, random_state=int(rng.integers(2**31)))
    if sequences.names is None:
        return as_sequences(texts)
    names = [f"{name}_shuffled" for name in sequences.names.tolist()] * ratio
    return as_sequences(texts).with_names(names)


def _matched(
    genome: Genome,
    positives: Sequences,
    wanted: pd.DataFrame,
    occupied: pd.DataFrame,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Choose a window for each row, on its chromosome, or on any where that has none left."""
    features = np.tile(_features(composition(positives)), (len(wanted) // len(positives), 1))
    free = Occupied(occupied)
    starts = np.full(len(wanted), -1)
    chroms = wanted["chrom"].to_numpy(object)
    lengths = (wanted["end"] - wanted["start"]).to_numpy()
    for only in (True, False):
        for chrom in genome.sizes:
            rows = np.flatnonzero((starts < 0) & ((wanted["chrom"] == chrom) | (not only)))
            if len(rows):
                pool = _pool(genome, chrom, lengths[rows], occupied, rng)
                starts[rows] = _choose(
                    pool, chrom, features[rows], lengths[rows], genome.sizes[chrom], free, rng
                )
                chroms[rows[starts[rows] >= 0]] = chrom
    if (starts < 0).any():
        raise ValueError(
            f"{genome.path} has room for {(starts >= 0).sum():,} windows beside the positives and "
            f"what is excluded, but {len(wanted):,} are wanted; lower the ratio, or shuffle "
            "dinucleotides instead"
        )
    return pd.DataFrame(
        {"chrom": chroms, "start": starts, "end": starts + lengths, "strand": wanted["strand"]}
    )


def _features(table: pd.DataFrame) -> Floats:
    columns = [weight * table[name].to_numpy() for name, weight in _WEIGHTS.items()]
    columns[-1] = _WEIGHTS["length"] * np.log(table["length"].to_numpy())
    return np.column_stack(columns)


def _pool(
    genome: Genome,
    chrom: str,
    lengths: npt.NDArray[np.int64],
    occupied: pd.DataFrame,
    rng: np.random.Generator,
) -> tuple[npt.NDArray[np.int64], Floats]:
    """Draw candidates of a chromosome: the middle of each, and its features."""
    length = rng.permutation(np.resize(lengths, max(_FEWEST, _CANDIDATES * len(lengths))))
    length = length[length <= genome.sizes[chrom]]
    start = rng.integers(0, genome.sizes[chrom] - length + 1)
    candidates = pd.DataFrame({"chrom": chrom, "start": start, "end": start + length})
    candidates = candidates.drop_duplicates().sort_values(["start", "end"])
    candidates = candidates[~overlapping(candidates, occupied)]
    parts = [_features(part) for part in _compositions(genome, chrom, candidates)]
    middle = (candidates["start"] + candidates["end"]).to_numpy()
    return middle, np.concatenate([np.empty((0, len(_WEIGHTS))), *parts])


def _compositions(genome: Genome, chrom: str, windows: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Compute the composition of windows of a chromosome, in the order of their starts."""
    for piece, rows in windows.groupby(windows["start"] // _PIECE):
        first, last = int(piece) * _PIECE, int(rows["end"].max())
        sums = np.cumsum(base_flags(genome.read(chrom, first, last)), axis=0, dtype=np.int32)
        sums = np.vstack([np.zeros((1, sums.shape[1]), np.int32), sums])
        counts = sums[rows["end"] - first] - sums[rows["start"] - first]
        gc, known, unknown, soft = counts.T
        length = (rows["end"] - rows["start"]).to_numpy()
        yield pd.DataFrame(
            {
                "length": length,
                "gc": np.where(known > 0, gc / np.maximum(known, 1), 0.5),
                "unknown": unknown / length,
                "soft_masked": soft / length,
            }
        )


def _choose(
    pool: tuple[npt.NDArray[np.int64], Floats],
    chrom: str,
    features: Floats,
    lengths: npt.NDArray[np.int64],
    size: int,
    free: Occupied,
    rng: np.random.Generator,
) -> npt.NDArray[np.int64]:
    """Take for each row, in random order, the closest candidate that is free; -1 where none is."""
    middles, candidates = pool
    starts = np.full(len(features), -1)
    rows, live, k = rng.permutation(len(features)), np.arange(len(middles)), _NEIGHBOURS
    while len(rows) and len(live):
        # What is taken, or has lost its place to another, is not asked again.
        tree, k = cKDTree(candidates[live]), min(2 * k, len(live))
        lost = np.zeros(len(live), bool)
        _, nearest = tree.query(features[rows], k=np.arange(1, k + 1))
        for row, neighbours in zip(rows.tolist(), nearest.tolist(), strict=True):
            for candidate in neighbours:
                if lost[candidate]:
                    continue
                lost[candidate] = True
                # A positive of another length gets its own length, around the same middle.
                start = int(middles[live[candidate]] - lengths[row]) // 2
                end = start + int(lengths[row])
                if start >= 0 and end <= size and free.take(chrom, start, end):
                    starts[row] = start
                    break
        rows, live = rows[starts[rows] < 0], live[~lost]
    return starts


def _flanks(
    genome: Genome, wanted: pd.DataFrame, occupied: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    free = Occupied(occupied)
    sides = [sign * step for step in range(1, _STEPS + 1) for sign in (1, -1)]
    starts = []
    columns = (wanted[name].tolist() for name in ("chrom", "start", "end", "name"))
    for chrom, begin, end, name in zip(*columns, strict=True):
        length = end - begin
        first = int(rng.choice([1, -1]))  # the side that is tried first
        for side in sides:
            start = begin + first * side * length
            inside = start >= 0 and start + length <= genome.sizes[chrom]
            if inside and free.take(chrom, start, start + length):
                starts.append(start)
                break
        else:
            raise ValueError(
                f"{name}: all {_STEPS} windows on either side of it touch a positive, what is "
                "excluded or the end of the chromosome; take kind='gc' instead"
            )
    lengths = wanted["end"] - wanted["start"]
    return wanted.assign(start=starts, end=starts + lengths).drop(columns="name")
