"""Compare strand strategies as scikit-learn compares models: same folds, same seeds, paired tests.

:func:`compare_strategies` is the one call; the splitters keep related DNA on one side of a split.
"""

from rcseq.model_selection._audit import DataAudit, Finding, check_data
from rcseq.model_selection._budget import TrainingCost, equal_budget, training_cost
from rcseq.model_selection._candidates import gapped_kmer_baseline, kmer_baseline
from rcseq.model_selection._chromosomes import ChromosomeKFold, ChromosomeSplit
from rcseq.model_selection._compare import compare_strategies
from rcseq.model_selection._families import SequenceFamilyKFold, sequence_families
from rcseq.model_selection._learning import (
    area_under_learning_curve,
    learning_speed,
    steps_to_loss,
)
from rcseq.model_selection._over_sets import FriedmanTest, friedman_nemenyi
from rcseq.model_selection._results import StrategyComparison
from rcseq.model_selection._statistics import (
    ConfidenceInterval,
    PairedTest,
    corrected_resampled_interval,
    corrected_resampled_ttest,
    holm_correction,
    paired_wilcoxon,
    rank_biserial,
)
from rcseq.model_selection._symmetry import StrandSymmetryTest, strand_symmetry_test

__all__ = [
    "ChromosomeKFold",
    "ChromosomeSplit",
    "ConfidenceInterval",
    "DataAudit",
    "Finding",
    "FriedmanTest",
    "PairedTest",
    "SequenceFamilyKFold",
    "StrandSymmetryTest",
    "StrategyComparison",
    "TrainingCost",
    "area_under_learning_curve",
    "check_data",
    "compare_strategies",
    "corrected_resampled_interval",
    "corrected_resampled_ttest",
    "equal_budget",
    "friedman_nemenyi",
    "gapped_kmer_baseline",
    "holm_correction",
    "kmer_baseline",
    "learning_speed",
    "paired_wilcoxon",
    "rank_biserial",
    "sequence_families",
    "steps_to_loss",
    "strand_symmetry_test",
    "training_cost",
]
