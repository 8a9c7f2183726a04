"""Scanning a genome: stretch by stretch, in several processes, into a file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from rcseq import alphabet
from rcseq._workers import run_jobs
from rcseq.io import TrackBlock, check_track_name, write_track
from rcseq.prediction import window_width
from rcseq.scan._parts import Parts
from rcseq.scan._scorer import Kind, Strand, WindowScorer
from rcseq.scan._tiling import Tiling
from rcseq.sequences import Genome, Regions, as_sequences

__all__ = ["scan_genome", "scan_sequence"]

_BASES = 4_000_000  # of the windows of a stretch, all together: what a worker holds at a time


def scan_sequence(
    model: Any,
    sequence: str,
    *,
    step: int = 50,
    width: int | None = None,
    output: int | None = None,
    kind: Kind = "auto",
    strand: Strand = "both",
    max_unknown: float = 0.5,
    batch_size: int | None = None,
) -> pd.DataFrame:
    """Predict along a sequence, in windows that overlap.

    Parameters
    ----------
    model : fitted estimator or pipeline
        Whatever takes sequences.
    sequence : str
    step, width, output, kind, strand, max_unknown, batch_size
        As for :func:`scan_genome`.

    Returns
    -------
    DataFrame
        ``start`` and ``end`` of the bases in the middle of each window, and ``value``.

    Examples
    --------
    >>> from rcseq import KmerVectorizer
    >>> from rcseq.scan import scan_sequence
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> model = make_pipeline(KmerVectorizer(k=1), LogisticRegression())
    >>> model = model.fit(["AATA", "TATT", "GGCG", "CCGC"], [0, 0, 1, 1])
    >>> scan_sequence(model, "ATATATATGCGCGCGC", width=4, step=4).round(1)
       start  end  value
    0      0    4    0.1
    1      4    8    0.1
    2      8   12    0.9
    3     12   16    0.9
    """
    tiling = Tiling(window_width(model, width), step)
    scorer = WindowScorer(model, tiling, output, kind, strand, max_unknown, batch_size)
    codes = as_sequences([sequence]).codes().codes
    tiles = tiling.tiles(len(codes))
    if not tiles:
        raise ValueError(
            f"the sequence has {len(codes)} bases, less than a window of {tiling.width}"
        )
    first, stop = tiling.bases(tiles)
    start = tiling.starts(tiles)
    return pd.DataFrame(
        {"start": start, "end": start + step, "value": scorer.values(codes[first:stop])}
    )


def scan_genome(
    model: Any,
    genome: str | os.PathLike[str] | Genome,
    out: str | os.PathLike[str],
    *,
    step: int = 50,
    width: int | None = None,
    chromosomes: Iterable[str] | None = None,
    regions: pd.DataFrame | Regions | None = None,
    output: int | None = None,
    kind: Kind = "auto",
    strand: Strand = "both",
    max_unknown: float = 0.5,
    batch_size: int | None = None,
    n_jobs: int | None = None,
    progress: bool = False,
    resume: str | None = None,
) -> int:
    r"""Predict along a genome, in windows that overlap, and write a track.

    The genome is cut into tiles of `step` bases. The value of a tile is the prediction for the
    window of `width` bases around its middle. Tiles whose windows reach past the end of a
    chromosome have none.

    Parameters
    ----------
    model : fitted estimator or pipeline
        Whatever takes sequences: a pipeline, a search, a vote, a calibrated classifier, with a
        network in it or without one.
    genome : path-like or Genome
        What :class:`rcseq.sequences.Genome` takes.
    out : path-like
        ``.bw`` or ``.bigWig`` (extra ``tracks``), or ``.bedgraph``. It is there when it is whole.
    step : int, default=50
        Bases from one window to the next, at most `width`.
    width : int, optional
        Bases of a window; by default as many as the model reads.
    chromosomes : iterable of str, optional
        Only these.
    regions : DataFrame or Regions, optional
        Columns ``chrom``, ``start`` and ``end``: only tiles that touch one of them.
    output : int, optional
        Index of the class, task or value; a model with several needs it.
    kind : {"auto", "probability", "logit"}, default="auto"
        As of :func:`rcseq.prediction.scores`.
    strand : {"both", "forward", "reverse"}, default="both"
        ``"both"`` is the mean of the predictions for the two strands. A model that is strand-exact
        (:func:`rcseq.prediction.is_strand_exact`) is asked once for both.
    max_unknown : float, default=0.5
        Windows with a larger share of unknown bases have no value.
    batch_size : int, optional
        Windows that are handed to the model at a time.
    n_jobs : int, optional
        Processes, by joblib and its backend; each computes on one thread.
    progress : bool, default=False
        Show a bar with bases a second.
    resume : str, optional
        What tells this model from others, such as a version or a checksum. Finished stretches are
        then kept beside `out`, in ``OUT.parts``, until it is written, and a scan that was killed
        goes on where it stopped when it is started again with the same arguments.

    Returns
    -------
    int
        Number of bases that have a value.

    Raises
    ------
    ValueError
        If a parameter is out of its range, a chromosome or region is not in the genome, or no
        window fits.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from rcseq import KmerVectorizer
    >>> from rcseq.scan import scan_genome
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> model = make_pipeline(KmerVectorizer(k=1), LogisticRegression())
    >>> model = model.fit(["AATA", "TATT", "GGCG", "CCGC"], [0, 0, 1, 1])
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "genome.fa").write_text(">chr1\nATATATATGCGCGCGCNNNN\n")
    >>> scan_genome(model, folder / "genome.fa", folder / "gc.bedgraph", width=4, step=4)
    16
    """
    out = Path(out)
    check_track_name(out)
    tiling = Tiling(window_width(model, width), step)
    scorer = WindowScorer(model, tiling, output, kind, strand, max_unknown, batch_size)
    source = genome if isinstance(genome, Genome) else Genome(genome)
    stretches = _stretches(tiling, source, chromosomes, regions)
    if not stretches:
        raise ValueError(f"no window of {tiling.width} bases fits into what is to be scanned")
    settings = {
        "model": resume,
        "genome": [str(source.path.absolute()), *_stamp(source.path)],
        "windows": [tiling.width, step, output, kind, strand, max_unknown],
        "stretches": [[s.chrom, s.tiles.start, s.tiles.stop] for s in stretches],
    }
    with _parts(out, settings, keep=resume is not None) as parts:
        missing = [number for number in range(len(stretches)) if number not in parts]
        tasks = ((scorer, source, stretches[n], n, parts) for n in missing)
        results = run_jobs(_scan, tasks, n_jobs, ordered=False)
        bar = tqdm(
            total=sum(len(stretches[n].tiles) for n in missing) * step,
            unit="b",
            unit_scale=True,
            disable=None if progress else True,
        )
        with bar, closing(results):
            for n in results:
                bar.update(len(stretches[n].tiles) * step)
        n_bases = 0

        def blocks() -> Iterator[TrackBlock]:
            nonlocal n_bases
            for number, (chrom, tiles) in enumerate(stretches):
                start, values = tiling.starts(tiles), parts.read(number)
                n_bases += int((~np.isnan(values)).sum()) * step
                yield TrackBlock(chrom, start, start + step, values)

        write_track(out, source.sizes, blocks())
        parts.remove()
    return n_bases


class _Stretch(NamedTuple):
    chrom: str
    tiles: range


def _stretches(
    tiling: Tiling,
    genome: Genome,
    chromosomes: Iterable[str] | None,
    regions: pd.DataFrame | Regions | None,
) -> list[_Stretch]:
    """List what is computed at a time: neighbouring tiles, in the order of the genome."""
    sizes = genome.sizes
    if chromosomes is not None:
        wanted = list(chromosomes)
        genome.require(wanted)
        sizes = {chrom: size for chrom, size in sizes.items() if chrom in wanted}
    if regions is None:
        runs = {chrom: [tiling.tiles(size)] for chrom, size in sizes.items()}
    else:
        table = (regions if isinstance(regions, Regions) else Regions(genome, regions)).table
        runs = {chrom: _runs(tiling, table, chrom, size) for chrom, size in sizes.items()}
    n_tiles = max(1, _BASES // tiling.width)
    return [
        _Stretch(chrom, run[i : i + n_tiles])
        for chrom, several in runs.items()
        for run in several
        for i in range(0, len(run), n_tiles)
    ]


def _runs(tiling: Tiling, regions: pd.DataFrame, chrom: str, size: int) -> list[range]:
    """Return the tiles that touch regions of a chromosome, those that lie together as one run."""
    runs: list[range] = []
    rows = regions[regions["chrom"] == chrom].sort_values("start")
    for start, end in zip(rows["start"].tolist(), rows["end"].tolist(), strict=True):
        tiles = tiling.within(start, end, size)
        if tiles and runs and tiles.start <= runs[-1].stop:
            runs[-1] = range(runs[-1].start, max(runs[-1].stop, tiles.stop))
        elif tiles:
            runs.append(tiles)
    return runs


def _scan(
    scorer: WindowScorer, genome: Genome, stretch: _Stretch, number: int, parts: Parts
) -> int:
    """Score one stretch and keep its values; in a worker, or in the caller's process."""
    start, end = scorer.tiling.bases(stretch.tiles)
    codes = _codes(genome, stretch.chrom, start, end)
    with threadpool_limits(limits=1):
        values: NDArray[np.float32] = scorer.values(codes)
    parts.write(number, values)
    return number


def _codes(genome: Genome, chrom: str, start: int, end: int) -> alphabet.Codes:
    bases = genome.read(chrom, start, end)
    codes = alphabet.encode(bases)
    if codes.max() == alphabet.INVALID:
        place = start + int(codes.argmax())
        raise ValueError(
            f"{genome.path}: {bases[place - start]!r} at {chrom}:{place + 1} is not a letter of DNA"
        )
    return codes


def _stamp(path: Path) -> list[int]:
    state = path.stat()
    return [state.st_size, state.st_mtime_ns]


@contextmanager
def _parts(out: Path, settings: dict[str, Any], *, keep: bool) -> Iterator[Parts]:
    if keep:
        yield Parts(out.with_name(f"{out.name}.parts"), settings)
    else:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            yield Parts(Path(folder, "parts"), settings)
