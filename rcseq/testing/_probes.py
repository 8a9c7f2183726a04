"""What the checks of estimators share: data, and how to ask for a response or a refusal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone, is_regressor

from rcseq import alphabet

__all__ = [
    "LENGTH",
    "N",
    "assert_refused",
    "assert_refused_everywhere",
    "assert_same",
    "dense",
    "fitted",
    "one_hot",
    "random_strings",
    "responses",
    "targets",
]

N, LENGTH = 24, 40
_RESPONSES = ("predict", "predict_proba", "decision_function", "transform")


def random_strings(n: int = N, length: int = LENGTH) -> list[str]:
    """Make sequences of A C G T."""
    letters = np.random.default_rng(0).choice(list(alphabet.NUCLEOTIDES), (n, length))
    return ["".join(row) for row in letters]


def one_hot(n: int = N, length: int = LENGTH) -> NDArray[np.float32]:
    """Make one-hot sequences of shape (n, 4, length)."""
    codes = np.random.default_rng(0).integers(0, 4, (n, length))
    return np.eye(4, dtype=np.float32)[codes].transpose(0, 2, 1).copy()


def targets(estimator: Any, n: int = N) -> NDArray[Any]:
    """Make a target that suits: two classes, or numbers."""
    if is_regressor(estimator):
        return np.random.default_rng(1).normal(size=n)
    return np.arange(n) % 2


def fitted(estimator: Any) -> Any:
    """Fit a clone on sequences that hold nothing to be learned."""
    return clone(estimator).fit(one_hot(), targets(estimator))


def responses(estimator: Any) -> Iterator[tuple[str, Any]]:
    """Return the methods that a fitted estimator responds with."""
    for method in _RESPONSES:
        if hasattr(estimator, method):
            yield method, getattr(estimator, method)


def dense(output: Any) -> NDArray[Any]:
    """Make an array of a response that may be sparse."""
    return np.asarray(output.todense() if hasattr(output, "todense") else output)


def assert_same(left: Any, right: Any, what: str, *, rtol: float = 1e-4) -> None:
    """Compare two responses: labels must be equal, numbers close."""
    left, right = dense(left), dense(right)
    if left.dtype.kind in "fc":
        np.testing.assert_allclose(left, right, rtol=rtol, atol=1e-6, err_msg=what)
    else:
        np.testing.assert_array_equal(left, right, err_msg=what)


def assert_refused(call: Any, X: Any, match: str, what: str) -> None:
    """Ask for a ValueError whose message helps."""
    try:
        call(X)
    except ValueError as error:
        if not re.search(match, str(error), flags=re.IGNORECASE | re.DOTALL):
            raise AssertionError(
                f"{what} was refused, but the message should hold {match!r} to be of help: {error}"
            ) from error
    except Exception as error:
        raise AssertionError(
            f"{what} should be refused by a ValueError, not by {type(error).__name__}: {error}"
        ) from error
    else:
        raise AssertionError(f"{what} was taken; it should be refused by a ValueError.")


def assert_refused_everywhere(name: str, estimator: Any, bad: Any, match: str, what: str) -> None:
    """Ask for a refusal in fit, and in every method of a fitted estimator."""
    y = targets(estimator)
    assert_refused(lambda X: clone(estimator).fit(X, y), bad, match, f"{name}.fit: {what}")
    for method, call in responses(fitted(estimator)):
        assert_refused(call, bad, match, f"{name}.{method}: {what}")
