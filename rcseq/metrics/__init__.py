"""Measures that scikit-learn does not have: of strand symmetry, and of profiles.

A sequence and its reverse complement are the same molecule read from its two ends. A model of
double-stranded DNA that answers differently to the two is wrong at least once;
:func:`strand_discordance`, :func:`strand_flip_rate` and :func:`rc_correlation` say by how much.
They take what the user gave to the estimator, strings as well as arrays, so that whatever a
pipeline does to a sequence (padding, cropping) counts. Figure 1 of Shrikumar, Greenside and Kundaje
(2017), *Reverse-complement parameter sharing improves deep learning models for genomics*, bioRxiv
103663, shows how much a conventional network disagrees.

:func:`profile_jsd`, :func:`profile_pearson` and :func:`count_correlation` compare reads along
sequences with what was expected, as the field does for networks that predict profiles.
"""

from rcseq.metrics._profiles import count_correlation, profile_jsd, profile_pearson
from rcseq.metrics._strands import (
    correlation_between,
    discordance_between,
    rc_correlation,
    rc_correlation_scorer,
    strand_discordance,
    strand_discordance_scorer,
    strand_flip_rate,
    strand_flip_rate_scorer,
)

__all__ = [
    "correlation_between",
    "count_correlation",
    "discordance_between",
    "profile_jsd",
    "profile_pearson",
    "rc_correlation",
    "rc_correlation_scorer",
    "strand_discordance",
    "strand_discordance_scorer",
    "strand_flip_rate",
    "strand_flip_rate_scorer",
]
