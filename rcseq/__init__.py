"""Reverse-complement parameter sharing for models of DNA, as scikit-learn estimators.

The names below are those that a user types. They are imported at their first use, so that
``import rcseq`` is quick and ``import rcseq.nn`` needs nothing but PyTorch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rcseq.estimators import PosthocConjoined, SequenceClassifier, SequenceRegressor
    from rcseq.model_selection import compare_strategies
    from rcseq.persistence import load, save
    from rcseq.preprocessing import DNAOneHotEncoder, GappedKmerVectorizer, KmerVectorizer
    from rcseq.presets import make_model

__version__ = "0.1.0"

__all__ = [
    "DNAOneHotEncoder",
    "GappedKmerVectorizer",
    "KmerVectorizer",
    "PosthocConjoined",
    "SequenceClassifier",
    "SequenceRegressor",
    "__version__",
    "compare_strategies",
    "load",
    "make_model",
    "save",
]

_HOME = {
    "DNAOneHotEncoder": "rcseq.preprocessing",
    "GappedKmerVectorizer": "rcseq.preprocessing",
    "KmerVectorizer": "rcseq.preprocessing",
    "PosthocConjoined": "rcseq.estimators",
    "SequenceClassifier": "rcseq.estimators",
    "SequenceRegressor": "rcseq.estimators",
    "compare_strategies": "rcseq.model_selection",
    "load": "rcseq.persistence",
    "make_model": "rcseq.presets",
    "save": "rcseq.persistence",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value  # the next look-up finds it without coming here
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
