"""``rcseq predict``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from rcseq.cli._common import output_file
from rcseq.cli._model import load_model, model_argument
from rcseq.cli._sequences import (
    check_lengths,
    progress,
    read_sequence_chunks,
    refused_as_input,
    sequence_options,
)


@click.command()
@model_argument
@sequence_options
@click.option("--both-strands", is_flag=True, help="Both strands, and their difference.")
@click.option("--spread", is_flag=True, help="How far the members of an ensemble disagree.")
@click.option(
    "--longer",
    type=click.Choice(["refuse", "crop"]),
    default="refuse",
    show_default=True,
    help="Sequences that are longer than what the model reads: an error, or their middle.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    default=Path("-"),
    help="TSV, gzipped where the name ends in .gz.  [default: standard output]",
)
def predict(**options: Any) -> None:
    """Predict SEQUENCES with a MODEL file, one row a sequence.

    SEQUENCES are FASTA, FASTQ or a table, plain or gzipped; BED with --genome; or - for standard
    input. They are read and predicted some at a time, so a file may be larger than memory. The
    columns are the name and one probability (or value) for each class (or task).
    """
    from rcseq.prediction import predict_table

    model = load_model(options["model"])
    done = 0
    with output_file(options["out"]) as file, progress("sequence") as update:
        for names, sequences in read_sequence_chunks(options):
            if options["longer"] == "refuse":
                check_lengths(model, sequences, options, done)
            with refused_as_input(options):
                table = predict_table(
                    model,
                    sequences.native(),
                    both_strands=options["both_strands"],
                    spread=options["spread"],
                )
            table.insert(0, "name", names)
            table.to_csv(file, sep="\t", index=False, header=not done)
            done += len(names)
            update(len(names))
    click.echo(f"{done:,} sequence{'s' * (done != 1)} predicted.", err=True)
