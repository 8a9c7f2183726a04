"""Peaks with the reads of both strands along them, from tracks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from rcseq.datasets._peaks import FilePath, peak_windows
from rcseq.io import SequenceFileError, read_peaks, read_track_windows
from rcseq.sequences import Genome, LabelledSequences

__all__ = ["load_stranded_profiles"]


def load_stranded_profiles(
    peaks: FilePath,
    genome: FilePath | Genome,
    plus: FilePath,
    minus: FilePath,
    *,
    width: int = 1000,
    output_length: int | None = None,
    blacklist: FilePath | None = None,
) -> LabelledSequences:
    r"""Read peaks of a genome, and the reads that begin at each of their positions.

    Parameters
    ----------
    peaks : path-like
        BED, narrowPeak or broadPeak. Windows lie around the summits, or around the middles of
        peaks without one. Peaks with the same window are one, and a window that reaches past the
        end of its chromosome is left out.
    genome : path-like or Genome
        FASTA, plain or packed with ``bgzip``, or ``.2bit``.
    plus, minus : path-like
        bigWig or bedGraph: the number of reads that begin at each base of the strand. The values
        of the minus strand may all be negative, as genome browsers draw them; their sign is
        dropped.
    width : int, default=1000
        Bases of each window.
    output_length : int, optional
        Positions of the profile, in the middle of the window; by default all of it.
    blacklist : path-like, optional
        BED of intervals that no window may touch.

    Returns
    -------
    LabelledSequences
        Its target are the counts, of shape (n, 2, output_length), plus and minus strand as the
        sequence is read: those of a peak on the minus strand are turned round. Its groups are the
        chromosomes.

    Raises
    ------
    SequenceFileError
        If a file is missing or damaged, a peak is not in the genome or not in a track, a count is
        negative or not finite, or no peak is left.
    ValueError
        If `width` or `output_length` cannot be used.
    ImportError
        If a track is a bigWig and pybigtools is not installed: ``pip install "rcseq[tracks]"``.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from rcseq.datasets import load_stranded_profiles
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> def write(name, text):
    ...     (folder / name).write_text(text)
    ...     return folder / name
    >>> data = load_stranded_profiles(
    ...     write("peaks.bed", "chr1\t6\t12\n"),
    ...     write("genome.fa", ">chr1\nACGTTGACTCATAACGACGT\n"),
    ...     write("plus.bedgraph", "chr1\t5\t6\t3\n"),
    ...     write("minus.bedgraph", "chr1\t11\t13\t1\n"),
    ...     width=8,
    ... )
    >>> data.sequences[0], data.target[0].astype(int)
    ('GACTCATA', array([[3, 0, 0, 0, 0, 0, 0, 0],
           [0, 0, 0, 0, 0, 0, 1, 1]]))
    """
    output_length = width if output_length is None else output_length
    if not 1 <= output_length <= width or (width - output_length) % 2:
        raise ValueError(
            f"output_length={output_length} must be from 1 to width={width} and differ from it by "
            "an even number"
        )
    try:
        opened = genome if isinstance(genome, Genome) else Genome(genome)
    except ValueError as error:
        raise SequenceFileError(str(error)) from None
    excluded = None if blacklist is None else read_peaks(blacklist)
    said: list[str] = []
    sequences, windows = peak_windows(
        peaks, opened, width, "summit", set(opened.sizes), excluded, "drop", "keep", said
    )
    margin = (width - output_length) // 2
    inner = windows.assign(start=windows["start"] + margin, end=windows["end"] - margin)
    counts = np.stack([_reads(plus, inner), _reads(minus, inner, negative=True)], axis=1)
    turned = (windows["strand"] == "-").to_numpy()
    counts[turned] = counts[turned, ::-1, ::-1]
    notes = f"; {', '.join(said)}" if said else ""
    return LabelledSequences(
        sequences,
        counts,
        task="regression",
        groups=windows["chrom"].to_numpy(object),
        name=str(peaks),
        description=f"{peaks} ({len(counts):,} peaks of {width:,} bases{notes})",
    )


def _reads(
    path: FilePath, windows: pd.DataFrame, *, negative: bool = False
) -> npt.NDArray[np.float32]:
    values = read_track_windows(path, windows)
    if negative and (values <= 0).all():
        values = -values + np.float32(0)  # no negative zero
    bad = np.argwhere(~((values >= 0) & np.isfinite(values)))
    if len(bad):
        row, place = bad[0]
        chrom, start = windows["chrom"].iloc[row], windows["start"].iloc[row] + place
        raise SequenceFileError(
            f"{path}: the value at {chrom}:{start} is {values[row, place]:g}, not a number of reads"
        )
    return values
