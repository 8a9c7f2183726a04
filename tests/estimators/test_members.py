"""Members of an ensemble: what each is trained on, their seeds and groups, and failures."""

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import rcseq
from rcseq import KmerVectorizer, SequenceClassifier
from rcseq.estimators import SequenceEnsembleClassifier
from rcseq.presets import FAST

KMERS = make_pipeline(KmerVectorizer(k=3), LogisticRegression())


def test_members_by_seed_see_everything_and_differ(data):
    network = SequenceClassifier(**FAST | {"max_epochs": 2}, module__n_filters=4)
    X = rcseq.DNAOneHotEncoder().fit_transform(data[0])
    make = lambda jobs: SequenceEnsembleClassifier(  # noqa: E731
        network, n_members=2, members="seeds", random_state=0, n_jobs=jobs
    ).fit(X, data[1])
    model = make(None)
    assert len({tuple(m.predict_proba(X)[:, 1]) for m in model.estimators_}) == 2
    with parallel_config(backend="threading"):
        np.testing.assert_array_equal(make(2).predict_proba(X), model.predict_proba(X))
    np.testing.assert_array_equal(model.weights_, [1])
    with pytest.raises(ValueError, match="members='seeds' see all, so take members='folds'"):
        clone(model).set_params(calibration="temperature").fit(X, data[1])
    with pytest.raises(ValueError, match="partner needs members='folds'"):
        clone(model).set_params(partner=KMERS).fit(X, data[1])


class WithGroups(LogisticRegression):
    """Keeps the groups that it is given, as a member with a validation set of its own would."""

    def fit(self, X, y, groups=None):
        self.groups_ = groups
        return super().fit(X, y)


@pytest.mark.parametrize("calibration", ["auto", None])
def test_groups_are_left_out_as_a_whole(data, calibration):
    X, y = list(data[0]) * 4, np.tile(data[1], 4)
    groups = np.arange(360) // 2
    member = make_pipeline(KmerVectorizer(k=3), WithGroups())
    model = SequenceEnsembleClassifier(member, n_members=3, calibration=calibration, random_state=0)
    model.fit(X, y, groups=groups)
    left_out = []
    for each in model.estimators_:
        seen, sizes = np.unique(each[-1].groups_, return_counts=True)
        assert (sizes == 2).all()
        left_out.append(np.setdiff1d(groups, seen))
    times = np.bincount(np.concatenate(left_out))
    assert len(times) == 180
    assert times.min() == 1
    # A fifth of each part is left out by a second member, where that is of use.
    assert (times == 2).sum() == (36 if calibration else 0)
    assert times.max() < 3


def test_few_sequences_are_left_out_once(data):
    member = make_pipeline(KmerVectorizer(k=3), WithGroups())
    model = SequenceEnsembleClassifier(member, n_members=3, random_state=0)
    model.fit(*data, groups=np.arange(90))
    assert sum(len(each[-1].groups_) for each in model.estimators_) == 180
    assert model.gain_ == 1
    assert model.score(*data) > 0.8


class Failing(LogisticRegression):
    def fit(self, X, y):
        raise RuntimeError("no training today")


def test_a_training_that_fails_leaves_the_old_model_whole(data):
    model = SequenceEnsembleClassifier(KMERS, n_members=2, random_state=0).fit(*data)
    before = model.predict_proba(data[0])
    model.set_params(estimator=make_pipeline(KmerVectorizer(k=3), Failing()))
    with pytest.raises(RuntimeError, match="no training"):
        model.fit(data[0], np.where(data[1], "bound", "free"))
    np.testing.assert_array_equal(model.classes_, [0, 1])
    np.testing.assert_array_equal(model.predict_proba(data[0]), before)
