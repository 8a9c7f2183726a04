"""Whatever holds a model is unwrapped, fitted and not."""

from typing import Any

import numpy as np
import pytest
from sklearn import config_context
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    RandomForestClassifier,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 - makes the next importable
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

from rcseq import (
    DNAOneHotEncoder,
    KmerVectorizer,
    PosthocConjoined,
    SequenceClassifier,
    SequenceRegressor,
)
from rcseq.prediction import (
    final_estimator,
    fit_parameter,
    members,
    parameter_path,
    parameter_paths,
)
from rcseq.prediction._unwrapping import paths
from rcseq.preprocessing import GappedKmerVectorizer

X = ["AAC", "AAA", "AAG", "ACA", "TTG", "TTT", "TGG", "TCT"] * 2
Y = [1, 1, 1, 1, 0, 0, 0, 0] * 2

PIPELINE = make_pipeline(DNAOneHotEncoder(), SequenceClassifier())
KMERS = make_pipeline(KmerVectorizer(k=1, canonical=False), LogisticRegression())
VALUES = make_pipeline(KmerVectorizer(k=1, canonical=False), Ridge())
CODES = DNAOneHotEncoder(output="codes").fit_transform(X)

# What wraps one model, and the class of the innermost one.
SINGLE = {
    "bare": (KMERS, LogisticRegression),
    "grid": (GridSearchCV(KMERS, {"logisticregression__C": [1, 10]}, cv=2), LogisticRegression),
    "random": (
        RandomizedSearchCV(
            KMERS, {"logisticregression__C": [1, 10]}, n_iter=2, cv=2, random_state=0
        ),
        LogisticRegression,
    ),
    "halving": (
        HalvingGridSearchCV(
            KMERS, {"logisticregression__C": [1, 10]}, cv=2, min_resources=8, random_state=0
        ),
        LogisticRegression,
    ),
    "target": (TransformedTargetRegressor(VALUES), Ridge),
    "fixed threshold": (FixedThresholdClassifier(KMERS), LogisticRegression),
    "tuned threshold": (TunedThresholdClassifierCV(KMERS, cv=2), LogisticRegression),
    "calibrated": (CalibratedClassifierCV(KMERS, cv=2, ensemble=False), LogisticRegression),
    "posthoc": (PosthocConjoined(KMERS), LogisticRegression),
    "nested": (
        make_pipeline("passthrough", PosthocConjoined(FixedThresholdClassifier(KMERS))),
        LogisticRegression,
    ),
    "forest": (
        make_pipeline(KmerVectorizer(k=1), RandomForestClassifier(3)),
        RandomForestClassifier,
    ),
}
# What puts several models together, and how many.
SEVERAL = {
    "calibrated": (CalibratedClassifierCV(KMERS, cv=3), 3),
    "voting": (VotingClassifier([("a", KMERS), ("b", PosthocConjoined(KMERS))], voting="soft"), 2),
    "voting regressor": (VotingRegressor([("a", VALUES), ("b", VALUES)]), 2),
    "stacking": (StackingClassifier([("a", KMERS), ("b", KMERS)], cv=2), 2),
    "stacking regressor": (StackingRegressor([("a", VALUES), ("b", VALUES)], cv=2), 2),
    "voting of calibrated": (
        VotingClassifier([("a", CalibratedClassifierCV(KMERS, cv=2)), ("b", KMERS)]),
        3,
    ),
    "voting behind an encoder": (
        make_pipeline(
            KmerVectorizer(k=1, canonical=False),
            VotingClassifier([("a", LogisticRegression()), ("b", LogisticRegression(C=9))]),
        ),
        2,
    ),
}


@pytest.mark.parametrize("kind", SINGLE)
def test_single_models(kind: str) -> None:
    wrapper, expected = SINGLE[kind]
    assert type(final_estimator(wrapper)) is expected
    fitted = wrapper.fit(X, Y)
    final = final_estimator(fitted)
    assert type(final) is expected
    assert hasattr(final, "n_features_in_")  # the fitted one, not the template
    assert members(fitted) == [fitted]


@pytest.mark.parametrize("kind", SEVERAL)
def test_several_members(kind: str) -> None:
    wrapper, n = SEVERAL[kind]
    fitted = wrapper.fit(X, Y)
    found = members(fitted)
    assert len(found) == n
    for member in found:
        assert np.size(final_estimator(member).coef_) == 4
        assert len(member.predict(X)) == len(X)  # it takes what the whole takes


@pytest.mark.parametrize("bagging", [BaggingClassifier, BaggingRegressor])
def test_bagging(bagging: Any) -> None:
    inner = SequenceClassifier if bagging is BaggingClassifier else SequenceRegressor
    network = inner("convnet", max_epochs=1, module__n_filters=2, module__kernel_size=2)
    fitted = bagging(network, n_estimators=2, random_state=0).fit(CODES, Y)
    assert [type(final_estimator(member)) for member in members(fitted)] == [inner] * 2
    assert type(final_estimator(bagging(network))) is inner


def test_members_of_several_labels_are_counted() -> None:
    model = make_pipeline(KmerVectorizer(k=1), MultiOutputClassifier(LogisticRegression()))
    assert len(members(model.fit(X, np.stack([Y, Y], axis=1)))) == 2


def test_frozen_and_fitted_models_in_posthoc() -> None:
    kmers = make_pipeline(KmerVectorizer(k=1), LogisticRegression()).fit(X, Y)
    frozen = FrozenEstimator(kmers)
    assert final_estimator(frozen) is kmers[-1]
    assert final_estimator(PosthocConjoined(kmers)) is kmers[-1]
    [path] = paths(FrozenEstimator(PosthocConjoined(frozen)))
    assert path.steps == (kmers[0],)
    assert path.direct
    assert len(path.averages) == 1
    assert parameter_path(frozen, "C") is None  # a frozen model cannot be set


def test_what_is_direct() -> None:
    direct = {kind: paths(wrapper.fit(X, Y))[0].direct for kind, (wrapper, _) in SINGLE.items()}
    assert {kind for kind, yes in direct.items() if not yes} == {"target", "calibrated"}


@pytest.mark.parametrize(
    ("estimator", "prefix"),
    [
        (SequenceClassifier(), ""),
        (PIPELINE, "sequenceclassifier__"),
        (make_pipeline(DNAOneHotEncoder(), PIPELINE), "pipeline__sequenceclassifier__"),
        (GridSearchCV(PIPELINE, {}), "estimator__sequenceclassifier__"),
        (TransformedTargetRegressor(SequenceRegressor()), "regressor__"),
        (CalibratedClassifierCV(PosthocConjoined(PIPELINE)), "estimator__estimator__sequencecl"),
        (make_pipeline(SimpleImputer(), LogisticRegression()), None),  # its strategy is another
        (VotingClassifier([("a", PIPELINE), ("b", PIPELINE)]), None),
        (Pipeline([("last", "passthrough")]), None),
        ("no estimator", None),
    ],
)
def test_strategy_is_that_of_the_innermost(estimator: Any, prefix: str | None) -> None:
    found = parameter_path(estimator, "strategy")
    assert found == prefix or (prefix and found and found.startswith(prefix))
    if found:
        assert isinstance(estimator.get_params()[f"{found}strategy"], str)


def test_all_paths_of_a_seed() -> None:
    search = RandomizedSearchCV(PIPELINE, {})
    assert parameter_paths(search, "random_state") == ["", "estimator__sequenceclassifier__"]
    assert parameter_path(search, "random_state") == "estimator__sequenceclassifier__"
    vote = StackingClassifier([("a", PIPELINE), ("b", KMERS)], final_estimator=LogisticRegression())
    found = parameter_paths(vote, "random_state")
    assert found == ["a__sequenceclassifier__", "b__logisticregression__", "final_estimator__"]
    vote.set_params(**{f"{path}random_state": 7 for path in found})
    drawing = make_pipeline(GappedKmerVectorizer(), LogisticRegression())
    assert parameter_paths(drawing, "random_state") == ["logisticregression__"]
    both = ["gappedkmervectorizer__", "logisticregression__"]
    assert parameter_paths(drawing, "random_state", every_step=True) == both


@pytest.mark.parametrize(
    ("estimator", "name"),
    [
        (SequenceClassifier(), "groups"),
        (PIPELINE, "sequenceclassifier__groups"),
        (TransformedTargetRegressor(SequenceRegressor()), "groups"),
        (PosthocConjoined(PIPELINE), "sequenceclassifier__groups"),
        (FixedThresholdClassifier(PIPELINE), "sequenceclassifier__groups"),
        (make_pipeline(FunctionTransformer(), LogisticRegression()), None),
        (GridSearchCV(PIPELINE, {}), None),
        (FrozenEstimator(PIPELINE), None),
    ],
)
def test_groups_go_to_a_fit_that_takes_them(estimator: Any, name: str | None) -> None:
    assert fit_parameter(estimator, "groups") == name


def test_under_routing_what_is_requested_is_handed_over() -> None:
    with config_context(enable_metadata_routing=True):
        asks = make_pipeline(DNAOneHotEncoder(), SequenceClassifier().set_fit_request(groups=True))
        assert fit_parameter(asks, "groups") == "groups"
        assert fit_parameter(PIPELINE, "groups") is None
