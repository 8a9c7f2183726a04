import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import LinearSVC

from rcseq import (
    DNAOneHotEncoder,
    KmerVectorizer,
    PosthocConjoined,
    SequenceClassifier,
    SequenceRegressor,
)
from rcseq.metrics import strand_discordance
from rcseq.presets import FAST
from rcseq.strategies import STRATEGIES
from rcseq.testing import check_sequence_estimator


def flatten(X):
    return X.reshape(len(X), -1).astype(float)


def other(X):
    return X[:, ::-1, ::-1]


@pytest.mark.parametrize("average", ["logits", "probabilities"])
@pytest.mark.parametrize(
    "inner",
    [
        LogisticRegression(),
        RandomForestClassifier(10, random_state=0),
        KNeighborsClassifier(),
        MLPClassifier(4, max_iter=20, random_state=0, early_stopping=True),
    ],
    ids=lambda e: type(e).__name__,
)
@pytest.mark.parametrize("labels", [["no", "yes"], ["a", "b", "c"]], ids=["binary", "multiclass"])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_scikit_learns_own_become_strand_free(X, inner, average, labels):
    y = np.array(labels)[np.arange(120) % len(labels)]
    one_strand = make_pipeline(FunctionTransformer(flatten), inner)
    model = PosthocConjoined(one_strand, average=average).fit(X, y)
    assert_allclose(model.predict_proba(X), model.predict_proba(other(X)), atol=1e-12)
    assert_array_equal(model.predict(X), model.predict(other(X)))
    assert_allclose(model.predict_proba(X).sum(axis=1), 1)
    assert_array_equal(model.classes_, labels)
    assert np.abs(one_strand.fit(X, y).predict_proba(X) - model.predict_proba(X)).max() > 1e-3


def test_logits_are_what_is_averaged(X, y):
    inner = make_pipeline(FunctionTransformer(flatten), LogisticRegression()).fit(X, y)
    model = PosthocConjoined(inner)
    expected = (inner.decision_function(X) + inner.decision_function(other(X))) / 2
    assert_allclose(model.decision_function(X), expected)
    assert_allclose(model.predict_proba(X)[:, 1], 1 / (1 + np.exp(-expected)))
    half = PosthocConjoined(inner, average="probabilities").predict_proba(X)
    assert_allclose(half, (inner.predict_proba(X) + inner.predict_proba(other(X))) / 2)


def test_a_fitted_model_is_used_as_it_is(X, y):
    inner = make_pipeline(FunctionTransformer(flatten), Ridge()).fit(X, y)
    model = PosthocConjoined(inner)
    assert_allclose(model.predict(X), (inner.predict(X) + inner.predict(other(X))) / 2)
    with pytest.raises(NotFittedError, match="give it a fitted Pipeline"):
        PosthocConjoined(clone(inner)).predict(X)


def test_posthoc_strategy_and_wrapped_augmented_are_the_same(X, y, quick):
    augmented = quick(strategy="augmented", n_iter_no_change=99).fit(X, y)
    conjoined = PosthocConjoined(augmented)
    same = quick(strategy="augmented", n_iter_no_change=99).fit(X, y).set_params(strategy="posthoc")
    assert_allclose(conjoined.predict_proba(X), same.predict_proba(X), atol=1e-6)


@pytest.mark.parametrize("targets", ["binary", "multiclass", "multilabel"])
def test_networks_become_strand_free(X, y, quick, targets):
    target = {
        "binary": y,
        "multiclass": np.arange(120) % 3,
        "multilabel": np.stack([y, 1 - y, np.arange(120) % 3 == 0], axis=1).astype(int),
    }[targets]
    model = PosthocConjoined(quick(strategy="standard")).fit(X, target)
    assert_allclose(model.predict_proba(X), model.predict_proba(other(X)), atol=1e-6)
    assert model.predict(X).shape == target.shape
    assert 0 <= model.score(X, target) <= 1


def test_regressors_and_strings(sequences):
    X, y = sequences
    model = PosthocConjoined(
        make_pipeline(DNAOneHotEncoder(), SequenceRegressor(strategy="standard", max_epochs=1))
    ).fit(X, y.astype(float))
    assert strand_discordance(model, X) < 1e-6
    kmers = make_pipeline(KmerVectorizer(k=3, canonical=False), LogisticRegression())
    model = PosthocConjoined(kmers)
    assert cross_val_score(model, X, y, cv=3).shape == (3,)
    assert strand_discordance(model.fit(X, y), X) < 1e-12


def test_without_probabilities(X, y):
    model = PosthocConjoined(make_pipeline(FunctionTransformer(flatten), LinearSVC())).fit(X, y)
    assert not hasattr(model, "predict_proba")
    assert_array_equal(model.predict(X), model.predict(other(X)))


def test_flattened_one_hot_and_what_looks_like_it(X, y):
    flat = X.reshape(len(X), -1)
    model = PosthocConjoined(LogisticRegression()).fit(flat.astype(float), y)
    mirrored = other(X).reshape(len(X), -1).astype(float)
    assert_allclose(model.predict_proba(flat.astype(float)), model.predict_proba(mirrored))
    with pytest.raises(ValueError, match="looks like flattened one-hot"):
        model.predict(flat)
    with pytest.raises(ValueError, match="not a multiple of 4"):
        PosthocConjoined(LogisticRegression().fit(flat[:, :-1], y)).predict(flat[:, :-1] * 1.0)


def test_it_is_what_it_wraps():
    assert is_classifier(PosthocConjoined(LogisticRegression()))
    assert is_regressor(PosthocConjoined(Ridge()))
    with pytest.raises(ValueError, match="average='mean' must be"):
        PosthocConjoined(Ridge(), average="mean").fit([[0.0] * 4], [0])


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_it_leaves_strand_free_models_as_they_are(X, y, quick, strategy):
    inner = quick(strategy=strategy).fit(X, y)
    change = np.abs(PosthocConjoined(inner).predict_proba(X) - inner.predict_proba(X)).max()
    assert (change < 1e-5) == STRATEGIES[strategy].strand_exact


def test_scikit_learns_checks():
    quick = FAST | {"max_epochs": 4, "lr": 0.02, "early_stopping": False}
    network = SequenceClassifier(
        strategy="augmented",
        module__n_filters=4,
        module__kernel_size=6,
        module__pool_size=1,
        module__readout="weighted_sum",
        random_state=0,
        **quick,
    )
    results = check_sequence_estimator(PosthocConjoined(network), strand_exact=True, on_skip=None)
    assert sum(result["status"] == "passed" for result in results) >= 74
