"""Strand discordance: what counts as the other strand, and what is measured."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from Bio.Seq import Seq
from Bio.SeqRecord import SeqRecord
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline

from rcseq import DNAOneHotEncoder, KmerVectorizer, SequenceClassifier
from rcseq.alphabet import encode
from rcseq.datasets import load_nfe2
from rcseq.metrics import (
    discordance_between,
    final_estimator,
    reverse_complement_samples,
    strand_discordance,
    strand_discordance_scorer,
    strand_predictions,
)

STRINGS = ["AACGT", "ttgca", "NRYAC"]
OTHER = ["ACGTT", "tgcaa", "GTRYN"]


class StartsWithA(ClassifierMixin, BaseEstimator):
    """A classifier that looks at the first base only: nothing could be more of one strand."""

    def fit(self, X: Any, y: Any) -> "StartsWithA":
        self.classes_ = np.unique(y)
        return self

    def predict_proba(self, X: Any) -> Any:
        p = np.array([0.75 if str(s)[0] == "A" else 0.25 for s in X])
        return np.stack([1 - p, p], axis=1)


class Profile(RegressorMixin, BaseEstimator):
    """A value for each position: one for each A. Its module says how a strand flip acts on it."""

    def __init__(self, output_symmetry: Any = None) -> None:
        self.output_symmetry = output_symmetry

    def fit(self, X: Any, y: Any = None) -> "Profile":
        self.module_ = torch.nn.Module()
        self.module_.output_symmetry = self.output_symmetry
        return self

    def predict(self, X: Any) -> Any:
        return np.asarray(X)[:, 0] + np.asarray(X)[:, 3]  # A and T alike


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (STRINGS, OTHER),
        (tuple(STRINGS), tuple(OTHER)),
        ([Seq(s) for s in STRINGS], [Seq(s) for s in OTHER]),
    ],
)
def test_other_strand_of_sequences(samples: Any, expected: Any) -> None:
    assert reverse_complement_samples(samples) == expected


def test_other_strand_of_records() -> None:
    [record] = reverse_complement_samples([SeqRecord(Seq("AACG"), id="peak")])
    assert str(record.seq) == "CGTT"


@pytest.mark.parametrize("dtype", [object, str])
def test_other_strand_of_arrays_of_text(dtype: Any) -> None:
    other = reverse_complement_samples(np.array(STRINGS, dtype=dtype))
    assert other.dtype == np.array(STRINGS, dtype=dtype).dtype
    assert other.tolist() == OTHER


def test_other_strand_of_a_series_keeps_its_index() -> None:
    series = pd.Series(STRINGS, index=[3, 1, 2], name="sequence")
    pd.testing.assert_series_equal(
        reverse_complement_samples(series), pd.Series(OTHER, index=[3, 1, 2], name="sequence")
    )


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
def test_other_strand_of_arrays_is_that_of_the_strings(dtype: str) -> None:
    encoder = DNAOneHotEncoder(ambiguous="zeros", dtype=dtype)
    x = encoder.fit_transform(STRINGS)
    np.testing.assert_array_equal(reverse_complement_samples(x), encoder.transform(OTHER))
    np.testing.assert_array_equal(
        reverse_complement_samples(torch.as_tensor(x)).numpy(), encoder.transform(OTHER)
    )
    codes = np.stack([encode(s) for s in STRINGS])
    np.testing.assert_array_equal(
        reverse_complement_samples(codes), np.stack([encode(s) for s in OTHER])
    )


@pytest.mark.parametrize(
    "samples",
    ["ACGT", np.zeros((5, 3)), np.zeros((5, 3, 4)), np.arange(5), [1, 2], {"ACGT"}, 7],
)
def test_what_has_no_other_strand_is_refused(samples: Any) -> None:
    with pytest.raises(TypeError, match=r"sequence|DNA"):
        reverse_complement_samples(samples)


def test_discordance_of_a_model_of_one_strand() -> None:
    model = StartsWithA().fit(None, [0, 1])
    X = ["AAA", "ACT", "CCC", "CCG"]  # differ, same, same, same
    assert strand_discordance(model, X) == 0.5
    assert strand_discordance(model, X, reduce="mean") == 0.125
    assert strand_discordance_scorer(model, X) == -0.5
    forward, reverse = strand_predictions(model, X)
    assert forward.tolist() == [[0.75], [0.75], [0.25], [0.25]]
    assert reverse.tolist() == [[0.25], [0.75], [0.25], [0.25]]


def test_rank_discordance_is_the_share_of_swapped_pairs() -> None:
    a = np.array([1.0, 2.0, 3.0, 4.0])
    assert discordance_between(a, a, reduce="rank") == 0
    assert discordance_between(a, -a, reduce="rank") == 1
    assert discordance_between(a, [1, 3, 2, 4], reduce="rank") == pytest.approx(1 / 6)
    assert discordance_between(a, np.exp(a), reduce="rank") == 0  # calibration plays no part
    assert discordance_between(a, np.zeros(4), reduce="rank") == 0


def test_rank_discordance_averages_over_outputs() -> None:
    a = np.array([[1.0, 1.0], [2.0, 2.0]])
    b = np.array([[1.0, 2.0], [2.0, 1.0]])
    assert discordance_between(a, b, reduce="rank") == 0.5


def test_measures_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="must be equal"):
        discordance_between([1], [1, 2])
    with pytest.raises(ValueError, match="no predictions"):
        discordance_between([], [])
    with pytest.raises(ValueError, match="'median' is not one of max, mean, rank"):
        discordance_between([1], [1], reduce="median")
    with pytest.raises(ValueError, match="'median' is not one of max, mean, rank"):
        strand_discordance(None, [], reduce="median")
    with pytest.raises(TypeError, match="none of predict_proba"):
        strand_discordance(object(), ["ACGT"])


def test_decision_function_and_multiclass() -> None:
    X, y = ["AAC", "AAA", "TTG", "TTT", "CCC", "GCG"], [1, 1, 0, 0, 2, 2]
    for model, shape in [(RidgeClassifier(), (6, 3)), (LogisticRegression(), (6, 3))]:
        pipeline = make_pipeline(KmerVectorizer(k=1, canonical=False), model).fit(X, y)
        forward, reverse = strand_predictions(pipeline, X)
        assert forward.shape == reverse.shape == shape
        assert strand_discordance(pipeline, X) > 0.01
    binary = make_pipeline(KmerVectorizer(k=1), RidgeClassifier()).fit(X, np.array(y) > 0)
    assert strand_predictions(binary, X)[0].shape == (6, 1)
    assert strand_discordance(binary, X) == 0


def test_labels_without_a_score_cannot_be_subtracted() -> None:
    class OnlyLabels(BaseEstimator):
        def predict(self, X: Any) -> Any:
            return np.array(["bound"] * len(X))

    with pytest.raises(TypeError, match="nothing to subtract"):
        strand_discordance(OnlyLabels(), ["ACGT"])


def test_profiles_are_turned_before_they_are_compared() -> None:
    from rcseq.nn import OutputSymmetry

    x = DNAOneHotEncoder().fit_transform(["AACCG", "TCCGA"]).astype(float)
    assert strand_discordance(Profile(OutputSymmetry.POSITIONS).fit(x), x) == 0
    assert strand_discordance(Profile().fit(x), x) == 1


def test_works_as_a_scorer_in_cross_validation() -> None:
    model = make_pipeline(KmerVectorizer(k=2, canonical=False), LogisticRegression(max_iter=1000))
    X, y = load_nfe2(subset="test", return_X_y=True)
    scores = cross_validate(
        model, X, y, cv=2, scoring={"auc": "roc_auc", "strands": strand_discordance_scorer}
    )
    assert (scores["test_strands"] < -0.01).all()


def test_final_estimator_looks_into_pipelines_and_searches() -> None:
    X, y = ["AAC", "AAA", "TTG", "TTT"], [1, 1, 0, 0]
    search = GridSearchCV(
        make_pipeline(KmerVectorizer(k=1), LogisticRegression()),
        {"logisticregression__C": [1, 10]},
        cv=2,
    ).fit(X, y)
    assert isinstance(final_estimator(make_pipeline(search)), LogisticRegression)


@pytest.mark.parametrize("output", ["onehot", "codes"])
def test_networks_on_strings_and_on_arrays(output: str) -> None:
    X, y = load_nfe2(subset="test", return_X_y=True)  # of many lengths, odd and even
    encoder = DNAOneHotEncoder(output=output)
    network = SequenceClassifier(max_epochs=1, module__n_filters=4, random_state=0)
    for strategy, exact in [("standard", False), ("posthoc", True), ("rcps", True)]:
        model = make_pipeline(encoder, network.set_params(strategy=strategy)).fit(X, y)
        assert (strand_discordance(model, X) <= 1e-5) == exact
        if exact:
            assert strand_discordance(model[-1], model[0].transform(X)) <= 1e-5


def test_two_labels_are_not_two_classes() -> None:
    X = DNAOneHotEncoder().fit_transform(["ACGTACGT", "AAAACCCC", "GGTTGGTT", "ACACACAC"] * 3)
    y = np.array([[0, 1], [1, 0], [1, 1], [0, 0]] * 3)
    network = SequenceClassifier(
        strategy="standard", max_epochs=1, early_stopping=False, module__n_filters=2
    )
    assert strand_predictions(network.fit(X, y), X)[0].shape == (12, 2)
    assert strand_predictions(network.fit(X, y[:, 0]), X)[0].shape == (12, 1)
