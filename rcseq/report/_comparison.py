"""The report of a comparison of strategies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from rcseq.plotting import (
    CostDisplay,
    PairedDotDisplay,
    SampleEfficiencyDisplay,
    StrandScatterDisplay,
    StrategyPrecisionRecallDisplay,
    StrategyRocDisplay,
    TrainingCurveDisplay,
    import_pyplot,
    metric_label,
    seconds_label,
    strategy_label,
)
from rcseq.report._format import format_p, signed
from rcseq.report._html import Picture, Table, render_report
from rcseq.report._template import captioned
from rcseq.report._words import describe

__all__ = ["comparison_report", "format_summary", "speed_table"]


def comparison_report(
    comparison: Any,
    *,
    title: str = "Comparison of strand strategies",
    reference: str | None = None,
    about: Mapping[str, Any] | None = None,
    about_data: Sequence[str] = (),
) -> str:
    """Make a report of a comparison: one HTML document with its pictures inside.

    Parameters
    ----------
    comparison : StrategyComparison
    title : str
    reference : str, optional
        As in ``StrategyComparison.summary``.
    about : mapping of str to str, optional
        What the data and the models are and how the comparison was called, for the end of the
        report; for example what :func:`hyperparameters` returns.
    about_data : sequence of str
        What is wrong with the data, or must be known of them, for the top of the report; for
        example the warnings of :func:`rcseq.model_selection.check_data`.

    Returns
    -------
    str
        Its words follow from the numbers, also where sharing does not help.

    Raises
    ------
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> from rcseq.model_selection import StrategyComparison
    >>> from rcseq.report import comparison_report, write_report
    >>> write_report("report.html", comparison_report(comparison))  # doctest: +SKIP
    """
    import_pyplot()
    words = describe(comparison, reference)
    return render_report(
        title,
        headline=words["headline"],
        verdict=words["verdict"],
        findings=words["findings"],
        cautions=words["cautions"],
        strategies=comparison.strategies,
        tables=_tables(comparison, words["reference"]),
        pictures=_pictures(comparison),
        about={**(about or {}), **_settings(comparison)},
        about_data=about_data,
    )


def format_summary(comparison: Any, reference: str | None = None) -> pd.DataFrame:
    """Format the summary of a comparison for people.

    Parameters
    ----------
    comparison : StrategyComparison
    reference : str, optional
        As in ``StrategyComparison.summary``.

    Returns
    -------
    DataFrame of str
        Indexed by strategy.
    """
    summary = comparison.summary(reference)
    rows = {}
    for name, row in summary.to_dict("index").items():
        cells = {}
        for metric in comparison.metrics:
            sd = row[f"{metric}_sd"]
            spread = "" if pd.isna(sd) else f" ± {sd:.4f}"
            cells[metric_label(metric)] = f"{row[f'{metric}_mean']:.4f}{spread}"
        compared = not pd.isna(row["n_pairs"])
        cells["difference"] = signed(row["difference"]) if compared else "reference"
        cells["wins"] = f"{row['wins']} of {row['n_pairs']}" if compared else "–"
        cells["p (Wilcoxon)"] = format_p(row["p_wilcoxon"])
        cells["p (corrected t)"] = format_p(row["p_corrected_t"])
        cells["collapsed"] = str(row["collapsed"])
        if "strand_discordance" in summary:
            cells["strand discordance"] = _short(row["strand_discordance"])
        if "n_parameters" in summary:
            count = row["n_parameters"]
            cells["parameters"] = "–" if pd.isna(count) else f"{count:,.0f}"
        if "fit_time" in summary:
            cells["s / fit"] = seconds_label(row["fit_time"])
        rows[name] = cells
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("strategy")


def _short(value: float) -> str:
    return f"{value:.3f}" if value >= 5e-4 else f"{value:.0e}" if value else "0"


def _tables(comparison: Any, reference: str) -> list[Table]:
    tables = [
        Table.of(*captioned("summary", reference=reference), format_summary(comparison, reference))
    ]
    summary = comparison.summary(reference).drop(index=reference)
    if not summary.empty:
        metric = metric_label(comparison.metrics[0])
        table = pd.DataFrame(
            {
                "difference": summary["difference"].map(signed),
                "95 % interval": [
                    "–" if np.isnan(low) else f"{signed(low)} to {signed(high)}"
                    for low, high in zip(
                        summary["difference_low"], summary["difference_high"], strict=True
                    )
                ],
                "effect size": [signed(size, 2) for size in summary["effect_size"]],
                "Wilcoxon p": summary["p_wilcoxon"].map(format_p),
                "Holm": summary["p_wilcoxon_holm"].map(format_p),
                "corrected t p": summary["p_corrected_t"].map(format_p),
                "Holm ": summary["p_corrected_t_holm"].map(format_p),
            }
        )
        caption = captioned("tests", metric=metric, reference=reference)
        tables.append(Table.of(*caption, table))
    curves = comparison.curves  # without a validation set there is no speed to tell
    if not curves.empty and reference in set(curves.dropna(subset=["valid_loss"])["strategy"]):
        tables.append(speed_table(comparison, reference))
    return tables


def speed_table(comparison: Any, reference: str) -> Table:
    """Make the table of how fast the strategies learn.

    Parameters
    ----------
    comparison : StrategyComparison
        With learning curves.
    reference : str

    Returns
    -------
    Table
    """
    speed = comparison.learning_speed(reference)
    ratio = [
        "–"
        if pd.isna(row.step_ratio)
        else f"{row.step_ratio:.2f}"
        + (
            ""
            if pd.isna(row.step_ratio_low)
            else f" ({row.step_ratio_low:.2f} to {row.step_ratio_high:.2f})"
        )
        for row in speed.itertuples()
    ]
    table = pd.DataFrame(
        {
            "reached": speed["reached"].map("{:.0%}".format),
            "steps": [f"{s:,.0f}" if np.isfinite(s) else "never" for s in speed["steps"]],
            "seconds": [f"{s:.1f}" if np.isfinite(s) else "never" for s in speed["seconds"]],
            f"steps / {strategy_label(reference)}": ratio,
            "area": speed["area"].map("{:.4f}".format),
        },
        index=speed.index,
    )
    caption = captioned("speed", loss=speed["loss"].iloc[0], reference=reference)
    return Table.of(*caption, table)


def _pictures(comparison: Any) -> list[Picture]:
    plan: list[tuple[str, Any]] = [("scores", PairedDotDisplay.from_comparison)]
    if not comparison.predictions.empty:
        plan.insert(0, ("strands", StrandScatterDisplay.from_comparison))
    if _are_classes(comparison):
        plan += [
            ("roc", StrategyRocDisplay.from_comparison),
            ("precision_recall", StrategyPrecisionRecallDisplay.from_comparison),
        ]
    if not comparison.curves.empty and comparison.curves["valid_loss"].notna().any():
        plan += [
            ("epochs", TrainingCurveDisplay.from_comparison),
            ("seconds", partial(TrainingCurveDisplay.from_comparison, x="seconds")),
        ]
    if comparison.table["train_size"].nunique() > 1:
        plan.append(("sizes", SampleEfficiencyDisplay.from_comparison))
    plan.append(("cost", CostDisplay.from_comparison))
    metric = metric_label(comparison.metrics[0])
    return [
        Picture.of(*captioned(name, metric=metric), draw(comparison).figure_) for name, draw in plan
    ]


def _are_classes(comparison: Any) -> bool:
    table = comparison.predictions
    return not table.empty and bool(table["y_true"].dropna().isin((0, 1)).all())


def _settings(comparison: Any) -> dict[str, str]:
    table = comparison.table
    return {
        "Fits": f"{len(table)}",
        "Seeds": ", ".join(str(seed) for seed in sorted(table["seed"].unique())),
        "Folds": str(table["fold"].nunique()),
        "Sequences per fit": f"{table['n_train'].mean():,.0f} to train, "
        f"{table['n_test'].mean():,.0f} to test (mean)",
    }
