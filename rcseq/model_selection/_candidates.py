"""The candidates of a comparison: one estimator under several strategies, and baselines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sklearn import get_config
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer
from sklearn.utils.validation import has_fit_parameter

from rcseq.prediction import fit_parameter, parameter_path, parameter_paths
from rcseq.preprocessing import GappedKmerVectorizer, KmerVectorizer
from rcseq.strategies import STRATEGIES, default_strategies
from rcseq.targets import Kind

__all__ = [
    "gapped_kmer_baseline",
    "kmer_baseline",
    "make_candidates",
    "own_classes",
    "seeded",
    "with_groups",
]


def seeded(estimator: Any, seed: int) -> Any:
    """Clone an estimator, and set the ``random_state`` of all that learns in it."""
    estimator = clone(estimator)
    paths = parameter_paths(estimator, "random_state", every_step=True)
    estimator.set_params(**{f"{path}random_state": seed for path in paths})
    return estimator


def with_groups(estimator: Any, groups: Any) -> dict[str, Any]:
    """Return the keyword by which the ``fit`` of a model takes groups; none where it does not."""
    if groups is None:
        return {}
    path = parameter_path(estimator, "strategy")
    if get_config()["enable_metadata_routing"] and path is not None:
        # Requested on behalf of the user, who gave groups to the comparison.
        model = estimator.get_params()[path.removesuffix("__")] if path else estimator
        if has_fit_parameter(model, "groups"):
            model.set_fit_request(groups=True)
    try:
        name = fit_parameter(estimator, "groups")
    except NotImplementedError:  # a wrapper that routes nothing
        name = None
    return {} if name is None else {name: groups}


def kmer_baseline(kind: Kind = "binary") -> Any:
    """Make the default baseline: a regularised linear model on shares of canonical 6-mers.

    Parameters
    ----------
    kind : {"binary", "multiclass", "multilabel", "regression"}, default="binary"
        Logistic regression for the first three, ridge regression for the last.

    Returns
    -------
    Pipeline
        It takes strings. The strength of the regularisation is chosen by an inner three-fold
        cross-validation, so that the baseline is a serious one on small data and on large.

    Examples
    --------
    >>> from rcseq.model_selection import kmer_baseline
    >>> list(kmer_baseline().named_steps)
    ['kmervectorizer', 'normalizer', 'gridsearchcv']
    """
    linear: Any = LogisticRegression(max_iter=1000)
    grid = {"C": [0.1, 1, 10, 100]}
    scoring = "neg_log_loss"
    if kind == "regression":
        linear, grid, scoring = Ridge(), {"alpha": [0.01, 0.1, 1, 10]}, "r2"
    search: Any = GridSearchCV(linear, grid, scoring=scoring, cv=3)
    if kind == "multilabel":
        search = MultiOutputClassifier(search)
    model = make_pipeline(KmerVectorizer(k=6), Normalizer(), search)
    # Sparse counts do not fit into the data frames that a user may have asked for everywhere.
    return model.set_output(transform="default")


def gapped_kmer_baseline(kind: Kind = "binary") -> Any:
    """Make the strong baseline: a linear model on gapped k-mers, close to gkm-SVM.

    Parameters
    ----------
    kind : {"binary", "multiclass", "multilabel", "regression"}, default="binary"
        Logistic regression for the first three, ridge regression for the last.

    Returns
    -------
    Pipeline
        It takes strings; see :class:`~rcseq.preprocessing.GappedKmerVectorizer`. Count on minutes
        for a few thousand sequences.

    Examples
    --------
    >>> from rcseq.model_selection import gapped_kmer_baseline
    >>> list(gapped_kmer_baseline().named_steps)
    ['gappedkmervectorizer', 'logisticregression']
    """
    model: Any = LogisticRegression(C=3.0, max_iter=1000)
    if kind == "regression":
        model = Ridge(alpha=0.1)
    elif kind == "multilabel":
        model = MultiOutputClassifier(model)
    return make_pipeline(GappedKmerVectorizer(random_state=0), model)


# The baselines that have a name, in the order of their strength.
_BASELINES = {"kmer": kmer_baseline, "gapped_kmer": gapped_kmer_baseline}


def make_candidates(
    estimator: Any,
    strategies: Sequence[str] | Mapping[str, Mapping[str, Any]] | None,
    baselines: Any,
    kind: Kind = "binary",
) -> tuple[dict[str, Any], list[str]]:
    """Make an unfitted estimator for each row label of a comparison."""
    prefix = parameter_path(estimator, "strategy")
    if prefix is None:
        raise ValueError(
            f"{type(estimator).__name__} has no parameter 'strategy', nor has the last step of it. "
            "Pass a SequenceClassifier or SequenceRegressor, or a pipeline that ends in one."
        )
    if isinstance(strategies, str):
        raise ValueError(f"strategies={strategies!r} is one name; pass a list, [{strategies!r}].")
    strategies = default_strategies() if strategies is None else strategies
    if not strategies and not baselines:
        raise ValueError(f"strategies is empty; choose from {', '.join(STRATEGIES)}.")
    if not isinstance(strategies, Mapping):
        twice = sorted({name for name in strategies if list(strategies).count(name) > 1})
        if twice:
            raise ValueError(f"strategies names {', '.join(twice)} more than once.")
        strategies = {name: {f"{prefix}strategy": name} for name in strategies}
    candidates = {
        name: clone(estimator).set_params(**parameters) for name, parameters in strategies.items()
    }
    for name in candidates:
        value = candidates[name].get_params()[f"{prefix}strategy"]
        if isinstance(value, str) and value not in STRATEGIES:
            raise ValueError(f"strategy={value!r} is not one of {', '.join(STRATEGIES)}.")
    named = _named_baselines(baselines, kind)
    for name, baseline in named.items():
        if name in candidates:
            raise ValueError(f"a baseline is named {name!r}, like a strategy; rename it.")
        candidates[name] = clone(baseline)
    return candidates, list(named)


def own_classes(estimator: Any) -> set[type]:
    """Return the classes that an estimator and its parameters are of, or name."""
    values = (estimator, *estimator.get_params().values())
    return {value if isinstance(value, type) else type(value) for value in values}


def _named_baselines(baselines: Any, kind: Kind) -> dict[str, Any]:
    if baselines is None:
        return {}
    if isinstance(baselines, Mapping):
        named = dict(baselines)
    elif isinstance(baselines, Sequence) and not isinstance(baselines, str):
        named = {name: name for name in baselines}
    elif isinstance(baselines, str):
        named = {baselines: baselines}
    else:
        named = {"baseline": baselines}
    for name, baseline in named.items():
        if isinstance(baseline, str):
            if baseline not in _BASELINES:
                raise ValueError(
                    f"baselines={baseline!r}: the baselines with a name are "
                    f"{', '.join(map(repr, _BASELINES))}. For your own pass a dict, "
                    "{'name': estimator}."
                )
            named[name] = _BASELINES[baseline](kind)
        elif not hasattr(baseline, "fit"):
            raise TypeError(f"baseline {name!r} is a {type(baseline).__name__}, not an estimator.")
    return named
