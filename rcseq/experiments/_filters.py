"""How clean the learned filters are, strategy beside strategy: the paper's fourth claim."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rcseq.experiments._data import codes_of
from rcseq.inspection import filter_quality, filters_to_motifs
from rcseq.model_selection import (
    corrected_resampled_interval,
    holm_correction,
    paired_wilcoxon,
)
from rcseq.prediction import network_of
from rcseq.report import Table, signed
from rcseq.sequences import LabelledSequences
from rcseq.strategies import STRATEGIES

__all__ = [
    "compare_filters",
    "filter_findings",
    "filter_measures",
    "filter_table",
    "learned_filters",
]

# The measures of a fit's filters, and whether more of it is cleaner.
MEASURES = {
    "filters_matched": True,
    "filters_n_found": True,
    "filters_redundancy": False,
    "filters_reverse_redundancy": False,
    "filters_information": True,
}
_PREFIX = "filters_"
_N_SURVEYED = 1000  # test sequences that show what the filters respond to


def filter_measures(
    model: Any, codes: NDArray[np.uint8], motifs: Mapping[str, NDArray[np.float64]]
) -> dict[str, float]:
    """Measure the filters of a fitted model on simulated data.

    Parameters
    ----------
    model : SequenceClassifier
    codes : uint8 array of shape (n, L)
        Test sequences.
    motifs : mapping of str to ndarray of shape (width, 4)
        The true motifs.

    Returns
    -------
    dict of str to float
        Measures of :class:`rcseq.inspection.FilterQuality`, as columns for the table of results;
        none of a network that reads more than the four bases.
    """
    if network_of(model).n_channels != 4:
        return {}
    filters = filters_to_motifs(model, codes[:_N_SURVEYED])
    measures = filter_quality(filters, motifs).to_dict()
    return {name: measures[name.removeprefix(_PREFIX)] for name in MEASURES}


def learned_filters(comparison: Any, data: LabelledSequences) -> dict[str, Any]:
    """Show what the filters of the first fit of each strategy have learned.

    Parameters
    ----------
    comparison : StrategyComparison
        From :func:`rcseq.experiments.reproduce`.
    data : LabelledSequences

    Returns
    -------
    dict of str to FilterMotifs
        One for each strategy whose network reads the four bases alone.
    """
    codes = codes_of(data.subset("test"))[:_N_SURVEYED]
    first = {key[0]: key for key in reversed(list(comparison.estimators))}
    models = {name: comparison.estimators[first[name]] for name in comparison.strategies}
    return {
        name: filters_to_motifs(model, codes)
        for name, model in models.items()
        if network_of(model).n_channels == 4
    }


def compare_filters(comparison: Any, reference: str = "standard") -> pd.DataFrame:
    """Compare how clean the filters of two strategies are, paired over the seeds.

    Parameters
    ----------
    comparison : StrategyComparison
        From :func:`rcseq.experiments.reproduce` on simulated data.
    reference : str, default="standard"

    Returns
    -------
    DataFrame
        Indexed by ``strategy`` and ``measure``: ``mean`` and ``sd`` over the seeds, and where it
        is not the reference ``difference`` from it with its 95 % t interval
        (``difference_low``, ``difference_high``), ``n_pairs``, ``p_wilcoxon``,
        ``p_wilcoxon_holm`` (corrected for the number of measures), and ``cleaner``: whether the
        difference is in the cleaner direction. A strategy whose filters have no motifs is left out.
    """
    rows = []
    measured = comparison.table.dropna(subset=list(MEASURES), how="all")
    names = [name for name in comparison.strategies if name in set(measured["strategy"])]
    for measure, more_is_cleaner in MEASURES.items():
        scores = measured.pivot(index="seed", columns="strategy", values=measure)
        for name in names:
            row = {"strategy": name, "measure": measure.removeprefix(_PREFIX)}
            row |= {"mean": scores[name].mean(), "sd": scores[name].std()}
            if name != reference and reference in scores:
                both = scores[[name, reference]].dropna()
                mean, low, high = corrected_resampled_interval(
                    both[name],
                    both[reference],
                    test_share=0,  # seeds are independent
                )
                row |= {"difference": mean, "difference_low": low, "difference_high": high}
                row |= {"n_pairs": len(both), "cleaner": (mean > 0) == more_is_cleaner}
                row["p_wilcoxon"] = paired_wilcoxon(both[name], both[reference]).pvalue
            rows.append(row)
    table = pd.DataFrame(rows).reindex(columns=_COLUMNS).set_index(["strategy", "measure"])
    table["p_wilcoxon_holm"] = table.groupby("strategy")["p_wilcoxon"].transform(holm_correction)
    return table


_COLUMNS = ["strategy", "measure", "mean", "sd", "difference", "difference_low"]
_COLUMNS += ["difference_high", "n_pairs", "p_wilcoxon", "cleaner"]


_NAMES = {
    "matched": "match a true motif",
    "n_found": "true motifs found",
    "redundancy": "near-copies",
    "reverse_redundancy": "have their reverse complement among the others",
    "information": "information (bits)",
}
_SHARES = ("matched", "redundancy", "reverse_redundancy")


def filter_table(cleanness: pd.DataFrame) -> Table:
    """Make the table of how clean the filters are.

    Parameters
    ----------
    cleanness : DataFrame
        From :func:`compare_filters`.

    Returns
    -------
    Table
    """
    cells: dict[str, dict[str, str]] = {}
    for row in cleanness.reset_index().to_dict("records"):
        measure = row["measure"]
        show = "{:.0%}" if measure in _SHARES else "{:.2f}"
        spread = "" if pd.isna(row["sd"]) else f" ± {show.format(row['sd'])}"
        shown = cells.setdefault(row["strategy"], {})
        shown[_NAMES[measure]] = show.format(row["mean"]) + spread
    return Table.of(
        "What the filters have learned",
        "Mean ± SD over the seeds. Near-copies: the share of the filters that could be left out "
        "without losing a motif. A filter is read on both strands, with every strategy: that an "
        "equivariant network sees it twice is not counted as a copy.",
        pd.DataFrame.from_dict(cells, orient="index"),
    )


def filter_findings(cleanness: pd.DataFrame) -> list[str]:
    """Return whether the filters of equivariant networks are cleaner than those of the reference.

    Parameters
    ----------
    cleanness : DataFrame
        From :func:`compare_filters`.

    Returns
    -------
    list of str
        One sentence a strategy, none where there is nothing to compare.
    """
    table = cleanness.reset_index()
    names = [name for name, strategy in STRATEGIES.items() if strategy.equivariant]
    return [sentence for name in names for sentence in _filter_sentence(table, name)]


def _filter_sentence(table: pd.DataFrame, name: str) -> list[str]:
    rows = table[table["strategy"] == name].dropna(subset="n_pairs")
    if rows.empty:
        return []
    other = table[table.groupby("strategy")["n_pairs"].transform("count") == 0]
    means = other.set_index("measure")["mean"]
    words = []
    for row in rows.to_dict("records"):
        verdict = "no difference shown"
        if row["p_wilcoxon_holm"] < 0.05:
            verdict = "cleaner" if row["cleaner"] else "less clean"
        words.append(
            f"{_NAMES[row['measure']]} {row['mean']:.2f} against {means[row['measure']]:.2f} "
            f"(difference {signed(row['difference'], 2)}, 95 % interval "
            f"{signed(row['difference_low'], 2)} to {signed(row['difference_high'], 2)}; {verdict})"
        )
    return [
        f"Filters of {name} beside those of {other['strategy'].iloc[0]}, over "
        f"{rows['n_pairs'].iloc[0]:.0f} seeds: {'; '.join(words)}. The verdicts are from the exact "
        "Wilcoxon test, after Holm's correction."
    ]
