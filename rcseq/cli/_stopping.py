"""How a command ends that is told to, or whose output nobody reads."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

__all__ = ["Commands", "say"]


class Commands(click.Group):
    """Commands that clean up after themselves when they are told to end, as after Ctrl-C."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        with _ended_by_exception():
            return super().invoke(ctx)


@contextmanager
def _ended_by_exception() -> Iterator[None]:
    """Turn SIGTERM into ``SystemExit``, so that files and workers are cleaned up behind it."""
    if threading.current_thread() is not threading.main_thread():
        yield  # a handler can be set in the main thread only
        return

    def end(number: int, frame: Any) -> None:
        signal.signal(number, signal.SIG_IGN)  # once is enough, and cleaning up takes a moment
        raise SystemExit(128 + number)  # what shells report

    before = signal.getsignal(signal.SIGTERM)
    if before is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGTERM) is end:
            signal.signal(signal.SIGTERM, before)


def say(text: str) -> None:
    """Print what the files hold as well; where nobody reads it, one sentence says so instead."""
    try:
        if sys.stdout is None:  # closed before the program began
            raise BrokenPipeError
        click.echo(text)
        sys.stdout.flush()
    except BrokenPipeError:
        if sys.stdout is not None:  # or the interpreter would try once more at its end
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        click.echo("Standard output is closed; the files in --out are whole.", err=True)
        raise click.exceptions.Exit(2) from None
