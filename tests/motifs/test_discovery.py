"""TF-MoDISco: a planted motif comes back, once for both strands."""

import sys
from typing import Any

import numpy as np
import pytest

from rcseq.motifs import as_motif, discover_motifs, motif_similarity
from rcseq.motifs._discovery import _motif, _windows


def planted(n: int = 120, length: int = 100) -> tuple[Any, Any]:
    """Plant GATTACAG on either strand, and let it alone contribute."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (n, length))
    values = np.zeros((n, 4, length))
    site = np.array(["ACGT".index(base) for base in "GATTACAG"])
    for i in range(n):
        start = int(rng.integers(30, 60))
        word = site if i % 2 else 3 - site[::-1]
        codes[i, start : start + 8] = word
        values[i, :, start : start + 8] = -1 / 3
        values[i, word, np.arange(start, start + 8)] = 1
    values += rng.normal(scale=0.02, size=values.shape)
    return np.eye(4)[codes].transpose(0, 2, 1), values


@pytest.mark.extended
def test_a_planted_motif_is_found_once() -> None:
    pytest.importorskip("modiscolite", reason='discovery is the extra "motifs"')
    onehot, values = planted()
    (motif,) = discover_motifs(onehot, values)
    assert motif.name == "pattern1"
    assert motif.sign == 1
    assert motif.n_sites > 90
    assert str(motif.consensus) in ("GATTACAG", "CTGTAATC")
    assert motif.contributions.shape == (8, 4)
    (turned,) = discover_motifs(onehot[:, ::-1, ::-1], values[:, ::-1, ::-1])
    assert motif_similarity([motif], [turned]).iloc[0, 0] > 0.99
    (lowers,) = discover_motifs(onehot, -values)
    assert lowers.sign == -1


@pytest.mark.extended
def test_noise_holds_no_motif() -> None:
    pytest.importorskip("modiscolite", reason='discovery is the extra "motifs"')
    onehot, values = planted(n=10)
    assert discover_motifs(onehot, values) == []


class Pattern:
    seqlets = [None] * 20
    contrib_scores = np.array([[0, 0.1, 0, 0], [2, 0, 0, 0], [0, 0, 0, -1], [0.2, 0, 0, 0]])
    sequence = np.array([[0.25] * 4, [1, 0, 0, 0], [0, 0.25, 0, 0.75], [0.25] * 4])


def test_ends_that_contribute_little_are_cut_off() -> None:
    motif = _motif("pattern1", 20, -1, Pattern)
    np.testing.assert_array_equal(as_motif(motif).matrix, Pattern.sequence[1:3])
    np.testing.assert_array_equal(motif.contributions, Pattern.contrib_scores[1:3])
    assert (motif.n_sites, motif.num_occurrences) == (20, 20)
    assert str(motif) == "<pattern1 AT: 20 sites that lower the output>"


@pytest.mark.parametrize("length", [20, 30, 60, 81, 82, 200, 1000])
def test_windows_fit_into_the_sequences(length: int) -> None:
    window, flank = _windows(length)
    assert window % 2
    assert window + 2 * flank <= length


def test_refused() -> None:
    pytest.importorskip("modiscolite", reason='discovery is the extra "motifs"')
    onehot, values = planted(4)
    with pytest.raises(ValueError, match=r"\(4, 4, 100\) and contributions \(4, 4, 90\)"):
        discover_motifs(onehot, values[..., :90])
    with pytest.raises(ValueError, match="the sequences have 19 bases"):
        discover_motifs(onehot[..., :19], values[..., :19])
    with pytest.raises(ValueError, match="min_sites=1"):
        discover_motifs(onehot, values, min_sites=1)


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "modiscolite.tfmodisco", None)
    with pytest.raises(ImportError, match=r'pip install "rcseq\[motifs\]"'):
        discover_motifs(*planted(4))
