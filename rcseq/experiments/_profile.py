"""Profiles of reads on both strands: equivariant against conventional at equal parameters."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import make_scorer
from sklearn.pipeline import make_pipeline

from rcseq.datasets import load_stranded_profiles, make_stranded_profiles
from rcseq.estimators import PredefinedValidation, SequenceRegressor
from rcseq.metrics import count_correlation, discordance_between, profile_jsd, profile_pearson
from rcseq.model_selection import StrategyComparison, compare_strategies
from rcseq.nn import DilatedConvNet, ProfileLoss
from rcseq.prediction import strand_predictions
from rcseq.preprocessing import DNAOneHotEncoder
from rcseq.sequences import LabelledSequences

__all__ = [
    "PROFILE_SCORES",
    "compare_profiles",
    "profile_ceiling",
    "profiles_from_tracks",
    "simulated_profiles",
]

_SUBSETS = ("train", "valid", "test")
_SHARES = (0.6, 0.2, 0.2)
# For the simulation, whose sites reach over some 60 bases; else the tower of BPNet as published.
_SMALL = {
    "module__n_filters": 12,
    "module__n_layers": 4,
    "module__head_kernel_size": 25,
    "max_epochs": 20,
    "batch_size": 16,
    "lr": 0.01,
}
_SIMULATION_SEED = 0  # one data set for all seeds of training, as a published one would be
_OF_THE_TRUTH = ("profile_jsd", "count_pearson")


def _count_spearman(y_true: Any, y_pred: Any) -> float:
    return count_correlation(y_true, y_pred, method="spearman")


#: What is scored of predicted counts against the observed ones, by the name of its column.
PROFILE_SCORES = {
    "profile_jsd": profile_jsd,
    "profile_pearson": profile_pearson,
    "count_pearson": count_correlation,
    "count_spearman": _count_spearman,
}


_SCORERS = {
    "neg_profile_jsd": make_scorer(profile_jsd, greater_is_better=False),
    **{name: make_scorer(PROFILE_SCORES[name]) for name in list(PROFILE_SCORES)[1:]},
}


def simulated_profiles(n_samples: int | None = None) -> LabelledSequences:
    """Simulate the data of the profile experiment.

    Parameters
    ----------
    n_samples : int, default=3000
        Three fifths of them train, one fifth validates and one fifth tests.

    Returns
    -------
    LabelledSequences
        As :func:`rcseq.datasets.make_stranded_profiles` makes them: those to train on first, then
        validation, then test.

    Raises
    ------
    ValueError
        If there are too few for two sequences to test on.
    """
    n_samples = 3000 if n_samples is None else n_samples
    sizes = {name: round(share * n_samples) for name, share in zip(_SUBSETS, _SHARES, strict=True)}
    _check_sizes(list(sizes.values()))
    return make_stranded_profiles(sizes, random_state=_SIMULATION_SEED)


def profiles_from_tracks(
    peaks: str | os.PathLike[str],
    genome: Any,
    plus: str | os.PathLike[str],
    minus: str | os.PathLike[str],
    *,
    width: int = 1000,
    valid: Sequence[str] = ("chr1",),
    test: Sequence[str] = ("chr2",),
    n_samples: int | None = None,
) -> LabelledSequences:
    """Read the data of the profile experiment from peaks, a genome and two tracks.

    Parameters
    ----------
    peaks, genome, plus, minus, width
        As for :func:`rcseq.datasets.load_stranded_profiles`.
    valid, test : sequence of str
        Chromosomes to validate on and to test on; the others train.
    n_samples : int, optional
        The first so many, each subset with its share.

    Returns
    -------
    LabelledSequences
        Those to train on first, then validation, then test.

    Raises
    ------
    SequenceFileError
        If a file cannot be read, or does not fit to the others.
    ValueError
        If a subset has fewer than two peaks, such as that of a genome without chromosome 2.
    """
    data = load_stranded_profiles(peaks, genome, plus, minus, width=width)
    groups: Any = data.groups
    split = np.full(len(data), "train", object)
    split[np.isin(groups, valid)], split[np.isin(groups, test)] = "valid", "test"
    share = 1.0 if n_samples is None else min(1.0, n_samples / len(data))
    rows = [np.flatnonzero(split == name) for name in _SUBSETS]
    rows = [index[: round(share * len(index))] for index in rows]
    try:
        _check_sizes([len(index) for index in rows])
    except ValueError as error:
        raise ValueError(f"{peaks}: {error}") from None
    return data.with_split(split).subset(np.concatenate(rows))


def _check_sizes(sizes: Sequence[int]) -> None:
    for name, size in zip(_SUBSETS, sizes, strict=True):
        if size < 2:
            raise ValueError(
                f"the {name} subset holds {size} sequences, and two is the least; use more samples"
            )


def compare_profiles(
    data: LabelledSequences,
    folder: str | os.PathLike[str],
    *,
    strategies: Sequence[str] | None = None,
    seeds: int | Sequence[int] = 10,
    settings: Mapping[str, Any] | None = None,
    n_jobs: int | None = None,
    progress: Any = False,
) -> StrategyComparison:
    """Train strategies on profiles, all with as many parameters as ``rcps``.

    The network is BPNet's tower with a profile and a count head,
    ``DilatedConvNet(head="stranded_counts")``, under :class:`rcseq.nn.ProfileLoss` with the two
    terms in balance. For data with true rates beside them it is small: 12 filters and 4 blocks in
    20 epochs. The epoch with the best validation loss is kept.

    Parameters
    ----------
    data : LabelledSequences
        Counts of shape (n, 2, L); those to train on first, then validation, then test.
    folder : path-like
        Every finished fit is written there at once, and not repeated.
    strategies : sequence of str, optional
        By default those of :func:`rcseq.strategies.default_strategies`.
    seeds : int or sequence of int, default=10
        A number n means 0 to n - 1.
    settings : mapping, optional
        Parameters of the regressor, other than those of the experiment.
    n_jobs : int, optional
        Fits at a time.
    progress : bool or callable, default=False
        As in :func:`rcseq.compare_strategies`.

    Returns
    -------
    StrategyComparison
        The scores are `PROFILE_SCORES` on the observed counts of the test set, with the negative of
        the distance, ``neg_profile_jsd``. Further columns: ``profile_discordance`` and
        ``log_total_discordance``, the largest difference between the strands in a share of a
        profile and in the logarithm of a total; and for simulated data ``true_profile_jsd`` and
        ``true_count_pearson``, the scores on the true rates.
    """
    n_train, n_valid, n_test = (len(data.rows(name)) for name in _SUBSETS)
    n_fit = n_train + n_valid
    truth = None if data.true_target is None else data.true_target[n_fit:]
    options = {
        "module__head": "stranded_counts",
        "criterion__count_weight": float(data.target[:n_train].sum(-1).mean()) / 2,
        "mutation": 0.0,  # the reads are those of the sequence as it is
        "early_stopping": True,
        "train_split": PredefinedValidation(n_train, n_valid),
        **({} if truth is None else _SMALL),
        **(settings or {}),
    }
    net = SequenceRegressor(DilatedConvNet, criterion=ProfileLoss, **options)
    comparison = compare_strategies(
        make_pipeline(DNAOneHotEncoder(), net),
        data.sequences,
        data.target,
        strategies=strategies,
        cv=[(np.arange(n_fit), np.arange(n_fit, n_fit + n_test))],
        scoring=_SCORERS,
        seeds=seeds,
        budget="parameters",
        measure=_Measure(truth),
        n_jobs=n_jobs,
        progress=progress,
        cache=folder,
    )
    comparison.table["n_train"] = n_train  # without the validation set
    return comparison


@dataclass(frozen=True, eq=False)
class _Measure:
    """What the table says of a fitted model beyond its scores."""

    truth: NDArray[np.float64] | None

    def __call__(self, model: Any, X: Any, y: Any) -> dict[str, float]:
        forward, reverse = strand_predictions(model, X)
        totals = [counts.sum(-1, keepdims=True) for counts in (forward, reverse)]
        profiles = forward / totals[0], reverse / totals[1]
        found = {
            "profile_discordance": discordance_between(*profiles),
            "log_total_discordance": discordance_between(*map(np.log, totals)),
        }
        if self.truth is not None:
            found |= _true_scores(self.truth, forward)
        return found


def _true_scores(truth: NDArray[np.float64], answer: NDArray[Any]) -> dict[str, float]:
    return {f"true_{name}": PROFILE_SCORES[name](truth, answer) for name in _OF_THE_TRUTH}


def profile_ceiling(data: LabelledSequences) -> pd.DataFrame:
    """Score what needs no network on the test set: the true rates, and the mean profile.

    Parameters
    ----------
    data : LabelledSequences
        As for :func:`compare_profiles`.

    Returns
    -------
    DataFrame
        Indexed by ``strategy``: ``"true rates"``, for simulated data, than which no prediction can
        be expected to come nearer to the reads; ``"mean of the training set"``, the same counts for
        every sequence. A column for each of `PROFILE_SCORES`, and for simulated data
        ``true_profile_jsd`` and ``true_count_pearson``.
    """
    train, test = data.rows("train"), data.rows("test")
    counts, truth = data.target[test], None
    answers = {
        "mean of the training set": np.repeat(data.target[train].mean(0)[None], len(test), 0)
    }
    if data.true_target is not None:
        truth = data.true_target[test]
        answers = {"true rates": truth} | answers
    rows = {
        name: {score: function(counts, answer) for score, function in PROFILE_SCORES.items()}
        | ({} if truth is None else _true_scores(truth, answer))
        for name, answer in answers.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("strategy")
