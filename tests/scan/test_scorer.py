from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from rcseq import KmerVectorizer
from rcseq.alphabet import reverse_complement
from rcseq.prediction import window_width
from rcseq.scan._scorer import WindowScorer
from rcseq.scan._tiling import Tiling
from rcseq.sequences import as_sequences

TILING = Tiling(30, 10)


def windows(text: str) -> list[str]:
    return [text[i : i + 30] for i in range(0, len(text) - 29, 10)]


def test_strands(standard: Any, bases: dict[str, str]) -> None:
    text = bases["chrA"]
    codes = as_sequences([text]).codes().codes
    found = {
        strand: WindowScorer(standard, TILING, strand=strand).values(codes)  # type: ignore[arg-type]
        for strand in ("forward", "reverse", "both")
    }
    other = [reverse_complement(window) for window in windows(text)]
    np.testing.assert_allclose(
        found["forward"], standard.predict_proba(windows(text))[:, 1], atol=1e-6
    )
    np.testing.assert_allclose(found["reverse"], standard.predict_proba(other)[:, 1], atol=1e-6)
    np.testing.assert_allclose(found["both"], (found["forward"] + found["reverse"]) / 2, atol=1e-6)
    assert np.abs(found["forward"] - found["reverse"]).max() > 1e-4


class Counting:
    """A model that counts how often it is asked."""

    def __init__(self, model: Any) -> None:
        self.model, self.calls = model, 0

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return {"estimator": self.model}

    @property
    def estimators_(self) -> list[Any]:
        return [self.model]

    def predict(self, X: Any) -> Any:
        self.calls += 1
        return self.model.predict_proba(X)[:, 1]


@pytest.mark.parametrize(("name", "calls"), [("rcps", 1), ("kmers", 1), ("standard", 2)])
def test_one_pass_where_the_strands_are_exact(
    name: str, calls: int, bases: dict[str, str], request: pytest.FixtureRequest
) -> None:
    model = Counting(request.getfixturevalue(name))
    WindowScorer(model, TILING).values(as_sequences([bases["chrA"]]).codes().codes)
    assert model.calls == calls


def test_unknown_bases_have_no_value(kmers: Any) -> None:
    codes = as_sequences(["ACGTACGTAC" * 3 + "N" * 40 + "A" * 30]).codes().codes
    known = ~np.isnan(WindowScorer(kmers, TILING).values(codes))
    #                        N of 30:  0     10    20     30     30     20     10    0
    assert known.tolist() == [True, True, False, False, False, False, True, True]
    every = WindowScorer(kmers, TILING, max_unknown=1).values(codes)
    assert not np.isnan(every).any()


def test_several_outputs(training: Any) -> None:
    X, _ = training
    labels = ["a", "b", "c", "a"] * 11
    logistic = LogisticRegression(max_iter=1000)
    model = make_pipeline(KmerVectorizer(k=2), logistic).fit(X, labels)
    codes = as_sequences([X[0]]).codes().codes
    found = [float(WindowScorer(model, TILING, i).values(codes)[0]) for i in range(3)]
    np.testing.assert_allclose(found, model.predict_proba(X[:1])[0], atol=1e-6)
    with pytest.raises(ValueError, match="the model has 3 outputs"):
        WindowScorer(model, TILING).values(codes)


def test_width(rcps: Any, kmers: Any) -> None:
    assert window_width(rcps, None) == 30
    assert window_width(rcps, 20) == 20
    assert window_width(kmers, 77) == 77
    with pytest.raises(ValueError, match="width=31, but the model reads 30 bases"):
        window_width(rcps, 31)
    with pytest.raises(ValueError, match="the model reads sequences of any length"):
        window_width(kmers, None)


@pytest.mark.parametrize("options", [{"strand": "+"}, {"max_unknown": 1.5}])
def test_refused(kmers: Any, options: Any) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        WindowScorer(kmers, TILING, **options)
