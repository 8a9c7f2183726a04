"""``rcseq audit``, and what the commands that train say about their data first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rcseq.cli._common import InputError, output_file
from rcseq.cli._input import data_options, read_data

if TYPE_CHECKING:
    from rcseq.model_selection import Finding
    from rcseq.sequences import LabelledSequences

_SAID = ("positive class", "balance")  # the notes that a report begins with


@click.command()
@data_options
@click.option("--out", type=click.Path(path_type=Path), help="TSV of the findings.")
@click.option(
    "--strand-test",
    is_flag=True,
    help="Test whether the target depends on the strand that is in the file.",
)
@click.option("--strict", is_flag=True, help="End with status 1 if there is a warning.")
def audit(**options: Any) -> None:
    """Look at your sequences before a model is trained on them.

    Looks for copies, near-copies and overlapping intervals in both classes, or where a split can
    part them, and whether length, GC content, unknown bases or lower case alone tell the class.
    """
    from rcseq.model_selection import check_data

    data = read_data(options)
    found = check_data(data)
    if options["strand_test"]:
        try:
            found.findings.append(_strand_test(data))
        except ValueError as error:
            raise InputError(f"--strand-test: {error}") from error
    click.echo(f"{data.description}.")
    for finding in found.findings:
        click.echo(f"{finding.severity.capitalize()}: {finding.message}")
    if not found.warnings:
        click.echo("Nothing was found that makes a model seem better than it is.")
    if len(found.features):
        click.echo()
        click.echo(found.features.to_string(float_format="{:.3g}".format))
    if options["out"] is not None:
        with output_file(options["out"]) as file:
            found.table().to_csv(file, sep="\t", index=False, mode="wb")
        click.echo(f"Wrote {options['out']}.")
    if options["strict"] and found.warnings:
        raise click.exceptions.Exit(1)


def _strand_test(data: LabelledSequences) -> Finding:
    """Test whether the target depends on the strand, and which strategies make sense then."""
    from rcseq.model_selection import Finding, strand_symmetry_test

    target = data.target.astype(float) if data.task == "regression" else data.target
    test = strand_symmetry_test(data.sequences, target, groups=data.groups, random_state=0)
    return Finding("strand", "note", str(test), test.pvalue)


def look_at(data: LabelledSequences, *, strand_test: bool = False) -> list[str]:
    """Print what is wrong with the data, for the top of the report as well."""
    from rcseq.model_selection import check_data

    found = check_data(data)
    for finding in found.findings:
        if finding.severity == "warning":
            click.echo(f"Warning: {finding.message}", err=True)
        elif finding.kind == "balance":
            click.echo(finding.message, err=True)
    said = [finding.message for finding in found.findings if finding.kind in _SAID]
    if strand_test:
        try:
            said.append(_strand_test(data).message)
        except ValueError as error:  # no reason to compare nothing
            said.append(f"Whether the target depends on the strand was not tested: {error}.")
        click.echo(said[-1], err=True)
    return [*found.warnings, *said]
