"""Shuffles keep dinucleotides exactly, and are drawn evenly."""

from collections import Counter
from itertools import pairwise, permutations

import numpy as np
import pytest
from scipy.stats import chisquare

from rcseq.datasets import shuffle_dinucleotides


def pairs(text: str) -> Counter[tuple[str, str]]:
    return Counter(pairwise(text.upper()))


def test_dinucleotides_of_many_shuffles_are_identical() -> None:
    rng = np.random.default_rng(0)
    texts = [
        "".join(rng.choice(list("ACGTN"), n, p=[0.3, 0.2, 0.2, 0.29, 0.01])) for n in range(400)
    ]
    shuffled = shuffle_dinucleotides(texts, random_state=0)
    assert [len(text) for text in shuffled] == list(range(400))
    assert all(pairs(a) == pairs(b) for a, b in zip(texts, shuffled, strict=True))
    assert sum(a != b for a, b in zip(texts, shuffled, strict=True)) > 380
    assert shuffled == shuffle_dinucleotides(texts, random_state=0)
    assert shuffled != shuffle_dinucleotides(texts, random_state=1)


@pytest.mark.parametrize("text", ["ACAGATCA", "CTACTCAC"])
def test_all_shuffles_are_as_likely(text: str) -> None:
    possible = {
        "".join(letters) for letters in permutations(text) if pairs("".join(letters)) == pairs(text)
    }
    possible = {other for other in possible if other[0] == text[0]}
    n = 100 * len(possible)
    counts = Counter(shuffle_dinucleotides([text] * n, random_state=0))
    assert len(possible) > 3
    assert set(counts) == possible
    assert chisquare(list(counts.values())).pvalue > 1e-3


@pytest.mark.parametrize("text", ["", "A", "AC", "AAAAAAA", "ACACACA", "NNNN"])
def test_what_cannot_be_shuffled_stays(text: str) -> None:
    sequences = [text, "ACGT"]
    assert shuffle_dinucleotides(sequences, random_state=0)[0] == text


def test_lower_case_stays_where_it_is() -> None:
    text = "ACGATTACGCATTAacgatcgatcagcatGATTACA"
    [shuffled] = shuffle_dinucleotides([text], random_state=0)
    assert [a.islower() for a in shuffled] == [a.islower() for a in text]
    assert pairs(shuffled) == pairs(text)
