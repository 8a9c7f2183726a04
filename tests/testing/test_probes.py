import numpy as np
import pytest
from scipy import sparse

from rcseq import SequenceRegressor
from rcseq.testing._probes import (
    LENGTH,
    N,
    assert_refused,
    assert_same,
    dense,
    fitted,
    one_hot,
    random_strings,
    responses,
    targets,
)
from tests.testing.conftest import Composition, Linear


def test_data():
    X = one_hot()
    assert X.shape == (N, 4, LENGTH)
    assert (X.sum(axis=1) == 1).all()
    assert {len(s) for s in random_strings(length=7)} == {7}
    assert set(targets(Linear())) == {0, 1}
    assert targets(SequenceRegressor()).dtype == float


def test_responses():
    assert [name for name, _ in responses(fitted(Composition()))] == ["transform"]
    names = [name for name, _ in responses(fitted(Linear()))]
    assert names == ["predict", "predict_proba", "decision_function"]


def test_numbers_are_close_and_labels_equal():
    assert_same([1.0], [1.0 + 1e-6], "")
    assert_same(["a"], ["a"], "")
    np.testing.assert_array_equal(dense(sparse.csr_array(np.eye(2))), np.eye(2))
    with pytest.raises(AssertionError, match="why"):
        assert_same([1.0], [1.1], "why")
    with pytest.raises(AssertionError, match="why"):
        assert_same(["a"], ["b"], "why")


def raising(error):
    def call(X):
        raise error

    return call


def test_refusals():
    assert_refused(raising(ValueError("The Length")), None, "length", "it")
    with pytest.raises(AssertionError, match="it was taken"):
        assert_refused(lambda X: None, None, "", "it")
    with pytest.raises(AssertionError, match="not by TypeError"):
        assert_refused(raising(TypeError("length")), None, "length", "it")
    with pytest.raises(AssertionError, match="to be of help: no"):
        assert_refused(raising(ValueError("no")), None, "length", "it")
