"""Networks and estimators: what is kept, what is left out, what must be trusted."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from sklearn.base import BaseEstimator
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression
from skorch.callbacks import Callback, EpochScoring, LRScheduler
from skorch.dataset import ValidSplit

import rcseq
from rcseq import DNAOneHotEncoder, SequenceClassifier
from rcseq.persistence import ModelFileError
from rcseq.presets import FAST

SEQUENCES = ["ACGTTGACTCAGG", "TTTGACCGTACCA", "ACGTTGAGTCAGG", "GGTGACCGTACCA"] * 6
X = DNAOneHotEncoder().fit_transform(SEQUENCES)
Y = np.array([1, 0] * 12)


class OwnCallback(Callback):
    def __init__(self, x=0):
        self.x = x


class OwnEstimator(BaseEstimator):
    def __init__(self, width=1):
        self.width = width

    def __setstate__(self, state):
        raise AssertionError("called")

    def fit(self, X, y):
        self.mean_ = np.mean(y)
        return self


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.rcseq"


def fitted(**params):
    defaults = {"max_epochs": 1, "random_state": 0, "module": "convnet"}
    defaults["module__n_filters"] = 3
    return SequenceClassifier(**{**defaults, **params}).fit(X, Y)


def test_callbacks_and_splitters_come_back(path):
    model = fitted(
        callbacks=[LRScheduler("StepLR", step_size=1), ("auc", EpochScoring("roc_auc"))],
        train_split=ValidSplit(3, stratified=True),
    )
    loaded = rcseq.load(rcseq.save(model, path))
    assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    assert loaded.callbacks[0].step_size == 1
    assert loaded.callbacks[1][1].scoring == "roc_auc"
    assert loaded.train_split.cv == 3
    loaded.fit(X, Y)


def test_what_only_training_needs_is_left_out_with_a_warning(path):
    model = fitted(
        callbacks=[("own", OwnCallback())],
        callbacks__own__x=1,
        train_split=lambda data, y: (data, data),
    )
    with pytest.warns(UserWarning, match=r"leaves out model\.callbacks, model\.train_split"):
        rcseq.save(model, path)
    loaded = rcseq.load(path)
    assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    assert loaded.callbacks is None
    assert loaded.train_split == "auto"


def test_weights_that_are_not_finite_are_refused(path, craft):
    model = fitted()
    rcseq.save(model, path)

    def poison(manifest, tensors):
        for tensor in tensors.values():
            if tensor.is_floating_point() and tensor.ndim > 1:
                tensor.fill_(torch.nan)

    craft(path, poison)
    with pytest.raises(ModelFileError, match=r"tensor .*weight of its network is not finite"):
        rcseq.load(path)
    next(model.module_.parameters()).data.fill_(torch.inf)
    with pytest.raises(ValueError, match=r"weight of its network holds values that are not finite"):
        rcseq.save(model, path)


def test_estimators_of_ones_own_must_be_trusted_and_hold_plain_state(path):
    model = OwnEstimator(3).fit(X, Y)
    rcseq.save(model, path)
    with pytest.raises(ModelFileError, match=r"trusted=\[OwnEstimator\]"):
        rcseq.load(path)
    loaded = rcseq.load(path, trusted=[OwnEstimator])
    assert (loaded.width, loaded.mean_) == (3, 0.5)
    model.hidden = 1
    with pytest.raises(TypeError, match=r"model\.hidden is neither a parameter"):
        rcseq.save(model, path)


def test_one_object_in_two_places_stays_one(path):
    model = VotingClassifier([("a", LogisticRegression())]).fit(X.reshape(24, -1), Y)
    loaded = rcseq.load(rcseq.save(model, path))
    assert loaded.named_estimators_.a is loaded.estimators_[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("module__n_filters", 2**14),
        ("module__n_filters", 2**40),
        ("module__kernel_size", 2**19),
        ("compile", True),
        ("torch_load_kwargs", None),
    ],
)
def test_a_network_is_not_built_before_its_size_is_known(path, craft, name, value):
    rcseq.save(fitted(module__kernel_size=5), path)

    def ask(manifest, tensors):
        items = manifest["model"]["params"]["items"]
        items[:] = [item for item in items if item[0] != name] + [[name, value]]

    craft(path, ask)
    with pytest.raises(ModelFileError):
        rcseq.load(path)


def test_what_would_not_load_is_not_saved(path):
    with pytest.raises(TypeError, match="larger than 16384, so no file of it is loaded"):
        rcseq.save(SequenceClassifier("convnet", module__n_filters=2**14 + 1), path)
    assert not path.exists()


def test_the_epoch_that_was_kept_is_known_after_loading(path):
    noise = np.random.default_rng(0).integers(0, 2, 24)  # a loss that soon rises again
    model = SequenceClassifier(**FAST | {"lr": 0.1}, n_iter_no_change=3, random_state=0).fit(
        X, noise
    )
    assert 1 <= model.best_epoch_ < len(model.history)
    assert rcseq.load(rcseq.save(model, path)).best_epoch_ == model.best_epoch_
