"""Every class on the list exists, comes back as it was, and runs nothing when it does."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, is_classifier, is_regressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.feature_selection import SelectFromModel, SelectKBest, SelectPercentile, chi2
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    RandomizedSearchCV,
    StratifiedKFold,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier, MultiOutputRegressor
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import rcseq
from rcseq.persistence._allowed import ALLOWED, PRIVATE_STATE, name_of, named

NAMES = [f"{module}:{name}" for module, names in ALLOWED.items() for name in sorted(names)]
X = np.abs(np.random.default_rng(0).normal(size=(60, 5)))
Y = np.digitize(X[:, 0] - X[:, 1], [-0.4, 0.4])
LETTERS = [" ".join("abc"[int(v * 9) % 3] for v in row) for row in X]
FREE = LogisticRegression()
COMPOSED = [
    CalibratedClassifierCV(FREE, cv=3),
    CalibratedClassifierCV(FREE, cv=3, method="isotonic"),
    TransformedTargetRegressor(Ridge(), func=np.log1p, inverse_func=np.expm1),
    BaggingClassifier(FREE, n_estimators=3, random_state=0, max_features=3),
    BaggingRegressor(Ridge(), n_estimators=3, random_state=0),
    StackingClassifier([("a", FREE), ("b", LogisticRegression(C=0.1))], cv=3),
    StackingRegressor([("a", Ridge())], final_estimator=Ridge(), cv=3),
    VotingClassifier([("a", FREE), ("b", LogisticRegression(C=0.1))], voting="soft"),
    VotingRegressor([("a", Ridge())]),
    SelectFromModel(FREE),
    SelectKBest(chi2, k=2),
    SelectPercentile(chi2),
    FrozenEstimator(LogisticRegression().fit(X, Y)),
    GridSearchCV(FREE, {"C": [0.1, 1.0]}, cv=StratifiedKFold(3)),
    GridSearchCV(FREE, {"C": [1.0]}, scoring=["accuracy", "f1_macro"], refit="accuracy", cv=2),
    RandomizedSearchCV(FREE, {"C": [0.1, 1.0]}, n_iter=2, cv=2, random_state=0),
    OneVsRestClassifier(FREE),
    FeatureUnion([("a", StandardScaler()), ("b", "passthrough")]),
    Pipeline([("a", StandardScaler()), ("b", FREE)]),
    FunctionTransformer(np.sqrt),
]
SIMPLE = [
    cls()
    for cls in map(named, NAMES)
    if isinstance(cls, type)
    and issubclass(cls, BaseEstimator)
    and cls.__module__.startswith("sklearn.")
    and not cls.__name__.startswith("_")
    and not hasattr(cls, "estimator")
    and cls.__name__ not in {type(model).__name__ for model in COMPOSED}
    and cls not in (CountVectorizer, TfidfVectorizer, TfidfTransformer, FixedThresholdClassifier)
    and cls not in (MultiOutputClassifier, MultiOutputRegressor)
]


def assert_comes_back(model, path, X):
    loaded = rcseq.load(rcseq.save(model, path))
    methods = "predict", "predict_proba", "decision_function", "transform", "score"
    tried = [method for method in methods if hasattr(model, method)]
    assert tried
    for method in tried:
        arguments = (X, Y) if method == "score" else (X,)
        expected, found = (getattr(m, method)(*arguments) for m in (model, loaded))
        expected, found = (
            getattr(v, "toarray", lambda v=v: np.asarray(v))() for v in (expected, found)
        )
        np.testing.assert_array_equal(expected, found)
    assert repr(loaded) == repr(model)


@pytest.mark.parametrize("name", NAMES)
def test_names_exist_and_are_their_own(name):
    assert name_of(named(name)) == name


@pytest.mark.parametrize("name", ["os:system", "torch:load", "sklearn.svm:SVC", "", None, 3, []])
def test_nothing_else_has_a_name(name):
    assert named(name) is None


def test_state_is_allowed_for_what_is_on_the_list_only():
    assert set(PRIVATE_STATE) <= set(NAMES)


@pytest.mark.parametrize("model", [*SIMPLE, *COMPOSED], ids=lambda model: type(model).__name__)
def test_scikit_learn_comes_back(model, tmp_path):
    name = type(model).__name__
    if name == "LogisticRegressionCV":
        model.set_params(l1_ratios=(0,), use_legacy_attributes=False, scoring="neg_log_loss")
    target = X[:, 3] * 2 if is_regressor(model) else Y
    data = X[:, 0] if name == "IsotonicRegression" else X
    if name in ("LabelBinarizer", "LabelEncoder"):
        model.fit(Y)
        data = Y
    elif name == "QuantileTransformer":
        model.set_params(n_quantiles=20).fit(X)
    else:
        model.fit(data, Y > 0 if name == "FixedThresholdClassifier" else target)
    assert_comes_back(model, tmp_path / "model.rcseq", data)


def test_thresholds_and_several_outputs_come_back(tmp_path):
    path = tmp_path / "model.rcseq"
    assert_comes_back(FixedThresholdClassifier(FREE, threshold=0.3).fit(X, Y > 0), path, X)
    both = np.stack([Y > 0, Y > 1], axis=1).astype(int)
    model = MultiOutputClassifier(FREE).fit(X, both)
    np.testing.assert_array_equal(rcseq.load(rcseq.save(model, path)).predict(X), model.predict(X))
    model = MultiOutputRegressor(Ridge()).fit(X, both)
    np.testing.assert_array_equal(rcseq.load(rcseq.save(model, path)).predict(X), model.predict(X))


@pytest.mark.parametrize("cls", [CountVectorizer, TfidfVectorizer])
def test_vectorizers_come_back(cls, tmp_path):
    model = cls(analyzer="char", ngram_range=(2, 3)).fit(LETTERS)
    assert_comes_back(model, tmp_path / "model.rcseq", LETTERS)
    counts = TfidfTransformer().fit(X)
    assert_comes_back(counts, tmp_path / "model.rcseq", X)
    assert is_classifier(FREE)
