"""A bar on a terminal, plain lines in a log, rows to a callable, or silence."""

import io
import os
from typing import Any

import pytest

from rcseq.model_selection._progress import Progress

ROW = {"strategy": "rcps", "seed": 0, "fold": 1, "test_roc_auc": 0.98765, "fit_time": 2.5}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def run(report: Any, stream: Any) -> str:
    with Progress(12, report, stream) as progress:
        for _ in range(2):
            progress.update(ROW)
    return stream.getvalue() if isinstance(stream, io.StringIO) else ""


def test_log_has_a_line_for_each_fit() -> None:
    line = "rcps, seed 0, fold 1: roc_auc 0.9877 (2.5 s)"
    assert run(True, io.StringIO()) == f"[ 1/12] {line}\n[ 2/12] {line}\n"


def test_terminal_has_a_bar() -> None:
    drawn = run(True, Terminal())
    assert "\r" in drawn
    assert "2/12" in drawn
    assert "roc_auc 0.9877" in drawn


@pytest.mark.parametrize("columns", [0, 60])
def test_terminal_has_a_bar_whatever_size_it_tells(columns: int) -> None:
    """Also one that tells none, as under `script` or in some containers."""
    pty = pytest.importorskip("pty")
    termios = pytest.importorskip("termios")
    master, slave = pty.openpty()
    try:
        termios.tcsetwinsize(slave, (24 if columns else 0, columns))
        with open(slave, "w", closefd=False) as stream:
            run(True, stream)
        drawn = ""
        while "\n" not in drawn:  # a read returns what was written so far
            drawn += os.read(master, 10_000).decode()
    finally:
        os.close(slave)
        os.close(master)
    assert "2/12" in drawn
    assert max(len(line) for line in drawn.split("\r")) <= (columns or 80)


def test_callable_gets_rows() -> None:
    rows: list[Any] = []
    assert run(rows.append, Terminal()) == ""
    assert rows == [ROW, ROW]


def test_silence() -> None:
    assert run(False, Terminal()) == ""


def test_bar_is_closed_when_a_fit_fails() -> None:
    stream = Terminal()
    with pytest.raises(RuntimeError), Progress(2, True, stream):
        raise RuntimeError
    assert stream.getvalue().endswith("\n")
