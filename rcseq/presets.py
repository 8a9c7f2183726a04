"""Models by how long one wants to wait for them.

======== ========================================================================== ===============
preset   what it is                                                                  cost
======== ========================================================================== ===============
fast     One layer of 64 filters and early stopping: the first look, and many fits  seconds
default  Filters of three widths, two layers, random shifts and mutations           half a minute
best     Five default networks, each by a fold, stacked with gapped k-mers          two minutes
======== ========================================================================== ===============

The costs are for 2,000 sequences of 100 bp on one core: about 3, 25 and 100 seconds of processor
time. ``"best"`` trains its members at a time where it has cores (``n_jobs``).
It holds five tables of gapped k-mers: 0.3 gigabytes of memory, and up to 1.3 from 8,192 training
sequences on, unless ``partner__gappedkmervectorizer__n_landmarks`` is set lower. Its file is small,
as the tables are made again when it first predicts. It also calibrates its probabilities and says
how far its members disagree.
"""

from __future__ import annotations

from typing import Any, Literal

import torch
from sklearn.pipeline import make_pipeline

from rcseq._messages import did_you_mean
from rcseq.estimators import (
    SequenceClassifier,
    SequenceEnsembleClassifier,
    SequenceEnsembleRegressor,
    SequenceRegressor,
)
from rcseq.preprocessing import DNAOneHotEncoder
from rcseq.strategies import Strategy

__all__ = ["FAST", "PRESETS", "Preset", "make_model"]

Preset = Literal["fast", "default", "best"]

#: The presets, the quickest first, and what each costs.
PRESETS: dict[str, str] = {
    "fast": "one small network; seconds for 2,000 sequences of 100 bp on one core",
    "default": "one network; half a minute for 2,000 sequences of 100 bp on one core",
    "best": "five networks and gapped k-mers; two minutes for 2,000 sequences of 100 bp on one "
    "core, and up to 1.3 gigabytes of memory",
}

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
) -> Any:
    """Make an unfitted model that takes sequences as strings.

    Parameters
    ----------
    preset : {"fast", "default", "best"}, default="default"
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
    estimator
        A pipeline of an encoder and a network; for ``"best"`` a
        :class:`~rcseq.estimators.SequenceEnsembleClassifier` or
        :class:`~rcseq.estimators.SequenceEnsembleRegressor` of such pipelines.

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
    >>> make_model("best", random_state=0).n_members
    5
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
    model = make_pipeline(DNAOneHotEncoder(output="codes"), network)
    if preset != "best":
        return model
    from rcseq.model_selection import gapped_kmer_baseline  # late: it brings much along

    if task == "classification":
        partner = gapped_kmer_baseline()
        return SequenceEnsembleClassifier(model, partner=partner, random_state=random_state)
    partner = gapped_kmer_baseline("regression")
    return SequenceEnsembleRegressor(model, partner=partner, random_state=random_state)
