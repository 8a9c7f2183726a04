"""Ensembles: members, calibration, thresholds, spread, scikit-learn's checks."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline

import rcseq
from rcseq import KmerVectorizer, SequenceClassifier, SequenceRegressor
from rcseq.alphabet import reverse_complement
from rcseq.estimators import SequenceEnsembleClassifier, SequenceEnsembleRegressor
from rcseq.prediction import is_strand_exact, member_scores, members
from rcseq.presets import FAST
from rcseq.testing import check_sequence_estimator

KMERS = make_pipeline(KmerVectorizer(k=3), LogisticRegression())
VALUES = make_pipeline(KmerVectorizer(k=3), Ridge())


def test_members_by_fold_leave_out_a_part_each(data):
    model = SequenceEnsembleClassifier(KMERS, n_members=3, random_state=0).fit(*data)
    outputs = model.member_outputs(data[0])
    assert outputs.shape == (3, 90)
    np.testing.assert_allclose(model.decision_function(data[0]), outputs.mean(0))
    proba, spread = model.predict_proba(data[0], return_std=True)
    np.testing.assert_allclose(proba[:, 1], 1 / (1 + np.exp(-outputs.mean(0))))
    np.testing.assert_allclose(spread, (1 / (1 + np.exp(-outputs))).std(0))
    assert (spread > 0).all()
    assert model.score(*data) > 0.9


@pytest.mark.parametrize("calibration", ["sigmoid", "temperature", "isotonic"])
def test_members_are_in_the_unit_of_the_ensemble(data, calibration):
    partner = make_pipeline(KmerVectorizer(k=4), LogisticRegression())
    model = SequenceEnsembleClassifier(
        KMERS, n_members=3, partner=partner, calibration=calibration, random_state=0
    ).fit(*data)
    each = member_scores(model, data[0])
    assert len(members(model)) == 3
    _, spread = model.predict_proba(data[0], return_std=True)
    np.testing.assert_allclose(each[..., 0].std(0), spread, atol=1e-12)
    through = make_pipeline("passthrough", model)
    np.testing.assert_array_equal(member_scores(through, data[0]), each)
    values = SequenceEnsembleRegressor(VALUES, n_members=2, random_state=0)
    values.fit(data[0], np.arange(90.0))
    np.testing.assert_allclose(
        member_scores(values, data[0])[..., 0].mean(0), values.predict(data[0])
    )


@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_mean_is_more_certain_than_the_members(data, n_classes):
    X, y = list(data[0]) * 2, np.arange(180) % n_classes
    wild = make_pipeline(KmerVectorizer(k=3), LogisticRegression(C=1e3, max_iter=5000))
    model = SequenceEnsembleClassifier(wild, n_members=5, random_state=0)
    model.fit(X, y, groups=np.arange(180) % 90)
    assert 1 < model.gain_ <= 5
    prior = model.class_log_prior_ if n_classes > 2 else np.diff(model.class_log_prior_)
    mean = model.member_outputs(X).mean(axis=0)
    np.testing.assert_allclose(model.decision_function(X) - prior, model.gain_ * (mean - prior))
    odds = np.log(model.predict_proba(X))
    odds = odds - odds[:, :1] if n_classes > 2 else odds[:, 1] - odds[:, 0]
    decision = model.decision_function(X)
    decision = decision - decision[:, :1] if n_classes > 2 else decision
    np.testing.assert_allclose(odds, decision, atol=1e-9)
    alone = model.one_by_one()[0]
    np.testing.assert_array_equal(alone.decision_function(X), alone.member_outputs(X)[0])


def test_a_partner_counts_for_the_strands(data):
    partner = make_pipeline(KmerVectorizer(k=4, canonical=False), LogisticRegression())
    model = SequenceEnsembleClassifier(KMERS, n_members=2, random_state=0)
    assert is_strand_exact(model.fit(*data))
    assert not is_strand_exact(model.set_params(partner=partner).fit(*data))


def test_partner_in_an_ensemble(data):
    partner = make_pipeline(KmerVectorizer(k=5), LogisticRegression(C=10))
    model = SequenceEnsembleClassifier(KMERS, n_members=2, partner=partner, random_state=0)
    model.fit(*data)
    assert model.weights_.shape == (2,)
    assert len(model.partners_) == 2
    assert model.score(*data) > 0.9


def test_calibration_lowers_the_loss_of_what_was_left_out(data):
    wild = make_pipeline(KmerVectorizer(k=3), LogisticRegression(C=1e4, max_iter=5000))
    loss = {
        calibration: log_loss(
            data[1][60:],
            SequenceEnsembleClassifier(wild, n_members=3, calibration=calibration, random_state=0)
            .fit(data[0][:60], data[1][:60])
            .predict_proba(data[0][60:]),
        )
        for calibration in (None, "temperature", "sigmoid")
    }
    assert max(loss["temperature"], loss["sigmoid"]) < loss[None]
    model = SequenceEnsembleClassifier(KMERS, n_members=2, calibration="isotonic", random_state=0)
    order = np.argsort(model.fit(*data).decision_function(data[0]))
    assert (np.diff(model.predict_proba(data[0])[order, 1]) >= 0).all()


def test_the_threshold_decides(data):
    model = SequenceEnsembleClassifier(KMERS, n_members=2, threshold="mcc", random_state=0)
    model.fit(*data)
    proba = model.predict_proba(data[0])[:, 1]
    np.testing.assert_array_equal(model.predict(data[0]), proba >= model.threshold_)
    always = SequenceEnsembleClassifier(KMERS, n_members=2, threshold=1e-6, random_state=0)
    assert always.fit(*data).predict(data[0]).all()


def test_regression(data):
    X, y = data[0], data[1] + 0.1 * np.arange(90)
    model = SequenceEnsembleRegressor(VALUES, n_members=3, random_state=0).fit(X, y)
    mean, spread = model.predict(X, return_std=True)
    np.testing.assert_allclose(mean, np.mean([m.predict(X) for m in model.estimators_], 0))
    assert mean.shape == spread.shape == (90,)
    both = SequenceEnsembleRegressor(
        VALUES, n_members=3, random_state=0, partner=make_pipeline(KmerVectorizer(k=4), Ridge())
    ).fit(X, y)
    assert both.weights_.shape == (2,)


def test_saved_and_loaded_and_both_strands(data, tmp_path):
    network = rcseq.make_model("fast", max_epochs=2, module__n_filters=4)
    model = SequenceEnsembleClassifier(
        network, n_members=2, threshold="mcc", calibration="isotonic", random_state=0
    ).fit(*data)
    loaded = rcseq.load(rcseq.save(model, tmp_path / "model.rcseq"))
    np.testing.assert_array_equal(loaded.predict_proba(data[0]), model.predict_proba(data[0]))
    np.testing.assert_array_equal(loaded.predict(data[0]), model.predict(data[0]))
    other = model.predict_proba([reverse_complement(s) for s in data[0]])
    np.testing.assert_allclose(other, model.predict_proba(data[0]), atol=1e-5)


def test_what_cannot_be_split_is_refused(data):
    with pytest.raises(ValueError, match="class 1 has fewer samples than n_members=3 folds"):
        SequenceEnsembleClassifier(KMERS, n_members=3).fit(data[0][:4], [0, 0, 0, 1])
    with pytest.raises(ValueError, match="needs 2 classes"):
        SequenceEnsembleClassifier(KMERS, n_members=2).fit(data[0][:4], [0, 0, 0, 0])
    for parameter in (
        {"threshold": "mcc"},
        {"calibration": "isotonic"},
        {"calibration": "sigmoid"},
    ):
        with pytest.raises(ValueError, match="is for two classes"):
            SequenceEnsembleClassifier(KMERS, n_members=2, **parameter).fit(
                data[0], np.arange(90) % 3
            )


@pytest.mark.parametrize(
    ("ensemble", "network", "more", "at_least"),
    [
        (SequenceEnsembleClassifier, SequenceClassifier, {}, 70),
        # the regression that is asked for needs more steps
        (
            SequenceEnsembleRegressor,
            SequenceRegressor,
            {"estimator__max_epochs": 20, "estimator__module__n_filters": 8},
            65,
        ),
    ],
    ids=["class", "regr"],
)
def test_scikit_learns_checks(ensemble, network, more, at_least):
    member = network(
        **FAST | {"max_epochs": 4, "lr": 0.02, "early_stopping": False},
        module__n_filters=4,
        module__kernel_size=6,
        module__pool_size=1,
        module__readout="weighted_sum",
        random_state=0,
    )
    results = check_sequence_estimator(
        ensemble(member, n_members=2, members="seeds", random_state=0),
        strand_exact=True,
        check_params={"check_regressors_train": more} if more else None,
        on_skip=None,
    )
    assert sum(result["status"] == "passed" for result in results) >= at_least
