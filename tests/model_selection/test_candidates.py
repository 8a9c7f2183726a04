"""Where the strategy and the seed of an estimator are set, and what the baseline is."""

from typing import Any

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import VotingClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from rcseq import DNAOneHotEncoder, SequenceClassifier, SequenceRegressor
from rcseq.datasets import load_nfe2
from rcseq.model_selection import gapped_kmer_baseline, kmer_baseline
from rcseq.model_selection._candidates import (
    make_candidates,
    seeded,
    with_groups,
)

PIPELINE = make_pipeline(DNAOneHotEncoder(), SequenceClassifier())


def test_seed_goes_to_the_steps_of_a_clone() -> None:
    model = seeded(PIPELINE, 7)
    assert model.get_params()["sequenceclassifier__random_state"] == 7
    assert PIPELINE.get_params()["sequenceclassifier__random_state"] is None
    assert seeded(FunctionTransformer(), 7).get_params() == FunctionTransformer().get_params()
    drawn = seeded(gapped_kmer_baseline(), 7).get_params()  # its first step draws landmarks
    assert drawn["gappedkmervectorizer__random_state"] == 7
    assert drawn["logisticregression__random_state"] == 7


def test_all_that_learns_is_seeded() -> None:
    vote = VotingClassifier([("a", SequenceClassifier()), ("b", PIPELINE)])
    search = RandomizedSearchCV(PIPELINE, {})
    for model, n_seeds in ((vote, 2), (search, 2), (FrozenEstimator(PIPELINE), 0)):
        parameters = seeded(model, 7).get_params()
        seeds = [v for k, v in parameters.items() if k.endswith("random_state") and v == 7]
        assert len(seeds) == n_seeds


GROUPS = np.arange(4)


@pytest.mark.parametrize(
    ("estimator", "name"),
    [
        (SequenceClassifier(), "groups"),
        (PIPELINE, "sequenceclassifier__groups"),
        (TransformedTargetRegressor(SequenceRegressor()), "groups"),
        (make_pipeline(FunctionTransformer(), LogisticRegression()), None),
        (GridSearchCV(PIPELINE, {}), None),
    ],
)
def test_groups_go_to_a_fit_that_takes_them(estimator: Any, name: str | None) -> None:
    assert with_groups(estimator, GROUPS) == ({} if name is None else {name: GROUPS})
    assert with_groups(estimator, None) == {}


@pytest.mark.parametrize(
    ("estimator", "takes"),
    [
        (SequenceClassifier(), True),
        (PIPELINE, True),
        (GridSearchCV(PIPELINE, {}), True),
        (TransformedTargetRegressor(SequenceRegressor()), True),
        (make_pipeline(FunctionTransformer(), LogisticRegression()), False),
    ],
)
def test_groups_are_routed(estimator: Any, takes: bool) -> None:
    with config_context(enable_metadata_routing=True):
        assert with_groups(clone(estimator), GROUPS) == ({"groups": GROUPS} if takes else {})


def test_baseline_is_a_serious_one() -> None:
    data = load_nfe2()
    from sklearn.model_selection import StratifiedKFold, cross_val_score

    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    scores = cross_val_score(
        kmer_baseline(), data.sequences, data.target, cv=folds, scoring="roc_auc"
    )
    assert scores.mean() > 0.978  # logistic regression on raw counts of 6-mers has 0.981


def test_baseline_of_other_targets() -> None:
    X = load_nfe2(subset="test").sequences
    n = len(X)
    rng = np.random.default_rng(0)
    for kind, y, shape in [
        ("multiclass", np.arange(n) % 3, (n, 3)),
        ("regression", rng.normal(size=n), (n,)),
    ]:
        model = kmer_baseline(kind).fit(X, y)
        predict = model.predict if kind == "regression" else model.predict_proba
        assert predict(X).shape == shape
    model = kmer_baseline("multilabel").fit(X, rng.integers(0, 2, (n, 2)))
    assert [p.shape for p in model.predict_proba(X)] == [(n, 2), (n, 2)]


def test_baselines_are_refused_that_are_none() -> None:
    with pytest.raises(TypeError, match="baseline 'mine' is a int, not an estimator"):
        make_candidates(PIPELINE, None, {"mine": 3})
    gapped = make_candidates(PIPELINE, ["rcps"], ["gapped_kmer"], "regression")[0]["gapped_kmer"]
    assert list(gapped.named_steps) == ["gappedkmervectorizer", "ridge"]
    with pytest.raises(ValueError, match="the baselines with a name are 'kmer', 'gapped_kmer'"):
        make_candidates(PIPELINE, None, ["kmer", "gkm"])
    candidates, names = make_candidates(PIPELINE, ["rcps"], LogisticRegression())
    assert (list(candidates), names) == (["rcps", "baseline"], ["baseline"])


def test_baseline_under_data_frames_for_all() -> None:
    sequences, y = ["ACGTACGTAA", "TTTTGGGTTT"] * 6, [0, 1] * 6
    with config_context(transform_output="pandas"):
        model = clone(kmer_baseline()).fit(sequences, y)
        assert model.predict(sequences).tolist() == y
