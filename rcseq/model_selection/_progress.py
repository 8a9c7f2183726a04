"""Progress of a run of many fits: a bar on a terminal, plain lines in a log."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, TextIO

from tqdm import tqdm

__all__ = ["Progress"]


class Progress:
    """Show how far a run is: a bar or lines, or each row to `report`, where that is a function."""

    def __init__(
        self,
        total: int,
        report: bool | Callable[[Mapping[str, Any]], object] = True,
        stream: TextIO | None = None,
    ) -> None:
        self.total, self.done = total, 0
        self.report = report
        self.stream = sys.stderr if stream is None else stream
        self._bar = _bar(total, self.stream) if report is True and self.stream.isatty() else None

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def update(self, row: Mapping[str, Any]) -> None:
        """Count one finished fit."""
        self.done += 1
        if callable(self.report):
            self.report(row)
        elif self._bar is not None:
            self._bar.set_postfix_str(_describe(row, n_scores=1), refresh=False)
            self._bar.update()
        elif self.report:
            width = len(str(self.total))
            line = f"[{self.done:>{width}}/{self.total}] {_describe(row)} ({row['fit_time']:.1f} s)"
            print(line, file=self.stream, flush=True)


def _bar(total: int, stream: TextIO) -> tqdm[Any]:
    """Make a bar as wide as the terminal; 80 characters on one that does not tell its size."""
    try:
        columns, lines = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        columns = lines = 0
    if columns and lines:
        return tqdm(total=total, unit="fit", file=stream, dynamic_ncols=True)
    return tqdm(total=total, unit="fit", file=stream, ncols=80, nrows=24)


def _describe(row: Mapping[str, Any], n_scores: int | None = None) -> str:
    scores = [f"{k.removeprefix('test_')} {v:.4f}" for k, v in row.items() if k[:5] == "test_"]
    where = f"{row['strategy']}, seed {row['seed']}, fold {row['fold']}"
    return f"{where}: {', '.join(scores[:n_scores])}"
