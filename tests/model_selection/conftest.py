"""A cheap model with a strategy, for tests of everything around it."""

import itertools
import time
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import log_loss

from rcseq.alphabet import reverse_complement


class StandIn(ClassifierMixin, BaseEstimator):
    """Logistic regression on counts of 3-mers, of one strand or of both, trained by epochs."""

    def __init__(
        self, strategy: str = "rcps", *, max_epochs: int = 3, random_state: Any = None
    ) -> None:
        self.strategy = strategy
        self.max_epochs = max_epochs
        self.random_state = random_state

    def _count(self, X: Any) -> Any:
        counts = self.counts_.transform([str(s) for s in X])
        if self.strategy != "standard":
            counts = counts + self.counts_.transform([reverse_complement(str(s)) for s in X])
        return counts

    def fit(self, X: Any, y: Any) -> "StandIn":
        y = np.asarray(y)
        self.classes_ = np.unique(y)
        self.counts_ = CountVectorizer(analyzer="char", ngram_range=(3, 3), lowercase=False)
        self.counts_.fit(["".join(codon) for codon in itertools.product("ACGT", repeat=3)])
        features = self._count(X)
        model = SGDClassifier(loss="log_loss", random_state=self.random_state)
        self.model_, self.history_ = model, []
        for epoch in range(1, self.max_epochs + 1):
            start = time.perf_counter()
            model.partial_fit(features, y, self.classes_)
            loss = log_loss(y, model.predict_proba(features), labels=self.classes_)
            self.history_.append(
                {
                    "epoch": epoch,
                    "train_loss": loss,
                    "valid_loss": loss,
                    "dur": time.perf_counter() - start,
                    "train_batch_count": 10,
                }
            )
        del model._loss_function_  # training alone needs it, and it cannot be saved
        self.n_parameters_ = model.coef_.size + model.intercept_.size
        return self

    @property
    def history(self) -> list[dict[str, Any]]:
        return self.history_

    def predict_proba(self, X: Any) -> NDArray[Any]:
        return self.model_.predict_proba(self._count(X))

    def predict(self, X: Any) -> NDArray[Any]:
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


@pytest.fixture
def stand_in() -> StandIn:
    return StandIn()


@pytest.fixture(scope="session")
def strand_data() -> tuple[list[str], NDArray[Any]]:
    """Random sequences, half of them with GATAAG on either strand: 120 of 40 bp."""
    rng = np.random.default_rng(0)
    sequences = ["".join(rng.choice(list("ACGT"), 40)) for _ in range(120)]
    y = np.arange(120) % 2
    for i in np.flatnonzero(y):
        motif = "GATAAG" if rng.random() < 0.5 else reverse_complement("GATAAG")
        sequences[i] = sequences[i][:10] + motif * 2 + sequences[i][22:]
    return sequences, y
