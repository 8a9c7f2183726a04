"""The report of one fitted model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd

from rcseq.plotting import (
    StrandScatterDisplay,
    StrategyPrecisionRecallDisplay,
    StrategyRocDisplay,
    TrainingCurveDisplay,
    import_pyplot,
    metric_label,
    seconds_label,
)
from rcseq.prediction import final_estimator
from rcseq.report._format import hyperparameters
from rcseq.report._html import Picture, Table, render_report
from rcseq.report._template import captioned, sentences

__all__ = ["fit_report", "fit_words"]


def fit_report(
    model: Any,
    evaluation: Any = None,
    *,
    title: str = "A fitted model",
    cautions: Sequence[str] = (),
    about: Mapping[str, Any] | None = None,
    about_data: Sequence[str] = (),
) -> str:
    """Make a report of a model: how good it is on sequences that it did not see, and its training.

    Parameters
    ----------
    model : fitted estimator
    evaluation : StrategyComparison, optional
        Of this one model: a fit that was tested on held-out sequences, or folds.
    title : str
    cautions : sequence of str
        What the numbers do not say, beside what follows from them.
    about : mapping of str to str, optional
        What the data are and how the model was made, for the end of the report.
    about_data : sequence of str
        What is wrong with the data, or must be known of them, for the top of the report; for
        example the warnings of :func:`rcseq.model_selection.check_data`.

    Returns
    -------
    str
        One HTML document with its pictures inside.

    Raises
    ------
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> from rcseq.report import fit_report, write_report
    >>> write_report("model.html", fit_report(model))  # doctest: +SKIP
    """
    import_pyplot()
    headline, *more = fit_words(evaluation)
    strategy = getattr(final_estimator(model), "strategy", None)
    tables = [] if evaluation is None else [_scores(evaluation)]
    return render_report(
        title,
        headline=headline,
        cautions=[*cautions, *more],
        strategies=[] if strategy is None else [str(getattr(strategy, "name", strategy))],
        tables=tables,
        pictures=_pictures(model, evaluation),
        about={"Hyperparameters": hyperparameters(model), **(about or {})},
        about_data=about_data,
    )


def fit_words(evaluation: Any) -> list[str]:
    """Write the scores of a model as sentences, the answer first.

    Parameters
    ----------
    evaluation : StrategyComparison or None

    Returns
    -------
    list of str
    """
    if evaluation is None:
        return sentences("fit.txt", scores=[], n_folds=0, n_test=0)
    table = evaluation.table
    scores = [
        (metric_label(metric), table[f"test_{metric}"].mean(), table[f"test_{metric}"].std())
        for metric in evaluation.metrics
    ]
    n_test = int(table["n_test"].sum())
    return sentences("fit.txt", scores=scores, n_folds=len(table), n_test=n_test)


def _scores(evaluation: Any) -> Table:
    rows = {}
    for row in evaluation.table.to_dict("records"):
        cells = {metric_label(m): f"{row[f'test_{m}']:.4f}" for m in evaluation.metrics}
        cells["strand discordance"] = f"{row['strand_discordance']:.2g}"
        cells["trained on"], cells["tested on"] = f"{row['n_train']:,}", f"{row['n_test']:,}"
        cells["epochs"] = "–" if pd.isna(row["n_epochs"]) else str(row["n_epochs"])
        cells["s / fit"] = seconds_label(row["fit_time"])
        rows[row["fold"] + 1] = cells
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("fold")
    return Table.of(*captioned("fit_scores", n_folds=len(table)), table)


def _pictures(model: Any, evaluation: Any) -> list[Picture]:
    plan: list[tuple[str, Any]] = []
    if getattr(final_estimator(model), "history", None):
        plan.append(("fit_epochs", partial(TrainingCurveDisplay.from_estimator, model)))
    if evaluation is not None:
        truth = evaluation.predictions["y_true"].dropna()
        if len(truth) and truth.isin((0, 1)).all():
            plan += [
                ("fit_roc", partial(StrategyRocDisplay.from_comparison, evaluation)),
                (
                    "fit_precision_recall",
                    partial(StrategyPrecisionRecallDisplay.from_comparison, evaluation),
                ),
            ]
        plan.append(("strands", partial(StrandScatterDisplay.from_comparison, evaluation)))
    return [Picture.of(*captioned(name), draw().figure_) for name, draw in plan]
