"""What is embedded."""

from typing import Any

import numpy as np
import pytest

from rcseq.alphabet import decode
from rcseq.datasets import MotifEmbedding, load_simulation_motifs


def test_instances_have_the_probabilities_of_the_matrix() -> None:
    embedding = MotifEmbedding("TAL1_known1", pseudocount=0)
    (motif,) = embedding.motifs
    drawn = embedding.sample(motif, 40_000, np.random.default_rng(0))
    shares = np.stack([(drawn == code).mean(axis=0) for code in range(4)], axis=1)
    np.testing.assert_allclose(shares, load_simulation_motifs()["TAL1_known1"], atol=0.01)


def test_pseudocount_is_a_share_of_the_uniform_distribution() -> None:
    embedding = MotifEmbedding([[1, 0, 0, 0]], pseudocount=0.4)
    drawn = embedding.sample(embedding.motifs[0], 40_000, np.random.default_rng(0))
    np.testing.assert_allclose(np.bincount(drawn.ravel()) / 40_000, [0.7, 0.1, 0.1, 0.1], atol=0.01)


def test_consensus() -> None:
    embedding = MotifEmbedding("GATA_disc1", consensus=True)
    drawn = embedding.sample(embedding.motifs[0], 3, np.random.default_rng(0))
    assert {decode(row) for row in drawn} == {decode(embedding.motifs[0].matrix.argmax(axis=1))}


def test_labels() -> None:
    assert MotifEmbedding("GATA_disc1").label == "GATA_disc1"
    assert MotifEmbedding("GATA_disc1", partner="TAL1_known1").label == "GATA_disc1+TAL1_known1"
    assert MotifEmbedding("GATA_disc1", name="GATA").label == "GATA"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"motif": "unknown"}, "there is no motif 'unknown'"),
        ({"motif": "GATA_disc1", "partner": np.ones((2, 3))}, r"shape \(2, 3\)"),
        ({"motif": "GATA_disc1", "reverse_probability": 1.5}, "reverse_probability=1.5 is not"),
        ({"motif": "GATA_disc1", "zero_probability": -0.1}, "zero_probability=-0.1 is not"),
        ({"motif": "GATA_disc1", "pseudocount": 2}, "pseudocount=2 is not from 0 to 1"),
    ],
)
def test_errors(params: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MotifEmbedding(**params)
