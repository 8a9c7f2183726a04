"""The candidates of a comparison: one estimator under several strategies, and baselines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sklearn import get_config
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer
from sklearn.utils.metadata_routing import get_routing_for_object
from sklearn.utils.validation import has_fit_parameter

from rcseq.preprocessing import KmerVectorizer
from rcseq.strategies import STRATEGIES
from rcseq.targets import Kind

__all__ = [
    "final_step_prefix",
    "groups_parameter",
    "kmer_baseline",
    "make_candidates",
    "own_classes",
    "seeded",
    "with_groups",
]

_WRAPPED = ("estimator", "regressor", "base_estimator")  # the names under which others wrap one


def final_step_prefix(estimator: Any, parameter: str = "strategy") -> str | None:
    """Find the prefix under which the model itself takes a parameter.

    Parameters
    ----------
    estimator : estimator
        A model, a pipeline, or a search or other wrapper around one.
    parameter : str
        The parameter to look for. Only the last step of a pipeline is looked at: an imputer before
        it has a ``strategy`` as well, which is another matter.

    Returns
    -------
    str or None
        For example ``"sequenceclassifier__"``, ``""`` for a bare model, None where there is none.
    """
    if not hasattr(estimator, "get_params") or isinstance(estimator, FrozenEstimator):
        return None
    if getattr(estimator, "steps", None):
        name, step = estimator.steps[-1]
        inner = final_step_prefix(step, parameter)
        return None if inner is None else f"{name}__{inner}"
    own = estimator.get_params(deep=False)
    if parameter in own:
        return ""
    for name in _WRAPPED:
        inner = final_step_prefix(own.get(name), parameter)
        if inner is not None:
            return f"{name}__{inner}"
    return None


def seeded(estimator: Any, seed: int) -> Any:
    """Clone an estimator, and set the ``random_state`` of its final step, if it has one."""
    estimator = clone(estimator)
    prefix = final_step_prefix(estimator, "random_state")
    return estimator if prefix is None else estimator.set_params(**{f"{prefix}random_state": seed})


def with_groups(estimator: Any, groups: Any) -> tuple[Any, dict[str, Any]]:
    """Return a model, and the keyword by which its ``fit`` takes groups; none where it does not."""
    if groups is None:
        return estimator, {}
    if get_config()["enable_metadata_routing"]:
        return _routed(estimator, groups)
    name = groups_parameter(estimator)
    return estimator, {} if name is None else {name: groups}


def _routed(estimator: Any, groups: Any) -> tuple[Any, dict[str, Any]]:
    prefix = final_step_prefix(estimator, "strategy")
    if prefix is not None:  # asked for on behalf of the user, who gave groups to the comparison
        model = estimator.get_params()[prefix.removesuffix("__")] if prefix else estimator
        if has_fit_parameter(model, "groups"):
            model.set_fit_request(groups=True)
    try:
        takes = get_routing_for_object(estimator).consumes("fit", ["groups"])
    except NotImplementedError:  # a wrapper that routes nothing
        takes = set()
    return estimator, {"groups": groups} if takes else {}


def groups_parameter(estimator: Any) -> str | None:
    """Find the name under which ``fit`` takes groups, such as ``"sequenceclassifier__groups"``."""
    if getattr(estimator, "steps", None):
        name, step = estimator.steps[-1]
        inner = groups_parameter(step)
        return None if inner is None else f"{name}__{inner}"
    if isinstance(estimator, TransformedTargetRegressor):  # it passes all on to what it wraps
        return None if estimator.regressor is None else groups_parameter(estimator.regressor)
    # A search passes no such thing on to its estimator: there it would go to the splitter.
    return "groups" if has_fit_parameter(estimator, "groups") else None


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
    model: Any = LogisticRegression(max_iter=1000)
    grid = {"C": [0.1, 1, 10, 100]}
    scoring = "neg_log_loss"
    if kind == "regression":
        model, grid, scoring = Ridge(), {"alpha": [0.01, 0.1, 1, 10]}, "r2"
    search: Any = GridSearchCV(model, grid, scoring=scoring, cv=3)
    if kind == "multilabel":
        search = MultiOutputClassifier(search)
    return make_pipeline(KmerVectorizer(k=6), Normalizer(), search)


def make_candidates(
    estimator: Any,
    strategies: Sequence[str] | Mapping[str, Mapping[str, Any]] | None,
    baselines: Any,
    kind: Kind = "binary",
) -> tuple[dict[str, Any], list[str]]:
    """Make an unfitted estimator for each row label of a comparison.

    Parameters
    ----------
    estimator : estimator
    strategies : sequence of str, mapping of str to parameters, or None
    baselines : "kmer", estimator, mapping of str to estimator, or None
    kind : {"binary", "multiclass", "multilabel", "regression"}
        Of the target, which decides what a named baseline is.

    Returns
    -------
    candidates : dict of str to estimator
        Strategies first, in the order given.
    baselines : list of str
        Which of them are baselines.
    """
    prefix = final_step_prefix(estimator)
    if prefix is None:
        raise ValueError(
            f"{type(estimator).__name__} has no parameter 'strategy', nor has the last step of it. "
            "Pass a SequenceClassifier or SequenceRegressor, or a pipeline that ends in one."
        )
    if isinstance(strategies, str):
        raise ValueError(f"strategies={strategies!r} is one name; pass a list, [{strategies!r}].")
    strategies = list(STRATEGIES) if strategies is None else strategies
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
            if baseline != "kmer":
                raise ValueError(
                    f"baselines={baseline!r}: the only baseline with a name is 'kmer'. For your "
                    "own pass a dict, {'name': estimator}."
                )
            named[name] = kmer_baseline(kind)
        elif not hasattr(baseline, "fit"):
            raise TypeError(f"baseline {name!r} is a {type(baseline).__name__}, not an estimator.")
    return named
