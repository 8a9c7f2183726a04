"""The network that a command trains."""

from typing import Any

import click
import numpy as np
import pytest

from rcseq import SequenceClassifier, SequenceRegressor
from rcseq.cli._network import given_split, make_model
from rcseq.presets import FAST
from rcseq.sequences import LabelledSequences

UNSET = dict.fromkeys(["max_epochs", "lr", "batch_size", "network"])


def made(data: LabelledSequences, *settings: str, **options: Any) -> Any:
    given = {**UNSET, "device": "cpu", "settings": settings, "preset": "default", **options}
    return make_model(data, given)[-1]


DATA = LabelledSequences(["ACGT"] * 6, [0, 1] * 3)


def test_options_are_parameters() -> None:
    net = made(DATA, "module__n_filters=3", "class_weight=balanced", lr=0.1, max_epochs=4)
    assert isinstance(net, SequenceClassifier)
    assert (net.lr, net.max_epochs, net.device) == (0.1, 4, "cpu")
    assert net.get_params()["module__n_filters"] == 3
    assert net.class_weight == "balanced"
    assert made(DATA).lr == SequenceClassifier().lr
    assert made(DATA, preset="fast").lr == FAST["lr"]
    measured = LabelledSequences(["ACGT"] * 6, np.arange(6) / 7)
    assert isinstance(made(measured), SequenceRegressor)


def test_given_split() -> None:
    data = LabelledSequences(
        ["ACGT"] * 6, [0, 1] * 3, split=["train", "valid", "train", "test", "valid", "train"]
    )
    train, test = given_split(data)
    assert (train.tolist(), test.tolist()) == ([0, 2, 5, 1, 4], [3])
    assert repr(made(data).train_split) == "PredefinedValidation(3, 2)"


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("lr", "'lr' is not NAME=VALUE"),
        ("=3", "is not NAME=VALUE"),
        ("clas_weight=3", "not a parameter of SequenceClassifier. Did you mean 'class_weight'?"),
        ("modul__n_filters=3", "'modul' is not a parameter"),
    ],
)
def test_wrong_settings(setting: str, message: str) -> None:
    with pytest.raises(click.BadParameter, match=message.replace("?", r"\?")):
        made(DATA, setting)


def test_unknown_network() -> None:
    with pytest.raises(click.BadParameter, match="convnet"):
        made(DATA, network="convnett")
