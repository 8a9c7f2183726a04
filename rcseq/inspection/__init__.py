"""What a network has learned: motifs of its filters, attributions, effects of variants.

All functions take a fitted estimator, a pipeline or search that ends in one, or a plain network,
and sequences as the model takes them.
"""

from rcseq.inspection._attribution import in_silico_mutagenesis, saliency
from rcseq.inspection._filters import FilterMotif, FilterMotifs, filters_to_motifs
from rcseq.inspection._quality import FilterQuality, filter_quality
from rcseq.inspection._variants import Variant, variant_effects

__all__ = [
    "FilterMotif",
    "FilterMotifs",
    "FilterQuality",
    "Variant",
    "filter_quality",
    "filters_to_motifs",
    "in_silico_mutagenesis",
    "saliency",
    "variant_effects",
]
