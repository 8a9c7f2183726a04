"""Measures of how fast a network learns, from its learning curves."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.integrate import trapezoid

from rcseq.model_selection._statistics import corrected_resampled_interval, independent_pairs

__all__ = ["area_under_learning_curve", "learning_speed", "steps_to_loss"]

_PAIR = ["seed", "fold"]


def area_under_learning_curve(step: ArrayLike, loss: ArrayLike) -> float:
    """Mean height of a learning curve: the area under it over its width.

    Parameters
    ----------
    step : array-like of shape (n_epochs,)
        Position of each point: epochs, gradient steps or seconds, growing.
    loss : array-like of shape (n_epochs,)

    Returns
    -------
    float
        By the trapezoidal rule; in units of the loss. Of two curves over the same steps the lower
        belongs to the network that learns faster. The loss itself where there is one point only.

    Raises
    ------
    ValueError
        If the steps do not grow, or the two lengths differ.

    Examples
    --------
    >>> from rcseq.model_selection import area_under_learning_curve
    >>> area_under_learning_curve([1, 2, 3], [1.0, 0.5, 0.5])
    0.625
    """
    step, loss = _check_curve(step, loss)
    if len(step) == 1:
        return float(loss[0])
    return float(trapezoid(loss, step) / (step[-1] - step[0]))


def steps_to_loss(step: ArrayLike, loss: ArrayLike, target: float) -> float:
    """Where a learning curve first is at or below a given loss.

    Parameters
    ----------
    step : array-like of shape (n_epochs,)
        Position of each point: epochs, gradient steps or seconds, growing.
    loss : array-like of shape (n_epochs,)
    target : float

    Returns
    -------
    float
        Between two points by linear interpolation; infinite where the curve never gets there.

    Raises
    ------
    ValueError
        If the steps do not grow, or the two lengths differ.

    Examples
    --------
    >>> from rcseq.model_selection import steps_to_loss
    >>> steps_to_loss([10, 20, 30], [0.7, 0.5, 0.3], target=0.4)
    25.0
    >>> steps_to_loss([10, 20, 30], [0.7, 0.5, 0.3], target=0.1)
    inf
    """
    step, loss = _check_curve(step, loss)
    reached = np.flatnonzero(loss <= target)
    if len(reached) == 0:
        return float("inf")
    after = reached[0]
    if after == 0:
        return float(step[0])
    share = (loss[after - 1] - target) / (loss[after - 1] - loss[after])
    return float(step[after - 1] + share * (step[after] - step[after - 1]))


def _check_curve(step: ArrayLike, loss: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    step, loss = np.asarray(step, dtype=np.float64), np.asarray(loss, dtype=np.float64)
    if step.ndim != 1 or step.shape != loss.shape or len(step) == 0:
        raise ValueError(
            f"a learning curve is two arrays of one length; got shapes {step.shape}, {loss.shape}."
        )
    if (np.diff(step) <= 0).any():
        raise ValueError("the steps of a learning curve must grow")
    return step, loss


def learning_speed(
    curves: pd.DataFrame,
    *,
    reference: str = "standard",
    loss: float | None = None,
    test_share: float | None = None,
) -> pd.DataFrame:
    """Compare how fast strategies learn, paired by seed and fold.

    Parameters
    ----------
    curves : DataFrame
        ``StrategyComparison.curves``.
    reference : str, default="standard"
        The strategy that the others are compared with.
    loss : float, optional
        The validation loss to reach. By default the worst, over the strategies, of the medians of
        their best losses: the typical fit of every strategy gets there.
    test_share : float, optional
        Number of test samples over number of training samples, for the interval. By default that
        of a cross-validation over the folds that are there; 0 where there is one.

    Returns
    -------
    DataFrame
        Indexed by strategy: ``loss`` (the one to reach), ``reached`` (share of the fits that got
        there), ``steps`` and ``seconds`` to it (medians; infinite where most never got there),
        ``step_ratio`` with ``step_ratio_low`` and ``step_ratio_high`` (steps of the strategy over
        those of the reference, geometric mean over the pairs in which both got there, with its
        95 % interval by :func:`corrected_resampled_interval`, on logarithms: below 1 is faster),
        ``n_pairs`` (how many those are), and
        ``area`` (under the validation loss by steps, as :func:`area_under_learning_curve`, up to
        the shortest curve of the same seed and fold). Empty where there are no curves.

    Raises
    ------
    ValueError
        If `reference` has no curve.

    Notes
    -----
    A gradient step of ``"augmented"`` and ``"posthoc"`` sees both strands of every sequence of the
    batch, and one of ``"conjoined"`` runs the network on both; seconds tell what that costs.

    Examples
    --------
    >>> import pandas as pd
    >>> from rcseq.model_selection import learning_speed
    >>> curves = pd.DataFrame(
    ...     {
    ...         "strategy": ["standard"] * 3 + ["rcps"] * 3,
    ...         "seed": 0, "fold": 0,
    ...         "step": [10, 20, 30] * 2, "seconds": [1.0, 2.0, 3.0] * 2,
    ...         "valid_loss": [0.7, 0.5, 0.4, 0.5, 0.4, 0.3],
    ...     }
    ... )
    >>> learning_speed(curves)[["loss", "steps", "step_ratio"]]
              loss  steps  step_ratio
    strategy
    standard   0.4   30.0         NaN
    rcps       0.4   20.0    0.666...
    """
    if curves.empty or curves["valid_loss"].isna().all():
        return pd.DataFrame()
    if "train_size" in curves:
        curves = curves[curves["train_size"] == curves["train_size"].max()]
    curves = curves.dropna(subset=["valid_loss"])
    names = list(dict.fromkeys(curves["strategy"]))
    if reference not in names:
        raise ValueError(f"reference={reference!r} has no learning curve; {', '.join(names)} have.")
    if loss is None:
        best = curves.groupby(["strategy", *_PAIR])["valid_loss"].min()
        loss = float(best.groupby("strategy").median().max())
    if test_share is None:
        n_folds = curves["fold"].nunique()
        test_share = 1 / (n_folds - 1) if n_folds > 1 else 0.0
    last = curves.groupby(["strategy", *_PAIR])["step"].max()
    shortest = last.groupby(_PAIR).min().to_dict()
    fits = pd.DataFrame(
        [
            {
                "strategy": strategy,
                **dict(zip(_PAIR, pair, strict=True)),
                "steps": steps_to_loss(fit["step"], fit["valid_loss"], loss),
                "seconds": steps_to_loss(fit["seconds"], fit["valid_loss"], loss),
                "area": _area_up_to(fit, shortest[tuple(pair)]),
            }
            for (strategy, *pair), fit in curves.groupby(["strategy", *_PAIR])
        ]
    )
    steps = fits.pivot(index=_PAIR, columns="strategy", values="steps")
    rows = {}
    for name in names:
        own = fits[fits["strategy"] == name]
        row = {
            "loss": loss,
            "reached": float(np.isfinite(own["steps"]).mean()),
            "steps": own["steps"].median(),
            "seconds": own["seconds"].median(),
            "area": own["area"].mean(),
        }
        if name != reference:
            both = steps[[name, reference]].replace(np.inf, np.nan).dropna()
            row["n_pairs"] = len(both)
            if len(both):
                units = independent_pairs(both.apply(np.log))
                ratio = corrected_resampled_interval(
                    units[name], units[reference], test_share=test_share
                )
                row["step_ratio"], row["step_ratio_low"], row["step_ratio_high"] = np.exp(ratio)
        rows[name] = row
    columns = ["loss", "reached", "steps", "seconds", "step_ratio", "step_ratio_low"]
    columns += ["step_ratio_high", "n_pairs", "area"]
    table = pd.DataFrame.from_dict(rows, orient="index").reindex(columns=columns)
    table["n_pairs"] = table["n_pairs"].astype("Int64")
    return table.rename_axis("strategy")


def _area_up_to(fit: pd.DataFrame, end: float) -> float:
    part = fit[fit["step"] <= end]
    return area_under_learning_curve(part["step"], part["valid_loss"]) if len(part) else np.nan
