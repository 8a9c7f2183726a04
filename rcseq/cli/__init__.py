"""The ``rcseq`` command. It reads files, calls the library and writes what comes back."""

import click

from rcseq import __version__
from rcseq.cli._audit import audit
from rcseq.cli._common import keep_memory
from rcseq.cli._compare import compare
from rcseq.cli._fit import fit
from rcseq.cli._motifs import motifs
from rcseq.cli._predict import predict
from rcseq.cli._reproduce import reproduce
from rcseq.cli._scan import scan
from rcseq.cli._stopping import Commands
from rcseq.cli._variants import variants

__all__ = ["main"]


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="rcseq")
def main() -> None:
    """Models of double-stranded DNA, and whether the two strands should share parameters."""
    keep_memory()


main.add_command(audit)
main.add_command(compare)
main.add_command(fit)
main.add_command(motifs)
main.add_command(predict)
main.add_command(reproduce)
main.add_command(scan)
main.add_command(variants)
