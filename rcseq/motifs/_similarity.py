"""How alike two motifs are, wherever they overlap and on either strand."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rcseq.motifs._matrices import as_matrices

__all__ = ["Alignment", "align", "motif_similarity", "similarity_on_strands"]

_UNIFORM = (0.25, 0.25, 0.25, 0.25)


def motif_similarity(
    motifs: Any, others: Any = None, *, background: Any = _UNIFORM
) -> pd.DataFrame:
    """Similarity of each motif to each other one, on the better strand.

    The cosine between two matrices of probabilities minus the background, at the offset where it
    is largest; what hangs over counts against it unless it is background. 1 is the same motif, and
    two that share half of their information reach about 0.5 to 0.7. In contrast to a p-value it
    needs no collection to compare with, and is symmetric.

    Parameters
    ----------
    motifs, others : path, list of Bio.motifs.Motif, or mapping of names to (width, 4) matrices
        `others` are by default the `motifs` themselves.
    background : sequence of four floats, default uniform
        Shares of A, C, G and T in the sequences.

    Returns
    -------
    DataFrame of shape (n_motifs, n_others)
        With the names as index and columns.

    See Also
    --------
    match_motifs : TOMTOM, with p-values against a collection.

    Examples
    --------
    >>> import numpy as np
    >>> from rcseq.motifs import motif_similarity
    >>> gata = np.eye(4)[[2, 0, 3, 0]]  # and TATC is its reverse complement
    >>> motif_similarity({"GATA": gata}, {"TATC": np.eye(4)[[3, 0, 3, 1]]}).loc["GATA", "TATC"]
    np.float64(1.0)
    """
    rows = as_matrices(motifs)
    columns = rows if others is None else as_matrices(others)
    both = similarity_on_strands(list(rows.values()), list(columns.values()), background)
    return pd.DataFrame(both.max(axis=0), index=list(rows), columns=list(columns))


def similarity_on_strands(
    motifs: list[NDArray[np.float64]], others: list[NDArray[np.float64]], background: Any = _UNIFORM
) -> NDArray[np.float64]:
    """Similarities on the same strand and on opposite strands, (2, n_motifs, n_others)."""
    centre = np.asarray(background, dtype=float)
    if centre.shape != (4,) or abs(centre.sum() - 1) > 1e-6 or (centre < 0).any():
        raise ValueError(f"background={background!r} is not four shares that sum to 1")
    a = _units([motif - centre for motif in motifs])
    # On the other strand the background is that of the complements.
    reverse = [motif[::-1, ::-1] - centre for motif in others]
    return np.stack(
        [_best(a, _units([motif - centre for motif in others])), _best(a, _units(reverse))]
    )


class Alignment(NamedTuple):
    """How one motif lies on another where they are most alike."""

    similarity: float
    offset: int
    """Position of the other motif's first column, from the first one's first."""
    turned: bool
    """Whether the other motif is reverse complemented."""


def align(
    motif: NDArray[np.float64], other: NDArray[np.float64], background: Any = _UNIFORM
) -> Alignment:
    """Lay a motif on another, turned if that is better."""
    found = []
    for turned in (False, True):
        beside = other[::-1, ::-1] if turned else other
        for offset in range(-len(beside) + 1, len(motif)):
            # Cut to the overlap, the two are compared in one register.
            start, stop = max(0, offset), min(len(motif), offset + len(beside))
            a, b = motif - background, beside - background
            dot = float(np.sum(a[start:stop] * b[start - offset : stop - offset]))
            scale = float(np.linalg.norm(a) * np.linalg.norm(b)) or 1.0
            found.append(Alignment(dot / scale, offset, turned))
    return max(found, key=lambda alignment: alignment.similarity)


def _units(matrices: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Scale to length one and pad to one width, (n, width, 4); a flat motif stays zero."""
    padded = np.zeros((len(matrices), max(map(len, matrices), default=0), 4))
    for row, matrix in zip(padded, matrices, strict=True):
        norm = np.linalg.norm(matrix)
        if norm > 1e-9:
            row[: len(matrix)] = matrix / norm
    return padded


def _best(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    best = np.full((len(a), len(b)), -1.0)
    for offset in range(-a.shape[1] + 1, b.shape[1]):
        x = a[:, max(0, -offset) : b.shape[1] - offset]
        y = b[:, max(0, offset) : offset + a.shape[1]]
        dot = x.reshape(len(a), -1) @ y.reshape(len(b), -1).T
        np.maximum(best, dot, out=best)
    return best.clip(-1, 1)
