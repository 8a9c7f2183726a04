"""Which part of a sequence a model reads, against what its encoder leaves of it."""

import numpy as np
import pytest
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from rcseq import DNAOneHotEncoder, KmerVectorizer
from rcseq.prediction import reads


def random_sequences(n: int) -> list[str]:
    rng = np.random.default_rng(0)
    return ["".join(rng.choice(list("ACGTN"), rng.integers(1, 30))) for _ in range(n)]


@pytest.mark.parametrize("align", ["left", "right", "center"])
@pytest.mark.parametrize("length", [1, 8, 9])
def test_what_the_encoder_leaves(align: str, length: int) -> None:
    encoder = DNAOneHotEncoder(length=length, align=align).fit(["A"])
    sequences = [*random_sequences(200), "AAAAAAAAAT", "ACGT" * 3, "acgtt" * 3]
    for sequence, (start, stop) in zip(
        sequences, reads(make_pipeline(encoder, None), sequences), strict=True
    ):
        assert stop - start == min(len(sequence), length)
        if len(sequence) >= length:
            read = encoder.inverse_transform(encoder.transform([sequence]))[0]
            assert read == sequence[start:stop].upper()


def test_models_without_an_encoder_read_all() -> None:
    kmers = make_pipeline(KmerVectorizer(k=1), LogisticRegression()).fit(["AA", "CC"], [0, 1])
    assert reads(kmers, ["ACGTACGT"]).tolist() == [[0, 8]]


def test_of_several_members_the_one_that_reads_most_counts() -> None:
    def flat(x):
        return x.reshape(len(x), -1)

    rest = FunctionTransformer(flat), LogisticRegression()
    pair = [(str(n), make_pipeline(DNAOneHotEncoder(n), *rest)) for n in (4, 6)]
    vote = VotingClassifier(pair).fit(["ACGTACGT", "CCCCCCCC"], [0, 1])
    assert reads(vote, ["ACGTACGT", "ACG"]).tolist() == [[1, 7], [0, 3]]


def test_letters_that_are_none_are_left_to_the_encoder() -> None:
    encoder = DNAOneHotEncoder(length=3).fit(["A"])
    assert reads(make_pipeline(encoder, None), ["ACGZ"]).tolist() == [[0, 3]]
