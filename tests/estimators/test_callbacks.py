"""Callbacks, and how a training may end."""

import _thread
import signal
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from skorch.callbacks import Callback, EpochScoring, LRScheduler

from rcseq.estimators._callbacks import KeyPress, OneCycle, are_callbacks, has_schedule, listens


def test_early_stopping_restores_the_best_weights(X, y, quick):
    model = quick(max_epochs=200, n_iter_no_change=3, lr=0.1, module__n_filters=16).fit(X, y)
    losses = model.history[:, "valid_loss"]
    assert len(losses) < 200
    assert model.best_epoch_ == int(np.argmin(losses)) + 1
    assert len(losses) == model.best_epoch_ + 3
    # the weights are those of the best epoch: its validation loss comes out again
    again = quick(max_epochs=model.best_epoch_, n_iter_no_change=999, lr=0.1, module__n_filters=16)
    assert_array_equal(again.fit(X, y).predict_proba(X), model.predict_proba(X))


def test_ctrl_c_is_not_swallowed(X, y, quick):
    """skorch takes it for the end of training, and a search would go on with half a model."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in background jobs

    class PressKey(Callback):
        def on_batch_end(self, net, **kwargs):
            _thread.interrupt_main()

    try:
        with pytest.raises(KeyboardInterrupt):
            quick(callbacks=[PressKey()]).fit(X, y)
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_callback_may_stop_the_training(X, y, quick):
    class Stop(Callback):
        def on_epoch_end(self, net, **kwargs):
            raise KeyboardInterrupt

    model = quick(callbacks=[Stop()], max_epochs=9).fit(X, y)
    assert len(model.history) == 1
    assert model.predict(X).shape == (120,)


def test_scoring_callbacks_see_the_users_labels(X, y, quick):
    scoring = EpochScoring("accuracy", lower_is_better=False, name="valid_acc")
    model = quick(callbacks=[scoring], max_epochs=20).fit(X, np.array(["no", "yes"])[y])
    assert max(model.history[:, "valid_acc"]) > 0.6


@pytest.mark.parametrize("schedule", ["cosine", "exponential", "linear", "plateau"])
def test_schedules_by_name_lower_the_learning_rate(X, y, quick, schedule):
    model = quick(lr_schedule=schedule, max_epochs=12, n_iter_no_change=99, lr=1.0).fit(X, y)
    rates = model.history[:, "event_lr"]
    assert rates[-1] < rates[0]
    without_validation = {"early_stopping": False, "max_epochs": 12, "lr": 1e-7}
    model = quick(lr_schedule=schedule, **without_validation).fit(X, y)
    assert model.history[-1, "event_lr"] < 1e-7


@pytest.mark.parametrize("schedule", ["cosin", -1, {}])
def test_unknown_schedule_is_refused_in_fit_only(X, y, quick, schedule):
    model = quick(lr_schedule=schedule)
    assert model.get_params()["lr_schedule"] == schedule
    with pytest.raises(ValueError, match="'lr_schedule' parameter of SequenceClassifier must be"):
        model.fit(X, y)


@pytest.mark.parametrize(("verbose", "expected"), [(0, ""), (1, "epochs"), (2, "batches")])
def test_progress_bars(X, y, quick, capsys, verbose, expected):
    quick(verbose=verbose).fit(X, y)
    out, err = capsys.readouterr()
    assert out == ""
    assert expected in err
    assert verbose or not err
    if verbose:
        assert "valid_loss" in err


@pytest.mark.parametrize(
    ("value", "known"),
    [
        ([], True),
        ([Callback, Callback(), ("a", Callback()), ["b", None]], True),
        ([1], False),
        ([("a", "b", "c")], False),
        (Callback, False),
        ("disable", False),
    ],
)
def test_what_callbacks_are(X, y, quick, value, known):
    assert are_callbacks(value) == known
    if not known and value != "disable":
        model = quick(callbacks=value)  # refused in fit, and not before
        with pytest.raises(ValueError, match="callbacks"):
            model.fit(X, y)


def test_callbacks_that_do_not_listen_are_not_called():
    class Late(Callback):
        def on_epoch_end(self, net, **kwargs):
            pass

    assert listens(Late(), "on_epoch_end")
    assert not listens(Late(), "on_batch_end")
    late = Late()
    late.on_batch_end = print
    assert listens(late, "on_batch_end")


def test_a_key_press_is_noticed_at_the_handler_of_its_signal():
    seen = []
    before = signal.signal(signal.SIGINT, lambda *args: seen.append(args))
    try:
        with KeyPress() as outer, KeyPress() as inner:
            signal.raise_signal(signal.SIGINT)
        assert (outer.pressed, inner.pressed, len(seen)) == (True, True, 1)
        with KeyPress() as press:
            pass
        assert not press.pressed
        signal.raise_signal(signal.SIGINT)
        assert len(seen) == 2  # the handler is back
        with ThreadPoolExecutor() as pool:
            pool.submit(KeyPress().__enter__).result()  # no signals there
    finally:
        signal.signal(signal.SIGINT, before)


class Rates(Callback):
    def __init__(self):
        self.rates = []

    def on_batch_begin(self, net, batch=None, training=False):
        if training:
            group = net.optimizer_.param_groups[0]
            self.rates.append((group["lr"], group["betas"][0]))


def test_one_cycle_is_that_of_torch(X, y, quick):
    model = quick(max_epochs=30, lr=0.02, early_stopping=False, lr_schedule="onecycle")
    model.set_params(callbacks=[("rates", Rates())]).fit(X, y)
    seen = np.array(dict(model.callbacks_)["rates"].rates)
    optimizer = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))])
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, 0.02, total_steps=len(seen) + 1, pct_start=0.25
    )
    expected = []
    for _ in seen:
        group = optimizer.param_groups[0]
        expected.append((group["lr"], group["betas"][0]))
        optimizer.step()
        schedule.step()
    # torch counts steps and not the spaces between them: one step of 120 at the steepest place
    np.testing.assert_allclose(seen[:, 0], np.array(expected)[:, 0], atol=0.06 * 0.02)
    np.testing.assert_allclose(seen[:, 1], np.array(expected)[:, 1], atol=0.06 * 0.1)
    np.testing.assert_allclose([OneCycle().at(p) for p in (0, 0.25)], [(0.04, 0.95), (1, 0.85)])
    np.testing.assert_allclose(OneCycle().at(1), (4e-6, 0.95))


def test_each_training_is_a_cycle(X, y, quick):
    model = quick(lr_schedule="onecycle", early_stopping=False, lr=0.02, batch_size=-1)
    model.set_params(callbacks=[("rates", Rates())]).fit(X, y)
    first = dict(model.callbacks_)["rates"].rates.copy()
    model.partial_fit(X, y)
    assert dict(model.callbacks_)["rates"].rates == first * 2


def test_a_schedule_of_the_users_own_takes_the_place(X, y, quick):
    own = LRScheduler("StepLR", step_size=1, gamma=0.5)
    model = quick(lr_schedule="onecycle", lr=0.02, callbacks=[own]).fit(X, y)
    assert model.history[:, "event_lr"] == [0.02, 0.01, 0.005]
    assert not has_schedule("disable")
    assert has_schedule([("mine", own)])
    assert has_schedule([LRScheduler])
    assert not has_schedule([Rates()])
