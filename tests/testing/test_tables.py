import copy
import pickle

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import get_tags

from rcseq import SequenceClassifier
from rcseq.testing._tables import WIDTH, as_sequences, on_tables
from tests.testing.conftest import Composition, Linear


@pytest.fixture
def table():
    return np.random.default_rng(0).normal(size=(30, 3))


def test_rows_become_one_hot_sequences(table):
    X = as_sequences(table)
    assert X.shape == (30, 4, 3 * WIDTH)
    assert set(X.sum(axis=1).ravel()) == {0.0, 1.0}


def test_values_on_the_same_side_of_each_threshold_are_the_same_sequence():
    X = as_sequences(np.array([[0.1, -3.0], [0.2, -9.0], [5.0, -3.0]]))
    np.testing.assert_array_equal(X[0], X[1])
    assert not np.array_equal(X[0], X[2])


def test_a_word_is_never_that_of_the_other_strand(table):
    X = as_sequences(table)
    assert not X[:, 2:].any()  # A and C alone: the other strand is of G and T


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, bool, complex, object])
def test_dtype_is_kept(table, dtype):
    assert as_sequences(table.astype(dtype)).dtype == dtype


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_stays_in_its_row(table, odd):
    table[3, 1] = odd
    X = as_sequences(table)
    np.testing.assert_array_equal(X[3, :, WIDTH], odd)
    assert np.isfinite(np.delete(X, 3, axis=0)).all()


def test_objects_stay(table):
    table = table.astype(object)
    table[2, 0] = {"foo": "bar"}
    assert as_sequences(table)[2, 0, 0] == {"foo": "bar"}


def test_containers_and_flags_stay(table):
    X = as_sequences(table)
    assert as_sequences(table.tolist()) == X.tolist()
    assert as_sequences(np.asfortranarray(table)).flags.f_contiguous
    table.flags.writeable = False
    assert not as_sequences(table).flags.writeable
    np.testing.assert_array_equal(as_sequences(pd.DataFrame(table)), X)


def test_empty_tables_are_empty_sequences():
    assert as_sequences(np.empty((0, 3))).shape == (0, 4, 3 * WIDTH)
    assert as_sequences(np.empty((12, 0))).shape == (12, 4, 0)


@pytest.mark.parametrize(
    "other",
    [
        sparse.csr_array(np.eye(3)),
        np.zeros(5),
        np.zeros((2, 4, 7)),
        np.array([["a", "b"]]),
        [[1, 2], [3]],
        ["ACGT"],
    ],
    ids=["sparse", "1-D", "3-D", "strings", "ragged", "list of strings"],
)
def test_what_is_no_table_is_left_alone(other):
    assert as_sequences(other) is other


def test_twin_takes_tables_and_sequences(table):
    y = table[:, 0] > 0
    twin = on_tables(Linear())
    assert type(twin).__name__ == "Linear"
    assert isinstance(twin, Linear)
    assert get_tags(twin).input_tags.two_d_array
    assert twin.fit(table, y).score(table, y) > 0.9
    alone = Linear().fit(as_sequences(table), y)
    np.testing.assert_array_equal(twin.predict(table), alone.predict(as_sequences(table)))
    np.testing.assert_array_equal(twin.predict(table), twin.predict(as_sequences(table)))


@pytest.mark.parametrize("copied", [clone, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))])
@pytest.mark.parametrize("estimator", [Linear(strand_free=True), SequenceClassifier(max_epochs=1)])
def test_twin_is_cloned_and_pickled(table, copied, estimator):
    twin = copied(on_tables(estimator))
    assert type(twin) is type(on_tables(estimator))
    assert twin.get_params(deep=False) == estimator.get_params(deep=False)
    y = np.arange(30) % 2
    fitted = twin.fit(table, y)
    if copied is not clone:
        np.testing.assert_array_equal(copied(fitted).predict(table), fitted.predict(table))


def test_twin_has_the_methods_of_the_estimator():
    twin = on_tables(Composition())
    assert hasattr(twin, "transform")
    assert not hasattr(twin, "predict")
    with pytest.raises(NotFittedError):
        twin.transform(np.zeros((2, 3)))
