"""What a model has learned: motifs of its filters, attributions, effects of variants.

All functions take a fitted estimator, whatever wraps one, or a plain network, and sequences as the
model takes them. :func:`in_silico_mutagenesis` and :func:`variant_effects` need nothing but
predictions; the others need a single network.
"""

from rcseq.inspection._attribution import saliency
from rcseq.inspection._deeplift import deeplift
from rcseq.inspection._filters import FilterMotif, FilterMotifs, filters_to_motifs
from rcseq.inspection._mutagenesis import in_silico_mutagenesis
from rcseq.inspection._quality import FilterQuality, filter_quality
from rcseq.inspection._variants import Variant, variant_effects

__all__ = [
    "FilterMotif",
    "FilterMotifs",
    "FilterQuality",
    "Variant",
    "deeplift",
    "filter_quality",
    "filters_to_motifs",
    "in_silico_mutagenesis",
    "saliency",
    "variant_effects",
]
