"""What a wrapper holds: the models, their parameters, and what runs before them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sklearn import get_config
from sklearn.compose import TransformedTargetRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.utils.metadata_routing import get_routing_for_object
from sklearn.utils.validation import has_fit_parameter

__all__ = [
    "Path",
    "final_estimator",
    "fit_parameter",
    "members",
    "parameter_path",
    "parameter_paths",
    "paths",
]

# The parameters under which a wrapper takes a model, and the attributes that hold fitted ones.
_ONE = ("estimator", "regressor", "classifier", "base_estimator")
_FITTED = ("best_estimator_", "estimator_", "regressor_", "classifier_")
_THRESHOLDS = (FixedThresholdClassifier, TunedThresholdClassifierCV)


def final_estimator(model: Any) -> Any:
    """Unwrap a model down to the innermost one.

    Parameters
    ----------
    model : estimator
        Fitted or not: a model, or pipelines, searches and other wrappers around one.

    Returns
    -------
    estimator
        The fitted one where there is one. A model that puts the answers of several together, such
        as voting, is not unwrapped further; :func:`members` returns what it holds.

    Examples
    --------
    >>> from rcseq import DNAOneHotEncoder, SequenceRegressor
    >>> from rcseq.prediction import final_estimator
    >>> from sklearn.compose import TransformedTargetRegressor
    >>> from sklearn.pipeline import make_pipeline
    >>> network = make_pipeline(DNAOneHotEncoder(), SequenceRegressor())
    >>> type(final_estimator(TransformedTargetRegressor(network))).__name__
    'SequenceRegressor'
    """
    while len(held := _held(model)) == 1:
        model = held[0]
    return model


def members(model: Any) -> list[Any]:
    """List the fitted models whose answers a model puts together.

    Parameters
    ----------
    model : fitted estimator

    Returns
    -------
    list of estimator
        Each takes what `model` takes: transformers that run before all of them are put before
        each. A model that is a single one, wrapped or not, is its only member. A model with a
        method ``one_by_one`` says itself what its members are.

    Examples
    --------
    >>> from rcseq import KmerVectorizer
    >>> from rcseq.prediction import final_estimator, members
    >>> from sklearn.ensemble import VotingClassifier
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> kmers = [(f"k{k}", make_pipeline(KmerVectorizer(k), LogisticRegression())) for k in (1, 2)]
    >>> model = VotingClassifier(kmers).fit(["AAC", "AAA", "TTG", "TTT"], [1, 1, 0, 0])
    >>> [final_estimator(member).coef_.shape for member in members(model)]
    [(1, 2), (1, 10)]
    """
    held = _held(model)
    if len(held) > 1 and hasattr(model, "one_by_one"):
        return list(model.one_by_one())
    if len(held) > 1:
        return [member for inner in held for member in members(inner)]
    found = members(held[0]) if held else []
    if len(found) < 2:
        return [model]
    before = _transformers(model)
    return [make_pipeline(*before, member) for member in found] if before else found


def parameter_path(model: Any, name: str) -> str | None:
    """Find the prefix under which the innermost model takes a parameter.

    Parameters
    ----------
    model : estimator
        A model, a pipeline, or a search or other wrapper around one.
    name : str
        The parameter. Only the last step of a pipeline is looked at: an imputer before it has a
        ``strategy`` too, which has another meaning.

    Returns
    -------
    str or None
        For example ``"sequenceclassifier__"``, or ``""`` for a bare model. None where there is no
        such parameter, or where several members have one each.

    Examples
    --------
    >>> from rcseq import SequenceRegressor
    >>> from rcseq.prediction import parameter_path
    >>> from sklearn.compose import TransformedTargetRegressor
    >>> parameter_path(TransformedTargetRegressor(SequenceRegressor()), "strategy")
    'regressor__'
    """
    found = parameter_paths(model, name)
    nested = all(found[-1].startswith(path) for path in found)
    return found[-1] if found and nested else None


def parameter_paths(model: Any, name: str, *, every_step: bool = False) -> list[str]:
    """List all prefixes under which a model and what it wraps take a parameter.

    Parameters
    ----------
    model : estimator
    name : str
    every_step : bool, default=False
        Whether the transformers of a pipeline count as well, or its last step alone.

    Returns
    -------
    list of str
        From the outside inwards. A randomised search and the model in it both have a
        ``random_state``, for example, and each member of a vote may have one.
    """
    if isinstance(model, type | FrozenEstimator) or not hasattr(model, "get_params"):
        return []
    own = model.get_params(deep=False)
    if getattr(model, "steps", None):
        within = model.steps if every_step else [model.steps[-1]]
        found = []
    else:
        within = [(key, own[key]) for key in _ONE if key in own]
        within += [pair for pair in own.get("estimators") or () if isinstance(pair, tuple)]
        if "final_estimator" in own:
            within.append(("final_estimator", own["final_estimator"]))
        found = [""] if name in own else []
    for key, inner in within:
        inside = parameter_paths(inner, name, every_step=every_step)
        found += [f"{key}__{path}" for path in inside]
    return found


def fit_parameter(model: Any, name: str) -> str | None:
    """Find the name under which the ``fit`` of a model takes what its innermost model is to get.

    Parameters
    ----------
    model : estimator
    name : str
        For example ``"groups"``.

    Returns
    -------
    str or None
        For example ``"sequenceclassifier__groups"`` for a pipeline; None where the innermost model
        does not take it, or the wrapper hands nothing on. Where scikit-learn routes metadata, the
        name itself if the model requests it.
    """
    if get_config()["enable_metadata_routing"]:
        return name if get_routing_for_object(model).consumes("fit", {name}) else None
    if isinstance(model, FrozenEstimator):
        return None
    if getattr(model, "steps", None):
        step, last = model.steps[-1]
        inner = fit_parameter(last, name)
        return None if inner is None else f"{step}__{inner}"
    if isinstance(model, TransformedTargetRegressor | FixedThresholdClassifier) or _averages(model):
        held = _held(model)  # the keywords of `fit` go on as they are
        return fit_parameter(held[0], name) if held else None
    # A search hands no such thing on to its estimator: it would go to the splitter.
    return name if has_fit_parameter(model, name) else None


@dataclass(frozen=True)
class Path:
    """The way from a model to one of the models in it."""

    model: Any
    steps: tuple[Any, ...] = ()  # transformers on the way
    averages: tuple[tuple[int, Callable[..., Any]], ...] = ()  # averages over strands, outer first
    direct: bool = True  # whether the outer model answers what the inner one does

    def into(self, inner: Any, *, alone: bool) -> Path:
        """Go one wrapper further in."""
        model = self.model
        hands_on = (
            hasattr(model, "steps")
            or isinstance(model, (FrozenEstimator, *_THRESHOLDS))
            or hasattr(model, "best_estimator_")
        )
        averages = self.averages
        if _averages(model):
            averages, hands_on = (*averages, (len(self.steps), model.average_outputs)), True
        steps = (*self.steps, *_transformers(model))
        return replace(
            self,
            model=inner,
            steps=steps,
            averages=averages,
            direct=self.direct and alone and hands_on,
        )


def paths(model: Any) -> list[Path]:
    """List the ways to each innermost model."""
    done, open_ = [], [Path(model)]
    while open_:
        path = open_.pop(0)
        held = _held(path.model)
        if not held:
            done.append(path)
        held = [*held, *getattr(path.model, "partners_", [])]  # they answer too
        open_ += [path.into(inner, alone=len(held) == 1) for inner in held]
    return done


def _averages(model: Any) -> bool:
    """Return whether a wrapper averages over the strands, as PosthocConjoined does."""
    return hasattr(type(model), "average_outputs")


def _transformers(model: Any) -> list[Any]:
    if isinstance(model, FrozenEstimator):
        return []
    steps = [step for _, step in getattr(model, "steps", ())[:-1]]
    return [step for step in steps if step is not None and step != "passthrough"]


def _held(model: Any) -> list[Any]:
    """List the models right inside of a wrapper, the fitted ones where there are any."""
    if isinstance(model, FrozenEstimator):  # it shows the attributes of what it holds
        return [model.estimator]
    if getattr(model, "steps", None):
        return [model.steps[-1][1]]
    if isinstance(model, type) or not hasattr(model, "get_params"):
        return []
    taken = model.get_params(deep=False)
    one = [taken[name] for name in _ONE if name in taken]
    if not one and "estimators" not in taken:  # a forest has trees, but takes no estimator
        return []
    if hasattr(model, "calibrated_classifiers_"):
        return [calibrated.estimator for calibrated in model.calibrated_classifiers_]
    if hasattr(model, "estimators_"):
        return list(model.estimators_)
    for name in _FITTED:
        if hasattr(model, name):
            return [getattr(model, name)]
    several = [pair[1] for pair in taken.get("estimators") or ()]
    return [inner for inner in (*one, *several) if hasattr(inner, "get_params")]
