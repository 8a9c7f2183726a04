"""``rcseq reproduce tfbs-suite``: what differs from the experiments of a publication."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from rcseq.cli._common import (
    FITS,
    InputError,
    command_line,
    default_jobs,
    output_folder,
    strategy_names,
    write_csv,
)
from rcseq.cli._network import about_preset
from rcseq.cli._stopping import say

__all__ = ["run_suite"]


def run_suite(options: dict[str, Any]) -> None:
    """Run the suite on a folder of sets, and write its table and its page."""
    from rcseq import experiments
    from rcseq.report import write_report
    from rcseq.strategies import STRATEGIES

    if options["data"] is None:
        raise click.UsageError("tfbs-suite is on sets of your own; give their folder by --data")
    named = options["strategies"]
    names = list(STRATEGIES) if named is None else strategy_names(named)
    settings = {name: options[name] for name in ("device", "max_epochs") if options[name]}
    out = options["out"] or Path("rcseq-tfbs-suite")
    with output_folder(out):
        try:
            sets = experiments.suite_data(options["data"])
            table = experiments.tfbs_suite(
                sets,
                out / FITS,
                strategies=names,
                seeds=options["seeds"],
                n_train=options["n_samples"],
                preset=options["preset"],
                settings=settings,
                n_jobs=options["jobs"] or default_jobs(options["device"]),
                progress=True,
            )
        except ValueError as error:  # SequenceFileError is one
            raise InputError(str(error)) from error
        write_csv(out / "results.csv", table, index=False)
        about = {
            "Sets": ", ".join(sets),
            "Preset": about_preset(options),
            "Command": command_line(),
        }
        write_report(out / "report.html", experiments.suite_report(table, about))
    scores = table.groupby(["strategy", "set"], sort=False)["score"].mean().unstack()
    say(f"{scores.round(4).to_string()}\nWrote {out / 'results.csv'} and {out / 'report.html'}.")
