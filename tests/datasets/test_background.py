"""Random background."""

from collections.abc import Iterable

import numpy as np
import pytest

from rcseq.alphabet import decode
from rcseq.datasets import MarkovBackground, load_nfe2


def word_shares(sequences: Iterable[str], k: int) -> dict[str, float]:
    counts: dict[str, int] = {}
    for sequence in sequences:
        for start in range(len(sequence) - k + 1):
            word = sequence[start : start + k]
            counts[word] = counts.get(word, 0) + 1
    total = sum(counts.values())
    return {word: count / total for word, count in counts.items()}


@pytest.mark.parametrize("shares", [(0.3, 0.2, 0.2, 0.3), (1, 0, 0, 1), (0, 0, 3, 0)])
def test_zero_order_draws_the_bases_in_their_shares(shares: tuple[float, ...]) -> None:
    background = MarkovBackground.zero_order(shares)
    assert background.order == 0
    codes = background.sample(300, 700, np.random.default_rng(0))
    assert codes.shape == (300, 700)
    drawn = np.bincount(codes.ravel(), minlength=4) / codes.size
    np.testing.assert_allclose(drawn, np.array(shares) / sum(shares), atol=0.005)


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_fitted_chain_has_the_words_of_the_sequences(order: int) -> None:
    sequences = load_nfe2().sequences
    background = MarkovBackground.fit(sequences, order=order)
    assert background.order == order
    np.testing.assert_allclose(background.transition.sum(axis=1), 1)
    np.testing.assert_allclose(background.initial.sum(), 1)
    codes = background.sample(500, 300, np.random.default_rng(0))
    drawn = word_shares(map(decode, codes), order + 1)
    for word, share in word_shares(sequences, order + 1).items():
        assert drawn.get(word, 0) == pytest.approx(share, abs=0.004)


def test_transition_is_the_counted_share() -> None:
    background = MarkovBackground.fit(["AAC", "ANC", "CA"], order=1, pseudocount=0)
    np.testing.assert_allclose(background.transition[:2], [[0.5, 0.5, 0, 0], [1, 0, 0, 0]])
    np.testing.assert_allclose(background.transition[2:], 0.25)  # G and T were never seen
    np.testing.assert_allclose(background.initial, [2 / 3, 1 / 3, 0, 0])


def test_order_of_the_bases_in_a_word() -> None:
    background = MarkovBackground.fit(["ACGACGACGACG"], order=2, pseudocount=0)
    drawn = {decode(row) for row in background.sample(50, 6, np.random.default_rng(0))}
    assert drawn == {"ACGACG", "CGACGA", "GACGAC"}


@pytest.mark.parametrize("length", [1, 2, 3])
def test_sequences_shorter_than_the_order(length: int) -> None:
    background = MarkovBackground.fit(["ACGTACGTAC"], order=3)
    assert background.sample(4, length, np.random.default_rng(0)).shape == (4, length)


def test_same_generator_same_bases() -> None:
    background = MarkovBackground.fit(["ACGTTGCA"], order=1)
    first, second = (background.sample(5, 50, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_errors() -> None:
    with pytest.raises(ValueError, match="neither four probabilities"):
        MarkovBackground.zero_order([0.5, 0.5])
    with pytest.raises(ValueError, match="neither four probabilities"):
        MarkovBackground.zero_order([0.5, -0.5, 0.5, 0.5])
    with pytest.raises(ValueError, match="order=9 is not from 0 to 8"):
        MarkovBackground.fit(["ACGT"], order=9)
    for sequences in ([], ["AC", "GNT"]):
        with pytest.raises(ValueError, match="no sequence has a word of 3 known bases"):
            MarkovBackground.fit(sequences, order=2)
