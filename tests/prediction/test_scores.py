"""Predictions as columns, in batches, on both strands."""

import numpy as np
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.pipeline import make_pipeline

from rcseq import DNAOneHotEncoder, KmerVectorizer, SequenceClassifier
from rcseq.metrics import strand_discordance
from rcseq.prediction import strand_predictions


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
