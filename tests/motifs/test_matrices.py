"""Motifs of every form as matrices of probabilities."""

from typing import Any

import numpy as np
import pytest
from Bio import motifs

from rcseq.motifs import as_motif


def test_of_biopython() -> None:
    motif = motifs.create(["ACGT", "ACGA"], alphabet="ACGT")
    motif.name = "mine"
    read = as_motif(motif)
    assert read.name == "mine"
    expected = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0.5, 0, 0, 0.5]]
    np.testing.assert_array_equal(read.matrix, expected)


def test_counts_are_scaled_and_named_by_their_consensus() -> None:
    read = as_motif([[3, 1, 0, 0], [0, 0, 5, 0]])
    assert read.name == "AG"
    np.testing.assert_array_equal(read.matrix, [[0.75, 0.25, 0, 0], [0, 0, 1, 0]])


@pytest.mark.parametrize(
    ("motif", "message"),
    [
        (np.ones((4, 9)), r"has the shape \(4, 9\); \(width, 4\) is needed"),
        (np.ones(4), r"has the shape \(4,\)"),
        (np.zeros((2, 4)), "the motif AA is not a matrix of counts or probabilities"),
        ([[1, np.nan, 0, 0]], "the motif C is not a matrix"),
        (np.zeros((0, 4)), r"has the shape \(0, 4\)"),
        ([[1, -1, 0, 0]], "the motif A is not a matrix"),
    ],
)
def test_what_is_no_motif(motif: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        as_motif(motif)
