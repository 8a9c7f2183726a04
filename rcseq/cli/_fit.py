"""``rcseq fit``."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rcseq.cli._audit import look_at
from rcseq.cli._common import (
    InputError,
    command_line,
    default_jobs,
    listed,
    require_pictures,
    strategy_names,
    writing,
)
from rcseq.cli._input import about_data, check_folds, data_options, is_regression, read_data
from rcseq.cli._network import (
    about_preset,
    given_split,
    make_model,
    network_options,
    preset_option,
)

if TYPE_CHECKING:
    from rcseq.sequences import LabelledSequences


@click.command()
@data_options
@click.option("--strategy", default="rcps", show_default=True, help="Of the two strands.")
@preset_option("default")
@network_options
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option(
    "--test-size",
    type=click.FloatRange(0, 0.5),
    default=0.2,
    show_default=True,
    help="Share of the sequences that is held out and tested on; 0 trains on all of them.",
)
@click.option(
    "--test-groups",
    help="Groups with commas between that are held out instead, such as chromosomes: chr8,chr9.",
)
@click.option(
    "--cv",
    type=click.IntRange(2),
    help="Test by so many folds instead, and train the model on all sequences.",
)
@click.option(
    "--jobs",
    type=click.IntRange(1),
    help="Folds at a time, or without --cv members of --preset best.  [default: cores]",
)
@click.option("--report/--no-report", default=True, show_default=True)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("model.rcseq"),
    show_default=True,
    help="The model; the report is beside it, with the ending .html.",
)
def fit(**options: Any) -> None:
    """Train a model on your sequences, test it, and save it.

    The sequences are read as those of rcseq compare. A part of them is held out and tested on; the
    model that is saved is the one that was tested. With --cv it is tested by folds, and the model
    that is saved is trained on everything.
    """
    if options["report"]:
        require_pictures()
    out = options["out"]
    html = out.with_suffix(".html")
    if out == html:
        raise InputError(f"--out {out} is the place of the report; end the model's in .rcseq.")
    for path in (out, html) if options["report"] else (out,):
        with writing(path):  # said before the training
            pass
    _fit_and_write(out, html, options)
    click.echo(f"Wrote {out}{f' and {html}' if options['report'] else ''}.")


def _fit_and_write(out: Path, html: Path, options: dict[str, Any]) -> None:
    data = read_data(options)
    (strategy,) = _one(strategy_names(options["strategy"]))
    splits = _splits(data, options)
    model = make_model(data, options, strategy=strategy, random_state=options["seed"])
    findings = look_at(data)
    click.echo(f"{data.description}.", err=True)
    try:
        model, evaluation = _fit(model, strategy, data, splits, options)
    except ValueError as error:
        notes = " ".join(getattr(error, "__notes__", []))
        raise InputError(f"{data.name}: {error} {notes}".rstrip()) from error
    from rcseq import save
    from rcseq.report import fit_report, fit_words, write_report

    with writing(out), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".* leaves out")  # what only training needs
        save(model, out)
    for sentence in fit_words(evaluation):
        click.echo(sentence)
    if options["report"]:
        about = {**about_data(data), "Preset": about_preset(options), "Command": command_line()}
        page = fit_report(model, evaluation, title=out.name, about=about, about_data=findings)
        with writing(html):
            write_report(html, page)


def _one(names: list[str]) -> list[str]:
    if len(names) > 1:
        raise click.BadParameter("takes one; rcseq compare takes several", param_hint="--strategy")
    return names


def _splits(data: LabelledSequences, options: dict[str, Any]) -> Any:
    """Return a number of folds, one pair of training and test rows, or None for no test."""
    import numpy as np
    from sklearn.model_selection import (
        GroupKFold,
        KFold,
        StratifiedGroupKFold,
        StratifiedKFold,
    )

    if data.split is not None:
        if options["cv"] or options["test_groups"]:
            raise click.UsageError("--split-column says already what is tested on")
        return [given_split(data)]
    if options["test_groups"]:
        if options["cv"]:
            raise click.UsageError("give --test-groups or --cv, not both")
        return [_held_out(data, options["test_groups"])]
    if options["cv"]:
        check_folds(data, options["cv"])
        return options["cv"]
    if not options["test_size"]:
        return None
    n_folds = round(1 / options["test_size"])
    check_folds(data, n_folds)
    continuous, grouped = is_regression(data), data.groups is not None
    kinds: dict[tuple[bool, bool], Any] = {
        (False, False): StratifiedKFold,
        (False, True): StratifiedGroupKFold,
        (True, False): KFold,
        (True, True): GroupKFold,
    }
    splitter = kinds[continuous, grouped](n_folds, shuffle=True, random_state=options["seed"])
    try:
        return [next(splitter.split(np.zeros(len(data)), data.target, data.groups))]
    except ValueError as error:  # fewer groups than folds
        raise InputError(f"{data.name}: {error}") from error


def _held_out(data: LabelledSequences, text: str) -> tuple[Any, Any]:
    import numpy as np

    from rcseq._messages import did_you_mean

    names = listed(text)
    if data.groups is None:
        raise click.UsageError("--test-groups goes with --groups or --group-column")
    groups = data.groups.astype(str)
    for name in names:
        if name not in groups:
            known = sorted(set(groups))
            some = ", ".join(known[:10]) + (", ..." if len(known) > 10 else "")
            raise InputError(
                f"{data.name}: there is no group {name!r}.{did_you_mean(name, known)} It has {some}"
            )
    test = np.isin(groups, names)
    return np.flatnonzero(~test), np.flatnonzero(test)


def _fit(
    model: Any, strategy: str, data: LabelledSequences, splits: Any, options: dict[str, Any]
) -> tuple[Any, Any]:
    """Return the model that is saved, and what it or its folds scored."""
    from rcseq.model_selection import compare_strategies
    from rcseq.prediction import fit_parameter

    evaluation = None
    jobs = options["jobs"] or default_jobs(options["device"])
    members = {"n_jobs": jobs} if "n_jobs" in model.get_params(deep=False) else {}
    if isinstance(splits, list):
        model.set_params(**members)  # one fold, so its members are what runs at a time
    if splits is not None:
        evaluation = compare_strategies(
            model,
            data.sequences,
            data.target,
            strategies=[strategy],
            cv=splits,
            seeds=[options["seed"]],
            groups=data.groups,
            n_jobs=1 if isinstance(splits, list) else jobs,
            progress=True,
            return_estimators=isinstance(splits, list),
        )
        if isinstance(splits, list):
            (fitted,) = evaluation.estimators.values()
            return fitted, evaluation
    name = None if data.groups is None else fit_parameter(model, "groups")
    groups = {} if name is None else {name: data.groups}
    return model.set_params(**members).fit(data.sequences, data.target, **groups), evaluation
