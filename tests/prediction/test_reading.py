"""Which part of a sequence a model reads, against what its encoder leaves of it."""

import numpy as np
import pytest
from sklearn.ensemble import VotingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from rcseq import DNAOneHotEncoder, KmerVectorizer, SequenceClassifier
from rcseq.prediction import read_length, reads


def random_sequences(n: int) -> list[str]:
    rng = np.random.default_rng(0)
    return ["".join(rng.choice(list("ACGTN"), rng.integers(1, 30))) for _ in range(n)]


@pytest.mark.parametrize("align", ["left", "right", "center"])
@pytest.mark.parametrize("length", [1, 8, 9])
def test_what_the_encoder_leaves(align: str, length: int) -> None:
    encoder = DNAOneHotEncoder(length=length, align=align, longer="crop").fit(["A"])
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


def network(**options):
    return SequenceClassifier(max_epochs=1, module__n_filters=2, early_stopping=False, **options)


def flat_pair(*lengths):
    rest = FunctionTransformer(lambda x: x.reshape(len(x), -1)), LogisticRegression()
    return VotingClassifier(
        [(str(n), make_pipeline(DNAOneHotEncoder(n, longer="crop"), *rest)) for n in lengths]
    ).fit(["ACGTACGT", "CCCCCCCC"], [0, 1])


def test_read_length_of_every_wrapping():
    X, y = ["ACGTACGTA", "CCCCCCCC"] * 4, [0, 1] * 4
    pipeline = make_pipeline(DNAOneHotEncoder(), network())
    search = GridSearchCV(pipeline, {"sequenceclassifier__lr": [0.1]}, cv=2).fit(X, y)
    bare = network().fit(DNAOneHotEncoder(7, longer="crop").fit_transform(X), y)
    kmers = make_pipeline(KmerVectorizer(k=1), LogisticRegression()).fit(X, y)
    for model, expected in [
        (pipeline.fit(X, y), 9),
        (search, 9),
        (bare, 7),
        (kmers, None),
        (bare.module_, None),
        (flat_pair(4, 6), 6),
    ]:
        assert read_length(model) == expected
    assert read_length(pipeline.set_params(dnaonehotencoder__longer="scan")) is None


def test_read_length_of_what_is_not_fitted():
    for model in (network(), make_pipeline(DNAOneHotEncoder(), network())):
        with pytest.raises(NotFittedError):
            read_length(model)


def test_an_encoder_that_scans_reads_all():
    encoder = DNAOneHotEncoder(length=3, longer="scan").fit(["A"])
    assert reads(make_pipeline(encoder, None), ["ACGTACG", "AC"]).tolist() == [[0, 7], [0, 2]]
