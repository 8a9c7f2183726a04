"""Results beside the published ones: tables, words, and the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from rcseq.experiments._filters import compare_filters, filter_findings, filter_table
from rcseq.experiments._protocols import MADE_OF, Experiment, get_experiment
from rcseq.experiments._published import load_published
from rcseq.experiments._shortfall import shortfall_table
from rcseq.model_selection import holm_correction, paired_wilcoxon
from rcseq.plotting import (
    FilterLogosDisplay,
    PairedDotDisplay,
    StrandScatterDisplay,
    TrainingCurveDisplay,
)
from rcseq.report import (
    Picture,
    Table,
    format_p,
    format_summary,
    render_report,
    signed,
    speed_findings,
    speed_table,
)
from rcseq.strategies import STRATEGIES

__all__ = ["beside_published", "pairwise_tests", "reproduction_report"]


def beside_published(comparison: Any, experiment: str | Experiment) -> pd.DataFrame:
    """Put the mean auROC of each strategy beside the published one.

    Parameters
    ----------
    comparison : StrategyComparison
    experiment : str or Experiment

    Returns
    -------
    DataFrame
        Indexed by ``strategy``: ``n_fits``, ``auroc_mean``, ``auroc_sd``, ``collapsed`` (fits that
        hardly learned anything), ``published_mean``, ``published_sd``, and ``reached``: whether
        the mean is at least the published one less two of its standard deviations. The last three
        are missing where nothing was published.
    """
    published = _published_scores(experiment)
    scores = comparison.scores("roc_auc")
    table = pd.DataFrame(
        {
            "n_fits": scores.count(),
            "auroc_mean": scores.mean(),
            "auroc_sd": scores.std(),
            "collapsed": comparison.collapsed("roc_auc")
            .groupby(comparison.table["strategy"])
            .sum(),
            "published_mean": published.mean().reindex(scores.columns),
            "published_sd": published.std().reindex(scores.columns),
        }
    ).reindex(scores.columns)
    reached = table["auroc_mean"] >= table["published_mean"] - 2 * table["published_sd"]
    table["reached"] = reached.astype("boolean").where(table["published_mean"].notna())
    return table.rename_axis("strategy")


def _published_scores(experiment: str | Experiment) -> pd.DataFrame:
    """Return the published auROC, one column a strategy; none where there is nothing."""
    task = get_experiment(experiment).task
    if task is None:
        return pd.DataFrame()
    return load_published(task).pivot(index="seed_or_run", columns="strategy", values="auroc")


def pairwise_tests(comparison: Any, experiment: str | Experiment) -> pd.DataFrame:
    """Test every two strategies on the same seeds, here and in the published figures.

    Parameters
    ----------
    comparison : StrategyComparison
    experiment : str or Experiment

    Returns
    -------
    DataFrame
        Indexed by ``pair`` (``"rcps - standard"``): ``difference`` of the mean auROC, ``wins``,
        ``n_pairs``, ``p_wilcoxon`` (exact, over the seeds), ``p_wilcoxon_holm`` (corrected for the
        number of pairs), ``published_difference``, ``published_wins`` and ``published_p``.
    """
    scores = comparison.scores("roc_auc")
    published = _published_scores(experiment)
    rows = {}
    for b, a in combinations(scores.columns, 2):
        here, there = _paired(scores, a, b), _paired(published, a, b)
        rows[f"{a} - {b}"] = here | {
            "published_difference": there["difference"],
            "published_wins": there["wins"],
            "published_p": there["p_wilcoxon"],
        }
    table = pd.DataFrame.from_dict(rows, orient="index", columns=_COLUMNS).rename_axis("pair")
    table.insert(4, "p_wilcoxon_holm", holm_correction(table["p_wilcoxon"]))
    return table


_COLUMNS = [
    "difference",
    "wins",
    "n_pairs",
    "p_wilcoxon",
    "published_difference",
    "published_wins",
    "published_p",
]


def _paired(scores: pd.DataFrame, a: str, b: str) -> dict[str, float]:
    both = scores.reindex(columns=[a, b]).dropna()
    if both.empty:
        return {"difference": np.nan, "wins": np.nan, "n_pairs": 0, "p_wilcoxon": np.nan}
    x, y = both[a].to_numpy(), both[b].to_numpy()
    return {
        "difference": float(np.mean(x - y)),
        "wins": int((x > y).sum()),
        "n_pairs": len(both),
        "p_wilcoxon": paired_wilcoxon(x, y).pvalue,
    }


def reproduction_report(
    comparison: Any,
    experiment: str | Experiment,
    *,
    ceiling: float | None = None,
    network: str = "published",
    other_networks: Mapping[str, Any] | None = None,
    filters: Mapping[str, Any] | None = None,
    true_motifs: Mapping[str, Any] | None = None,
    cautions: Sequence[str] = (),
    about: Mapping[str, Any] | None = None,
) -> str:
    """Make the report of an experiment: one HTML document with its pictures inside.

    Parameters
    ----------
    comparison : StrategyComparison
        From :func:`reproduce`.
    experiment : str or Experiment
    ceiling : float, optional
        The auROC of a classifier that knows the true motifs.
    network : {"published", "pooled", "default"}
        Which of them was run.
    other_networks : mapping of str to StrategyComparison, optional
        What :func:`finished` gives for the others, to be set beside it.
    filters : mapping of str to FilterMotifs, optional
        What :func:`learned_filters` gives, for the pictures of the filters.
    true_motifs : mapping of str to ndarray, optional
        The embedded motifs, to be drawn beside them.
    cautions : sequence of str
        What else a reader has to know, before what is said of the protocol.
    about : mapping of str to str, optional
        What the data are and how it was called, for the end of the report.

    Returns
    -------
    str

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    experiment = get_experiment(experiment)
    beside, pairs = beside_published(comparison, experiment), pairwise_tests(comparison, experiment)
    findings = [_pair_sentence(name, row) for name, row in pairs.iterrows()]
    references = [
        name
        for name, strategy in STRATEGIES.items()
        if name in comparison.strategies and not strategy.strand_exact
    ]
    for reference in references:
        findings += speed_findings(comparison, reference)
    tables = [_published_table(beside, ceiling, network)]
    networks = {network: comparison, **(other_networks or {})}
    if experiment.anywhere:
        tables.append(shortfall_table(experiment, networks, ceiling))
    tables.append(
        Table.of(
            "Details",
            "Mean ± SD over the seeds; differences, wins and p-values are against the first "
            "strategy, or standard where it was run. The corrected t-test is for test sets "
            "that change from pair to pair; here the test set is one.",
            format_summary(comparison),
        )
    )
    tables += [_pair_table(pairs)] if len(pairs) else []
    tables += [speed_table(comparison, reference) for reference in references]
    if "filters_matched" in comparison.table:
        cleanness = compare_filters(comparison, (references or comparison.strategies)[0])
        findings += filter_findings(cleanness)
        tables.append(filter_table(cleanness))
    if ceiling is not None:
        findings.append(
            f"A classifier that knows the simulation reaches an auROC of {ceiling:.4f} on this "
            "test set; no model can be expected to do better."
        )
    return render_report(
        experiment.title,
        headline=_headline(beside, pairs, network),
        verdict=_verdict(pairs),
        findings=findings,
        cautions=[*cautions, *experiment.notes],
        tables=tables,
        pictures=_pictures(comparison, filters or {}, true_motifs),
        about=about,
    )


def _headline(beside: pd.DataFrame, pairs: pd.DataFrame, network: str) -> str:
    best = str(beside["auroc_mean"].idxmax())
    level: list[str] = []
    for name, pair in pairs.iterrows():
        names = str(name).split(" - ")
        if best in names and not _is_shown(pair):
            level += [other for other in names if other != best]
    row = beside.to_dict("index")[best]
    reached = int(beside["reached"].sum())
    n_fits = row["n_fits"]
    over = f"{row['auroc_mean']:.4f} over {n_fits:.0f} {'seed' if n_fits == 1 else 'seeds'}"
    but = f", from which {', '.join(level)} cannot be told apart" if level else ""
    if beside["reached"].isna().all():
        return f"With the {network} network {best} has the highest mean auROC, {over}{but}."
    return (
        f"{best} has the highest mean auROC, {over} (published: {row['published_mean']:.4f}){but}. "
        f"With the {network} network {reached} of {len(beside)} strategies reach their published "
        "mean less two standard deviations."
    )


def _is_shown(row: Any) -> bool:
    return bool(row["p_wilcoxon_holm"] < 0.05 and row["difference"] != 0)


def _verdict(pairs: pd.DataFrame) -> str | None:
    name = "rcps - standard"
    if name not in pairs.index:
        return None
    row = pairs.loc[name]
    if not _is_shown(row):
        return "undecided"
    return "better" if row["difference"] > 0 else "worse"


def _pair_sentence(name: Any, row: pd.Series) -> str:
    a, b = str(name).split(" - ")
    known = _is_shown(row)
    words = (
        "no difference from"
        if not known
        else "better than"
        if row["difference"] > 0
        else "worse than"
    )
    tail = " is shown" if not known else ""
    published = ""
    if not pd.isna(row["published_difference"]):
        difference, p = signed(row["published_difference"]), format_p(row["published_p"])
        published = f"; published {difference}, p = {p}"
    return (
        f"{a}: {words} {b}{tail} ({signed(row['difference'])}, better in {row['wins']:.0f} of "
        f"{row['n_pairs']:.0f} seeds, exact Wilcoxon p = {format_p(row['p_wilcoxon'])}, after Holm "
        f"{format_p(row['p_wilcoxon_holm'])}{published})."
    ).replace("= <", "<")


def _mean_sd(mean: float, sd: float) -> str:
    return f"{mean:.4f}" + ("" if pd.isna(sd) else f" ± {sd:.4f}")


def _published_table(beside: pd.DataFrame, ceiling: float | None, network: str) -> Table:
    known = beside["reached"].notna().any()
    rows = {}
    for name, row in beside.to_dict("index").items():
        cells = {
            "seeds": str(row["n_fits"]),
            "auROC here": _mean_sd(row["auroc_mean"], row["auroc_sd"]),
        }
        if known:
            cells |= {
                "auROC published": _mean_sd(row["published_mean"], row["published_sd"]),
                "difference": signed(row["auroc_mean"] - row["published_mean"]),
                "published mean − 2 SD reached": "yes" if row["reached"] else "no",
            }
        rows[str(name)] = cells | {"collapsed": str(row["collapsed"])}
    if ceiling is not None:
        rows["(knows the simulation)"] = {
            **dict.fromkeys(next(iter(rows.values())), "–"),
            "auROC here": f"{ceiling:.4f}",
        }
    source = " Published: Zhou, Shrikumar and Kundaje 2022." if known else ""
    return Table.of(
        "Beside the published figures" if known else "Scores",
        "Mean ± SD over the seeds, on the test set, mean over the labels where there are several; "
        f"the {network} network.{source}",
        pd.DataFrame.from_dict(rows, orient="index"),
    )


def _pair_table(pairs: pd.DataFrame) -> Table:
    columns = {
        "difference": pairs["difference"].map(signed),
        "wins": [f"{r.wins} of {r.n_pairs}" for r in pairs.itertuples()],
        "Wilcoxon p": pairs["p_wilcoxon"].map(format_p),
        "Holm": pairs["p_wilcoxon_holm"].map(format_p),
    }
    caption = "Paired over the seeds: difference of the mean auROC, seeds in which the first is "
    caption += "better, exact Wilcoxon signed-rank test, the same after Holm's correction"
    if pairs["published_p"].notna().any():
        caption += ", and the same test on the published figures"
        columns["published difference"] = pairs["published_difference"].map(signed)
        columns["published p"] = pairs["published_p"].map(format_p)
    caption += ". Fewer than six pairs cannot give p < 0.05."
    return Table.of("Every two strategies", caption, pd.DataFrame(columns))


def _pictures(
    comparison: Any, filters: Mapping[str, Any], true_motifs: Mapping[str, Any] | None
) -> list[Picture]:
    strands = StrandScatterDisplay.from_comparison(comparison)
    dots = PairedDotDisplay.from_comparison(comparison, metric="roc_auc")
    pictures = [
        Picture.of(
            "Prediction on a strand against prediction on the other",
            "Each point is a label of one of the first test sequences, in one fit. A model that "
            "knows that both strands are the same molecule puts it on the diagonal.",
            strands.figure_,
        ),
        Picture.of(
            "Scores, paired",
            "Each dot is the auROC of one fit; lines join fits on the same seed, bars are means.",
            dots.figure_,
        ),
    ]
    if comparison.curves["valid_loss"].notna().any():
        caption = "Mean over the seeds and a band of one SD. The labels that are trained on are "
        caption += "partly wrong where there is label noise, those that validate are not."
        for name, other in MADE_OF.items():
            if {name, other} <= set(comparison.strategies):
                caption += f" {name} is {other} until it predicts, and its line hides the other."
        for x in ("epoch", "step", "seconds"):
            curves = TrainingCurveDisplay.from_comparison(comparison, x=x)
            pictures.append(Picture.of(f"Validation loss by {x}", caption, curves.figure_))
    for name, motifs in filters.items():
        caption = "The filters that come nearest to each true motif, in the fit with the first "
        caption += "seed; beside each the motif, turned to the strand of the filter."
        if len(motifs):
            logos = FilterLogosDisplay.from_filters(motifs, true_motifs)
            pictures.append(Picture.of(f"What {name} has learned", caption, logos.figure_))
    return pictures
