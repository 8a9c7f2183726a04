"""Sequences without labels, as a command is given them: read some at a time."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from rcseq.cli._common import FILE, InputError

if TYPE_CHECKING:
    from rcseq.sequences import Sequences

_OPTIONS = [
    click.argument("sequences", type=FILE),
    click.option(
        "--genome", type=FILE, help="FASTA in which SEQUENCES, a BED or narrowPeak file, lie."
    ),
    click.option(
        "--width",
        type=click.IntRange(1),
        help="Bases around the summit, or middle, of an interval.",
    ),
    click.option(
        "--sequence-column", default="sequence", show_default=True, help="Of SEQUENCES, a table."
    ),
    click.option("--name-column", default="name", show_default=True, help="Of SEQUENCES, a table."),
]


def sequence_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add SEQUENCES and what says how they are read to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def read_sequence_chunks(options: dict[str, Any]) -> Iterator[tuple[list[str], Sequences]]:
    """Read names and sequences, some at a time, so that memory does not grow with the file."""
    from rcseq.io import SequenceFileError, iter_sequences

    if options["width"] and options["genome"] is None:
        raise click.UsageError("--width goes with the intervals of a --genome")
    columns = {name: options[name] for name in ("sequence_column", "name_column")}
    try:
        for sequences in iter_sequences(
            options["sequences"], genome=options["genome"], width=options["width"], **columns
        ):
            names = sequences.names
            assert names is not None
            yield names.tolist(), sequences
    except SequenceFileError as error:
        raise InputError(str(error)) from error
    except ImportError as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def refused_as_input(options: dict[str, Any]) -> Iterator[None]:
    """Turn what the model refuses about its input into one sentence."""
    try:
        with warnings.catch_warnings():  # what is longer was refused, or is cropped by choice
            warnings.filterwarnings("ignore", message=".* longer than")
            yield
    except (TypeError, ValueError) as error:
        raise InputError(f"{source_name(options)}: {error}") from error


def source_name(options: dict[str, Any]) -> str:
    path = str(options["sequences"])
    return "standard input" if path == "-" else path


def check_lengths(model: Any, chunk: Sequences, options: dict[str, Any], done: int) -> None:
    """Refuse a sequence that is longer than the model reads; `done` came before the chunk."""
    from rcseq.prediction import read_length

    length, lengths = read_length(model), chunk.lengths
    if length is None or lengths.max() <= length:
        return
    names, row = chunk.names, int((lengths > length).argmax())
    assert names is not None
    cure = "--longer crop takes its middle"
    if options["genome"] is not None:
        cure = f"--width {length} takes as many around the summit, or the middle"
    raise InputError(
        f"{source_name(options)}, record {done + row + 1} ({names[row]}): it has {lengths[row]:,} "
        f"bases, but {options['model']} reads {length:,}; {cure}."
    )


@contextmanager
def progress(unit: str) -> Iterator[Callable[[int], object]]:
    """Show on a terminal how much is done."""
    from tqdm import tqdm

    with tqdm(unit=unit, unit_scale=True, disable=None) as bar:
        yield bar.update
