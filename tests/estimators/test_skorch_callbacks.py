"""The examples of skorch's user guide, with our estimators in place of its nets: callbacks."""

import copy

import numpy as np
import pytest
import torch
from sklearn.model_selection import GridSearchCV
from skorch.callbacks import (
    BatchScoring,
    Callback,
    EarlyStopping,
    EpochScoring,
    Freezer,
    GradientNormClipping,
    LRScheduler,
    ProgressBar,
)
from skorch.dataset import ValidSplit
from skorch.history import History

from rcseq import SequenceClassifier
from tests.estimators.skorch_modules import Flat, weights


class Count(Callback):
    def __init__(self, step=1):
        self.step = step

    def initialize(self):
        self.epochs_ = 0
        return self

    def on_epoch_end(self, net, **kwargs):
        self.epochs_ += self.step


@pytest.mark.parametrize("callback", [Count, Count(), ("count", Count()), ("count", Count)])
def test_callbacks_by_class_or_instance(X, y, net, callback):
    model = net(callbacks=[callback]).fit(X, y)
    [count] = [cb for _, cb in model.callbacks_ if isinstance(cb, Count)]
    assert count.epochs_ == 2


def test_parameters_of_callbacks(X, y, net):
    model = net(callbacks=[("a", Count), ("b", Count)], callbacks__a__step=10)
    model.set_params(callbacks__b__step=100)
    model.fit(X, y)
    counts = {name: cb.epochs_ for name, cb in model.callbacks_ if isinstance(cb, Count)}
    assert counts == {"a": 20, "b": 200}


def test_default_callbacks_are_renamed_and_switched_off(X, y, net):
    model = net(callbacks__valid_acc__name="accuracy of valid set").fit(X, y)
    assert "accuracy of valid set" in model.history[-1]
    model = net(callbacks__valid_acc=None).fit(X, y)
    assert "valid_acc" not in model.history[-1]
    model = net(callbacks="disable").fit(X, y)
    assert "train_loss" not in model.history[-1]


def test_search_over_callbacks(X, y, net):
    schedule = ("schedule", LRScheduler("StepLR", step_size=1))
    search = GridSearchCV(
        net(callbacks=[schedule]),
        {"callbacks__schedule": [None], "callbacks__schedule__step_size": [1, 2]},
        cv=2,
    )
    search.param_grid = [
        {"callbacks__schedule": [None]},
        {"callbacks__schedule__step_size": [1, 2]},
    ]
    search.fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_scoring(X, y, net):
    def discordance(net, X, y):
        return 0.5

    model = net(
        callbacks=[
            ("auc", EpochScoring("roc_auc", lower_is_better=False)),
            ("train_auc", EpochScoring("roc_auc", name="train_auc", on_train=True)),
            ("batch", BatchScoring("accuracy", name="batch_acc", lower_is_better=False)),
            ("own", EpochScoring(discordance, name="own")),
            ("score", EpochScoring(None, name="score", lower_is_better=False)),
        ]
    ).fit(X, np.array(["no", "yes"])[y])
    row = model.history[-1]
    assert {"roc_auc", "roc_auc_best", "train_auc", "batch_acc", "own", "valid_acc"} <= row.keys()
    assert row["valid_acc"] == row["score"]


def test_uncached_scores_are_those_of_the_cache(X, y, net):
    cached, not_cached = (
        net(use_caching=caching, callbacks=[EpochScoring("roc_auc", name="auc")]).fit(X, y)
        for caching in (True, False)
    )
    assert cached.history[:, "auc"] == not_cached.history[:, "auc"]


class OwnHistory(History):
    pass


def test_history_of_the_users_own(X, y, net):
    own = SequenceClassifier(Flat, strategy="standard", history=OwnHistory(), max_epochs=1)
    assert type(own.fit(X, y).history) is OwnHistory


def test_schedule_clipping_bar_and_early_stopping(X, y, net, capsys):
    model = net(
        max_epochs=20,
        lr=0.0,
        early_stopping=False,
        train_split=ValidSplit(4),
        callbacks=[
            LRScheduler("StepLR", step_size=1, gamma=0.5),
            GradientNormClipping(0.1),
            ProgressBar(detect_notebook=False),
            EarlyStopping(patience=3, sink=lambda text: None),
        ],
    ).fit(X, y)
    assert len(model.history) == 4
    assert "it/s" in capsys.readouterr().err
    assert model.history[:, "event_lr"] == [0.0] * 4


def test_freezer(X, y, net):
    model = net(callbacks=[Freezer("hidden.*")])
    before = weights(model.initialize())
    model.partial_fit(X, y)
    unchanged = [torch.equal(a, b) for a, b in zip(before, weights(model), strict=True)]
    assert unchanged == [True, True, False, False]


def test_history(X, y, net):
    history = net().fit(X, y).history
    assert {"epoch", "train_loss", "valid_loss", "valid_acc", "dur"} <= history[-1].keys()
    assert len(history[:, "train_loss"]) == 2
    assert len(history[:, ("train_loss", "valid_loss")]) == 2
    assert isinstance(history[-1, "batches", 0, "train_loss"], float)
    assert type(history)(copy.deepcopy(history.to_list())) == history
