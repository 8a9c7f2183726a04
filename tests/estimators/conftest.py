"""Small data sets with something to learn."""

import numpy as np
import pytest

from rcseq import DNAOneHotEncoder, SequenceClassifier
from rcseq.presets import FAST
from tests.estimators.skorch_modules import Flat

MOTIF = "TGACTCA"


def motif_sequences(n=120, length=40, seed=0):
    """Sequences of which every other has the AP-1 motif, on either strand."""
    rng = np.random.default_rng(seed)
    letters = rng.choice(list("ACGT"), size=(n, length))
    for i in range(0, n, 2):
        start = rng.integers(0, length - len(MOTIF))
        site = list("TGAGTCA" if rng.random() < 0.5 else MOTIF)
        letters[i, start : start + len(MOTIF)] = site
    return ["".join(row) for row in letters], np.arange(n) % 2 == 0


@pytest.fixture(scope="session")
def quick():
    """Make a classifier that trains in a moment."""

    def make(**params):
        defaults = {**FAST, "max_epochs": 3, "random_state": 0, "module__n_filters": 4}
        return SequenceClassifier(**{**defaults, **params})

    return make


@pytest.fixture(scope="session")
def data():
    """Strings of which every third has the GATA motif twice, and whether they have it."""
    rng = np.random.default_rng(0)
    X = ["".join(row) for row in rng.choice(list("ACGT"), (90, 30))]
    y = np.arange(90) % 3 == 0
    return [
        x[:10] + "GATAAGATAA" + x[20:] if one else x for x, one in zip(X, y, strict=True)
    ], y.astype(int)


@pytest.fixture(scope="session")
def sequences():
    return motif_sequences()


@pytest.fixture(scope="session")
def X(sequences):
    return DNAOneHotEncoder().fit_transform(sequences[0])


@pytest.fixture(scope="session")
def y(sequences):
    return sequences[1].astype(int)


@pytest.fixture(scope="session")
def net():
    """Make a classifier as users of skorch do."""

    def make(module=Flat, **params):
        defaults = {**FAST, "strategy": "standard", "max_epochs": 2, "random_state": 0}
        del defaults["module"]
        return SequenceClassifier(module, **{**defaults, **params})

    return make
