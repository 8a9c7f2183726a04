"""``rcseq compare``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from rcseq.cli._audit import look_at
from rcseq.cli._common import (
    FITS,
    InputError,
    command_line,
    default_jobs,
    listed,
    output_folder,
    require_pictures,
    strategy_names,
    write_csv,
)
from rcseq.cli._input import about_data, check_folds, data_options, read_data
from rcseq.cli._network import (
    about_preset,
    given_split,
    make_model,
    network_options,
    preset_option,
)
from rcseq.cli._stopping import say


@click.command()
@data_options
@click.option("--cv", type=click.IntRange(2), default=5, show_default=True, help="Folds.")
@click.option(
    "--seeds", type=click.IntRange(1), default=1, show_default=True, help="Repetitions: 0, 1, ..."
)
@click.option("--strategies", help="Names with commas between; five by default.")
@preset_option("fast")  # there are many fits
@network_options
@click.option(
    "--baseline/--no-baseline",
    default=True,
    show_default=True,
    help="A linear model on k-mers beside the networks.",
)
@click.option(
    "--strand-test/--no-strand-test",
    default=True,
    show_default=True,
    help="Test first, by k-mers, whether the target depends on the strand that is in the file.",
)
@click.option(
    "--scoring",
    help="Names of scikit-learn scorers with commas between; by default roc_auc and "
    "average_precision, or r2 for measurements.",
)
@click.option(
    "--budget",
    type=click.Choice(["filters", "channels", "parameters", "compute"]),
    default="filters",
    show_default=True,
    help="What the networks have in common: the specification as it stands, or by another number "
    "of filters the channels, learned parameters or operations of the one that shares parameters.",
)
@click.option(
    "--train-sizes",
    help="Shares of the training sets with commas between, such as 0.1,0.3,1, for "
    "sample-efficiency curves.",
)
@click.option("--jobs", type=click.IntRange(1), help="Fits at a time; by default as many as cores.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("rcseq-results"),
    show_default=True,
    help="Folder for results.csv, summary.csv, curves.csv, predictions.csv.gz, report.html and the "
    "finished fits with their models.",
)
def compare(**options: Any) -> None:
    """Cross-validate the strand strategies on your sequences, and write a report.

    Without --positives and --negatives, or --table, it runs on data that come with the package. A
    run that was killed goes on where it stopped when it is started again with the same options.
    """
    # Libraries are loaded here, so that --help and mistakes in the command line answer at once.
    require_pictures()
    from rcseq.model_selection import compare_strategies
    from rcseq.report import (
        comparison_report,
        describe,
        format_summary,
        hyperparameters,
        write_report,
    )

    data = read_data(options)
    strategies = strategy_names(options["strategies"])
    sizes = _train_sizes(options["train_sizes"])
    if sizes and data.split is not None:
        raise click.UsageError("--train-sizes goes with folds, not with --split-column")
    check_folds(data, options["cv"])
    scoring = _scoring(options["scoring"])
    cv = options["cv"] if data.split is None else [given_split(data)]
    n_folds = len(cv) if isinstance(cv, list) else cv
    jobs = options["jobs"] or default_jobs(options["device"])
    model = make_model(data, options)
    findings = look_at(data, strand_test=options["strand_test"])
    with output_folder(options["out"]) as out:
        n_models = len(strategies) + options["baseline"]
        n_fits = n_models * n_folds * options["seeds"] * len(sizes or [1])
        click.echo(
            f"{data.description}. {n_fits} fits of {n_models} models, {min(jobs, n_fits)} at a "
            "time.",
            err=True,
        )
        try:
            comparison = compare_strategies(
                model,
                data.sequences,
                data.target,
                strategies=strategies,
                cv=cv,
                scoring=scoring,
                seeds=options["seeds"],
                groups=data.groups,
                baselines="kmer" if options["baseline"] else None,
                budget=options["budget"],
                train_sizes=sizes,
                n_jobs=jobs,
                progress=True,
                cache=out / FITS,
            )
        except ValueError as error:
            notes = " ".join(getattr(error, "__notes__", []))
            raise InputError(f"{data.name}: {error} {notes}".rstrip()) from error
        # The report comes last: without it the results are there.
        write_csv(out / "results.csv", comparison.table, index=False)
        write_csv(out / "summary.csv", comparison.summary())
        write_csv(out / "curves.csv", comparison.curves, index=False)
        write_csv(out / "predictions.csv.gz", comparison.predictions, index=False)
        about = {
            **about_data(data),
            "Preset": about_preset(options),
            "Hyperparameters": hyperparameters(model),
            "Command": command_line(),
        }
        try:
            write_report(
                out / "report.html", comparison_report(comparison, about=about, about_data=findings)
            )
        finally:
            table = _terminal_table(format_summary(comparison))
            say(f"{table}\n\n{describe(comparison)['headline']}")
    say(f"Wrote {out / 'results.csv'} and {out / 'report.html'}.")
    say(f"The models are in {out / FITS}; rcseq.load reads them.")


def _terminal_table(summary: Any, width: int = 80) -> str:
    """Choose the columns that fit, the most telling ones first; summary.csv has all of them."""
    names = {"p (corrected t)": "p", "strand discordance": "discordance"}
    last = ["p (Wilcoxon)", "collapsed", "parameters"]
    columns = [*summary.columns.drop(last, errors="ignore"), *summary.columns.intersection(last)]
    text, kept = "", []
    for column in columns:
        kept.append(column)
        wider = summary[[c for c in summary if c in kept]].rename(columns=names).to_string()
        if max(map(len, wider.splitlines())) > width and text:
            kept.pop()
        else:
            text = wider
    return text


def _scoring(text: str | None) -> list[str] | None:
    from sklearn.metrics import get_scorer_names

    if text is None:
        return None
    names = listed(text)
    unknown = [name for name in names if name not in get_scorer_names()]
    if unknown or not names:
        raise click.BadParameter(
            f"{(unknown or [text])[0]!r} is not a scorer of scikit-learn, such as roc_auc, "
            "average_precision, matthews_corrcoef or accuracy",
            param_hint="--scoring",
        )
    return names


def _train_sizes(text: str | None) -> list[float] | None:
    if text is None:
        return None
    try:
        sizes = [float(size) for size in text.split(",")]
    except ValueError as error:
        raise click.BadParameter("is not a list of numbers", param_hint="--train-sizes") from error
    if not all(0 < size <= 1 for size in sizes):
        raise click.BadParameter("shares lie between 0 and 1", param_hint="--train-sizes")
    return sizes
