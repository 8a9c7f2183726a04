"""Data sets: bundled or from peaks (``load_*``), simulated (``make_*``), fetched (``fetch_*``)."""

from rcseq.datasets._background import MarkovBackground
from rcseq.datasets._bundled import load_nfe2, load_splice
from rcseq.datasets._download import fetch_file
from rcseq.datasets._embedding import MotifEmbedding
from rcseq.datasets._fetch import (
    REMOTE,
    Remote,
    fetch_blacklist,
    fetch_encode_peaks,
    fetch_genome,
    fetch_gue,
    fetch_jaspar,
    fetch_remote,
)
from rcseq.datasets._genome import SimulatedGenome, make_genome
from rcseq.datasets._motifs import load_simulation_motifs
from rcseq.datasets._negatives import make_background
from rcseq.datasets._peaks import load_peaks
from rcseq.datasets._placement import Normal, Poisson
from rcseq.datasets._profiles import Footprint, make_stranded_profiles
from rcseq.datasets._shuffle import shuffle_dinucleotides
from rcseq.datasets._simulation import make_motif_sequences
from rcseq.datasets._tracks import load_stranded_profiles
from rcseq.datasets._zhou2022 import make_zhou2022

__all__ = [
    "REMOTE",
    "Footprint",
    "MarkovBackground",
    "MotifEmbedding",
    "Normal",
    "Poisson",
    "Remote",
    "SimulatedGenome",
    "fetch_blacklist",
    "fetch_encode_peaks",
    "fetch_file",
    "fetch_genome",
    "fetch_gue",
    "fetch_jaspar",
    "fetch_remote",
    "load_nfe2",
    "load_peaks",
    "load_simulation_motifs",
    "load_splice",
    "load_stranded_profiles",
    "make_background",
    "make_genome",
    "make_motif_sequences",
    "make_stranded_profiles",
    "make_zhou2022",
    "shuffle_dinucleotides",
]
