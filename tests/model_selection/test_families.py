"""Families of near-duplicates, on either strand."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from Bio.Seq import Seq
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from rcseq import DNAOneHotEncoder, KmerVectorizer
from rcseq.alphabet import reverse_complement
from rcseq.datasets import load_splice
from rcseq.model_selection import SequenceFamilyKFold, _families, sequence_families

RNG = np.random.default_rng(0)


def random_dna(length: int) -> str:
    return "".join(RNG.choice(list("ACGT"), length))


def mutated(sequence: str, rate: float) -> str:
    return "".join(
        RNG.choice([b for b in "ACGT" if b != base]) if RNG.random() < rate else base
        for base in sequence
    )


def test_copies_of_every_sort_are_one_family() -> None:
    original = random_dna(200)
    copies = [
        original,
        reverse_complement(original),
        original.lower(),
        original[:120],  # a part
        reverse_complement(original[60:]),
        original[100:] + random_dna(100),  # overlaps by half
        mutated(original, 0.03),
    ]
    strangers = [random_dna(200) for _ in range(20)]
    families = sequence_families([*strangers[:10], *copies, *strangers[10:]])
    assert len(set(families[10:17])) == 1
    assert len(set(families)) == 21
    assert families[:11].tolist() == list(range(11))  # numbered by first appearance


def test_relation_is_passed_on() -> None:
    a, b, c = random_dna(100), random_dna(100), random_dna(100)
    assert sequence_families([a, c, a[50:] + b[:50], b[50:] + c[:50], b]).max() == 0


def test_threshold() -> None:
    a, b = random_dna(100), random_dna(100)
    overlapping = a[60:] + b[:60]  # 40 of 100 bases: a third of the 11-mers
    assert sequence_families([a, overlapping]).tolist() == [0, 0]
    assert sequence_families([a, overlapping], min_shared=0.5).tolist() == [0, 1]
    for min_shared in (0, 1.5):
        with pytest.raises(ValueError, match="min_shared"):
            sequence_families([a, b], min_shared=min_shared)


def test_sequences_without_a_word_are_compared_as_they_are() -> None:
    assert sequence_families(["ACGT", "NNNN", "acgt", "AAAC", "GTTT", "NNNN", "ACG"]).tolist() == [
        0,
        1,
        0,
        2,
        2,
        1,
        3,
    ]


@pytest.mark.parametrize("kind", [np.array, pd.Series, lambda x: [Seq(s) for s in x], "codes"])
def test_any_container(kind: Any) -> None:
    a = random_dna(60)
    X = [a, random_dna(60), reverse_complement(a), "N" * 60, "N" * 60]
    samples = DNAOneHotEncoder(output="codes").fit_transform(X) if kind == "codes" else kind(X)
    assert sequence_families(samples).tolist() == [0, 1, 0, 2, 2]


def test_pieces_of_the_work_give_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    data = load_splice()
    whole = sequence_families(data.sequences[:600])
    monkeypatch.setattr(_families, "_ENTRIES", 50)
    np.testing.assert_array_equal(sequence_families(data.sequences[:600]), whole)


def test_no_family_is_on_both_sides() -> None:
    data = load_splice()
    families = sequence_families(data.sequences)
    assert pd.Series(families).value_counts().max() > 5
    cv = SequenceFamilyKFold(3, shuffle=True, random_state=0)
    folds = list(cv.split(data.sequences, data.target))
    assert len(folds) == cv.get_n_splits() == 3
    for train, test in folds:
        assert not set(families[train]) & set(families[test])
        assert set(data.target[test]) == set(data.target)


def test_works_in_cross_validation() -> None:
    data = load_splice()
    model = make_pipeline(KmerVectorizer(k=3), LogisticRegression(max_iter=2000))
    scores = cross_val_score(
        model, data.sequences[::4], data.target[::4] == "N", cv=SequenceFamilyKFold(3)
    )
    assert len(scores) == 3
