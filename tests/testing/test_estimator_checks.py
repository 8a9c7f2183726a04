import functools
import warnings

import pytest
from sklearn.exceptions import EstimatorCheckFailedWarning, SkipTestWarning
from sklearn.utils.estimator_checks import check_estimator

from rcseq import SequenceClassifier, SequenceRegressor
from rcseq.presets import FAST
from rcseq.strategies import STRATEGIES
from rcseq.testing import check_sequence_estimator, sequence_estimator_checks
from tests.testing.conftest import Composition, Linear

# A network that learns what the checks ask for in a few steps.
QUICK = FAST | {
    "max_epochs": 4,
    "lr": 0.02,
    "early_stopping": False,
    "module__n_filters": 4,
    "module__kernel_size": 6,
    "module__pool_size": 1,
    "module__readout": "weighted_sum",
    "random_state": 0,
}
WEIGHTS = "check_sample_weight_equivalence_on_dense_data"
ALL_DATA = {WEIGHTS: {"early_stopping": False, "batch_size": -1, "module__dropout": 0.0}}
# Networks of one strand need more steps for the regression that is asked for.
TRAINED = {
    SequenceRegressor: {"check_regressors_train": {"max_epochs": 20, "module__n_filters": 8}}
}
# scikit-learn runs it only where the environment asks for it before SciPy is imported
NEEDS_ENVIRONMENT = {"check_array_api_input"}


def assert_passes(estimator, at_least, **kwargs):
    results = check_sequence_estimator(estimator, on_fail=None, on_skip=None, **kwargs)
    status = {result["check_name"]: result["status"] for result in results}
    wrong = {r["check_name"]: r["exception"] for r in results if r["status"] in ("failed", "xfail")}
    assert not wrong
    assert {name for name, one in status.items() if one == "skipped"} <= NEEDS_ENVIRONMENT
    assert sum(result["status"] == "passed" for result in results) >= at_least


@pytest.mark.parametrize(
    "strategy",
    [
        pytest.param(name, marks=[] if strategy.compared_by_default else pytest.mark.extended)
        for name, strategy in STRATEGIES.items()
    ],
)
@pytest.mark.parametrize(
    ("cls", "at_least"), [(SequenceClassifier, 81), (SequenceRegressor, 74)], ids=["class", "regr"]
)
def test_every_strategy_passes_every_check(cls, strategy, at_least):
    params = ALL_DATA | TRAINED.get(cls, {})
    assert_passes(cls(strategy=strategy, **QUICK), at_least, check_params=params)


def test_early_stopping_passes_every_check():
    params = QUICK | {"early_stopping": True}
    assert_passes(SequenceClassifier(**params), 82, check_params=ALL_DATA)


@pytest.mark.parametrize(
    ("estimator", "strand_exact", "at_least"),
    [(Composition(), False, 61), (Linear(), False, 76), (Linear(strand_free=True), True, 77)],
    ids=["transformer", "classifier", "strand-free classifier"],
)
def test_estimators_of_a_user_pass(estimator, strand_exact, at_least):
    assert_passes(estimator, at_least, strand_exact=strand_exact)


def test_scikit_learn_alone_checks_next_to_nothing():
    # the reason for all this: the tag for three dimensions, honestly set, switches the checks off
    with pytest.warns(SkipTestWarning, match="Can't test estimator Composition"):
        results = check_estimator(Composition(), on_skip=None)
    assert len(results) < 5


class Forgetful(Composition):
    """Defective: takes another length than in fit."""

    def transform(self, X):
        self.length_ = X.shape[2]
        return super().transform(X)


LENGTHS = "check_n_features_in_after_fitting"


def test_first_failure_is_raised_and_says_where():
    with pytest.raises(AssertionError, match="length 39 after a fit on 40") as caught:
        check_sequence_estimator(Forgetful(), on_skip=None)
    assert "This is check_n_features_in_after_fitting of Forgetful." in caught.value.__notes__


def test_failures_can_be_warnings_and_skips_can_be_silent():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        results = check_sequence_estimator(Forgetful(), on_fail="warn")
    kinds = {warning.category for warning in caught}
    assert kinds == {EstimatorCheckFailedWarning, SkipTestWarning} or (
        kinds == {EstimatorCheckFailedWarning}  # where nothing has to be skipped
    )
    assert LENGTHS in {r["check_name"] for r in results if r["status"] == "failed"}


def test_expected_failures_and_callback():
    failing = {
        r["check_name"]: "it forgets"
        for r in check_sequence_estimator(Forgetful(), on_fail=None, on_skip=None)
        if r["status"] == "failed"
    }
    seen = []
    results = check_sequence_estimator(
        Forgetful(),
        on_skip=None,
        expected_failed_checks=failing,
        callback=lambda **result: seen.append(result),
    )
    assert seen == results
    by_name = {r["check_name"]: r for r in results}
    assert by_name[LENGTHS]["status"] == "xfail"
    assert by_name[LENGTHS]["expected_to_fail_reason"] == "it forgets"


def test_check_params_are_set_for_their_check_only():
    seen = {}

    def remember(check_name, estimator, **result):
        seen[check_name] = estimator.strand_free

    check_sequence_estimator(
        Linear(),
        on_skip=None,
        callback=remember,
        check_params={"check_strings": {"strand_free": True}},
    )
    assert seen.pop("check_strings")
    assert not any(seen.values())


def test_what_is_no_estimator_or_no_check_is_refused():
    with pytest.raises(TypeError, match=r"pass Composition\(\)"):
        check_sequence_estimator(Composition)
    for argument in ("check_params", "expected_failed_checks"):
        with pytest.raises(ValueError, match="no check of the name check_nothing"):
            check_sequence_estimator(Composition(), **{argument: {"check_nothing": {}}})


def test_checks_are_yielded_for_pytest():
    checks = list(sequence_estimator_checks(SequenceClassifier(strategy="rcps")))
    assert all(isinstance(check, functools.partial) for _, check in checks)
    names = [check.func.__name__ for _, check in checks]
    assert names[-1] == "check_other_strand"
    estimator, check = next(pair for pair in checks if pair[1].func.__name__ == "check_fit1d")
    check(estimator)
    conventional = sequence_estimator_checks(SequenceClassifier(strategy="augmented"))
    assert "check_other_strand" not in [check.func.__name__ for _, check in conventional]


def test_unknown_attribute():
    import rcseq.testing

    with pytest.raises(AttributeError, match="no attribute 'check_nothing'"):
        rcseq.testing.check_nothing  # noqa: B018 - the access is what is tested
