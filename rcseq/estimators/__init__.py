"""Neural networks for DNA as scikit-learn estimators, built on skorch.

:class:`SequenceClassifier` and :class:`SequenceRegressor` train a network with any registered
strategy for reverse-complement symmetry (:mod:`rcseq.strategies`).
"""

from rcseq.estimators._callbacks import BestWeights
from rcseq.estimators._classifier import SequenceClassifier
from rcseq.estimators._ensemble import SequenceEnsembleClassifier, SequenceEnsembleRegressor
from rcseq.estimators._net import SequenceNet
from rcseq.estimators._parameters import check_device
from rcseq.estimators._posthoc import PosthocConjoined
from rcseq.estimators._predefined import PredefinedValidation
from rcseq.estimators._regressor import SequenceRegressor
from rcseq.sequences import check_encoded as check_sequences

__all__ = [
    "BestWeights",
    "PosthocConjoined",
    "PredefinedValidation",
    "SequenceClassifier",
    "SequenceEnsembleClassifier",
    "SequenceEnsembleRegressor",
    "SequenceNet",
    "SequenceRegressor",
    "check_device",
    "check_sequences",
]
