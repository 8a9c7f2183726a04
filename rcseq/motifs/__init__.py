"""Motifs as matrices: what is taken as one, how alike two are, TOMTOM, and discovery.

Wherever motifs are taken they are motifs of Biopython, matrices of counts or probabilities, or the
path of a file that :func:`rcseq.io.read_motifs` reads.
"""

from rcseq.motifs._discovery import DiscoveredMotif, discover_motifs
from rcseq.motifs._matching import match_motifs
from rcseq.motifs._matrices import NamedMotif, as_matrices, as_motif
from rcseq.motifs._similarity import Alignment, align, motif_similarity, similarity_on_strands

__all__ = [
    "Alignment",
    "DiscoveredMotif",
    "NamedMotif",
    "align",
    "as_matrices",
    "as_motif",
    "discover_motifs",
    "match_motifs",
    "motif_similarity",
    "similarity_on_strands",
]
