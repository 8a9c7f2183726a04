"""What a comparison says, in words that come from its numbers, also where the answer is no."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from rcseq.plotting import metric_label
from rcseq.strategies import STRATEGIES

__all__ = ["describe", "format_p", "relation", "signed", "speed_findings"]

ALPHA = 0.05
_EXACT = 1e-5  # what float32 leaves between the two strands of a model that shares


Row = Mapping[str, Any]
Rows = Mapping[str, Row]


def relation(row: Row, alpha: float = ALPHA) -> str:
    """Say how a strategy stands to the reference of a summary.

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


def format_p(p: float) -> str:
    """Write a p-value.

    Parameters
    ----------
    p : float

    Returns
    -------
    str

    Examples
    --------
    >>> from rcseq.report import format_p
    >>> format_p(0.0625), format_p(0.00001), format_p(float("nan"))
    ('0.062', '< 0.001', '–')
    """
    if math.isnan(p):
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def signed(value: float, digits: int = 4) -> str:
    """Write a difference with its sign; what rounds to nothing has none.

    Parameters
    ----------
    value : float
    digits : int, default=4

    Returns
    -------
    str

    Examples
    --------
    >>> from rcseq.report import signed
    >>> signed(0.00163), signed(-0.25, 1), signed(-0.00001)
    ('+0.0016', '−0.2', '0.0000')
    """
    text = f"{value:+.{digits}f}".replace("-", "−")
    return text if float(f"{value:.{digits}f}") else text[1:]


def describe(comparison: Any, reference: str | None = None) -> dict[str, Any]:
    """Put a comparison into sentences.

    Parameters
    ----------
    comparison : StrategyComparison
    reference : str, optional
        As in ``StrategyComparison.summary``.

    Returns
    -------
    dict
        ``headline``: the answer, one or two sentences. ``verdict``: how ``rcps`` stands to the
        reference ("better", "worse", "undecided"), or None where it was not compared. ``findings``:
        a list of sentences. ``cautions``: a list of what the numbers do not say.
    """
    table = comparison.summary(reference)
    # The strategy without a difference is the one that the others are compared with.
    reference = str(table.index[table["n_pairs"].isna()][0])
    rows: Rows = {str(name): row for name, row in table.to_dict("index").items()}
    metric = comparison.metrics[0]
    verdict = None
    if "rcps" in rows and reference != "rcps":
        verdict = relation(rows["rcps"])
    return {
        "headline": _headline(rows, reference, metric, verdict),
        "verdict": verdict,
        "reference": reference,
        "findings": [
            *_others(rows, reference, comparison.baselines),
            *_best(rows, metric, comparison.baselines),
            *_baseline(comparison, metric),
            *_strands(comparison),
            *speed_findings(comparison, reference),
            *_collapsed(comparison),
        ],
        "cautions": _cautions(comparison, rows),
    }


def _interval(row: Row) -> str:
    if math.isnan(row["difference_low"]):
        return signed(row["difference"])
    low, high = signed(row["difference_low"]), signed(row["difference_high"])
    return f"{signed(row['difference'])} (95 % interval {low} to {high})"


def _tests(row: Row) -> str:
    words = (
        f"better in {row['wins']} and worse in {row['losses']} of {row['n_pairs']} pairs, exact "
        f"Wilcoxon p = {format_p(row['p_wilcoxon'])}"
    )
    if not math.isnan(row["p_corrected_t"]):
        words += f", corrected t-test p = {format_p(row['p_corrected_t'])}"
    return words.replace("= <", "<")


def _headline(rows: Rows, reference: str, metric: str, verdict: str | None) -> str:
    label, mean = metric_label(metric), f"{metric}_mean"
    if verdict is None:
        best = max(rows, key=lambda name: rows[name][mean])
        return f"{best} has the highest mean {label}, {rows[best][mean]:.4f}."
    row = rows["rcps"]
    means = (
        f"rcps reaches a mean {label} of {row[mean]:.4f}, {reference} {rows[reference][mean]:.4f}; "
        f"difference {_interval(row)}, {_tests(row)}."
    )
    if verdict == "better":
        return f"Sharing parameters between the strands helps on these data. {means}"
    if verdict == "worse":
        return (
            f"Sharing parameters between the strands hurts on these data. {means} That is to be "
            "expected where the label depends on the strand, as it does for splice sites, for RNA, "
            f"or for anything annotated with a direction: use {reference} here."
        )
    return (
        "Whether sharing parameters between the strands helps cannot be told from these data. "
        f"{means}"
    )


def _others(rows: Rows, reference: str, baselines: list[str]) -> list[str]:
    groups: dict[str, list[str]] = {"better": [], "worse": [], "undecided": []}
    for name, row in rows.items():
        if name not in (reference, "rcps", *baselines):
            groups[relation(row)].append(f"{name} ({signed(row['difference'])})")
    sentences = {
        "better": "Better than {}: {}.",
        "worse": "Worse than {}: {}.",
        "undecided": "Not to be told apart from {} with these pairs: {}.",
    }
    return [
        sentences[kind].format(reference, ", ".join(names))
        for kind, names in groups.items()
        if names
    ]


def _best(rows: Rows, metric: str, baselines: list[str]) -> list[str]:
    means = {name: row[f"{metric}_mean"] for name, row in rows.items() if name not in baselines}
    if "rcps" not in means or len(means) < 2:
        return []
    best, label = max(means, key=lambda name: means[name]), metric_label(metric)
    if best == "rcps":
        return [f"rcps has the highest mean {label} of the strategies."]
    return [
        f"rcps does not have the highest mean {label}: {best} is {means[best] - means['rcps']:.4f} "
        "above it."
    ]


def _baseline(comparison: Any, metric: str) -> list[str]:
    sentences = []
    for name in comparison.baselines:
        rows = comparison.summary(name, metric).drop(index=comparison.baselines).to_dict("index")
        if not rows:
            continue
        best = max(rows, key=lambda strategy: rows[strategy][f"{metric}_mean"])
        words = {
            "better": "is better than the baseline {}",
            "worse": "is worse than the baseline {}, the simpler model",
            "undecided": "cannot be told apart from the baseline {} with these pairs",
        }[relation(rows[best])].format(name)
        sentences.append(
            f"The best network, {best}, {words}: difference {_interval(rows[best])}, "
            f"{_tests(rows[best])}."
        )
    return sentences


def _strands(comparison: Any) -> list[str]:
    table = comparison.predictions
    if table.empty:
        return []
    table = table[table["train_size"] == table["train_size"].max()]
    apart = (table["y_score"] - table["y_score_rc"]).abs().groupby(table["strategy"], sort=False)
    largest, mean = apart.max().to_dict(), apart.mean().to_dict()
    same = [name for name in largest if largest[name] <= _EXACT]
    different = [name for name in largest if largest[name] > _EXACT]
    sentences = []
    if same:
        noise = max(largest[name] for name in same)
        amount = f"to {noise:.0e}" if noise else "exactly"
        sentences.append(
            f"Predictions on a sequence and on its reverse complement are the same ({amount}): "
            f"{', '.join(same)}."
        )
    for name in different:
        sentence = (
            f"{name} answers differently on the two strands: by {mean[name]:.3f} on average and by "
            f"up to {largest[name]:.2f}"
        )
        flipped = _share_flipped(table[table["strategy"] == name])
        if flipped is not None:
            sentence += f"; {flipped:.1%} of the test sequences change sides"
        sentences.append(f"{sentence}.")
    broken = [name for name in different if name in STRATEGIES and STRATEGIES[name].strand_exact]
    if broken:
        sentences.append(
            f"{', '.join(broken)} should agree on both strands and does not: something before the "
            "network, for example an encoder anchored at one end, treats the strands differently."
        )
    return sentences


def _share_flipped(table: pd.DataFrame) -> float | None:
    """Share of predictions that lie on different sides of one half, of a classifier of two."""
    scores = table[["y_score", "y_score_rc"]]
    one_output = table["output"].nunique() == 1
    probabilities = bool(((scores >= 0) & (scores <= 1)).all(axis=None))
    if not (one_output and probabilities and table["y_true"].isin((0, 1)).all()):
        return None
    return float(((table["y_score"] > 0.5) != (table["y_score_rc"] > 0.5)).mean())


def speed_findings(comparison: Any, reference: str) -> list[str]:
    """Say whether ``rcps`` learns faster than another strategy.

    Parameters
    ----------
    comparison : StrategyComparison
    reference : str

    Returns
    -------
    list of str
        One sentence, or none where one of the two was not run or is the other.
    """
    curves = comparison.curves
    if curves.empty or not {"rcps", reference} <= set(curves["strategy"]) or reference == "rcps":
        return []
    times = comparison.whole().groupby("strategy")["fit_time"].mean()
    ratio = times["rcps"] / times[reference]
    cost = f"a fit of rcps takes {ratio:.1f} times as long as one of {reference}"
    speed = comparison.learning_speed(reference).to_dict("index")
    if not speed or pd.isna(speed["rcps"]["step_ratio"]):
        return [f"{cost[0].upper()}{cost[1:]}."]
    row = speed["rcps"]
    low, high = row["step_ratio_low"], row["step_ratio_high"]
    spread = "" if pd.isna(low) else f" (95 % interval {low:.2f} to {high:.2f})"
    words = f"rcps learns {'faster' if row['step_ratio'] < 1 else 'slower'} by the step"
    if pd.isna(low) or low <= 1 <= high:
        words = "rcps learns neither clearly faster nor clearly slower by the step"
    pairs = "one pair" if row["n_pairs"] == 1 else f"the {row['n_pairs']} pairs"
    return [
        f"{words}: to a validation loss of {row['loss']:.3f} it takes {row['step_ratio']:.2f} "
        f"times the gradient steps of {reference}{spread}, over {pairs} in which both "
        f"get there; {cost}."
    ]


def _collapsed(comparison: Any) -> list[str]:
    whole = comparison.whole()
    flagged = whole[whole.collapsed()]
    if flagged.empty:
        return []
    fits = ", ".join(f"{r.strategy} (seed {r.seed}, fold {r.fold})" for r in flagged.itertuples())
    return [
        f"Fits that hardly learned anything, and that spoil the mean of their strategy: {fits}."
    ]


def _cautions(comparison: Any, rows: Rows) -> list[str]:
    pairs = [row["n_pairs"] for row in rows.values() if not pd.isna(row["n_pairs"])]
    cautions = []
    if pairs and min(pairs) < 6:
        n = min(pairs)
        cautions.append(
            f"With {n} pair{'s' if n != 1 else ''} the exact Wilcoxon test cannot give a p-value "
            f"below {2 / 2**n:.4g}, however large the difference; more seeds would tell more."
        )
    if comparison["fold"].nunique() > 1:
        cautions.append(
            "The folds share training sequences, which the Wilcoxon test does not know and the "
            "corrected t-test allows for. Where the two disagree, trust the second."
        )
    if comparison["seed"].nunique() == 1:
        cautions.append(
            "There is one seed: how much the scores depend on the random initialisation cannot be "
            "seen."
        )
    if len(pairs) > 1:
        cautions.append(
            "Better and worse are said where the corrected t-test has p < 0.05 after Holm's "
            "correction for the number of strategies."
        )
    if "n_test" in comparison and comparison["n_test"].min() < 50:
        cautions.append(
            f"The smallest test set has {comparison['n_test'].min()} sequences, so that scores are "
            "coarse."
        )
    return cautions
