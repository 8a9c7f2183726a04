"""The published simulation."""

import numpy as np
import pytest

from rcseq.datasets import make_zhou2022


def test_protocol() -> None:
    data = make_zhou2022(random_state=0)
    assert {name: (data.split == name).sum() for name in ("train", "valid", "test")} == {
        "train": 12_000,
        "valid": 9_000,
        "test": 9_000,
    }
    assert {len(sequence) for sequence in data.sequences} == {200}
    assert data.true_target.sum(axis=0).tolist() == [10_000] * 3
    assert data.true_target.sum(axis=1).tolist() == [1] * 30_000
    wrong = data.target != data.true_target
    assert wrong[data.split == "train"].sum() == 7_200
    assert wrong[data.split != "train"].sum() == 0
    numbers = data.embeddings.groupby("sequence").size()
    assert len(numbers) == 30_000
    assert numbers.min() == 1
    assert numbers.max() == 3
    held = data.target_names[data.true_target.argmax(axis=1)]
    np.testing.assert_array_equal(data.embeddings["motif"], held[data.embeddings["sequence"]])
    assert (data.embeddings["strand"] == "-").mean() == pytest.approx(0.5, abs=0.01)
    bases = np.frombuffer("".join(data.sequences).encode(), np.uint8)
    # Motifs are about a sixth of the bases and richer in G and C than the background.
    assert np.isin(bases, list(b"AT")).mean() == pytest.approx(0.59, abs=0.02)


def test_length_and_noise() -> None:
    data = make_zhou2022(1000, label_noise=0, random_state=1)
    assert {len(sequence) for sequence in data.sequences} == {1000}
    np.testing.assert_array_equal(data.target, data.true_target)
