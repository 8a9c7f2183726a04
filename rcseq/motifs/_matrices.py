"""Motifs as matrices of probabilities, whatever form they come in."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from Bio.motifs import Motif
from numpy.typing import NDArray

from rcseq import alphabet
from rcseq.io import motif_counts, motif_name, read_motifs

__all__ = ["NamedMotif", "as_matrices", "as_motif"]


class NamedMotif(NamedTuple):
    """A name and a matrix of probabilities, ``(width, 4)``, columns A C G T."""

    name: str
    matrix: NDArray[np.float64]


def as_motif(motif: Any, name: str | None = None) -> NamedMotif:
    """Return the name and the probabilities of a motif.

    Parameters
    ----------
    motif : Bio.motifs.Motif, DataFrame, mapping, or array-like of shape (width, 4)
        Counts or probabilities of A, C, G and T at each position. The columns of a data frame, or
        its rows, and the keys of a mapping are taken by their letters, in any order; U is read as
        T. An array has the columns A C G T.
    name : str, default=None
        None takes the name that Biopython has for it, else the consensus.

    Returns
    -------
    motif : NamedMotif

    Raises
    ------
    ValueError
        If the matrix has another shape or other letters, a negative value or a position without
        any.

    Examples
    --------
    >>> import pandas as pd
    >>> from rcseq.motifs import as_motif
    >>> as_motif(pd.DataFrame({"T": [3, 0], "G": [1, 0], "C": [0, 0], "A": [0, 8]}))
    NamedMotif(name='TA', matrix=array([[0.  , 0.  , 0.25, 0.75],
           [1.  , 0.  , 0.  , 0.  ]]))
    """
    if isinstance(motif, Motif):
        name = name or motif_name(motif)
        matrix = motif_counts(motif)
    else:
        matrix = _by_letter(motif)
    if matrix.ndim != 2 or matrix.shape[1] != 4 or not len(matrix):
        raise ValueError(
            f"a motif has the shape {matrix.shape}; (width, 4) is needed, columns A C G T"
        )
    name = name or alphabet.decode(matrix.argmax(axis=1))
    totals = matrix.sum(axis=1, keepdims=True)
    if not (matrix >= 0).all() or not (np.isfinite(totals) & (totals > 0)).all():
        raise ValueError(
            f"the motif {name} is not a matrix of counts or probabilities: each position needs "
            "values from 0 up with a sum above 0"
        )
    return NamedMotif(name, matrix / totals)


def _by_letter(motif: Any) -> NDArray[np.float64]:
    """Matrix with the columns A C G T; what has letters is ordered by them."""
    if isinstance(motif, Mapping):  # also the counts and probabilities of a motif of Biopython
        motif = pd.DataFrame({letter: list(motif[letter]) for letter in motif})
    if isinstance(motif, pd.DataFrame):
        motif = _ordered(motif)
    try:
        return np.asarray(motif, dtype=float)
    except (TypeError, ValueError):
        raise ValueError(
            f"a motif of type {type(motif).__name__} is not a matrix of numbers"
        ) from None


def _ordered(frame: pd.DataFrame) -> pd.DataFrame:
    for table in (frame, frame.T):
        labels = [str(label).strip().upper().replace("U", "T") for label in table.columns]
        if sorted(labels) == list(alphabet.NUCLEOTIDES):
            return table.iloc[:, [labels.index(base) for base in alphabet.NUCLEOTIDES]]
    if not frame.columns.equals(pd.RangeIndex(4)):
        raise ValueError(
            f"the data frame of a motif has the columns {', '.join(map(str, frame.columns[:8]))}; "
            "A, C, G and T are needed, or four without names"
        )
    return frame


def as_matrices(motifs: Any) -> dict[str, NDArray[np.float64]]:
    """Return the probabilities of each motif of a collection, ``(width, 4)``, by its name.

    Parameters
    ----------
    motifs : path, list of Bio.motifs.Motif, or mapping of names to motifs
        A path is read by :func:`rcseq.io.read_motifs`; the motifs of a mapping are all that
        :func:`as_motif` takes.

    Returns
    -------
    matrices : dict of str to ndarray of shape (width, 4)
        Columns A C G T.

    Raises
    ------
    TypeError
        If a member of a list is not a motif of Biopython.
    ValueError
        If two motifs have the same name, or one is not a matrix of counts or probabilities.

    Examples
    --------
    >>> from rcseq.motifs import as_matrices
    >>> as_matrices({"TA": [[0, 0, 0, 8], [6, 0, 0, 2]]})
    {'TA': array([[0.  , 0.  , 0.  , 1.  ],
           [0.75, 0.  , 0.  , 0.25]])}
    """
    if isinstance(motifs, str | os.PathLike):
        motifs = read_motifs(motifs)
    if isinstance(motifs, Mapping):
        return {str(name): as_motif(matrix, str(name)).matrix for name, matrix in motifs.items()}
    matrices: dict[str, NDArray[np.float64]] = {}
    for index, motif in enumerate(motifs):
        if not isinstance(motif, Motif):
            raise TypeError(
                f"motif {index} is a {type(motif).__name__}; Bio.motifs, a mapping of names to "
                "(width, 4) matrices, or the path of a file of motifs are taken"
            )
        name = motif_name(motif) or f"motif{index}"
        if name in matrices:
            raise ValueError(f"two motifs have the name {name!r}")
        matrices[name] = as_motif(motif, name).matrix
    return matrices
