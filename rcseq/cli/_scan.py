"""``rcseq scan``."""

from __future__ import annotations

import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from rcseq.cli._common import FILE, InputError, default_jobs, listed, output_file, writing
from rcseq.cli._model import load_model, model_argument


@click.command()
@model_argument
@click.option(
    "--genome", type=FILE, required=True, help="FASTA, plain or packed with bgzip, or .2bit."
)
@click.option(
    "--out",
    type=FILE,
    required=True,
    help="The track: .bw or .bigWig, or .bedgraph for text.",
)
@click.option(
    "--step", type=click.IntRange(1), default=50, show_default=True, help="Bases between windows."
)
@click.option(
    "--width", type=click.IntRange(1), help="Bases of a window; by default what the model reads."
)
@click.option("--regions", type=FILE, help="BED: scan only what touches its intervals.")
@click.option("--chromosomes", help="Scan only these; names with commas between.")
@click.option(
    "--output", help="Class, task or value to write, by its name or index, where there are several."
)
@click.option(
    "--kind",
    type=click.Choice(["auto", "probability", "logit"]),
    default="auto",
    show_default=True,
    help="What is written of a classifier; auto is the probability where there is one.",
)
@click.option(
    "--strand",
    type=click.Choice(["both", "forward", "reverse"]),
    default="both",
    show_default=True,
    help="both is the mean of the two; a model that is the same for both is asked once.",
)
@click.option(
    "--max-unknown",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    help="Windows with a larger share of unknown bases have no value.",
)
@click.option("--peaks", type=FILE, help="narrowPeak: stretches that reach the --threshold.")
@click.option("--threshold", type=float, help="For --peaks, in units of the track.")
@click.option("--jobs", type=click.IntRange(1), help="Processes; by default as many as cores.")
@click.option("--batch-size", type=click.IntRange(1), help="Windows that the model gets at a time.")
def scan(**options: Any) -> None:
    """Predict along a genome with a MODEL that rcseq.save wrote, and write a track.

    The value of every --step bases is the prediction for the window around their middle. A scan
    that was killed goes on where it stopped when it is started again with the same options.
    """
    if (options["peaks"] is None) != (options["threshold"] is None):
        raise click.UsageError("--peaks and --threshold go together")
    from rcseq.io import check_track_name

    out, peaks = options["out"], options["peaks"]
    try:
        check_track_name(out)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--out") from error
    except ImportError as error:
        raise click.ClickException(str(error)) from error
    model = load_model(options["model"])
    start = time.perf_counter()
    with writing(out), nullcontext() if peaks is None else writing(peaks, "--peaks"):
        n_bases = _scan(model, options)
    seconds = time.perf_counter() - start
    click.echo(
        f"Wrote {out}: {n_bases:,} bases in {seconds:.1f} s, "
        f"{n_bases / seconds / 1e6 * 60:.1f} Mb a minute."
    )
    if peaks is not None:
        _write_peaks(out, peaks, options["threshold"])


def _scan(model: Any, options: dict[str, Any]) -> int:
    import hashlib

    from rcseq.io import read_regions
    from rcseq.scan import scan_genome

    chromosomes, regions = options["chromosomes"], options["regions"]
    with options["model"].open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
    same = ("genome", "out", "step", "width", "kind", "strand", "max_unknown", "batch_size")
    try:
        return scan_genome(
            model,
            **{name: options[name] for name in same},
            chromosomes=None if chromosomes is None else listed(chromosomes),
            regions=None if regions is None else read_regions(regions, options["genome"]).regions,
            output=_output(model, options["output"]),
            n_jobs=options["jobs"] or default_jobs("auto"),
            progress=True,
            resume=checksum,
        )
    except (TypeError, ValueError) as error:  # SequenceFileError is one
        raise InputError(str(error)) from error
    except ImportError as error:
        raise click.ClickException(str(error)) from error


def _output(model: Any, text: str | None) -> int | None:
    """Return the index of an output that is given by the name of its class, or by its index."""
    if text is None:
        return None
    classes = getattr(model, "classes_", None)
    names = [] if classes is None or isinstance(classes, list) else [str(name) for name in classes]
    if len(names) > 2 and text in names:
        return names.index(text)
    if not text.isdigit():
        there = f"; its classes are {', '.join(names)}" if len(names) > 2 else ""
        raise click.BadParameter(
            f"{text!r} is not an output of the model{there}", param_hint="--output"
        )
    return int(text)


def _write_peaks(track: Path, path: Path, threshold: float) -> None:
    from rcseq.scan import find_peaks

    peaks = find_peaks(track, threshold)
    with output_file(path) as file:
        peaks.to_csv(file, sep="\t", header=False, index=False)
    click.echo(f"Wrote {path}: {len(peaks):,} peaks.")
