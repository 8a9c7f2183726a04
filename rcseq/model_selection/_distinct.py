"""Whether the candidates of a comparison are different networks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sklearn.base import clone

from rcseq.model_selection._digest import digest
from rcseq.model_selection._handful import fit_handful
from rcseq.nn import DNA, OutputSymmetry, equivariance_error
from rcseq.nn.networks import get_network
from rcseq.prediction import final_estimator, parameter_path
from rcseq.strategies import get_strategy

__all__ = ["check_distinct"]

_TOLERANCE = 2e-5


def check_distinct(candidates: Mapping[str, Any], X: Any, y: Any) -> None:
    """Refuse candidates that train the same network, since it is equivariant under any strategy.

    Parameters
    ----------
    candidates : mapping of str to estimator
        Without the baselines.
    X, y : sequences and targets
        Networks other than those of this package are trained on a handful of them, to be looked at.

    Raises
    ------
    ValueError
        If candidates differ by their strategy alone and it makes no difference.
    """
    alike: dict[str, list[str]] = {}
    for name, candidate in candidates.items():
        if _strategy(candidate).network_settings.keys() > {"equivariant"}:
            continue  # a network that reads something else
        rest = clone(candidate).set_params(**{f"{_prefix(candidate)}strategy": "rcps"})
        alike.setdefault(digest(rest), []).append(name)
    for names in alike.values():
        plain = [name for name in names if not _strategy(candidates[name]).equivariant]
        if len(names) < 2 or not plain or _follows_strategy(candidates[plain[0]]):
            continue
        try:
            model = final_estimator(fit_handful(candidates[plain[0]], X, y))
        except Exception:  # the fits themselves will tell
            continue
        if _is_equivariant(model):
            fixed = "module__equivariant" in model.get_params()
            cure = (
                "Leave out module__equivariant, which the strategies set"
                if fixed
                else "Give its constructor a parameter equivariant, which the strategies set to "
                "False for the conventional network"
            )
            raise ValueError(
                f"{type(model.module_).__name__} is equivariant under any strategy, so that "
                f"{', '.join(names)} would be one network compared with itself. {cure}; or "
                "compare networks by their parameters, strategies={'name': {'module': ...}}."
            )


def _prefix(candidate: Any) -> str:
    return parameter_path(candidate, "strategy") or ""


def _strategy(candidate: Any) -> Any:
    return get_strategy(candidate.get_params()[f"{_prefix(candidate)}strategy"])


def _follows_strategy(candidate: Any) -> bool:
    """Return whether the network is one of ours, built as the strategy says, or there is none."""
    params, prefix = candidate.get_params(), _prefix(candidate)
    module = params.get(f"{prefix}module")
    module = get_network(module) if isinstance(module, str) else module
    ours = isinstance(module, type) and module.__module__.startswith("rcseq.nn.")
    return module is None or (ours and f"{prefix}module__equivariant" not in params)


def _is_equivariant(model: Any) -> bool:
    module, length = model.module_, int(getattr(model, "length_", 0))
    symmetry = OutputSymmetry(getattr(module, "output_symmetry", OutputSymmetry.INVARIANT))
    return length > 0 and (
        equivariance_error(module.eval(), DNA, symmetry, length=length, atol=_TOLERANCE) is None
    )
