"""A small genome and models of every kind, fitted on 30 bases of it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from rcseq import DNAOneHotEncoder, KmerVectorizer, SequenceClassifier

WIDTH = 30


@pytest.fixture(scope="session")
def bases() -> dict[str, str]:
    rng = np.random.default_rng(0)
    random = {name: "".join(rng.choice(list("ACGTacgtR"), n)) for name, n in SIZES.items()}
    random["chrB"] = random["chrB"][:100] + "N" * 60 + random["chrB"][160:]
    return random


SIZES = {"chrB": 403, "chrA": 250, "short": 20}


@pytest.fixture
def genome(tmp_path: Path, bases: dict[str, str]) -> Path:
    path = tmp_path / "genome.fa"
    path.write_text("".join(f">{name}\n{text}\n" for name, text in bases.items()))
    return path


@pytest.fixture(scope="session")
def training(bases: dict[str, str]) -> tuple[list[str], list[int]]:
    text = bases["chrA"]
    return [text[i : i + WIDTH] for i in range(0, 220, 5)], [0, 1] * 22


@pytest.fixture(scope="session")
def network() -> Callable[[str], Any]:
    """Make a small network that is trained in no time."""

    def make(strategy: str) -> Any:
        return SequenceClassifier(
            module__n_filters=4,
            module__kernel_size=5,
            strategy=strategy,
            max_epochs=1,
            early_stopping=False,
            random_state=0,
        )

    return make


@pytest.fixture(scope="session")
def kmers(training: Any) -> Any:
    return make_pipeline(KmerVectorizer(k=2), LogisticRegression()).fit(*training)


@pytest.fixture(scope="session")
def rcps(training: Any, network: Any) -> Any:
    return make_pipeline(DNAOneHotEncoder(), network("rcps")).fit(*training)


@pytest.fixture(scope="session")
def standard(training: Any, network: Any) -> Any:
    return make_pipeline(DNAOneHotEncoder(), network("standard")).fit(*training)
