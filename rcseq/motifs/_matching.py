"""Matching motifs against a collection: TOMTOM."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from rcseq.motifs._matrices import as_matrices

__all__ = ["match_motifs"]


def match_motifs(
    motifs: Any, collection: Any, *, n_best: int | None = 1, n_jobs: int = 1
) -> pd.DataFrame:
    """Find the motifs of a collection that motifs resemble, with TOMTOM's p-values [1]_.

    It is the TOMTOM of ``memelite``: Euclidean distances of columns, both strands, all offsets,
    overhanging columns included. Install it with ``pip install 'rcseq[motifs]'``; its first call
    on a machine compiles for about a minute.

    Parameters
    ----------
    motifs, collection : path, list of Bio.motifs.Motif, or mapping of names to (width, 4) matrices
        What to annotate and what to compare it with, for example the file of JASPAR's vertebrate
        motifs. The collection is also what chance is judged by: with fewer than 25 motifs in it
        p-values mean little, and ``memelite`` warns.
    n_best : int or None, default 1
        Number of matches of each motif; None for all.
    n_jobs : int, default 1
        Number of threads; -1 for all cores.

    Returns
    -------
    DataFrame
        One row a match, the best of each motif first: ``motif``, ``match``, ``p_value`` (of the
        best alignment, on either strand), ``e_value`` (times the size of the collection),
        ``q_value`` (Benjamini and Hochberg, over all pairs), ``offset`` (of the motif against the
        match, in positions), ``overlap`` (positions) and ``strand`` (``"+"``, or ``"-"`` where the
        match was turned).

    Raises
    ------
    ImportError
        If ``memelite`` is not installed.
    ValueError
        If there is no motif, or one without any information, which would match everything.

    References
    ----------
    .. [1] Gupta, Stamatoyannopoulos, Bailey and Noble (2007). Quantifying similarity between
       motifs. Genome Biology 8.
    .. [2] Schreiber (2025). memesuite-lite, https://github.com/jmschrei/memesuite-lite.

    Examples
    --------
    .. code-block:: python

        motifs = filters_to_motifs(model, sequences)
        match_motifs(motifs, "JASPAR2024_CORE_vertebrates.transfac")
    """
    try:
        from memelite import tomtom
    except ImportError as error:
        raise ImportError(
            "match_motifs needs memelite, a TOMTOM in Python: pip install 'rcseq[motifs]'. "
            "motif_similarity and filter_quality do without it."
        ) from error
    queries, targets = as_matrices(motifs), as_matrices(collection)
    if not queries or not targets:
        raise ValueError("there are not motifs to match")
    if n_best is not None and n_best < 1:
        raise ValueError(f"n_best={n_best!r} is neither None nor at least 1")
    for name, matrix in queries.items():
        if np.ptp(matrix) < 1e-3:
            raise ValueError(f"the motif {name} has no information at any position")
    upright = [[matrix.T for matrix in group.values()] for group in (queries, targets)]
    p, _, offset, overlap, turned = tomtom(*upright, n_jobs=n_jobs)
    p = np.clip(p, 0, 1)
    q = false_discovery_control(p, axis=None).reshape(p.shape)
    best = np.argsort(p, axis=1, kind="stable")[:, :n_best]
    rows = np.repeat(np.arange(len(p)), best.shape[1]), best.ravel()
    return pd.DataFrame(
        {
            "motif": np.array(list(queries), dtype=object)[rows[0]],
            "match": np.array(list(targets), dtype=object)[rows[1]],
            "p_value": p[rows],
            "e_value": p[rows] * len(targets),
            "q_value": q[rows],
            "offset": offset[rows].astype(int),
            "overlap": overlap[rows].astype(int),
            "strand": np.where(turned[rows] > 0, "-", "+"),
        }
    )
