"""Neural networks for DNA as scikit-learn estimators, built on skorch.

:class:`SequenceClassifier` and :class:`SequenceRegressor` train a network with any of the five
strategies by which a network can meet the two strands.
"""

from rcseq.estimators._callbacks import BestWeights
from rcseq.estimators._classifier import SequenceClassifier
from rcseq.estimators._data import check_sequences
from rcseq.estimators._posthoc import PosthocConjoined
from rcseq.estimators._predefined import PredefinedValidation
from rcseq.estimators._regressor import SequenceRegressor

__all__ = [
    "BestWeights",
    "PosthocConjoined",
    "PredefinedValidation",
    "SequenceClassifier",
    "SequenceRegressor",
    "check_sequences",
]
