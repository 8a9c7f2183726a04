"""The ``rcseq`` command, also as ``python -m rcseq``.

It is apart from :mod:`rcseq.cli` because Ctrl-C may come while PyTorch and the rest are imported.
"""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line."""
    try:
        from rcseq.cli import main as command
    except KeyboardInterrupt:
        sys.exit("Aborted!")  # the word and the exit status of click
    command()


if __name__ == "__main__":
    main()
