"""Predictions as a table whose columns are named."""

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import LinearSVC

from rcseq import DNAOneHotEncoder, KmerVectorizer, PosthocConjoined, SequenceClassifier
from rcseq.estimators import SequenceEnsembleClassifier
from rcseq.prediction import predict_table, scores

RNG = np.random.default_rng(0)
X = ["".join(RNG.choice(list("ACGT"), 20)) for _ in range(40)]
WORDS = np.where(RNG.random(40) < 0.5, "open", "closed")
THREE = np.array(["a", "b", "c"])[np.arange(40) % 3]
LABELS = RNG.integers(0, 2, (40, 2))


def kmers(final, **options):
    return make_pipeline(KmerVectorizer(2, **options), final)


def network(**options):
    return make_pipeline(
        DNAOneHotEncoder(), SequenceClassifier(max_epochs=1, random_state=0, **options)
    )


def flat(X):
    return X.reshape(len(X), -1)


MODELS = {
    "pipeline": network(strategy="rcps"),
    "search": GridSearchCV(network(), {"sequenceclassifier__lr": [0.001]}, cv=2),
    "voting": VotingClassifier([("a", kmers(LogisticRegression()))] * 1, voting="soft"),
    "calibrated": CalibratedClassifierCV(network(), cv=2),
    "posthoc": make_pipeline(PosthocConjoined(network())),
    "kmers": kmers(LogisticRegression()),
    "the encoder alone is ours": make_pipeline(
        DNAOneHotEncoder(), FunctionTransformer(flat), LogisticRegression()
    ),
}


def test_the_spread_of_an_ensemble():
    model = SequenceEnsembleClassifier(kmers(LogisticRegression()), n_members=3, random_state=0)
    table = predict_table(model.fit(X, WORDS), X, spread=True)
    assert list(table)[2:] == ["probability_closed_std", "probability_open_std"]
    std = model.predict_proba(X, return_std=True)[1]
    for column in list(table)[2:]:
        np.testing.assert_allclose(table[column], std)
    three = predict_table(model.fit(X, THREE), X, spread=True).filter(like="_std")
    np.testing.assert_allclose(three, model.predict_proba(X, return_std=True)[1])
    for alone in (kmers(LogisticRegression()), CalibratedClassifierCV(kmers(LinearSVC()), cv=2)):
        with pytest.raises(ValueError, match="so there is no spread"):
            predict_table(alone.fit(X, WORDS), X, spread=True)


@pytest.mark.parametrize("name", MODELS)
def test_classes_are_columns_of_any_model(name):
    model = MODELS[name].fit(X, WORDS)
    table = predict_table(model, X, both_strands=True)
    assert list(table) == [
        f"probability_{word}{end}"
        for word in ("closed", "open")
        for end in ("", "_reverse", "_difference")
    ]
    proba = model.predict_proba(X)
    np.testing.assert_allclose(table[["probability_closed", "probability_open"]], proba, atol=1e-6)
    np.testing.assert_allclose(table["probability_open"], scores(model, X)[:, 0])
    other = predict_table(model, [s[::-1].translate(str.maketrans("ACGT", "TGCA")) for s in X])
    np.testing.assert_allclose(table["probability_open_reverse"], other["probability_open"])
    difference = table["probability_open"] - table["probability_open_reverse"]
    np.testing.assert_allclose(table["probability_open_difference"], difference)
    if name in ("pipeline", "posthoc", "kmers"):
        assert difference.abs().max() < 1e-5
    elif name == "the encoder alone is ours":
        assert difference.abs().max() > 0.01


@pytest.mark.parametrize(
    ("model", "y", "columns"),
    [
        (kmers(LogisticRegression()), THREE, ["probability_a", "probability_b", "probability_c"]),
        (kmers(LogisticRegression()), LABELS[:, 0], ["probability_0", "probability_1"]),
        (network(), LABELS, ["probability_task_0", "probability_task_1"]),
        (
            kmers(MultiOutputClassifier(LogisticRegression())),
            LABELS,
            ["probability_task_0", "probability_task_1"],
        ),
        (kmers(LinearSVC()), WORDS, ["score_open"]),
        (kmers(LinearSVC()), THREE, ["score_a", "score_b", "score_c"]),
        (kmers(Ridge()), LABELS[:, 0] + 0.5, ["value"]),
        (kmers(Ridge()), LABELS + 0.5, ["value_task_0", "value_task_1"]),
        (TransformedTargetRegressor(kmers(Ridge())), LABELS[:, 0] + 0.5, ["value"]),
        (VotingClassifier([("k", kmers(LogisticRegression()))]), WORDS, ["class"]),
    ],
)
def test_columns_are_named_for_what_they_hold(model, y, columns):
    table = predict_table(model.fit(X, y), X)
    assert list(table) == columns
    if columns[0].startswith("probability") and y.ndim == 1:
        np.testing.assert_allclose(table.sum(axis=1), 1, atol=1e-6)
        best = table.idxmax(axis=1).str.removeprefix("probability_")
        assert (best == model.predict(X).astype(str)).all()


def test_both_strands_of_labels_have_no_difference():
    model = VotingClassifier([("k", kmers(LogisticRegression(), canonical=False))]).fit(X, WORDS)
    assert list(predict_table(model, X, both_strands=True)) == ["class", "class_reverse"]


def test_names_of_the_sequences_are_the_index():
    from rcseq.sequences import as_sequences

    model = kmers(LogisticRegression()).fit(X, WORDS)
    named = as_sequences(X[:2]).with_names(["first", "second"])
    assert predict_table(model, named).index.tolist() == ["first", "second"]
    assert predict_table(model, pd.Series(X[:2]), batch_size=1).index.tolist() == [0, 1]


def test_what_predicts_nothing_is_refused():
    with pytest.raises(TypeError, match="KmerVectorizer has none of predict_proba"):
        predict_table(KmerVectorizer(2).fit(X), X)
