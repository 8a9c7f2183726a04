"""Motifs as matrices of probabilities, whatever form they come in."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from Bio.motifs import Motif

from rcseq import alphabet


class NamedMotif(NamedTuple):
    """A name and a matrix of probabilities, ``(width, 4)``, columns A C G T."""

    name: str
    matrix: npt.NDArray[np.float64]


def as_motif(motif: Any, name: str | None = None) -> NamedMotif:
    """Name and probabilities of a motif of Biopython, or of a matrix.

    Parameters
    ----------
    motif : Bio.motifs.Motif or array-like of shape (width, 4)
        Counts or probabilities of A, C, G and T at each position.
    name : str, default=None
        None takes the name that Biopython has for it, else the consensus.

    Returns
    -------
    motif : NamedMotif

    Raises
    ------
    ValueError
        If the matrix has another shape, a negative value or a position without any.
    """
    if isinstance(motif, Motif):
        name = name or motif.name or getattr(motif, "matrix_id", None)
        matrix = np.array([motif.counts[base] for base in alphabet.NUCLEOTIDES], dtype=float).T
    else:
        matrix = np.asarray(motif, dtype=float)
    if matrix.ndim != 2 or matrix.shape[1] != 4 or not len(matrix):
        raise ValueError(
            f"a motif has the shape {matrix.shape}; (width, 4) is needed, columns A C G T"
        )
    name = name or alphabet.decode(matrix.argmax(axis=1))
    totals = matrix.sum(axis=1, keepdims=True)
    if not (np.isfinite(matrix) & (matrix >= 0)).all() or not (totals > 0).all():
        raise ValueError(
            f"the motif {name} is not a matrix of counts or probabilities: each position needs "
            "values from 0 up with a sum above 0"
        )
    return NamedMotif(name, matrix / totals)
