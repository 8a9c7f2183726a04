"""Numbers and settings as people write them."""

from __future__ import annotations

import math
from typing import Any

from rcseq.prediction import final_estimator

__all__ = ["format_p", "hyperparameters", "signed"]


def format_p(p: float) -> str:
    """Write a p-value.

    Parameters
    ----------
    p : float

    Returns
    -------
    str

    Examples
    --------
    >>> from rcseq.report import format_p
    >>> format_p(0.0625), format_p(0.00001), format_p(float("nan"))
    ('0.062', '< 0.001', '–')
    """
    if math.isnan(p):
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def signed(value: float, digits: int = 4) -> str:
    """Write a difference with its sign; what rounds to nothing has none.

    Parameters
    ----------
    value : float
    digits : int, default=4

    Returns
    -------
    str

    Examples
    --------
    >>> from rcseq.report import signed
    >>> signed(0.00163), signed(-0.25, 1), signed(-0.00001)
    ('+0.0016', '−0.2', '0.0000')
    """
    text = f"{value:+.{digits}f}".replace("-", "−")
    return text if float(f"{value:.{digits}f}") else text[1:]


def hyperparameters(estimator: Any) -> str:
    """List the hyperparameters of a model, without those in which the fits of a comparison differ.

    Parameters
    ----------
    estimator : estimator or pipeline

    Returns
    -------
    str

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from rcseq.report import hyperparameters
    >>> hyperparameters(LogisticRegression(C=0.5)).split(", ")[0]
    'C=0.5'
    """
    model = final_estimator(estimator)
    given = {
        name: _value(value)
        for name, value in model.get_params(deep=False).items()
        if name not in _ELSEWHERE and value is not None and str(value) != "deprecated"
    }
    return ", ".join(f"{name}={value}" for name, value in given.items())


def _value(value: Any) -> Any:
    if isinstance(value, type):
        return value.__name__
    if hasattr(value, "get_params"):  # a member of an ensemble
        steps = [step for _, step in getattr(value, "steps", [("", value)])]
        return f"{' and '.join(type(step).__name__ for step in steps)}({hyperparameters(value)})"
    return value


# What a report says elsewhere, what changes from fit to fit, and how data reach the network.
_ELSEWHERE = {"strategy", "random_state", "verbose", "dataset", "iterator_train", "iterator_valid"}
