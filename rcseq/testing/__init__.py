"""Checks of the symmetry between strands, for the tests of this package and of yours."""

from rcseq.testing._symmetry import assert_equivariant, assert_strand_invariant

__all__ = ["assert_equivariant", "assert_strand_invariant"]
