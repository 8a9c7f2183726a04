from typing import Any

import pytest
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import VotingClassifier
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from rcseq import (
    DNAOneHotEncoder,
    KmerVectorizer,
    PosthocConjoined,
    SequenceClassifier,
    SequenceRegressor,
)
from rcseq.prediction import is_strand_exact
from rcseq.preprocessing import MotifScorer
from rcseq.strategies import STRATEGIES


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("estimator", [SequenceClassifier, SequenceRegressor])
def test_strategies(estimator: Any, strategy: str) -> None:
    model = make_pipeline(DNAOneHotEncoder(), estimator(strategy=strategy))
    assert is_strand_exact(model) is STRATEGIES[strategy].strand_exact


KMERS = make_pipeline(KmerVectorizer(), TfidfTransformer(), LogisticRegression())
LINEAR = make_pipeline(DNAOneHotEncoder(), FunctionTransformer(), LogisticRegression())
RCPS = make_pipeline(DNAOneHotEncoder(), SequenceClassifier(strategy="rcps"))


@pytest.mark.parametrize(
    ("model", "exact"),
    [
        (KMERS, True),
        (make_pipeline(KmerVectorizer(canonical=False), LogisticRegression()), False),
        (make_pipeline(MotifScorer([]), LogisticRegression()), True),
        (make_pipeline(MotifScorer([], strand="forward"), LogisticRegression()), False),
        (LINEAR, False),
        (PosthocConjoined(LINEAR), True),
        (make_pipeline(DNAOneHotEncoder(align="left"), PosthocConjoined(LINEAR)), False),
        (make_pipeline(DNAOneHotEncoder(align="left"), SequenceClassifier()), False),
        (make_pipeline(FunctionTransformer(), RCPS), False),
        (VotingClassifier([("a", KMERS), ("b", RCPS)]), True),
        (VotingClassifier([("a", KMERS), ("b", LINEAR)]), False),
        (DummyClassifier(strategy="prior"), False),  # it has strategies of another kind
    ],
)
def test_wrappers(model: Any, exact: bool) -> None:
    assert is_strand_exact(model) is exact
