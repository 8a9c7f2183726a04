"""``rcseq motifs``."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rcseq.cli._common import FILE, InputError, output_folder, require_pictures, write_csv
from rcseq.cli._model import load_model, model_argument
from rcseq.cli._sequences import (
    check_lengths,
    read_sequence_chunks,
    refused_as_input,
    sequence_options,
    source_name,
)

if TYPE_CHECKING:
    from rcseq.sequences import Sequences

_SIGNIFICANT = 0.05  # of the q-value: matches above are not shown as matches


@click.command()
@model_argument
@sequence_options
@click.option(
    "--attributions",
    type=click.Choice(["auto", "deeplift", "saliency", "mutagenesis", "none"]),
    default="auto",
    show_default=True,
    help="What the motifs of whole sites are found in; auto is deeplift for a network and "
    "mutagenesis for other models. none gives the motifs of the filters only.",
)
@click.option("--output", type=click.IntRange(0), help="Index of the output to explain.")
@click.option(
    "--database",
    type=FILE,
    help="Known motifs, such as the file of JASPAR, to name those that are found.",
)
@click.option(
    "--max-sequences",
    type=click.IntRange(1),
    default=1000,
    show_default=True,
    help="So many, evenly spread, if there are more.",
)
@click.option(
    "--min-sites",
    type=click.IntRange(2),
    default=20,
    show_default=True,
    help="Sites of a motif of attributions.",
)
@click.option(
    "--max-logos",
    type=click.IntRange(0),
    default=20,
    show_default=True,
    help="So many are drawn: of motifs of attributions, those with a match, and filters with most "
    "information.",
)
@click.option(
    "--longer",
    type=click.Choice(["refuse", "crop"]),
    default="refuse",
    show_default=True,
    help="Sequences that are longer than what the model reads: an error, or their middle.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder for motifs.meme, motifs.tsv, matches.tsv and logos.",
)
def motifs(**options: Any) -> None:
    """Find the motifs that a MODEL has learned, in SEQUENCES.

    They are the motifs of the filters of its first convolution, and those that the contributions of
    the bases have in common (TF-MoDISco). SEQUENCES are best those of the class of interest: peaks,
    without the negatives. Both strands are one: a motif and its reverse complement are not listed
    twice.
    """
    require_pictures()
    model = load_model(options["model"])
    known = None if options["database"] is None else _read_known(options["database"])
    out = options["out"]
    with output_folder(out):
        sequences = _read(model, options)
        with refused_as_input(options):
            found = [*_of_sites(model, sequences, options), *_of_filters(model, sequences)]
        if not found:
            raise InputError(
                f"{source_name(options)}: no motif was found in {len(sequences):,} sequences; give "
                "more of them, or lower --min-sites."
            )
        drawn = _write(out, found, known, options["max_logos"])
    click.echo(
        f"Wrote {out / 'motifs.meme'}, {out / 'motifs.tsv'} and {_logos(drawn, len(found))}."
    )


def _logos(drawn: int, found: int) -> str:
    words = f"{drawn} logo{'s' * (drawn != 1)}"
    return words if drawn == found else f"{words} of {found} motifs, see --max-logos"


def _read_known(path: Path) -> list[Any]:
    from rcseq.io import SequenceFileError, read_motifs

    try:
        return list(read_motifs(path))
    except SequenceFileError as error:
        raise InputError(str(error)) from error


def _read(model: Any, options: dict[str, Any]) -> Sequences:
    import numpy as np

    from rcseq.sequences import as_sequences

    texts: list[str] = []
    for _, chunk in read_sequence_chunks(options):
        if options["longer"] == "refuse":
            check_lengths(model, chunk, options, len(texts))
        texts += chunk.tolist()
    n, most = len(texts), options["max_sequences"]
    if n > most:
        click.echo(f"{most:,} of the {n:,} sequences are used; see --max-sequences.", err=True)
        texts = [texts[i] for i in np.linspace(0, n - 1, most).astype(int)]
    return as_sequences(texts)


def _of_filters(model: Any, sequences: Sequences) -> list[Any]:
    """Return the motifs of the filters; none of a model without a single network."""
    import numpy as np

    from rcseq.inspection import filters_to_motifs
    from rcseq.io import motif_counts

    try:
        found = filters_to_motifs(model, sequences)
    except TypeError as error:
        click.echo(f"No motifs of filters: {error}", err=True)
        return []
    click.echo(f"{len(found)} of {found.n_filters} filters have a motif.", err=True)
    # A filter that answers to everything has no motif.
    return [motif for motif in found if np.ptp(motif_counts(motif) / motif.n_sites) > 1e-3]


def _of_sites(model: Any, sequences: Sequences, options: dict[str, Any]) -> list[Any]:
    """Return the motifs of the attributions."""
    from rcseq.motifs import discover_motifs

    if options["attributions"] == "none":
        return []
    try:
        onehot, contributions = _contributions(model, sequences, options)
        click.echo("Looking for what the contributions have in common ...", err=True)
        found = discover_motifs(onehot, contributions, min_sites=options["min_sites"])
    except ImportError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{len(found)} motifs of whole sites.", err=True)
    return found


def _contributions(model: Any, sequences: Sequences, options: dict[str, Any]) -> tuple[Any, Any]:
    """Return one-hot sequences, and what each base would contribute to the output."""
    from rcseq.inspection import deeplift, in_silico_mutagenesis, saliency
    from rcseq.prediction import direct_network, network_of
    from rcseq.preprocessing import DNAOneHotEncoder

    method, output = options["attributions"], options["output"]
    network = direct_network(model)
    if method == "auto":
        bases_alone = network is not None and network.n_channels == 4
        method = "deeplift" if bases_alone else "mutagenesis"
    click.echo(f"Contributions of the bases by {method} ...", err=True)
    if method == "mutagenesis":
        effects = in_silico_mutagenesis(model, sequences, output=output)
        values = effects - effects.mean(1, keepdims=True)
    elif method == "saliency":
        values = saliency(model, sequences, output=output)
    else:
        try:
            values = deeplift(model, sequences, output=output, hypothetical=True)
        except TypeError as error:
            raise click.ClickException(str(error)) from error
    if method != "mutagenesis" or network is not None:
        asked = network_of(model)
        return asked.tensor(asked.encode(sequences)).cpu().numpy(), values
    encoder = DNAOneHotEncoder(length=values.shape[-1], align="left")
    return encoder.fit_transform(sequences), values


def _write(out: Path, found: list[Any], known: list[Any] | None, max_logos: int) -> int:
    """Write the files, and return how many logos there are."""
    import pandas as pd

    from rcseq.io import write_motifs
    from rcseq.motifs import DiscoveredMotif

    table = pd.DataFrame(
        {
            "motif": [motif.name for motif in found],
            "from": [
                "contributions" if isinstance(motif, DiscoveredMotif) else "filter"
                for motif in found
            ],
            "consensus": [str(motif.degenerate_consensus) for motif in found],
            "n_sites": [motif.n_sites for motif in found],
            "information": [round(float(motif.relative_entropy.sum()), 2) for motif in found],
            "effect": [{1: "raises", -1: "lowers"}.get(getattr(m, "sign", 0), "") for m in found],
        }
    )
    names = {}
    if known is not None:
        matches = _matches(found, known)
        best = matches.drop_duplicates("motif").set_index("motif")
        table["match"] = table["motif"].map(best["match"]).fillna("")
        table["q_value"] = table["motif"].map(best["q_value"])
        names = dict(zip(best.index, best["match"], strict=True))
        write_csv(out / "matches.tsv", matches, sep="\t", index=False)
    write_motifs(found, out / "motifs.meme")
    write_csv(out / "motifs.tsv", table, sep="\t", index=False)
    (out / "logos").mkdir(exist_ok=True)
    # stable: what is the same in all of this stays in its order
    ranks = table["from"].eq("filter"), ~table["motif"].isin(names), -table["information"]
    chosen = sorted(range(len(found)), key=lambda i: [rank[i] for rank in ranks])[:max_logos]
    for motif in (found[i] for i in sorted(chosen)):
        _draw(out / "logos" / f"{motif.name}.png", motif, names.get(motif.name))
    return len(chosen)


def _matches(found: list[Any], known: list[Any]) -> Any:
    """Return what the motifs resemble: up to five each, and none that chance explains."""
    from rcseq.motifs import match_motifs

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            matches = match_motifs(found, known, n_best=5)
        except ImportError as error:
            raise click.ClickException(str(error)) from error
    for message in dict.fromkeys(str(warning.message) for warning in caught):
        click.echo(f"Warning: {message}", err=True)
    return matches[matches["q_value"] <= _SIGNIFICANT]


def _draw(path: Path, motif: Any, match: str | None) -> None:
    from rcseq._files import atomic_write
    from rcseq.plotting import LogoDisplay, import_pyplot

    title = f"{motif.name}, {motif.n_sites:,} sites" + (f"\n{match}" if match else "")
    display = LogoDisplay.from_motif(motif, name=title)
    with atomic_write(path) as file:
        display.figure_.savefig(file, format="png", dpi=150, facecolor="white", bbox_inches="tight")
    import_pyplot().close(display.figure_)
