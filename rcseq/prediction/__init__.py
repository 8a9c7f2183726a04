"""Predictions of any fitted model on any sequences, on both strands.

Whatever holds a model is unwrapped here: pipelines, searches, transformed targets, thresholds,
calibration, voting, stacking, bagging, frozen estimators and
:class:`~rcseq.PosthocConjoined`. :func:`scores` needs nothing but a model that predicts;
:func:`network_of` needs a single network.
"""

from rcseq.prediction._network import Network, check_output, direct_network, network_of
from rcseq.prediction._reading import read_length, reads, window_width
from rcseq.prediction._scores import (
    align_strand,
    comparable_members,
    member_scores,
    predicting_method,
    scores,
    strand_predictions,
)
from rcseq.prediction._strands import is_strand_exact
from rcseq.prediction._table import output_names, predict_table
from rcseq.prediction._unwrapping import (
    final_estimator,
    fit_parameter,
    members,
    parameter_path,
    parameter_paths,
)

__all__ = [
    "Network",
    "align_strand",
    "check_output",
    "comparable_members",
    "direct_network",
    "final_estimator",
    "fit_parameter",
    "is_strand_exact",
    "member_scores",
    "members",
    "network_of",
    "output_names",
    "parameter_path",
    "parameter_paths",
    "predict_table",
    "predicting_method",
    "read_length",
    "reads",
    "scores",
    "strand_predictions",
    "window_width",
]
