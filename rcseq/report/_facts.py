"""What a comparison says, as numbers and names; the templates make sentences of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from rcseq.plotting import metric_label
from rcseq.strategies import STRATEGIES

__all__ = ["Facts", "relation", "speed_facts"]

ALPHA = 0.05
_EXACT = 1e-5  # what float32 leaves between the two strands of a model that shares

Row = Mapping[str, Any]
Relation = Literal["better", "worse", "undecided"]


def relation(row: Row, alpha: float = ALPHA) -> Relation:
    """Decide how a strategy stands to the reference of a summary.

    Parameters
    ----------
    row : Series or mapping
        A row of ``StrategyComparison.summary()``.
    alpha : float, default=0.05
        The level for the corrected resampled t-test after Holm's correction. The exact Wilcoxon
        test cannot fall below 0.0625 with five pairs, so it cannot decide a single five-fold
        cross-validation; the corrected t-test can, and allows for shared training data.

    Returns
    -------
    {"better", "worse", "undecided"}
    """
    p = row["p_corrected_t_holm"]
    if math.isnan(p) or p >= alpha or row["difference"] == 0:
        return "undecided"
    return "better" if row["difference"] > 0 else "worse"


@dataclass(frozen=True)
class Facts:
    """What the sentences of a report are made of.

    Parameters
    ----------
    metric : str
        The main score, as people write it.
    reference : str
        The strategy that the others are compared with.
    rows : dict of str to dict
        The rows of the summary, each with its main score as ``mean``.
    sharing : str or None
        The first strategy of the comparison whose network is equivariant.
    verdict : {"better", "worse", "undecided"} or None
        How it stands to the reference; None where the reference shares as well, or nothing does.
    best : str
        The strategy or baseline with the highest mean.
    level : list of str
        The strategies and baselines that cannot be told apart from it.
    others : dict of str to list of str
        The strategies that the headline does not name, by how they stand to the reference.
    baselines : list of dict
        For each baseline how the best network stands to it.
    strands : dict
        Which strategies predict the same on both strands, and by how much the others differ.
    speed : list of dict
        See :func:`speed_facts`.
    collapsed : list of dict
        The fits that hardly learned anything.
    pairs : list of int
        For each strategy but the reference the number of pairs.
    n_folds, n_seeds : int
    smallest_test : int or None
        Sequences of the smallest test set, where they were counted.
    """

    metric: str
    reference: str
    rows: dict[str, Row]
    sharing: str | None
    verdict: Relation | None
    best: str
    level: list[str]
    others: dict[str, list[str]]
    baselines: list[dict[str, Any]]
    strands: dict[str, Any]
    speed: list[dict[str, Any]]
    collapsed: list[dict[str, Any]]
    pairs: list[int]
    n_folds: int
    n_seeds: int
    smallest_test: int | None

    @classmethod
    def of(cls, comparison: Any, reference: str | None = None) -> Facts:
        """Collect them from a comparison.

        Parameters
        ----------
        comparison : StrategyComparison
        reference : str, optional
            As in ``StrategyComparison.summary``.

        Returns
        -------
        Facts
        """
        summary = comparison.summary(reference)
        # The strategy without a difference is the one that the others are compared with.
        reference = str(summary.index[summary["n_pairs"].isna()][0])
        metric, table = comparison.metrics[0], comparison.table
        summary = summary.assign(mean=summary[f"{metric}_mean"])
        rows: dict[str, Row] = {str(name): row for name, row in summary.to_dict("index").items()}
        networks = [name for name in rows if name not in comparison.baselines]
        sharing = next(iter(sharing_strategies(networks)), None)
        decided = sharing is not None and not sharing_strategies([reference])
        verdict = relation(rows[sharing]) if decided and sharing is not None else None
        others: dict[str, list[str]] = {"better": [], "worse": [], "undecided": []}
        for name in networks:
            if name != reference and not (verdict and name == sharing):
                others[relation(rows[name])].append(name)
        best = _highest(rows)
        against_best = comparison.summary(best, metric).drop(index=best).to_dict("index")
        return cls(
            metric=metric_label(metric),
            reference=reference,
            rows=rows,
            sharing=sharing,
            verdict=verdict,
            best=best,
            level=[str(n) for n, row in against_best.items() if relation(row) == "undecided"],
            others=others,
            baselines=_against_baselines(comparison, metric),
            strands=_strands(comparison),
            speed=speed_facts(comparison, reference),
            collapsed=_collapsed(comparison),
            pairs=[row["n_pairs"] for row in rows.values() if not pd.isna(row["n_pairs"])],
            n_folds=table["fold"].nunique(),
            n_seeds=table["seed"].nunique(),
            smallest_test=int(table["n_test"].min()) if "n_test" in table else None,
        )


def sharing_strategies(names: Any) -> list[str]:
    """Choose the strategies whose network shares parameters between the strands.

    Parameters
    ----------
    names : iterable of str

    Returns
    -------
    list of str
    """
    return [name for name in names if name in STRATEGIES and STRATEGIES[name].equivariant]


def speed_facts(comparison: Any, reference: str) -> list[dict[str, Any]]:
    """Compare the learning speed of the strategies that share with that of another.

    Parameters
    ----------
    comparison : StrategyComparison
    reference : str

    Returns
    -------
    list of dict
        For each strategy that shares and is not the reference: its ``name``, the ratio of the
        times of a fit as ``cost``, and as ``row`` its row of the table of learning speed, or None
        where the two have nothing in common. ``known`` tells whether the ratio of steps is
        clearly not 1. Nothing where the reference has no learning curves.
    """
    curves = comparison.curves
    names = set() if curves.empty else set(curves["strategy"])
    strategies = [name for name in sharing_strategies(comparison.strategies) if name in names]
    if reference not in names or strategies in ([], [reference]):
        return []
    times = comparison.whole().table.groupby("strategy")["fit_time"].mean()
    speed = comparison.learning_speed(reference).to_dict("index")
    facts = []
    for name in strategies:
        if name == reference:
            continue
        row = speed.get(name)
        if row is not None and pd.isna(row["step_ratio"]):
            row = None
        low, high = (row["step_ratio_low"], row["step_ratio_high"]) if row else (math.nan, math.nan)
        facts.append(
            {
                "name": name,
                "cost": times[name] / times[reference],
                "row": row,
                "known": not (pd.isna(low) or low <= 1 <= high),
            }
        )
    return facts


def _highest(rows: Mapping[str, Row], column: str = "mean") -> str:
    return max(rows, key=lambda name: rows[name][column])


def _against_baselines(comparison: Any, metric: str) -> list[dict[str, Any]]:
    facts = []
    for name in comparison.baselines:
        rows = comparison.summary(name, metric).drop(index=comparison.baselines).to_dict("index")
        if rows:
            best = _highest(rows, f"{metric}_mean")
            row = rows[best]
            facts.append({"name": name, "best": best, "row": row, "relation": relation(row)})
    return facts


def _strands(comparison: Any) -> dict[str, Any]:
    table = comparison.predictions
    if table.empty:
        return {"same": [], "noise": 0.0, "different": [], "broken": []}
    table = table[table["train_size"] == table["train_size"].max()]
    apart = (table["y_score"] - table["y_score_rc"]).abs().groupby(table["strategy"], sort=False)
    largest, mean = apart.max().to_dict(), apart.mean().to_dict()
    same = [name for name in largest if largest[name] <= _EXACT]
    different = [name for name in largest if largest[name] > _EXACT]
    return {
        "same": same,
        "noise": max((largest[name] for name in same), default=0.0),
        "different": [
            {
                "name": name,
                "mean": mean[name],
                "largest": largest[name],
                "flipped": _share_flipped(table[table["strategy"] == name]),
            }
            for name in different
        ],
        "broken": [n for n in different if n in STRATEGIES and STRATEGIES[n].strand_exact],
    }


def _share_flipped(table: pd.DataFrame) -> float | None:
    """Share of predictions that lie on different sides of one half, of a classifier of two."""
    scores = table[["y_score", "y_score_rc"]]
    one_output = table["output"].nunique() == 1
    probabilities = bool(((scores >= 0) & (scores <= 1)).all(axis=None))
    if not (one_output and probabilities and table["y_true"].isin((0, 1)).all()):
        return None
    return float(((table["y_score"] > 0.5) != (table["y_score_rc"] > 0.5)).mean())


def _collapsed(comparison: Any) -> list[dict[str, Any]]:
    whole = comparison.whole()
    flagged = whole.table[whole.collapsed()]
    return [{str(k): v for k, v in row.items()} for row in flagged.to_dict("records")]
