"""The ``rcseq`` command. It reads files, calls the library and writes what comes back."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import click

from rcseq import __version__


class InputError(click.ClickException):
    """Something about the user's data: one sentence, exit status 2."""

    exit_code = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="rcseq")
def main() -> None:
    """Models of double-stranded DNA, and whether the two strands should share parameters."""


_FILE = click.Path(path_type=Path)  # whether it is there is said by the reader, in one sentence


@main.command()
@click.option("--positives", type=_FILE, help="FASTA, plain or gzipped, of one class.")
@click.option("--negatives", type=_FILE, help="FASTA, plain or gzipped, of the other class.")
@click.option("--table", type=_FILE, help="TSV or CSV with one sequence a row, instead of FASTA.")
@click.option("--sequence-column", default="sequence", show_default=True)
@click.option("--label-column", default="label", show_default=True)
@click.option("--group-column", help="Rows of one group stay on one side of every split.")
@click.option(
    "--groups",
    type=click.Choice(["chromosome", "family"]),
    help="Keep together: sequences of a chromosome (FASTA headers chrom:start-end), or families "
    "of near-duplicates.",
)
@click.option("--cv", type=click.IntRange(2), default=5, show_default=True, help="Folds.")
@click.option(
    "--seeds", type=click.IntRange(1), default=1, show_default=True, help="Repetitions: 0, 1, ..."
)
@click.option("--strategies", help="Names with commas between; all by default.")
@click.option(
    "--baseline/--no-baseline",
    default=True,
    show_default=True,
    help="A linear model on k-mers beside the networks.",
)
@click.option(
    "--budget",
    type=click.Choice(["filters", "channels", "parameters", "compute"]),
    default="filters",
    show_default=True,
    help="What the networks have in common: the specification as it stands, or by another number "
    "of filters the channels, learned parameters or operations of rcps.",
)
@click.option(
    "--train-sizes",
    help="Shares of the training sets with commas between, such as 0.1,0.3,1, for "
    "sample-efficiency curves.",
)
@click.option("--jobs", type=click.IntRange(1), help="Fits at a time; by default as many as cores.")
@click.option("--max-epochs", type=click.IntRange(1), help="Default: that of SequenceClassifier.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1, ...")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("rcseq-results"),
    show_default=True,
    help="Folder for results.csv, summary.csv, curves.csv, predictions.csv.gz and report.html.",
)
def compare(**options: Any) -> None:
    """Cross-validate the strand strategies on your sequences, and write a report.

    Without --positives and --negatives, or --table, it runs on NF-E2 ChIP-seq data that come with
    the package.
    """
    # Libraries are loaded here, so that --help and mistakes in the command line answer at once.
    os.environ.setdefault("MPLBACKEND", "agg")
    try:
        from rcseq.plotting import import_pyplot

        import_pyplot()  # before the work, not after it
    except ImportError as error:
        raise click.ClickException(f"{error}") from error
    from rcseq.model_selection import compare_strategies
    from rcseq.report import comparison_report, describe, format_summary, write_report

    data = _read(options)
    strategies = _strategy_names(options["strategies"])
    sizes = _train_sizes(options["train_sizes"])
    _check_folds(data, options["cv"])
    jobs = options["jobs"] or _default_jobs(options["device"])
    with _folder(options["out"]) as folder:
        n_models = len(strategies) + options["baseline"]
        n_fits = n_models * options["cv"] * options["seeds"] * len(sizes or [1])
        click.echo(
            f"{data.description}. {n_fits} fits of {n_models} models, {min(jobs, n_fits)} at a "
            "time.",
            err=True,
        )
        try:
            comparison = compare_strategies(
                _model(data, options),
                data.sequences,
                data.target,
                strategies=strategies,
                cv=options["cv"],
                seeds=options["seeds"],
                groups=data.groups,
                baselines="kmer" if options["baseline"] else None,
                budget=options["budget"],
                train_sizes=sizes,
                n_jobs=jobs,
                progress=True,
            )
        except ValueError as error:
            notes = " ".join(getattr(error, "__notes__", []))
            raise InputError(f"{data.name}: {error} {notes}".rstrip()) from error
        comparison.to_csv(folder / "results.csv", index=False)
        comparison.summary().to_csv(folder / "summary.csv")
        comparison.curves.to_csv(folder / "curves.csv", index=False)
        comparison.predictions.to_csv(folder / "predictions.csv.gz", index=False)
        about = {"Data": data.description, "Command": _command_line()}
        write_report(folder / "report.html", comparison_report(comparison, about=about))
    click.echo(format_summary(comparison).to_string())
    click.echo()
    click.echo(describe(comparison)["headline"])
    click.echo(f"Wrote {options['out'] / 'results.csv'} and {options['out'] / 'report.html'}.")


@main.command()
@click.argument("experiment")
@click.option(
    "--table",
    type=_FILE,
    help="For the ChIP-seq experiments: TSV or CSV with one sequence a row, label 0 or 1, and a "
    "column that says train, valid or test.",
)
@click.option("--sequence-column", default="sequence", show_default=True)
@click.option("--label-column", default="label", show_default=True)
@click.option("--split-column", default="split", show_default=True)
@click.option(
    "--network",
    type=click.Choice(["published", "default"]),
    default="published",
    show_default=True,
    help="The published network and training, or this package's own defaults.",
)
@click.option(
    "--seeds", type=click.IntRange(1), default=10, show_default=True, help="Repetitions: 0, 1, ..."
)
@click.option("--strategies", help="Names with commas between; all by default.")
@click.option("--jobs", type=click.IntRange(1), help="Fits at a time; by default as many as cores.")
@click.option("--max-epochs", type=click.IntRange(1), help="Other than published, for a look.")
@click.option("--n-samples", type=click.IntRange(1), help="Fewer than published, for a look.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1, ...")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the finished fits, results.csv, published.csv, pairs.csv, curves.csv and "
    "report.html.  [default: rcseq-EXPERIMENT]",
)
def reproduce(experiment: str, **options: Any) -> None:
    """Run a published EXPERIMENT, beside the published results.

    zhou2022-sim200 and zhou2022-sim1000 simulate their data; zhou2022-ctcf, zhou2022-max and
    zhou2022-spi1 take yours by --table. A run that was killed goes on where it stopped when it is
    started again with the same options.
    """
    os.environ.setdefault("MPLBACKEND", "agg")
    try:
        from rcseq.plotting import import_pyplot

        import_pyplot()  # before the work, not after it
    except ImportError as error:
        raise click.ClickException(f"{error}") from error
    from rcseq import experiments

    strategies = _strategy_names(options["strategies"])
    try:
        protocol = experiments.get_experiment(experiment)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="EXPERIMENT") from error
    if (options["table"] is None) != (protocol.simulated_length is not None):
        raise click.UsageError(
            f"{experiment} simulates its data; leave out --table"
            if options["table"]
            else f"{experiment} is on data of your own; give them by --table"
        )
    out = options["out"] or Path(f"rcseq-{experiment}")
    columns = {name: options[name] for name in ("sequence_column", "label_column", "split_column")}
    try:
        out.mkdir(parents=True, exist_ok=True)
        if options["table"] is None:
            data = experiments.simulated_data(protocol, options["n_samples"])
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
            n_jobs=options["jobs"] or _default_jobs(options["device"]),
            progress=True,
            **{name: options[name] for name in ("seeds", "network", "max_epochs", "device")},
        )
    except OSError as error:
        raise InputError(f"--out {out} cannot be written: {error.strerror}.") from error
    except ValueError as error:  # SequenceFileError is one
        raise InputError(str(error)) from error
    beside = experiments.beside_published(comparison, protocol)
    changed = [
        f"--{name}" for name in ("n-samples", "max-epochs") if options[name.replace("-", "_")]
    ]
    cautions = [f"This is no reproduction: {' and '.join(changed)} changed it."] if changed else []
    ceiling = data.ceiling()
    with _folder(out) as folder:
        comparison.to_csv(folder / "results.csv", index=False)
        comparison.curves.to_csv(folder / "curves.csv", index=False)
        beside.to_csv(folder / "published.csv")
        experiments.pairwise_tests(comparison, protocol).to_csv(folder / "pairs.csv")
        report = experiments.reproduction_report(
            comparison,
            protocol,
            ceiling=ceiling,
            network=options["network"],
            cautions=cautions,
            about={"Data": data.description, "Command": _command_line()},
        )
        (folder / "report.html").write_text(report, "utf-8")
    click.echo(beside.round(4).to_string())
    for sentence in cautions:
        click.echo(sentence)
    if ceiling is not None:
        click.echo(f"A classifier that knows the true motifs reaches an auROC of {ceiling:.4f}.")
    click.echo(f"Wrote {out / 'results.csv'} and {out / 'report.html'}.")


class _Data(NamedTuple):
    name: str
    description: str
    sequences: list[str]
    target: Any
    groups: Any
    places: dict[Any, tuple[str, str]]  # where each class is, and what it is called there


def _read(options: dict[str, Any]) -> _Data:
    from rcseq.io import SequenceFileError

    positives, negatives, table = (options[k] for k in ("positives", "negatives", "table"))
    if table is not None and (positives or negatives):
        raise click.UsageError("give --table, or --positives and --negatives, not both")
    if (positives is None) != (negatives is None):
        raise click.UsageError("--positives and --negatives go together")
    if table is None and options["group_column"]:
        raise click.UsageError("--group-column names a column of --table")
    if options["group_column"] and options["groups"]:
        raise click.UsageError("give --group-column or --groups, not both")
    try:
        if table is not None:
            data, names = _read_table(table, options)
        elif positives is not None:
            data, names = _read_fasta(positives, negatives)
        else:
            data, names = _embedded()
    except SequenceFileError as error:
        raise InputError(str(error)) from error
    return data if options["groups"] is None else _group(data, names, options["groups"])


def _read_table(path: Path, options: dict[str, Any]) -> tuple[_Data, list[str] | None]:
    import numpy as np

    from rcseq.io import read_table

    label = options["label_column"]
    rows = read_table(
        path,
        sequence_column=options["sequence_column"],
        target_column=label,
        group_column=options["group_column"],
    )
    target = rows[label].to_numpy()
    if target.dtype.kind not in "iufb":
        target = target.astype(str)
    groups = rows[options["group_column"]].to_numpy() if options["group_column"] else None
    sequences = rows[options["sequence_column"]].tolist()
    counts = rows[label].value_counts()
    description = f"{path}: {len(rows):,} sequences"
    if len(counts) == 1 and not _continuous(target):
        raise InputError(
            f"{path}: the column {label!r} holds one class only, {counts.index[0]!r}; a comparison "
            "needs two."
        )
    if not _continuous(target):
        shares = ", ".join(f"{count:,} of {name}" for name, count in counts.items())
        description += f" ({shares})"
    column = f"{path}: the column {label!r}"
    places = {name: (column, f" of class {name}") for name in np.unique(target).tolist()}
    names = rows["name"].astype(str).tolist() if "name" in rows else None
    return _Data(str(path), description, sequences, target, groups, places), names


def _read_fasta(positives: Path, negatives: Path) -> tuple[_Data, list[str]]:
    import numpy as np

    from rcseq.io import read_fasta

    bound, unbound = read_fasta(positives), read_fasta(negatives)
    both = len(set(bound["sequence"]) & set(unbound["sequence"]))
    if both:
        click.echo(
            f"Warning: {both:,} sequences are in {positives} and in {negatives} as well.", err=True
        )
    description = (
        f"{positives} ({len(bound):,} positives) and {negatives} ({len(unbound):,} negatives)"
    )
    data = _Data(
        f"{positives} and {negatives}",
        description,
        [*bound["sequence"], *unbound["sequence"]],
        np.repeat([1, 0], [len(bound), len(unbound)]),
        None,
        {1: (str(positives), ""), 0: (str(negatives), "")},
    )
    return data, [*bound["name"], *unbound["name"]]


def _embedded() -> tuple[_Data, list[str]]:
    from rcseq.datasets import load_nfe2

    data = load_nfe2(subset="all")
    description = (
        f"NF-E2 ChIP-seq in GM12878 (ENCODE), embedded: {int(data.target.sum()):,} bound and "
        f"{int((1 - data.target).sum()):,} unbound sequences"
    )
    name = "the embedded NF-E2 set"
    places = dict.fromkeys((0, 1), (name, " of a class"))
    return _Data(name, description, list(data.sequences), data.target, None, places), list(
        data.names
    )


def _group(data: _Data, names: list[str] | None, kind: str) -> _Data:
    from rcseq.io import chromosomes
    from rcseq.model_selection import sequence_families

    if kind == "family":
        return data._replace(groups=sequence_families(data.sequences))
    if names is None:
        raise InputError(
            f"{data.name}: --groups chromosome needs a column 'name' with chrom:start-end; name "
            "the column that holds the chromosome by --group-column."
        )
    try:
        return data._replace(groups=chromosomes(names))
    except ValueError as error:
        raise InputError(f"{data.name}: {error}") from error


def _strategy_names(text: str | None) -> list[str]:
    from rcseq.strategies import STRATEGIES, get_strategy

    if text is None:
        return list(STRATEGIES)
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise click.BadParameter("names no strategy", param_hint="--strategies")
    for name in names:
        try:
            get_strategy(name)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--strategies") from error
    return list(dict.fromkeys(names))


def _train_sizes(text: str | None) -> list[float] | None:
    if text is None:
        return None
    try:
        sizes = [float(size) for size in text.split(",")]
    except ValueError as error:
        raise click.BadParameter("is no list of numbers", param_hint="--train-sizes") from error
    if not all(0 < size <= 1 for size in sizes):
        raise click.BadParameter("shares lie between 0 and 1", param_hint="--train-sizes")
    return sizes


def _continuous(target: Any) -> bool:
    from sklearn.utils.multiclass import type_of_target

    return str(type_of_target(target)).startswith("continuous")


def _check_folds(data: _Data, cv: int) -> None:
    """Refuse a class that cannot be in every fold, in the name of the file that holds it."""
    import numpy as np

    if _continuous(data.target):
        return
    labels, counts = np.unique(data.target, return_counts=True)
    for label, count in zip(labels.tolist(), counts.tolist(), strict=True):
        if count < cv:
            where, what = data.places[label]
            raise InputError(
                f"{where} holds {count} sequence{'s' * (count != 1)}{what}, fewer than the {cv} "
                "folds; add sequences or lower --cv."
            )


def _model(data: _Data, options: dict[str, Any]) -> Any:
    from sklearn.pipeline import make_pipeline

    from rcseq import DNAOneHotEncoder, SequenceClassifier, SequenceRegressor

    settings: dict[str, Any] = {"device": options["device"]}
    if options["max_epochs"] is not None:
        settings["max_epochs"] = options["max_epochs"]
    network = SequenceRegressor if _continuous(data.target) else SequenceClassifier
    # Codes are a byte a base: what is sent to a worker is four times smaller than one-hot.
    return make_pipeline(DNAOneHotEncoder(output="codes"), network(**settings))


def _default_jobs(device: str) -> int:
    """Count cores; on a GPU, where every worker holds memory of its own, at most four."""
    from joblib import cpu_count
    from torch import cuda

    on_gpu = device.startswith("cuda") or (device == "auto" and cuda.is_available())
    return min(int(cpu_count()), 4) if on_gpu else int(cpu_count())


def _command_line() -> str:
    context = click.get_current_context()
    given = []
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        if source is click.core.ParameterSource.DEFAULT:
            continue
        value = context.params[parameter.name or ""]
        if isinstance(parameter, click.Argument):
            given.append(str(value))
            continue
        flag = parameter.opts[0] if value is not False else parameter.secondary_opts[0]
        given.append(flag if isinstance(value, bool) else f"{flag} {value}")
    return " ".join([f"rcseq {context.info_name}", *given])


@contextmanager
def _folder(path: Path) -> Iterator[Path]:
    """Give a folder beside `path` to write into, and put its files there when all are written."""
    if path.exists() and not path.is_dir():
        raise InputError(f"--out {path} is a file; a folder is needed.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}-"))
    except OSError as error:
        raise InputError(f"--out {path} cannot be written: {error.strerror}.") from error
    try:
        temporary.chmod(0o755)
        yield temporary
        if path.is_dir():
            for file in temporary.iterdir():
                file.replace(path / file.name)
        else:
            temporary.replace(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


if __name__ == "__main__":
    main()
