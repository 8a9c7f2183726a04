"""Each check must find the defect that it is there for."""

import numpy as np
import pytest
from sklearn.utils import estimator_checks

from rcseq.testing import sequence_estimator_checks
from rcseq.testing._carried_over import CARRIED_OVER
from tests.testing.conftest import Composition, Linear


@pytest.mark.parametrize("name", CARRIED_OVER)
def test_a_check_of_scikit_learn_is_replaced(name):
    assert hasattr(estimator_checks, name)
    [check] = [
        check for _, check in sequence_estimator_checks(Linear()) if check.func.__name__ == name
    ]
    assert check.func is CARRIED_OVER[name]


@pytest.mark.parametrize("check", CARRIED_OVER.values())
def test_good_classifier_passes(check):
    check("Linear", Linear())


@pytest.mark.parametrize("name", [name for name in CARRIED_OVER if "weight" not in name])
def test_good_transformer_passes(name):
    CARRIED_OVER[name]("Composition", Composition())


class SetsAnAttribute(Linear):
    def __init__(self, strand_free=False):
        super().__init__(strand_free)
        self.fitted_ = False


class CountsPositions(Linear):
    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        self.n_features_in_ = self.length_
        return self


class HasThemBefore(Linear):
    n_features_in_ = 4


class Forgetful(Composition):
    def transform(self, X):
        self.length_ = X.shape[2]
        return super().transform(X)


class TakesEmpty(Composition):
    def fit(self, X, y=None):
        self.n_features_in_, self.length_ = X.shape[1:]
        return self


class TakesNegative(Linear):
    def _check(self, X, *, reset=False):
        return super()._check(np.abs(X), reset=reset)


class NoTag(Linear):
    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = False
        return tags


class IgnoresWeights(Linear):
    def fit(self, X, y, sample_weight=None):
        return super().fit(X, y)


class Centres(Composition):
    def transform(self, X):
        shares = super().transform(X)
        return shares - shares.mean(axis=0)


class Sorts(Composition):
    def transform(self, X):
        return np.sort(super().transform(X), axis=0)


@pytest.mark.parametrize(
    ("defective", "name", "message"),
    [
        (SetsAnAttribute(), "check_no_attributes_set_in_init", "fitted_"),
        (CountsPositions(), "check_n_features_in", "should be 4"),
        (HasThemBefore(), "check_n_features_in", "before fit"),
        (Forgetful(), "check_n_features_in_after_fitting", "length 39 after a fit on 40"),
        (TakesEmpty(), "check_estimators_empty_data_messages", "no sequences was taken"),
        (TakesNegative(), "check_positive_only_tag_during_fit", "was taken"),
        (NoTag(), "check_positive_only_tag_during_fit", "set tags"),
        (IgnoresWeights(), "check_sample_weight_equivalence_on_dense_data", "a weight of 2"),
        (Centres(), "check_methods_subset_invariance", "depends on the others"),
        (Sorts(), "check_methods_sample_order_invariance", "depends on the order"),
    ],
)
def test_defect_is_found(defective, name, message):
    with pytest.raises(AssertionError, match=message):
        CARRIED_OVER[name](type(defective).__name__, defective)


def test_a_transformer_without_a_fit_learns_no_length():
    class Stateless(Forgetful):
        def __sklearn_tags__(self):
            tags = super().__sklearn_tags__()
            tags.requires_fit = False
            return tags

    CARRIED_OVER["check_n_features_in_after_fitting"]("Stateless", Stateless())
