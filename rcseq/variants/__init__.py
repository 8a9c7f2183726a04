"""Variants of a genome, scored by any fitted model: VCF in, VCF out.

:func:`score_vcf` reads a file and writes it again with scores; :func:`score_variants` takes and
returns a table. Both put each allele into the genome around it, as many bases as the model reads,
and compare what the model says of the two. For variants of sequences that you hold yourself there
is :func:`rcseq.inspection.variant_effects`.
"""

from rcseq.variants._alleles import REASONS
from rcseq.variants._scores import score_variants
from rcseq.variants._vcf import VcfSummary, score_vcf

__all__ = ["REASONS", "VcfSummary", "score_variants", "score_vcf"]
