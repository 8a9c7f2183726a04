"""What the commands share: folders that are written whole, and errors before the work."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rcseq import __version__
from rcseq.cli import main
from rcseq.cli._common import keep_memory

WRITTEN = ["curves.csv", "predictions.csv.gz", "report.html", "results.csv", "summary.csv"]


def test_folder_that_is_there_keeps_what_else_is_in_it(
    compare: Any, tmp_path: Path, files: list[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    (out / "results.csv").write_text("old")
    result = compare(*files, "--no-baseline")
    assert result.exit_code == 0, result.stderr
    assert sorted(p.name for p in out.iterdir()) == sorted([*WRITTEN, "notes.txt"])
    assert (out / "notes.txt").read_text() == "mine"
    assert (out / "results.csv").read_text() != "old"


def test_out_that_is_a_file(compare: Any, tmp_path: Path, files: list[str]) -> None:
    (tmp_path / "out").write_text("mine")
    result = compare(*files)
    assert result.exit_code == 2
    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_out_that_cannot_be_written(compare: Any, tmp_path: Path, files: list[str]) -> None:
    tmp_path.chmod(0o500)
    result = compare(*files)
    tmp_path.chmod(0o700)
    assert result.exit_code == 2
    assert "cannot be written: Permission denied" in result.stderr


def test_nothing_is_left_when_a_fit_fails(
    compare: Any, tmp_path: Path, files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from rcseq import SequenceClassifier

    def fail(*arguments: Any, **options: Any) -> None:
        raise ValueError("no luck")

    monkeypatch.setattr(SequenceClassifier, "fit", fail)
    result = compare(*files)
    assert result.exit_code == 2
    assert "no luck This was the fit of strategy 'standard', seed 0, fold 0." in result.stderr
    assert not (tmp_path / "out").exists()
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".out")]


def test_interrupt_leaves_nothing(
    compare: Any, tmp_path: Path, files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from rcseq import SequenceClassifier

    def interrupt(*arguments: Any, **options: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(SequenceClassifier, "fit", interrupt)
    result = compare(*files)
    assert result.exit_code == 1
    assert "Aborted!" in result.stderr
    assert not [p for p in tmp_path.iterdir() if "out" in p.name]


def test_missing_matplotlib_is_said_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = CliRunner().invoke(main, ["compare", "--positives", "nowhere.fa"])
    assert result.exit_code == 1
    assert "pip install 'rcseq[plot]'" in result.stderr


def test_help_and_version() -> None:
    result = CliRunner().invoke(main, ["--version"])
    assert __version__ in result.stdout
    result = CliRunner().invoke(main, ["compare", "--help"])
    for option in ("--positives", "--table", "--cv", "--seeds", "--jobs", "--out", "--groups"):
        assert option in result.stdout


def test_workers_are_told_to_keep_memory(monkeypatch):
    monkeypatch.delenv("MALLOC_MMAP_MAX_", raising=False)
    monkeypatch.setenv("MALLOC_TOP_PAD_", "5")
    keep_memory()
    assert os.environ["MALLOC_MMAP_MAX_"] == "0"
    assert os.environ["MALLOC_TOP_PAD_"] == "5"  # what somebody has set is left alone
