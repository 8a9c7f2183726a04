"""``rcseq reproduce``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from rcseq.cli._common import (
    FILE,
    InputError,
    alterations,
    command_line,
    default_jobs,
    known_device,
    output_folder,
    require_pictures,
    strategy_names,
    write_csv,
)
from rcseq.cli._network import preset_option
from rcseq.cli._profile import run_profile
from rcseq.cli._stopping import say
from rcseq.cli._suite import run_suite

# The options that not all experiments read, by experiment; those on labels read the others.
_READ = {
    "tfbs-suite": {"data", "preset"},
    "zhou2022-profile": {"peaks", "genome", "plus", "minus"},
}
_OF_LABELS = {"table", "peaks", "genome", "negatives", "network"}
_OF_LABELS |= {"sequence_column", "label_column", "split_column"}


@click.command()
@click.argument("experiment")
@click.option(
    "--table",
    type=FILE,
    help="For the ChIP-seq experiments: TSV or CSV with one sequence a row, label 0 or 1, and a "
    "column that says train, valid or test.",
)
@click.option(
    "--peaks", type=FILE, help="For them as well: BED or narrowPeak, in place of --table."
)
@click.option("--genome", type=FILE, help="In which the --peaks lie: FASTA, bgzip or .2bit.")
@click.option(
    "--negatives",
    default="gc",
    show_default=True,
    help="Beside --peaks: gc, dinucleotide, flanks, or a BED file, such as the published one.",
)
@click.option("--plus", type=FILE, help="For zhou2022-profile: reads of the plus strand, bigWig.")
@click.option("--minus", type=FILE, help="And of the minus strand; --peaks and --genome go along.")
@click.option(
    "--data",
    type=FILE,
    help="For tfbs-suite: folder of tables, each with a column sequence or seq, and label or y.",
)
@preset_option("default")
@click.option("--sequence-column", default="sequence", show_default=True)
@click.option("--label-column", default="label", show_default=True)
@click.option("--split-column", default="split", show_default=True)
@click.option(
    "--network",
    type=click.Choice(["published", "pooled", "default"]),
    default="published",
    show_default=True,
    help="The published network and training; the same with the maximum and mean over positions in "
    "place of its fully connected layer; or this package's own defaults. The report shows those "
    "that were run into the same folder side by side.",
)
@click.option(
    "--seeds", type=click.IntRange(1), default=10, show_default=True, help="Repetitions: 0, 1, ..."
)
@click.option("--strategies", help="Names with commas between; five by default.")
@click.option("--jobs", type=click.IntRange(1), help="Fits at a time; by default as many as cores.")
@click.option("--max-epochs", type=click.IntRange(1), help="Other than published, for a look.")
@click.option("--n-samples", type=click.IntRange(1), help="Fewer than published, for a look.")
@click.option(
    "--device",
    default="auto",
    show_default=True,
    callback=known_device,
    help="auto, cpu, cuda, cuda:1, ...",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the finished fits, results.csv, published.csv, pairs.csv, curves.csv and "
    "report.html.  [default: rcseq-EXPERIMENT]",
)
def reproduce(experiment: str, **options: Any) -> None:
    """Run a published EXPERIMENT, beside the published results.

    zhou2022-sim200, zhou2022-sim1000 and shrikumar2017-position simulate their data. zhou2022-ctcf,
    zhou2022-max, zhou2022-spi1, and zhou2022-chip for any other factor, take yours by --peaks and
    --genome (chromosome 1 validates, chromosome 2 tests) or by --table. zhou2022-profile is on
    profiles of reads on both strands, simulated or from --peaks, --genome, --plus and --minus.
    tfbs-suite runs every strategy on every set of a folder, --data, with a --preset. A run that was
    killed goes on where it stopped when it is started again with the same options.
    """
    _refuse_unread(experiment)
    if experiment == "tfbs-suite":
        run_suite(options)
        return
    if experiment == "zhou2022-profile":
        run_profile(options)
        return
    require_pictures()
    from rcseq import experiments
    from rcseq.report import write_report

    strategies = strategy_names(options["strategies"])
    network, max_epochs, device = (options[name] for name in ("network", "max_epochs", "device"))
    try:
        protocol = experiments.get_experiment(experiment)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="EXPERIMENT") from error
    own = options["table"] or options["peaks"]
    if (own is None) != (protocol.simulate is not None):
        raise click.UsageError(
            f"{experiment} simulates its data; leave out --table and --peaks"
            if own
            else f"{experiment} is on data of your own; give them by --peaks and --genome, or by "
            "--table"
        )
    if options["table"] and options["peaks"]:
        raise click.UsageError("give --table or --peaks, not both")
    if (options["peaks"] is None) != (options["genome"] is None):
        raise click.UsageError("--peaks and --genome go together")
    out = options["out"] or Path(f"rcseq-{experiment}")
    columns = {name: options[name] for name in ("sequence_column", "label_column", "split_column")}
    cautions = alterations(options)
    with output_folder(out):
        try:
            if own is None:
                data = experiments.simulated_data(protocol, options["n_samples"])
            elif options["peaks"]:
                data = experiments.data_from_peaks(
                    options["peaks"],
                    options["genome"],
                    negatives=options["negatives"],
                    n_samples=options["n_samples"],
                )
            else:
                data = experiments.data_from_table(
                    options["table"], n_samples=options["n_samples"], **columns
                )
            click.echo(f"{protocol.title}. {data.description}.", err=True)
            comparison = experiments.reproduce(
                protocol,
                out,
                data=data,
                strategies=strategies,
                seeds=options["seeds"],
                network=network,
                max_epochs=max_epochs,
                device=device,
                n_jobs=options["jobs"] or default_jobs(device),
                progress=True,
            )
        except ValueError as error:  # SequenceFileError is one
            raise InputError(str(error)) from error
        beside = experiments.beside_published(comparison, protocol)
        write_csv(out / "results.csv", comparison.table, index=False)
        write_csv(out / "curves.csv", comparison.curves, index=False)
        write_csv(out / "published.csv", beside)
        write_csv(out / "pairs.csv", experiments.pairwise_tests(comparison, protocol))
        ceiling = experiments.ceiling(data, protocol)
        others = {
            name: experiments.finished(
                protocol, out, data, network=name, max_epochs=max_epochs, device=device
            )
            for name in experiments.NETWORKS
            if name != network
        }
        report = experiments.reproduction_report(
            comparison,
            protocol,
            ceiling=ceiling,
            network=network,
            other_networks={name: fits for name, fits in others.items() if fits is not None},
            filters=experiments.learned_filters(comparison, data),
            true_motifs=data.motifs,
            cautions=cautions,
            about={"Data": data.description, "Command": command_line()},
        )
        write_report(out / "report.html", report)
    lines = [beside.round(4).to_string(), *cautions]
    if ceiling is not None:
        lines.append(f"A classifier that knows the simulation reaches an auROC of {ceiling:.4f}.")
    say("\n".join([*lines, f"Wrote {out / 'results.csv'} and {out / 'report.html'}."]))


def _refuse_unread(experiment: str) -> None:
    """Refuse an option that the experiment would leave unread."""
    context = click.get_current_context()
    unread = _OF_LABELS.union(*_READ.values()) - _READ.get(experiment, _OF_LABELS)
    for name in sorted(unread):
        if context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT:
            owners = [one for one, read in _READ.items() if name in read - _OF_LABELS]
            owner = owners[0] if owners else "other experiments"
            raise click.UsageError(
                f"--{name.replace('_', '-')} is for {owner}, not for {experiment}"
            )
