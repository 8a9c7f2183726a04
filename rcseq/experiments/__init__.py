"""Published experiments as code: run them here, and put the results beside the published ones.

:func:`reproduce` is the one call. Every finished fit is kept in a folder, so that a run that was
killed goes on where it stopped.
"""

from rcseq.experiments._ceiling import motif_likelihood, motif_posterior, placement_odds
from rcseq.experiments._data import ceiling, data_from_peaks, data_from_table, simulated_data
from rcseq.experiments._filters import compare_filters, learned_filters
from rcseq.experiments._profile import (
    PROFILE_SCORES,
    compare_profiles,
    profile_ceiling,
    profiles_from_tracks,
    simulated_profiles,
)
from rcseq.experiments._profile_report import profile_report, profile_table
from rcseq.experiments._protocols import EXPERIMENTS, NETWORKS, Experiment, get_experiment
from rcseq.experiments._published import load_published
from rcseq.experiments._report import beside_published, pairwise_tests, reproduction_report
from rcseq.experiments._run import finished, reproduce
from rcseq.experiments._suite import (
    load_suite_published,
    suite_data,
    suite_report,
    suite_tests,
    tfbs_suite,
)

__all__ = [
    "EXPERIMENTS",
    "NETWORKS",
    "PROFILE_SCORES",
    "Experiment",
    "beside_published",
    "ceiling",
    "compare_filters",
    "compare_profiles",
    "data_from_peaks",
    "data_from_table",
    "finished",
    "get_experiment",
    "learned_filters",
    "load_published",
    "load_suite_published",
    "motif_likelihood",
    "motif_posterior",
    "pairwise_tests",
    "placement_odds",
    "profile_ceiling",
    "profile_report",
    "profile_table",
    "profiles_from_tracks",
    "reproduce",
    "reproduction_report",
    "simulated_data",
    "simulated_profiles",
    "suite_data",
    "suite_report",
    "suite_tests",
    "tfbs_suite",
]
