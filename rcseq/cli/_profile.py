"""``rcseq reproduce zhou2022-profile``: what differs from the experiments on labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from rcseq.cli._common import (
    FITS,
    InputError,
    alterations,
    command_line,
    default_jobs,
    output_folder,
    strategy_names,
    write_csv,
)
from rcseq.cli._stopping import say

__all__ = ["run_profile"]

_FILES = ("peaks", "genome", "plus", "minus")


def run_profile(options: dict[str, Any]) -> None:
    """Run the strategies on profiles, and write their table and page."""
    from rcseq import experiments
    from rcseq.report import write_report

    missing = [f"--{name}" for name in _FILES if options[name] is None]
    if 0 < len(missing) < len(_FILES):
        raise click.UsageError(
            "--peaks, --genome, --plus and --minus go together, or none of them for the "
            f"simulation; {' and '.join(missing)} is missing"
        )
    names = strategy_names(options["strategies"])
    settings = {name: options[name] for name in ("device", "max_epochs") if options[name]}
    out = options["out"] or Path("rcseq-zhou2022-profile")
    with output_folder(out):
        try:
            if missing:
                data = experiments.simulated_profiles(options["n_samples"])
            else:
                files = [options[name] for name in _FILES]
                data = experiments.profiles_from_tracks(*files, n_samples=options["n_samples"])
            click.echo(f"{data.description}.", err=True)
            comparison = experiments.compare_profiles(
                data,
                out / FITS,
                strategies=names,
                seeds=options["seeds"],
                settings=settings,
                n_jobs=options["jobs"] or default_jobs(options["device"]),
                progress=True,
            )
        except (ImportError, ValueError) as error:  # SequenceFileError is one
            raise InputError(str(error)) from error
        ceiling = experiments.profile_ceiling(data)
        shown = experiments.profile_table(comparison, ceiling)
        write_csv(out / "results.csv", comparison.table, index=False)
        write_csv(out / "curves.csv", comparison.curves, index=False)
        about = {"Data": data.description, "Command": command_line()}
        cautions = alterations(options)
        report = experiments.profile_report(
            comparison, ceiling, data, cautions=cautions, about=about
        )
        write_report(out / "report.html", report)
    lines = [shown.to_string(), *cautions]
    say("\n".join([*lines, f"Wrote {out / 'results.csv'} and {out / 'report.html'}."]))
