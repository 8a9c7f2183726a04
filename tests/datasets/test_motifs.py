"""The embedded motifs."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rcseq.datasets import load_simulation_motifs
from rcseq.datasets._motifs import find_motif


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
    motif = find_motif("TAL1_known1")
    assert motif.name == "TAL1_known1"
    assert motif.matrix.shape == (16, 4)
    np.testing.assert_allclose(motif.matrix.sum(axis=1), 1)


def test_what_is_no_name_is_a_matrix() -> None:
    assert find_motif([[0, 1, 0, 0]]).name == "C"


def test_unknown_name() -> None:
    with pytest.raises(
        ValueError, match=r"there is no motif 'TAL1'; there are CTCF_known1, .* can"
    ):
        find_motif("TAL1")
