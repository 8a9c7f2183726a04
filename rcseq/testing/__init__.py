"""Checks of the symmetry between strands, and of estimators of sequences, for your tests too.

The checks of modules need nothing but PyTorch; those of estimators are imported at their first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rcseq.testing._symmetry import assert_equivariant, assert_strand_invariant

if TYPE_CHECKING:
    from rcseq.testing._estimator_checks import check_sequence_estimator, sequence_estimator_checks

__all__ = [
    "assert_equivariant",
    "assert_strand_invariant",
    "check_sequence_estimator",
    "sequence_estimator_checks",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("rcseq.testing._estimator_checks"), name)
