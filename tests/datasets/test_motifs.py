"""The embedded motifs, and motifs of other forms."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from Bio import motifs

from rcseq.datasets import load_simulation_motifs
from rcseq.datasets._motifs import as_motif


def test_embedded_motifs_are_the_published_ones(shared_dir: Path) -> None:
    table = pd.read_csv(shared_dir / "data/simulation_motifs.tsv", sep="\t")
    loaded = load_simulation_motifs()
    assert set(loaded) == set(table["motif"])
    for name, matrix in loaded.items():
        rows = table[table["motif"] == name].sort_values("position")
        np.testing.assert_array_equal(matrix, rows[list("ACGT")])


def test_embedded_motifs_are_probabilities() -> None:
    loaded = load_simulation_motifs()
    assert len(loaded) == 8
    for matrix in loaded.values():
        np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=1e-5)


def test_by_name() -> None:
    motif = as_motif("TAL1_known1")
    assert motif.name == "TAL1_known1"
    assert motif.matrix.shape == (16, 4)
    np.testing.assert_allclose(motif.matrix.sum(axis=1), 1)


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
        ("TAL1", "there is no motif 'TAL1'; there are CTCF_known1, "),
        (np.ones((4, 9)), r"has the shape \(4, 9\); \(width, 4\) is needed"),
        (np.ones(4), r"has the shape \(4,\)"),
        (np.zeros((2, 4)), "the motif AA is not a matrix of counts or probabilities"),
        ([[1, -1, 0, 0]], "the motif A is not a matrix"),
    ],
)
def test_what_is_no_motif(motif: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        as_motif(motif)
