"""Predictions as columns, in batches, on both strands."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.pipeline import make_pipeline

from rcseq import DNAOneHotEncoder, KmerVectorizer, PosthocConjoined, SequenceClassifier
from rcseq.metrics import strand_discordance
from rcseq.prediction import scores, strand_predictions


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


def test_two_labels_are_not_two_classes() -> None:
    X = DNAOneHotEncoder().fit_transform(["ACGTACGT", "AAAACCCC", "GGTTGGTT", "ACACACAC"] * 3)
    y = np.array([[0, 1], [1, 0], [1, 1], [0, 0]] * 3)
    network = SequenceClassifier(
        strategy="standard", max_epochs=1, early_stopping=False, module__n_filters=2
    )
    assert strand_predictions(network.fit(X, y), X)[0].shape == (12, 2)
    assert strand_predictions(network.fit(X, y[:, 0]), X)[0].shape == (12, 1)


X = ["AAC", "AAA", "AAG", "ACA", "TTG", "TTT", "TGG", "TCT"]
Y = [1, 1, 1, 1, 0, 0, 0, 0]


class Recorder(ClassifierMixin, BaseEstimator):
    """Answers 1 for sequences that begin with A, and notes how many it was handed."""

    def fit(self, X: Any, y: Any) -> "Recorder":
        self.classes_, self.sizes = np.unique(y), []
        return self

    def predict_proba(self, X: Any) -> Any:
        self.sizes.append(len(X))
        p = np.array([float(str(s)[0] == "A") for s in X])
        return np.stack([1 - p, p], axis=1)


@pytest.mark.parametrize("container", [list, tuple, np.array, pd.Series])
def test_batches(container: Any) -> None:
    model = Recorder().fit(X, Y)
    values = scores(model, container(X), batch_size=3)
    assert values[:, 0].tolist() == Y
    assert model.sizes == [3, 3, 2]
    model.sizes.clear()
    forward, reverse = strand_predictions(model, container(X), batch_size=5)
    assert (forward[:, 0].tolist(), model.sizes) == (Y, [5, 3, 5, 3])
    assert reverse[:, 0].tolist() == [0, 0, 0, 0, 0, 1, 0, 1]


def test_logits_are_the_decision_function_and_finite() -> None:
    model = make_pipeline(KmerVectorizer(k=1, canonical=False), LogisticRegression()).fit(X, Y)
    np.testing.assert_allclose(scores(model, X, kind="logit")[:, 0], model.decision_function(X))
    sure = scores(Recorder().fit(X, Y), ["A", "T"], kind="logit")[:, 0]
    assert np.isfinite(sure).all()
    assert sure[0] == pytest.approx(-sure[1], rel=1e-3)
    assert sure[0] > 30


def test_values_of_a_regressor_are_its_logits() -> None:
    model = make_pipeline(KmerVectorizer(k=1), Ridge()).fit(X, Y)
    for kind in ("auto", "logit"):
        np.testing.assert_array_equal(scores(model, X, kind=kind)[:, 0], model.predict(X))
    with pytest.raises(TypeError, match="has no predict_proba; kind='auto' takes what there is"):
        scores(model, X, kind="probability")
    with pytest.raises(ValueError, match="kind='odds' is not one of auto, probability, logit"):
        scores(model, X, kind="odds")


def test_two_labels_behind_wrappers_stay_two() -> None:
    encoded = DNAOneHotEncoder().fit_transform(["ACGTACGT", "AAAACCCC", "GGTTGGTT"] * 4)
    y = np.array([[0, 1], [1, 0], [1, 1]] * 4)
    network = SequenceClassifier(max_epochs=1, early_stopping=False, module__n_filters=2)
    assert scores(PosthocConjoined(network).fit(encoded, y), encoded).shape == (12, 2)
