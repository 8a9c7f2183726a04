"""Data sets: bundled with the package (``load_*``) and simulated (``make_*``)."""

from rcseq.datasets._background import MarkovBackground
from rcseq.datasets._bundled import load_nfe2, load_splice
from rcseq.datasets._embedding import MotifEmbedding
from rcseq.datasets._motifs import load_simulation_motifs
from rcseq.datasets._placement import Normal, Poisson
from rcseq.datasets._simulation import make_motif_sequences
from rcseq.datasets._zhou2022 import make_zhou2022

__all__ = [
    "MarkovBackground",
    "MotifEmbedding",
    "Normal",
    "Poisson",
    "load_nfe2",
    "load_simulation_motifs",
    "load_splice",
    "make_motif_sequences",
    "make_zhou2022",
]
