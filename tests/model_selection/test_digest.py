"""Digests: equal for equal things in every process, and different for different ones."""

import functools
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import rcseq
from rcseq import DNAOneHotEncoder, SequenceClassifier
from rcseq.model_selection._digest import digest
from rcseq.sequences import as_sequences


def model(**options: Any) -> Any:
    return make_pipeline(DNAOneHotEncoder(), SequenceClassifier(**options))


def scale(x: float, by: float = 2) -> float:
    return x * by


def circle() -> list[Any]:
    items: list[Any] = [1]
    items.append(items)
    return items


FROZEN = [LogisticRegression().fit(np.eye(2), y) for y in ([0, 1], [1, 0])]
DIFFERENT = [
    1,
    1.0,
    "1",
    True,
    None,
    np.float32(1),
    [1, 2],
    (1, 2),
    {1: 2},
    {1, 2},
    np.arange(3),
    np.arange(3.0),
    np.array([[0, 1, 2]]),
    np.array(["a", None], dtype=object),
    pd.Series([1, 2]),
    as_sequences(["AC", "GT"]),
    as_sequences(["ACG", "T"]),
    as_sequences(np.array([[0, 1]], np.uint8)),
    ["AC", "GT"],
    ["A", "CGT"],
    scale,
    functools.partial(scale, by=3),
    functools.partial(scale, by=4),
    lambda x: x + 1,
    lambda x: x + 2,
    len,
    np.random.RandomState(0),
    np.random.RandomState(1),
    circle(),
    model(),
    model(lr=0.1),
    model(module__n_filters=3),
    model(strategy="standard"),
    *map(FrozenEstimator, FROZEN),
]


def test_different_things_differ() -> None:
    assert len({digest(thing) for thing in DIFFERENT}) == len(DIFFERENT)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (model(lr=0.1), clone(model(lr=0.1))),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a", "b", "c"}, {"c", "b", "a"}),
        (np.arange(6).reshape(2, 3), np.asfortranarray(np.arange(6).reshape(2, 3))),
        (functools.partial(scale, by=3), functools.partial(scale, by=3)),
        (FrozenEstimator(FROZEN[0]), FrozenEstimator(clone(FROZEN[0]).fit(np.eye(2), [0, 1]))),
    ],
)
def test_equal_things_are_equal(one: Any, other: Any) -> None:
    assert digest(one) == digest(other)


def test_network_that_was_saved_is_the_same(tmp_path: Any) -> None:
    X, y = ["ACGT" * 5, "TTGA" * 5] * 4, [0, 1] * 4
    one, other = (
        model(max_epochs=1, early_stopping=False, random_state=seed).fit(X, y) for seed in (0, 1)
    )
    other.set_params(sequenceclassifier__random_state=0)
    loaded = rcseq.load(rcseq.save(one, tmp_path / "model.rcseq"))
    digests = [digest(FrozenEstimator(network)) for network in (one, loaded, other)]
    assert digests[0] == digests[1] != digests[2]


def test_another_process_finds_the_same() -> None:
    code = """
import numpy as np
from sklearn.metrics import get_scorer
from sklearn.pipeline import make_pipeline
from rcseq import DNAOneHotEncoder, SequenceClassifier
from rcseq.estimators import PredefinedValidation
from rcseq.model_selection._digest import digest
things = [
    make_pipeline(DNAOneHotEncoder(), SequenceClassifier(train_split=PredefinedValidation(2, 3))),
    get_scorer("roc_auc"), lambda x, y=frozenset("ACGT"): x in {"a", "b"}, np.ones(3), set("ACGT"),
]
print(digest(*things))
"""
    found = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    }
    assert len(found) == 1
