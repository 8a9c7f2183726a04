"""Peaks of a genome as labelled data."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rcseq.cli._common import FILE, InputError, listed

if TYPE_CHECKING:
    from rcseq.sequences import LabelledSequences

PEAK_OPTIONS = (
    click.option(
        "--peaks",
        type=FILE,
        help="BED, narrowPeak or broadPeak of one class; --negatives is then gc (the default), "
        "dinucleotide, flanks, or a file: FASTA, or BED.",
    ),
    click.option(
        "--genome", type=FILE, help="Genome of --peaks: FASTA, plain or by bgzip, or .2bit."
    ),
    click.option(
        "--width",
        type=click.IntRange(1),
        help="Bases around each summit, or middle.  [default: peaks as they are]",
    ),
    click.option(
        "--center",
        type=click.Choice(["summit", "middle"]),
        default="summit",
        show_default=True,
        help="What windows are centred on, where a peak has a summit.",
    ),
    click.option(
        "--ratio",
        type=click.IntRange(1),
        default=1,
        show_default=True,
        help="Negatives that are made for each peak.",
    ),
    click.option("--blacklist", type=FILE, help="BED of places that no window may touch."),
    click.option("--chromosomes", help="Names with commas between; all by default."),
    click.option("--exclude-chromosomes", help="Names with commas between."),
    click.option(
        "--edges",
        type=click.Choice(["pad", "drop"]),
        default="pad",
        show_default=True,
        help="Pad windows past the end of a chromosome by N, or leave them out.",
    ),
    click.option(
        "--overlaps",
        type=click.Choice(["keep", "drop"]),
        default="keep",
        show_default=True,
        help="Keep windows that overlap, or the strongest of them alone.",
    ),
)
_ONLY_HERE = ("genome", "width", "blacklist", "chromosomes", "exclude_chromosomes")


def check_peak_options(options: dict[str, Any]) -> None:
    """Refuse options of peaks without peaks, and peaks without a genome."""
    if options["peaks"] is None:
        for name in _ONLY_HERE:
            if options[name] is not None:
                raise click.UsageError(f"--{name.replace('_', '-')} goes with --peaks")
    elif options["genome"] is None:
        raise click.UsageError("--peaks needs the --genome in which they lie")


def read_peak_data(options: dict[str, Any]) -> LabelledSequences:
    from rcseq.datasets import load_peaks

    given: Path | None = options["negatives"]
    named: dict[str, Any] = {
        name: None if options[name] is None else listed(options[name])
        for name in ("chromosomes", "exclude_chromosomes")
    }
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", UserWarning)
            data = load_peaks(
                options["peaks"],
                options["genome"],
                width=options["width"],
                negatives="gc" if given is None else str(given),
                ratio=options["ratio"],
                center=options["center"],
                blacklist=options["blacklist"],
                **named,
                edges=options["edges"],
                overlaps=options["overlaps"],
            )
    except ValueError as error:
        raise InputError(str(error)) from error
    except ImportError as error:
        raise click.ClickException(str(error)) from error
    for warning in caught:
        click.echo(f"Warning: {warning.message}", err=True)
    return data
