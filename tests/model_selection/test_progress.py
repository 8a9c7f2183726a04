"""A bar on a terminal, plain lines in a log, rows to a callable, or silence."""

import io
from typing import Any

import pytest

from rcseq.model_selection._progress import Progress

ROW = {"strategy": "rcps", "seed": 0, "fold": 1, "test_roc_auc": 0.98765, "fit_time": 2.5}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def run(report: Any, stream: io.StringIO) -> str:
    with Progress(12, report, stream) as progress:
        for _ in range(2):
            progress.update(ROW)
    return stream.getvalue()


def test_log_has_a_line_for_each_fit() -> None:
    line = "rcps, seed 0, fold 1: roc_auc 0.9877 (2.5 s)"
    assert run(True, io.StringIO()) == f"[ 1/12] {line}\n[ 2/12] {line}\n"


def test_terminal_has_a_bar() -> None:
    drawn = run(True, Terminal())
    assert "\r" in drawn
    assert "2/12" in drawn
    assert "roc_auc 0.9877" in drawn


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
