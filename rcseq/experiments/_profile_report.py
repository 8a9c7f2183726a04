"""The profile experiment in words and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from rcseq.model_selection import StrategyComparison
from rcseq.plotting import StrandedProfileDisplay
from rcseq.report import Picture, Table, format_p, render_report, signed
from rcseq.sequences import LabelledSequences

__all__ = ["profile_report", "profile_table"]

_COLUMNS = {
    "profile_jsd": "profile JSD",
    "profile_pearson": "profile Pearson",
    "count_pearson": "count Pearson",
    "count_spearman": "count Spearman",
    "true_profile_jsd": "profile JSD to the truth",
    "true_count_pearson": "count Pearson to the truth",
}
_NOTES = (
    "All strategies have as many learned parameters as rcps, or as near as a number of filters "
    "comes.",
    "No published figures stand beside these: none are known on these data.",
    "Conjoined models average the outputs of the two strands. These are logarithms of expected "
    "counts, so that the prediction is the geometric mean of the two.",
)


def profile_table(comparison: StrategyComparison, ceiling: pd.DataFrame) -> pd.DataFrame:
    """Put the scores of the strategies beside what needs no network.

    Parameters
    ----------
    comparison : StrategyComparison
        Of :func:`compare_profiles`.
    ceiling : DataFrame
        Of :func:`profile_ceiling`.

    Returns
    -------
    DataFrame of str
        Indexed by ``strategy``: mean and standard deviation over the seeds of each score,
        ``parameters``, ``between strands`` (the largest difference in a share of a profile) and
        ``seconds``.
    """
    table = comparison.table.rename(columns=lambda name: name.removeprefix("test_"))
    table = table.assign(profile_jsd=-table["neg_profile_jsd"])
    by = table.groupby("strategy", sort=False)
    scores = [name for name in _COLUMNS if name in table]
    shown = by[scores].mean().map("{:.3f}".format)
    if table["seed"].nunique() > 1:
        shown += " ± " + by[scores].std().map("{:.3f}".format)
    shown = pd.concat([shown, ceiling[scores].map("{:.3f}".format)])
    shown["parameters"] = by["n_parameters"].mean().map("{:,.0f}".format)
    shown["between strands"] = by["profile_discordance"].max().map("{:.0e}".format)
    shown["seconds"] = by["fit_time"].mean().map("{:.0f}".format)
    return shown.rename(columns=_COLUMNS).fillna("").rename_axis("strategy")


def profile_report(
    comparison: StrategyComparison,
    ceiling: pd.DataFrame,
    data: LabelledSequences | None = None,
    *,
    cautions: Sequence[str] = (),
    about: Mapping[str, Any] | None = None,
) -> str:
    """Render the results of the profile experiment.

    Parameters
    ----------
    comparison : StrategyComparison
        Of :func:`compare_profiles`.
    ceiling : DataFrame
        Of :func:`profile_ceiling`.
    data : LabelledSequences, optional
        What was compared on, to draw one of its test sequences.
    cautions : sequence of str
    about : mapping of str to str, optional
        How the results were made.

    Returns
    -------
    str
        HTML.
    """
    summary = comparison.summary()
    means = summary["neg_profile_jsd_mean"]
    best = comparison.strategies[int(means.argmax())]
    headline = (
        f"{best} comes nearest to the observed profiles, with a mean Jensen-Shannon distance of "
        f"{-means.max():.3f}"
    )
    if "true rates" in ceiling.index:
        truth = float(ceiling["profile_jsd"]["true rates"])
        headline += f"; that of the true rates is {truth:.3f}"
    caption = (
        "Mean and standard deviation over the seeds, on the test set: Jensen-Shannon distance and "
        "Pearson correlation of profiles, correlations of log(1 + total)."
    )
    tables = [Table.of("Scores", caption, profile_table(comparison, ceiling))]
    compared = summary[summary["n_pairs"].notna()]
    if len(compared):
        reference = next(name for name in summary.index if name not in compared.index)
        tables.append(
            Table.of(
                f"Against {reference}",
                "Profile JSD, paired by seed: by how much it is smaller, with its 95 % interval.",
                _pairs(compared),
            )
        )
    return render_report(
        "Profiles of both strands",
        headline=f"{headline}.",
        findings=_NOTES,
        cautions=cautions,
        strategies=comparison.strategies,
        tables=tables,
        pictures=[] if data is None else [_example(comparison, data)],
        about=about,
    )


def _example(comparison: StrategyComparison, data: LabelledSequences) -> Picture:
    """Draw the test sequence with the most reads, and what the fits of the first seed predict."""
    test = data.rows("test")
    row = int(test[data.target[test].sum((1, 2)).argmax()])
    drawn = {}
    if data.true_target is not None:
        drawn["true rates"] = data.true_target[row]
    first = comparison.table.drop_duplicates("strategy").set_index("strategy")
    means = comparison.summary()["neg_profile_jsd_mean"]
    for name in dict.fromkeys(means.index[[0, int(means.argmax())]]):
        key = tuple(first.loc[name, ["seed", "fold", "train_size"]])
        drawn[name] = comparison.estimators[(name, *key)].predict(data.sequences[[row]])[0]
    display = StrandedProfileDisplay.from_predictions(data.target[row], drawn)
    caption = "The test sequence with the most reads, as observed and as predicted by the first "
    caption += f"strategy and by the best one, with seed {first['seed'].iloc[0]}."
    return Picture.of("One sequence", caption, display.figure_)


def _pairs(compared: pd.DataFrame) -> pd.DataFrame:
    bounds = compared[["difference_low", "difference_high"]].map(signed)
    interval = bounds["difference_low"] + " to " + bounds["difference_high"]
    interval[compared["difference_low"].isna()] = "–"  # of one seed
    return pd.DataFrame(
        {
            "smaller by": compared["difference"].map(signed),
            "interval": interval,
            "wins": compared["wins"].astype(str) + " of " + compared["n_pairs"].astype(str),
            "p (corrected t)": compared["p_corrected_t"].map(format_p),
        }
    )
