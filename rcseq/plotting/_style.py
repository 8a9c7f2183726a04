"""What all pictures share: one colour for each strategy, names of scores, axes without clutter."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import cycle
from typing import TYPE_CHECKING, Any

from rcseq.strategies import STRATEGIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "colors_of",
    "import_pyplot",
    "metric_label",
    "seconds_label",
    "strategy_label",
    "tidy",
]

# What no strategy has of Okabe and Ito's colours, which people with any colour vision tell apart.
_BASELINES = {"kmer": "#cc79a7", "gapped_kmer": "#882255"}
_OTHERS = ("#0072b2", "#f0e442", "#882255", "#999933", "#332288", "#44aa99")

_METRICS = {
    "roc_auc": "auROC",
    "average_precision": "auPRC",
    "matthews_corrcoef": "MCC",
    "neg_log_loss": "negative log loss",
    "neg_root_mean_squared_error": "negative RMSE",
    "r2": "R²",
}


def colors_of(names: Iterable[str]) -> dict[str, str]:
    """Choose a colour for each name: a strategy has the same one in every picture.

    Parameters
    ----------
    names : iterable of str

    Returns
    -------
    dict of str to str

    Examples
    --------
    >>> from rcseq.plotting import colors_of
    >>> colors_of(["rcps", "mine"])
    {'rcps': '#d55e00', 'mine': '#999933'}
    """
    names = list(dict.fromkeys(names))
    taken = dict(_BASELINES)
    for name, strategy in STRATEGIES.items():
        if strategy.colour not in ("", *taken.values()):  # the first to have it keeps it
            taken[name] = strategy.colour
    free = cycle([colour for colour in _OTHERS if colour not in taken.values()] or _OTHERS)
    return {name: taken.get(name) or next(free) for name in names}


def strategy_label(name: str) -> str:
    """Name a strategy as its registered label has it.

    Parameters
    ----------
    name : str
        Of a strategy; any other name is returned as it is.

    Returns
    -------
    str

    Examples
    --------
    >>> from rcseq.plotting import strategy_label
    >>> strategy_label("kmer")
    'kmer'
    """
    return (STRATEGIES[name].label if name in STRATEGIES else "") or str(name)


def metric_label(metric: str) -> str:
    """Name a score as people write it.

    Parameters
    ----------
    metric : str
        A scorer's name, with or without ``test_``.

    Returns
    -------
    str

    Examples
    --------
    >>> from rcseq.plotting import metric_label
    >>> metric_label("test_roc_auc"), metric_label("balanced_accuracy")
    ('auROC', 'balanced accuracy')
    """
    metric = metric.removeprefix("test_")
    return _METRICS.get(metric, metric.replace("_", " "))


def seconds_label(seconds: float) -> str:
    """Write a time with as many digits as it deserves.

    Parameters
    ----------
    seconds : float

    Returns
    -------
    str

    Examples
    --------
    >>> from rcseq.plotting import seconds_label
    >>> seconds_label(0.0391), seconds_label(4.18), seconds_label(1234.5)
    ('0.039', '4.2', '1,234')
    """
    return f"{seconds:.2g}" if seconds < 10 else f"{seconds:,.0f}"


def import_pyplot() -> Any:
    """Import :mod:`matplotlib.pyplot`, or say how to install it.

    Returns
    -------
    module
    """
    try:
        import matplotlib.pyplot
    except ImportError as error:
        raise ImportError(
            "pictures need matplotlib, which is not installed: pip install 'rcseq[plot]'"
        ) from error
    return matplotlib.pyplot


def tidy(ax: Axes, *, grid: str | None = "y") -> None:
    """Remove what carries no information, and put a faint grid behind the rest."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color("#888888")
    ax.tick_params(color="#888888", labelcolor="#333333")
    ax.set_axisbelow(True)
    if grid is not None:
        ax.grid(axis=grid, color="#e6e6e6", linewidth=0.8)  # type: ignore[arg-type]  # a Literal
