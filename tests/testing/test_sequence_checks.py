"""Each check must find the defect that it is there for."""

from pickle import PicklingError

import numpy as np
import pytest
from sklearn.utils.validation import check_is_fitted

from rcseq.testing import sequence_estimator_checks
from rcseq.testing._sequence_checks import check_other_strand, sequence_checks
from tests.testing.conftest import Composition, Linear


def run(estimator, name):
    [check] = [c for c in [*sequence_checks(), check_other_strand] if c.__name__ == name]
    check(type(estimator).__name__, estimator)


class TakesEverything(Linear):
    """Defective: looks at nothing, and flattens what it gets."""

    def _check(self, X, *, reset=False):
        X = np.asarray(X, dtype=float)
        if reset:
            self.n_features_in_, self.length_ = 4, X.shape[-1]
        return X

    def _table(self, X):
        return X.reshape(len(X), -1)


class Unhelpful(Linear):
    def _check(self, X, *, reset=False):
        try:
            return super()._check(X, reset=reset)
        except ValueError:
            raise ValueError("bad input") from None


class WrongError(Linear):
    def _check(self, X, *, reset=False):
        try:
            return super()._check(X, reset=reset)
        except ValueError:
            raise KeyError("X") from None


class NormalisesByColumn(Composition):
    """Defective: an unknown base is 0 / 0."""

    def transform(self, X):
        with np.errstate(invalid="ignore"):
            X = self._check(X)
            return (X / X.sum(axis=1, keepdims=True)).mean(axis=2)


class ReadsCodesAsNumbers(Linear):
    def _check(self, X, *, reset=False):
        if isinstance(X, np.ndarray) and X.ndim == 2 and X.dtype == np.uint8:
            X = np.eye(100)[X][..., [1, 0, 2, 3]].transpose(0, 2, 1)  # C A G T
        return super()._check(X, reset=reset)


class TruncatesToIntegers(Composition):
    def _check(self, X, *, reset=False):
        if getattr(X, "dtype", None) == np.float16:
            X = np.zeros_like(X)
        return super()._check(X, reset=reset)


class IgnoresSteps(Linear):
    """Defective: reads the memory of a view in its own order."""

    def _check(self, X, *, reset=False):
        checked = super()._check(X, reset=reset)
        backwards = isinstance(X, np.ndarray) and X.strides[-1] < 0
        return checked[:, ::-1, ::-1] if backwards else checked


class KeepsAnEarlierFit(Composition):
    def fit(self, X, y=None):
        self.fits_ = getattr(self, "fits_", 0) + 1
        return super().fit(X)

    def transform(self, X):
        return super().transform(X) * self.fits_


class NeedsThreeBases(Composition):
    def fit(self, X, y=None):
        super().fit(X)
        if self.length_ < 3:
            raise ValueError("no")
        return self


class BreaksOnShort(Composition):
    def transform(self, X):
        return super().transform(X)[: 3 * self.length_]


class PredictsIndices(Linear):
    def predict(self, X):
        return self.predict_proba(X).argmax(axis=1)


class SortsByAppearance(Linear):
    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        self.classes_ = self.classes_[::-1]
        return self


class NeedsFloats(Composition):
    """Defective: does not take what the encoder makes."""

    def _check(self, X, *, reset=False):
        if getattr(X, "dtype", None) == np.uint8:
            return super()._check(X, reset=reset) * 2
        return super()._check(X, reset=reset)


class DrawsGlobally(Linear):
    def __init__(self, strand_free=False, random_state=None):
        super().__init__(strand_free)
        self.random_state = random_state

    def fit(self, X, y, sample_weight=None):
        np.random.rand()  # noqa: NPY002 - the defect
        return super().fit(X, y, sample_weight)


class DrawsInSecret(DrawsGlobally):
    """Defective: the seed does not decide, though no global generator is drawn from."""

    def fit(self, X, y, sample_weight=None):
        Linear.fit(self, X, y, sample_weight)
        self.model_.intercept_ += np.random.default_rng().normal()
        return self


class ChangesAParameter(Linear):
    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        self.strand_free = len(X)
        return self


@pytest.mark.parametrize(
    ("defective", "name", "message"),
    [
        (TakesEverything(), "check_number_of_axes", "a table .* was taken"),
        (TakesEverything(), "check_channels_last", "was taken"),
        (TakesEverything(), "check_number_of_channels", "3 channels was taken"),
        (TakesEverything(), "check_values", "a two in place of one-hot was taken"),
        (TakesEverything(), "check_strings", "to be of help: could not convert string"),
        (Unhelpful(), "check_strings", "to be of help: bad input"),
        (Unhelpful(), "check_channels_last", "to be of help: bad input"),
        (WrongError(), "check_values", "not by KeyError"),
        (NormalisesByColumn(), "check_unknown_bases", "not finite"),
        (ReadsCodesAsNumbers(), "check_codes", "differs between base codes and one-hot"),
        (TruncatesToIntegers(), "check_number_types", "float16"),
        (IgnoresSteps(), "check_memory_layout", "the other strand"),
        (KeepsAnEarlierFit(), "check_refit_on_another_length", "remembers an earlier fit"),
        (NeedsThreeBases(), "check_short_sequences", "does not speak of their length: no"),
        (BreaksOnShort(), "check_short_sequences", "fails on length 1"),
        (PredictsIndices(), "check_forms_of_y", "gives other labels"),
        (SortsByAppearance(), "check_forms_of_y", "classes_ is"),
        (NeedsFloats(), "check_number_types", "uint8"),
        (DrawsGlobally(), "check_random_numbers", "global generator of NumPy"),
        (DrawsInSecret(), "check_random_numbers", "same seed"),
        (ChangesAParameter(), "check_clone_of_fitted", "changes strand_free"),
        (Linear(), "check_other_strand", "differs between the two strands"),
    ],
)
def test_defect_is_found(defective, name, message):
    with pytest.raises(AssertionError, match=message):
        run(defective, name)


@pytest.mark.parametrize("check", [*sequence_checks(), check_other_strand])
def test_good_classifier_passes(check):
    check("Linear", Linear(strand_free=True))


@pytest.mark.parametrize("check", sequence_checks())
def test_good_transformer_passes(check):
    check("Composition", Composition())


class Slips(Linear):
    """Defective in what scikit-learn's own checks find."""

    def __init__(self, strand_free=False, slip=""):
        super().__init__(strand_free)
        self.slip = slip

    def fit(self, X, y, sample_weight=None):
        if self.slip == "nan":
            X = np.nan_to_num(X, posinf=0)
        super().fit(X, y, sample_weight)
        if self.slip == "unpicklable":
            self.function_ = lambda: None
        if self.slip == "public":
            self.seen = True
        return self

    def predict_proba(self, X):
        proba = super().predict_proba(X)
        return proba[::-1] if self.slip == "order" else proba

    def predict(self, X):
        check_is_fitted(self)
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


@pytest.mark.parametrize(
    ("slip", "name", "error"),
    [
        ("nan", "check_estimators_nan_inf", AssertionError),
        ("unpicklable", "check_estimators_pickle", (AttributeError, PicklingError)),
        ("public", "check_dont_overwrite_parameters", AssertionError),
        ("order", "check_classifiers_train", AssertionError),
    ],
)
def test_scikit_learns_checks_reach_through(slip, name, error):
    for broken in (True, False):
        checks = [
            (estimator, check)
            for estimator, check in sequence_estimator_checks(Slips(slip=slip if broken else ""))
            if check.func.__name__ == name
        ]
        assert checks
        estimator, check = checks[0]
        if broken:
            with pytest.raises(error):
                check(estimator)
        else:
            check(estimator)
