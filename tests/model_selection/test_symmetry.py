"""The test of whether a target depends on the strand: what it calls, and how often by chance."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.stats import binomtest

from rcseq.alphabet import reverse_complement
from rcseq.datasets import load_splice
from rcseq.model_selection import StrandSymmetryTest, strand_symmetry_test
from rcseq.strategies import STRATEGIES, default_strategies


def strings(rng, n, length=60):
    return np.array(["".join(row) for row in rng.choice(list("ACGT"), (n, length))])


def with_motif(rng, n, *, stranded=False):
    """A motif in every sequence whose strand is the label; or in every second, on either strand."""
    X, y = strings(rng, n), np.arange(n) % 2
    for i in range(n) if stranded else np.flatnonzero(y):
        forward = y[i] if stranded else rng.random() < 0.5
        at = rng.integers(0, 50)
        X[i] = X[i][:at] + ("TGACTCAGCA" if forward else "TGCTGAGTCA") + X[i][at + 10 :]
    return X, y


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("kind", ["labels", "words", "numbers", "several"])
def test_a_motif_on_one_strand_is_found_and_one_on_either_is_not(rng, kind):
    for stranded in (True, False):
        X, y = with_motif(rng, 400, stranded=stranded)
        target = {
            "labels": y,
            "words": np.array(["no", "yes"])[y],
            "numbers": y + rng.normal(size=400),
            "several": np.stack([y + rng.normal(size=400), rng.normal(size=400)], axis=1),
        }[kind]
        result = strand_symmetry_test(X, target, k=4, n_permutations=39, random_state=0)
        assert (result.pvalue < 0.05) == stranded
        assert (result.statistic > 0.02) == stranded
        assert result.n == 400


def test_splice_junctions_depend_on_the_strand():
    X, y = load_splice(return_X_y=True)
    result = strand_symmetry_test(X[:1000], y[:1000], n_permutations=1000, random_state=0)
    assert result.pvalue < 0.001
    assert result.strategies() == ["standard", "concatenated", "strand_channel"]
    assert "depends on the strand: knowing the strand adds an R² of " in str(result)


def test_pairs_of_both_orientations(rng):
    X = strings(rng, 300)
    both = np.append(X, [reverse_complement(x) for x in X])
    pair = np.tile(np.arange(300), 2)
    base = np.tile(rng.normal(size=300) * 5, 2)  # of the element, whichever way round
    words = np.array([x.count("TGA") - x.count("TCA") for x in both])
    order = rng.permutation(600)
    for effect in (0.0, 1.0):
        y = base + effect * words + rng.normal(size=600)
        result = strand_symmetry_test(
            both[order], y[order], pair=pair[order], k=3, n_permutations=99, random_state=0
        )
        assert (result.pvalue < 0.05) == bool(effect)
        assert result.n == 300
    assert result.statistic > 0.3


@pytest.mark.extended
@pytest.mark.parametrize("paired", [False, True])
def test_no_more_than_one_in_twenty_is_called_by_chance(paired):
    called = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        X, y = with_motif(rng, 200)
        pair = None
        if paired:
            X = np.append(X, [reverse_complement(x) for x in X])
            pair, y = np.tile(np.arange(200), 2), np.tile(y, 2) + rng.normal(size=400)
        result = strand_symmetry_test(X, y, pair=pair, n_permutations=199, random_state=seed)
        called += result.pvalue < 0.05
    interval = binomtest(called, 200).proportion_ci(method="exact")
    print(f"{called} of 200 called, 95 % interval {interval.low:.3f} to {interval.high:.3f}")
    assert interval.low <= 0.05


def test_overlapping_windows_choose_their_strands_together(rng):
    """Many copies of few sequences: alone, each would count as evidence."""
    calls = {"families": 0, "none": 0}
    for seed in range(6):
        rng = np.random.default_rng(seed)
        X = np.repeat(strings(rng, 12), 12)
        y = np.repeat(np.arange(12) % 2, 12)
        groups = {"families": None, "none": np.arange(144)}
        for name, own in groups.items():
            result = strand_symmetry_test(
                X, y, groups=own, k=3, n_permutations=99, random_state=seed
            )
            calls[name] += result.pvalue < 0.05
    assert calls["families"] <= 1
    assert calls["none"] >= 4


def test_the_seed_decides_and_large_sets_are_sampled(rng):
    X, y = with_motif(rng, 200)
    settings = {"k": 3, "n_permutations": 49, "max_samples": 120}
    first, again = (strand_symmetry_test(X, y, random_state=1, **settings) for _ in range(2))
    assert first == again
    assert first.n == 120
    assert first.n_permutations == 49
    assert first != strand_symmetry_test(X, y, random_state=2, **settings)


def test_which_strategies_make_sense():
    depends, not_shown = (StrandSymmetryTest(0.0, p, 100, 99) for p in (0.01, 0.2))
    assert not set(depends.strategies()) & set(not_shown.strategies())
    assert {*depends.strategies(), *not_shown.strategies()} == set(STRATEGIES)
    assert set(not_shown.strategies()) & set(default_strategies()) == {
        "augmented",
        "conjoined",
        "posthoc",
        "rcps",
    }
    assert depends.strategies(level=0.001) == not_shown.strategies()
    assert "may be the same on both strands" in str(not_shown)


def test_inputs_of_any_kind(rng):
    X, y = with_motif(rng, 60)
    expected = strand_symmetry_test(X, y, k=3, n_permutations=19, random_state=0)
    for other in (X.tolist(), [x.lower() for x in X]):
        assert strand_symmetry_test(other, y, k=3, n_permutations=19, random_state=0) == expected
    unequal = [x[: 40 + i % 20] for i, x in enumerate(X)]
    assert 0 < strand_symmetry_test(unequal, y, k=3, n_permutations=19).pvalue <= 1


def test_what_is_refused(rng):
    X, y = with_motif(rng, 40)
    with pytest.raises(ValueError, match="at least 20 samples; got 10"):
        strand_symmetry_test(X[:10], y[:10])
    with pytest.raises(ValueError, match="y is the same for all"):
        strand_symmetry_test(X, np.ones(40))
    with pytest.raises(ValueError, match="missing or infinite"):
        strand_symmetry_test(X, np.where(np.arange(40) == 3, np.nan, 1.0))
    with pytest.raises(ValueError, match=r"pair=a occurs 40 time\(s\)"):
        strand_symmetry_test(X, y, pair=["a"] * 40)
    with pytest.raises(ValueError, match="the two sequences of pair=0 are not reverse"):
        strand_symmetry_test(X, y, pair=np.arange(40) // 2)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        strand_symmetry_test(X, y[:20])


def test_one_wrong_pair_among_right_ones_is_named(rng):
    X = strings(rng, 30)
    both = np.append(X, [reverse_complement(x) for x in X])
    both[35] = reverse_complement(X[6])
    pair = np.tile(np.arange(30), 2)
    with pytest.raises(ValueError, match="the two sequences of pair=5 are not"):
        strand_symmetry_test(both, rng.normal(size=60), pair=pair)
    assert_array_equal(np.unique(pair), np.arange(30))
