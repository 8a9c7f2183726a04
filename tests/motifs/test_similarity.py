import numpy as np
import pytest

from rcseq.datasets import load_simulation_motifs
from rcseq.motifs import align, motif_similarity, similarity_on_strands

EYE = np.eye(4)
GATTACA = EYE[[2, 0, 3, 3, 0, 1, 0]]
FLAT = np.full((3, 4), 0.25)


def random_motifs(n, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.dirichlet([0.3] * 4, size=rng.integers(4, 12)) for _ in range(n)]


def by_hand(a, b):
    """Every offset, column by column."""
    a, b = a - 0.25, b - 0.25
    best = -1.0
    for offset in range(-len(a) + 1, len(b)):
        dot = sum(float(a[i] @ b[i + offset]) for i in range(len(a)) if 0 <= i + offset < len(b))
        best = max(best, dot / np.linalg.norm(a) / np.linalg.norm(b))
    return best


def test_against_the_sum_by_hand():
    motifs, others = random_motifs(5), random_motifs(4, seed=1)
    same, opposite = similarity_on_strands(motifs, others)
    for i, a in enumerate(motifs):
        for j, b in enumerate(others):
            assert same[i, j] == pytest.approx(by_hand(a, b), abs=1e-12)
            assert opposite[i, j] == pytest.approx(by_hand(a, b[::-1, ::-1]), abs=1e-12)


def test_symmetry_and_range():
    motifs = random_motifs(8)
    both = similarity_on_strands(motifs, motifs)
    np.testing.assert_allclose(both, both.transpose(0, 2, 1), atol=1e-12)
    np.testing.assert_allclose(np.diagonal(both[0]), 1)
    turned = [motif[::-1, ::-1] for motif in motifs]
    np.testing.assert_allclose(similarity_on_strands(turned, motifs), both[::-1], atol=1e-12)


def test_flanks_without_information_do_not_count():
    long = np.concatenate([FLAT, GATTACA, FLAT, FLAT])
    assert similarity_on_strands([long], [GATTACA])[0, 0, 0] == pytest.approx(1)
    half = similarity_on_strands([GATTACA[:4]], [GATTACA])[0, 0, 0]
    assert half == pytest.approx(np.sqrt(4 / 7))


def test_flat_motif_is_like_nothing():
    assert similarity_on_strands([FLAT], [GATTACA, FLAT]).max() == 0


def test_background_is_taken_off():
    background = (0.3, 0.2, 0.2, 0.3)
    plain = np.tile(background, (5, 1))
    long = np.concatenate([plain, GATTACA])
    assert motif_similarity({"a": long}, {"b": GATTACA}, background=background).iloc[0, 0] > 0.99
    with pytest.raises(ValueError, match="is not four shares that sum to 1"):
        motif_similarity({"a": long}, background=(0.3, 0.3, 0.3, 0.3))


def test_known_motifs():
    """GATA_disc1 is GATA_known6; nothing else in the set is anything else."""
    table = motif_similarity(load_simulation_motifs())
    assert table.loc["GATA_disc1", "GATA_known6"] > 0.8
    others = table.columns.drop(["GATA_disc1", "TAL1_known1"])
    unlike = table.loc[others, others].to_numpy()[~np.eye(len(others), dtype=bool)]
    assert unlike.max() < 0.7


def test_alignment_is_the_best_of_all():
    motifs = random_motifs(6)
    both = similarity_on_strands(motifs, motifs)
    for i, a in enumerate(motifs):
        for j, b in enumerate(motifs):
            found = align(a, b)
            assert found.similarity == pytest.approx(both[:, i, j].max(), abs=1e-12)
            assert found.turned == (both[1, i, j] > both[0, i, j])


def test_alignment_says_where():
    long = np.concatenate([FLAT, GATTACA, FLAT, FLAT])
    assert align(long, GATTACA)[1:] == (3, False)
    assert align(GATTACA, long)[1:] == (-3, False)
    assert align(GATTACA, long[::-1, ::-1])[1:] == (-3, True)
