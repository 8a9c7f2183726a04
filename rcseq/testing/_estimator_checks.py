"""scikit-learn's estimator checks, for estimators of sequences."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from unittest import SkipTest

from sklearn.base import clone
from sklearn.exceptions import EstimatorCheckFailedWarning, SkipTestWarning
from sklearn.utils.estimator_checks import estimator_checks_generator

from rcseq.strategies import get_strategy
from rcseq.testing._carried_over import CARRIED_OVER
from rcseq.testing._sequence_checks import check_other_strand, sequence_checks
from rcseq.testing._tables import on_tables

__all__ = ["check_sequence_estimator", "sequence_estimator_checks"]

Check = Callable[[Any], None]


def sequence_estimator_checks(
    estimator: Any, *, strand_exact: bool | None = None
) -> Iterator[tuple[Any, Check]]:
    """Yield the checks that :func:`check_sequence_estimator` runs, for use with pytest.

    Parameters
    ----------
    estimator : estimator
        One that takes arrays of shape (n, 4, L); it is not changed.
    strand_exact : bool, optional
        As in :func:`check_sequence_estimator`.

    Yields
    ------
    estimator : estimator
        What the check is to be called with.
    check : callable
        A check; its ``func.__name__`` is its name.
    """
    name = type(estimator).__name__
    with warnings.catch_warnings():
        # scikit-learn leaves all checks out with no more than this warning
        warnings.simplefilter("error", SkipTestWarning)
        for twin, check in estimator_checks_generator(on_tables(estimator)):
            carried_over = CARRIED_OVER.get(check_name(check))
            if carried_over is None:
                yield twin, check
            else:
                yield estimator, functools.partial(carried_over, name)
    for own in sequence_checks():
        yield estimator, functools.partial(own, name)
    if strand_exact is None:
        strand_exact = _claims_strand_exactness(estimator)
    if strand_exact:
        yield estimator, functools.partial(check_other_strand, name)


def check_sequence_estimator(
    estimator: Any,
    *,
    strand_exact: bool | None = None,
    check_params: Mapping[str, Mapping[str, Any]] | None = None,
    expected_failed_checks: Mapping[str, str] | None = None,
    on_skip: str | None = "warn",
    on_fail: str | None = "raise",
    callback: Callable[..., None] | None = None,
) -> list[dict[str, Any]]:
    """Check that an estimator of sequences keeps to the conventions of scikit-learn.

    The counterpart of :func:`sklearn.utils.estimator_checks.check_estimator` for classifiers,
    regressors and transformers that take one-hot DNA of shape (n, 4, L). All of scikit-learn's
    checks for its kind are run on the estimator: their tables are written as sequences, a word of
    DNA for each value, and whatever is wrong with a table stays wrong in the same way. The checks
    that speak of features are replaced by the same about channels and lengths. Then follow checks
    of what is special to sequences: the number and order of channels, values that are not one-hot,
    strings, base codes, unknown bases, lengths, strands.

    Parameters
    ----------
    estimator : estimator
        An instance; it is cloned for each check. A classifier or regressor is asked to learn an
        easy task, so it should be set to train well, and quickly.
    strand_exact : bool, optional
        Whether a sequence and its reverse complement must get the same response. By default the
        estimator's parameter `strategy` says so, where it has one.
    check_params : dict of dict, optional
        By the name of a check, parameters to set for it. A network needs them for
        ``"check_sample_weight_equivalence_on_dense_data"``, which can hold only where nothing
        depends on the order and the number of the samples: batches of all data, no dropout and no
        validation set.
    expected_failed_checks : dict of str, optional
        By the name of a check, the reason why it may fail.
    on_skip : {"warn", None}
        What to do where a check cannot be run.
    on_fail : {"raise", "warn", None}
        What to do where a check fails.
    callback : callable, optional
        Called after each check with the entries of its result as keywords.

    Returns
    -------
    list of dict
        As scikit-learn has it, one for each check: ``estimator``, ``check_name``, ``exception``,
        ``status`` ("passed", "failed", "skipped" or "xfail"), ``expected_to_fail`` and
        ``expected_to_fail_reason``.

    Raises
    ------
    Exception
        That of the first check that fails, where `on_fail` is ``"raise"``.
    TypeError
        If `estimator` is a class.
    ValueError
        If `check_params` or `expected_failed_checks` name a check that does not exist.

    See Also
    --------
    rcseq.estimators.check_sequences : Validates X as these checks ask for it.

    Examples
    --------
    A network, that learns quickly:

    >>> from rcseq import SequenceRegressor
    >>> from rcseq.testing import check_sequence_estimator
    >>> model = SequenceRegressor(
    ...     "convnet", max_epochs=4, lr=0.02, lr_schedule=None, shift=0, mutation=0.0,
    ...     module__n_filters=4, module__kernel_size=6, module__pool_size=1,
    ...     module__readout="weighted_sum", random_state=0,
    ... )
    >>> all_data = {"early_stopping": False, "batch_size": -1, "module__dropout": 0.0}
    >>> results = check_sequence_estimator(
    ...     model,
    ...     check_params={"check_sample_weight_equivalence_on_dense_data": all_data},
    ...     on_skip=None,
    ... )
    >>> sum(result["status"] == "passed" for result in results) > 45
    True

    A transformer of your own:

    >>> import numpy as np
    >>> from sklearn.base import BaseEstimator, TransformerMixin
    >>> from sklearn.utils.validation import check_is_fitted
    >>> from rcseq.estimators import check_sequences
    >>> class Composition(TransformerMixin, BaseEstimator):
    ...     '''The share of each base in a sequence.'''
    ...     def __sklearn_tags__(self):
    ...         tags = super().__sklearn_tags__()
    ...         tags.input_tags.two_d_array = False
    ...         tags.input_tags.three_d_array = True
    ...         tags.input_tags.positive_only = True
    ...         return tags
    ...     def fit(self, X, y=None):
    ...         X = check_sequences(X, codes=False, estimator="Composition")
    ...         self.n_features_in_, self.length_ = X.shape[1:]
    ...         return self
    ...     def transform(self, X):
    ...         check_is_fitted(self)
    ...         X = check_sequences(X, length=self.length_, codes=False, estimator="Composition")
    ...         return X.mean(axis=2, dtype=np.float64)
    >>> check_sequence_estimator(Composition())  # doctest: +SKIP
    """
    if isinstance(estimator, type):
        raise TypeError(f"estimator must be an instance; pass {estimator.__name__}().")
    checks = list(sequence_estimator_checks(estimator, strand_exact=strand_exact))
    check_params, reasons = check_params or {}, expected_failed_checks or {}
    unknown = (check_params.keys() | reasons.keys()) - {check_name(check) for _, check in checks}
    if unknown:
        raise ValueError(f"there is no check of the name {', '.join(sorted(unknown))}")
    results = []
    for subject, check in checks:
        name = check_name(check)
        if name in check_params:
            subject = clone(subject).set_params(**check_params[name])
        error = _run(check, subject)
        expected = name in reasons
        result = {
            "estimator": subject,
            "check_name": name,
            "exception": error,
            "status": _status(error, expected),
            "expected_to_fail": expected,
            "expected_to_fail_reason": reasons.get(name, "Check is not expected to fail"),
        }
        results.append(result)
        if callback is not None:
            callback(**result)
        if result["status"] == "failed" and error is not None:
            if on_fail == "raise":
                error.add_note(f"This is {name} of {type(estimator).__name__}.")
                raise error
            if on_fail == "warn":
                warnings.warn(EstimatorCheckFailedWarning(**result), stacklevel=2)
        if result["status"] == "skipped" and on_skip == "warn":
            warnings.warn(f"{name} was skipped: {error}", SkipTestWarning, stacklevel=2)
    return results


def _run(check: Check, estimator: Any) -> Exception | None:
    with warnings.catch_warnings():
        # a recommendation only, which skorch does not follow for its callbacks
        warnings.filterwarnings("ignore", ".* set_params", UserWarning, r"sklearn\.utils")
        try:
            check(estimator)
        except Exception as error:
            return error
    return None


def _status(error: Exception | None, expected_to_fail: bool) -> str:
    if error is None:
        return "passed"
    if isinstance(error, SkipTest):
        return "skipped"
    return "xfail" if expected_to_fail else "failed"


def check_name(check: Any) -> str:
    """Return the name of a check, which may be a partial function."""
    while isinstance(check, functools.partial):
        check = check.func
    return str(check.__name__)


def _claims_strand_exactness(estimator: Any) -> bool:
    strategy = getattr(estimator, "strategy", None)
    return strategy is not None and get_strategy(strategy).strand_exact
