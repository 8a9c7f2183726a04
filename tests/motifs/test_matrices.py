"""Motifs of every form as matrices of probabilities."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from Bio import motifs

from rcseq.io import write_motifs
from rcseq.motifs import as_matrices, as_motif


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


TGA = pd.DataFrame({"T": [1, 0, 0], "G": [0, 1, 0], "C": [0, 0, 0], "A": [0, 0, 1]})


@pytest.mark.parametrize(
    "motif",
    [
        TGA,
        TGA.rename(columns=str.lower),
        TGA.rename(columns={"T": "U"}),
        TGA.T,
        TGA.to_dict("list"),
        TGA[list("ACGT")].set_axis(range(4), axis=1),
        motifs.create(["TGA"]).counts,
        motifs.create(["TGA"]).pwm,
        motifs.create(["UGA"], alphabet="ACGU"),
    ],
    ids=["columns", "lower", "rna", "rows", "dict", "unnamed", "counts", "pwm", "rna-motif"],
)
def test_letters_are_taken_by_name(motif: Any) -> None:
    np.testing.assert_array_equal(as_motif(motif).matrix, np.eye(4)[[3, 2, 0]])


@pytest.mark.parametrize(
    ("motif", "message"),
    [
        (TGA.set_axis(list("WXYZ"), axis=1), "has the columns W, X, Y, Z; A, C, G and T"),
        (TGA[["A", "C", "G"]], "has the columns A, C, G"),
        (motifs.create(["MKL"], alphabet="KLM"), "the letters ACGT or ACGU are needed"),
        ([[1, 2], [3]], "a motif of type list is not a matrix of numbers"),
        ("GATA", "a motif of type str is not a matrix of numbers"),
        ([[1e308, 1e308, 0, 0]], "is not a matrix of counts"),
    ],
)
def test_letters_and_forms_that_are_refused(motif: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message), np.errstate(over="ignore"):
        as_motif(motif)


def named(name: str) -> motifs.Motif:
    columns = {"A": [7, 0, 2], "C": [0, 0, 2], "G": [1, 8, 2], "T": [0, 0, 2]}
    motif = motifs.Motif(counts=columns)
    motif.name = name
    return motif


def test_what_is_taken_as_a_collection(tmp_path: Path) -> None:
    path = tmp_path / "a.meme"
    write_motifs([named("a")], path)
    expected = np.array([[7, 0, 1, 0], [0, 0, 8, 0], [2, 2, 2, 2]]) / 8
    for form in ([named("a")], {"a": expected * 100}, path, str(path)):
        np.testing.assert_allclose(as_matrices(form)["a"], expected)
    assert list(as_matrices([named("")])) == ["motif0"]
    with pytest.raises(TypeError, match=r"motif 0 is a ndarray; .* a mapping of names"):
        as_matrices([expected])
    with pytest.raises(ValueError, match="two motifs have the name 'a'"):
        as_matrices([named("a"), named("a")])
    with pytest.raises(ValueError, match=r"shape \(4, 3\); \(width, 4\) is needed"):
        as_matrices({"a": expected.T})
