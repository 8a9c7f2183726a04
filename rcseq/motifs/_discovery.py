"""Motifs that attributions have in common: TF-MoDISco."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np
from Bio.motifs import Motif
from numpy.typing import ArrayLike, NDArray

from rcseq import alphabet

__all__ = ["DiscoveredMotif", "discover_motifs"]

_LARGEST_WINDOW, _FLANK = 21, 10  # of TF-MoDISco itself
_RUNS = 2  # of the clustering, as its own program has it; the function's 50 took most of the time
_KEPT = 0.25  # ends that contribute less than this share of the best position are cut off


class DiscoveredMotif(Motif):
    """A motif of attributions; a :class:`Bio.motifs.Motif` in all that it can do.

    Attributes
    ----------
    name : str
        ``"pattern1"``, from the one with most sites on.
    counts : Bio.motifs.matrix.FrequencyPositionMatrix
        How often each base stands at each position of the sites.
    n_sites : int
        Number of sites, on both strands.
    contributions : ndarray of shape (width, 4)
        Mean contribution of each base at each position of the sites.
    sign : {1, -1}
        Whether its sites raise the output or lower it.
    """

    def __init__(
        self, name: str, counts: NDArray[Any], contributions: NDArray[Any], n_sites: int, sign: int
    ) -> None:
        columns = dict(zip(alphabet.NUCLEOTIDES, counts.T.tolist(), strict=True))
        super().__init__(alphabet=alphabet.NUCLEOTIDES, counts=columns)
        self.name = name
        self.contributions, self.sign = contributions, sign
        self.n_sites = self.num_occurrences = n_sites

    def __repr__(self) -> str:
        effect = "raise" if self.sign > 0 else "lower"
        return (
            f"<{self.name} {self.degenerate_consensus}: {self.n_sites} sites that {effect} the "
            "output>"
        )

    def __str__(self, masked: bool = False) -> str:
        return repr(self)  # Biopython prints the sites, which are not kept


def discover_motifs(
    sequences: ArrayLike,
    contributions: ArrayLike,
    *,
    min_sites: int = 20,
    max_sites: int = 20_000,
) -> list[DiscoveredMotif]:
    """Find the motifs in attributions, by TF-MoDISco [1]_.

    Stretches with large contributions are cut out, compared on both strands by what they
    contribute and by what other bases would, and put together to motifs. It is the one of
    ``modisco-lite`` [2]_; install it with ``pip install 'rcseq[motifs]'``. Its first call compiles
    for about a minute.

    Parameters
    ----------
    sequences : array-like of shape (n, 4, L)
        One-hot.
    contributions : array-like of shape (n, 4, L)
        What each base would contribute: :func:`rcseq.inspection.deeplift` with
        ``hypothetical=True``, or :func:`rcseq.inspection.saliency`.
    min_sites : int, default 20
        Sites of a motif.
    max_sites : int, default 20,000
        Stretches that are compared; time grows faster than their number.

    Returns
    -------
    list of DiscoveredMotif
        Those with most sites first; ends that contribute little are cut off. A motif and its
        reverse complement are one. Empty where there are too few sites.

    Raises
    ------
    ImportError
        If ``modisco-lite`` is not installed.
    ValueError
        If the arrays do not fit, or the sequences are shorter than 20 bases.

    References
    ----------
    .. [1] Shrikumar and others (2018). Technical note on transcription factor motif discovery from
       importance scores (TF-MoDISco). arXiv 1811.00416.
    .. [2] Schreiber (2022). tfmodisco-lite, https://github.com/jmschrei/tfmodisco-lite.

    Examples
    --------
    .. code-block:: python

        contributions = deeplift(model, sequences, hypothetical=True)
        onehot = DNAOneHotEncoder().fit_transform(sequences)
        for motif in discover_motifs(onehot, contributions):
            print(motif)
    """
    try:
        from modiscolite.tfmodisco import TFMoDISco
    except ImportError:
        raise ImportError(
            'discover_motifs needs modisco-lite; install it with: pip install "rcseq[motifs]"'
        ) from None
    X, values = np.asarray(sequences, dtype=float), np.asarray(contributions, dtype=float)
    if X.ndim != 3 or X.shape[1] != 4 or X.shape != values.shape:
        raise ValueError(
            f"sequences have the shape {X.shape} and contributions {values.shape}; both are "
            "(n, 4, L)"
        )
    if min_sites < 2:
        raise ValueError(f"min_sites={min_sites} is not a number of 2 or more")
    window, flank = _windows(X.shape[-1])
    with contextlib.redirect_stdout(io.StringIO()):  # it prints what it compiles
        found = TFMoDISco(
            X.transpose(0, 2, 1),
            values.transpose(0, 2, 1),
            sliding_window_size=window,
            flank_size=flank,
            min_metacluster_size=min_sites,
            final_min_cluster_size=min_sites,
            max_seqlets_per_metacluster=max_sites,
            n_leiden_runs=_RUNS,
        )
    patterns = [
        (len(pattern.seqlets), sign, pattern)
        for sign, group in zip((1, -1), found, strict=True)
        for pattern in group or ()
    ]
    patterns.sort(key=lambda row: -row[0])
    return [_motif(f"pattern{i}", *row) for i, row in enumerate(patterns, 1)]


def _windows(length: int) -> tuple[int, int]:
    """Return the width of what is looked for, and the bases on both sides of it."""
    if length < 20:
        raise ValueError(f"the sequences have {length} bases; 20 or more are needed")
    if length >= 2 * (_LARGEST_WINDOW + 2 * _FLANK):
        return _LARGEST_WINDOW, _FLANK
    window = min(_LARGEST_WINDOW, length // 4) | 1
    return window, window // 2


def _motif(name: str, n_sites: int, sign: int, pattern: Any) -> DiscoveredMotif:
    contributions = np.asarray(pattern.contrib_scores)
    weight = np.abs(contributions).sum(1)
    kept = np.flatnonzero(weight >= _KEPT * weight.max())
    part = slice(int(kept[0]), int(kept[-1]) + 1)
    counts = np.round(np.asarray(pattern.sequence)[part] * n_sites)
    return DiscoveredMotif(name, counts, contributions[part], n_sites, sign)
