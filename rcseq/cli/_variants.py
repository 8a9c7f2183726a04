"""``rcseq variants``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rcseq.cli._common import FILE, InputError, writing
from rcseq.cli._model import load_model, model_argument
from rcseq.cli._sequences import progress

if TYPE_CHECKING:
    from rcseq.variants import VcfSummary


@click.command()
@model_argument
@click.argument("variants", type=FILE)
@click.option("--genome", type=FILE, required=True, help="FASTA, plain or bgzipped, or .2bit.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="VCF, packed with bgzip where the name ends in .gz; a table where it ends in .tsv or "
    ".tsv.gz.",
)
@click.option("--tsv", type=click.Path(path_type=Path), help="The scores as a table as well.")
@click.option(
    "--width",
    type=click.IntRange(1),
    help="Bases of a window.  [default: as many as the model reads]",
)
@click.option("--output", help="Which class or task, by name or number, of a model with several.")
@click.option(
    "--max-mismatches",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    help="Share of the alleles at which the genome may have other bases than the file says; if it "
    "is more, nothing is written.",
)
def variants(**options: Any) -> None:
    """Score VARIANTS, a VCF file, by a MODEL file.

    Every record comes back, in order, with the scores in INFO, one value for each alternative
    allele: RCSEQ_REF and RCSEQ_ALT, what the model predicts with either allele, RCSEQ_DELTA, their
    difference, and RCSEQ_LOGIT, that of the log-odds. RCSEQ_NOTE says why an allele has no score.
    """
    from rcseq.variants import score_vcf

    model = load_model(options["model"])
    out, tsv = options["out"], options["tsv"]
    _check_names(out, tsv)
    if tsv:
        with writing(tsv, "--tsv"):  # said before the work
            pass
    with writing(out), progress("variant") as update:
        try:
            summary = score_vcf(
                model,
                options["variants"],
                options["genome"],
                out,
                table=tsv,
                width=options["width"],
                output=options["output"],
                max_mismatches=options["max_mismatches"],
                progress=update,
            )
        except (TypeError, ValueError) as error:  # SequenceFileError is one
            raise InputError(_in_the_words_of_the_command(str(error), options)) from error
        except ImportError as error:
            raise click.ClickException(str(error)) from error
    _say(summary)
    click.echo(f"Wrote {out}{f' and {tsv}' if tsv else ''}.", err=True)


def _check_names(out: Path, tsv: Path | None) -> None:
    endings = (".vcf", ".vcf.gz", ".tsv", ".tsv.gz")
    if not out.name.endswith(endings):
        raise InputError(f"--out {out}: its name must end in one of {', '.join(endings)}.")
    if tsv is not None and not tsv.name.endswith(endings[2:]):
        raise InputError(f"--tsv {tsv}: its name must end in .tsv or .tsv.gz.")
    if tsv is not None and tsv.absolute() == out.absolute():
        raise InputError(f"--tsv {tsv} is the same file as --out.")


def _in_the_words_of_the_command(message: str, options: dict[str, Any]) -> str:
    about_the_model = ("the model", "output=", "width=")
    if message.startswith(about_the_model):
        message = f"{options['model']}: {message}"
    for name in ("output", "width"):
        message = message.replace(f"{name}=...", f"--{name}").replace(f"{name}=", f"--{name} ")
    return message


def _say(summary: VcfSummary) -> None:
    from rcseq.variants import REASONS

    for line in summary.mismatches:
        click.echo(f"Warning: {line}.", err=True)
    more = summary.unscored.get("reference_mismatch", 0) - len(summary.mismatches)
    if more > 0:
        click.echo(f"Warning: {more:,} more alleles do not fit the genome.", err=True)
    click.echo(
        f"{summary.n_records:,} records, {summary.n_alleles:,} alternative alleles, "
        f"{summary.n_scored:,} scored.",
        err=True,
    )
    for reason, count in summary.unscored.items():
        click.echo(f"{count:,} not scored, {reason}: {REASONS[reason]}.", err=True)
