import sys
import types

import numpy as np
import pytest
import torch

from rcseq.inspection import filters_to_motifs
from rcseq.io import read_motifs
from rcseq.motifs import match_motifs
from rcseq.nn import DNA, RCConv1d

EYE = np.eye(4)
GATTACA = EYE[[2, 0, 3, 3, 0, 1, 0]]
COLLECTION = {"a": GATTACA, "b": GATTACA[::-1, ::-1], "c": EYE[[0, 0, 0, 0]]}


@pytest.fixture
def tomtom(monkeypatch):
    """Stand in for the compiled library: records its call, returns known numbers."""
    calls = []

    def stand_in(queries, targets, n_jobs):
        calls.append((queries, targets, n_jobs))
        n, m = len(queries), len(targets)
        p = np.linspace(0.9, -1e-18, n * m).reshape(n, m)
        return np.stack([p, p, p * 0 - 2, p * 0 + 5, np.tile(np.arange(m) % 2, (n, 1))])

    module = types.ModuleType("memelite")
    module.tomtom = stand_in
    monkeypatch.setitem(sys.modules, "memelite", module)
    return calls


def test_table(tomtom):
    table = match_motifs({"x": GATTACA, "y": GATTACA}, COLLECTION)
    assert table.columns.tolist() == [
        "motif",
        "match",
        "p_value",
        "e_value",
        "q_value",
        "offset",
        "overlap",
        "strand",
    ]
    assert table["motif"].tolist() == ["x", "y"]
    assert table["match"].tolist() == ["c", "c"]
    assert table["strand"].tolist() == ["+", "+"]
    assert table["p_value"].tolist() == pytest.approx([0.54, 0])  # and none below zero
    assert table["e_value"].tolist() == pytest.approx([1.62, 0])
    assert (table["q_value"] >= table["p_value"]).all()
    assert (table["overlap"].iloc[0], table["offset"].iloc[0]) == (5, -2)


def test_all_matches_best_first(tomtom):
    table = match_motifs({"x": GATTACA}, COLLECTION, n_best=None, n_jobs=2)
    assert table["match"].tolist() == ["c", "b", "a"]
    assert table["strand"].tolist() == ["+", "-", "+"]
    ((queries, targets, n_jobs),) = tomtom
    assert [query.shape for query in queries] == [(4, 7)]
    assert [target.shape for target in targets] == [(4, 7), (4, 7), (4, 4)]
    assert n_jobs == 2


def test_mistakes(tomtom):
    with pytest.raises(ValueError, match="there are not motifs to match"):
        match_motifs([], COLLECTION)
    with pytest.raises(ValueError, match="the motif x has no information"):
        match_motifs({"x": np.full((5, 4), 0.25)}, COLLECTION)
    with pytest.raises(ValueError, match="n_best=0"):
        match_motifs({"x": GATTACA}, COLLECTION, n_best=0)


def test_without_the_library(monkeypatch):
    monkeypatch.setitem(sys.modules, "memelite", None)
    with pytest.raises(ImportError, match=r"pip install 'rcseq\[motifs\]'"):
        match_motifs({"x": GATTACA}, COLLECTION)


# One test for all that needs the library: its first call in a new environment compiles for a while.
def test_real_tomtom_on_a_real_collection(shared_dir):
    pytest.importorskip("memelite")
    collection = read_motifs(shared_dir / "data" / "jaspar2024_vertebrates.transfac.gz")
    names = [motif.name for motif in collection]
    some = [collection[i] for i in range(0, 879, 97)]
    table = match_motifs(some, collection, n_best=2)
    best = table.groupby("motif", sort=False).first()
    assert best["match"].tolist() == best.index.tolist() == [motif.name for motif in some]
    assert (best["p_value"] < 1e-6).all()
    assert (best["strand"] == "+").all()
    assert (best["offset"] == 0).all()
    assert table["p_value"].between(0, 1).all()

    turned = {motif.name: motif.reverse_complement().pwm for motif in some}
    turned = {name: np.array([pwm[base] for base in "ACGT"]).T for name, pwm in turned.items()}
    other = match_motifs(turned, collection).set_index("motif")
    assert other["match"].tolist() == other.index.tolist()
    # its scores are rounded to bins, which differ a little on the other strand
    np.testing.assert_allclose(np.log(other["p_value"]), np.log(best["p_value"]), rtol=0.2)

    ctcf = str(collection[names.index("MA0139.2 CTCF")].consensus)
    layer = RCConv1d(DNA, 1, len(ctcf), bias=False)
    layer.weight.data = torch.eye(4)[["ACGT".index(base) for base in ctcf]].T[None]
    filters = filters_to_motifs(layer, [f"TTTT{ctcf}TTTT"], threshold=0.9)
    hit = match_motifs(filters, collection).iloc[0]
    assert hit["match"].endswith("CTCF")
    assert hit["q_value"] < 0.05
