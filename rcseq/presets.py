"""Models by how long one wants to wait for them.

======== ========================================================================== ===============
preset   what it is                                                                  cost
======== ========================================================================== ===============
fast     One layer of 64 filters and early stopping: the first look, and many fits  seconds
default  Filters of four widths, two layers, random shifts and mutations            half a minute
======== ========================================================================== ===============

The costs are of 2,000 sequences of 100 bp on one core of a processor.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import torch
from sklearn.pipeline import Pipeline, make_pipeline

from rcseq._messages import did_you_mean
from rcseq.estimators import SequenceClassifier, SequenceRegressor
from rcseq.preprocessing import DNAOneHotEncoder
from rcseq.strategies import Strategy

__all__ = ["FAST", "PRESETS", "Preset", "make_model"]

Preset = Literal["fast", "default"]

#: The names of the presets, the quickest first.
PRESETS: tuple[str, ...] = get_args(Preset)

#: What ``"fast"`` changes in the parameters of the estimators.
FAST: dict[str, Any] = {
    "module": "convnet",
    "optimizer": torch.optim.Adam,
    "lr": 0.01,
    "max_epochs": 25,
    "batch_size": 32,
    "shift": 0,
    "mutation": 0.0,
    "early_stopping": True,
    "lr_schedule": None,
}


def make_model(
    preset: str = "default",
    *,
    task: str = "classification",
    strategy: str | Strategy = "rcps",
    random_state: Any = None,
    **params: Any,
) -> Pipeline:
    """Make an unfitted model that takes sequences as strings.

    Parameters
    ----------
    preset : {"fast", "default"}, default="default"
        How much computing the model is worth; see :mod:`rcseq.presets`.
    task : {"classification", "regression"}, default="classification"
        Whether targets are labels or real numbers.
    strategy : str or Strategy, default="rcps"
        How reverse-complement symmetry is handled; see :mod:`rcseq.strategies`.
    random_state : int, RandomState or None, default=None
        Governs all random numbers of training.
    **params
        Further parameters of :class:`~rcseq.SequenceClassifier` or
        :class:`~rcseq.SequenceRegressor`; they come before those of the preset.

    Returns
    -------
    Pipeline
        An encoder and a network.

    Raises
    ------
    ValueError
        If there is no such preset or task.

    Examples
    --------
    >>> from rcseq import make_model
    >>> model = make_model("fast", strategy="posthoc", random_state=0)
    >>> model.steps[-1][1].module, model.steps[-1][1].max_epochs
    ('convnet', 25)
    """
    if preset not in PRESETS:
        raise ValueError(
            f"preset={preset!r} is not one of {', '.join(PRESETS)}.{did_you_mean(preset, PRESETS)}"
        )
    estimators = {"classification": SequenceClassifier, "regression": SequenceRegressor}
    if task not in estimators:
        raise ValueError(f"task={task!r} must be 'classification' or 'regression'.")
    settings = {**(FAST if preset == "fast" else {}), **params}
    network = estimators[task](strategy=strategy, random_state=random_state, **settings)
    # Codes are a byte a base: what is sent to a worker is four times smaller than one-hot.
    return make_pipeline(DNAOneHotEncoder(output="codes"), network)
