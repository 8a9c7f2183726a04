"""What the commands share: folders that are written whole, and errors before the work."""

import errno
import os
import shlex
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

from rcseq import __version__
from rcseq.cli import main
from rcseq.cli._common import (
    InputError,
    command_line,
    keep_memory,
    output_folder,
    write_csv,
    writing,
)

WRITTEN = ["curves.csv", "fits", "predictions.csv.gz", "report.html", "results.csv", "summary.csv"]


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


def test_command_in_the_report_can_be_typed_again(tmp_path: Path) -> None:
    said: list[str] = []

    @main.command("spoken", params=main.commands["fit"].params)
    def spoken(**options: Any) -> None:
        said.append(command_line())

    try:
        words = ["spoken", "--peaks", "my peaks.bed", "--set", "lr=0.1", "--set", "shift=0"]
        result = CliRunner().invoke(main, [*words, "--no-report"])
    finally:
        del main.commands["spoken"]
    assert result.exit_code == 0, result.output
    expected = ["rcseq", *words, "--no-report"]
    assert sorted(shlex.split(said[0])) == sorted(expected)
    assert "--set lr=0.1 --set shift=0" in said[0]
    assert "'my peaks.bed'" in said[0]


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


def test_disk_that_fills_at_the_report_leaves_the_results(
    compare: Any, tmp_path: Path, files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(*arguments: Any, **options: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("rcseq.report.write_report", fill)
    result = compare(*files, "--no-baseline")
    assert result.exit_code == 2
    assert "cannot be written: No space left on device; what is there already is kept." in (
        result.stderr
    )
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written >= {*WRITTEN} - {"report.html"}
    assert "report.html" not in written
    assert "Sharing parameters" in result.stdout or "sharing parameters" in result.stdout


def test_errors_that_are_not_about_the_folder_are_raised_as_they_are(tmp_path: Path) -> None:
    with pytest.raises(ConnectionError), output_folder(tmp_path / "new" / "out"):
        raise ConnectionError("elsewhere")
    assert not (tmp_path / "new").exists()


def test_folder_under_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"cannot be written: Not a directory\."):
        output_folder(tmp_path / "file" / "out").__enter__()


def test_name_that_no_file_system_takes(compare: Any, tmp_path: Path, files: list[str]) -> None:
    result = CliRunner().invoke(main, ["compare", *files, "--out", str(tmp_path / ("a" * 300))])
    assert result.exit_code == 2, result.exception
    assert "cannot be written: File name too long." in result.stderr
    with pytest.raises(InputError, match="File name too long"):
        writing(tmp_path / ("a" * 300)).__enter__()


def test_damaged_fit_is_a_warning_of_one_line(
    compare: Any, tmp_path: Path, files: list[str]
) -> None:
    compare(*files, "--no-baseline")
    path = min((tmp_path / "out" / "fits").glob("*.npz"))
    path.write_bytes(path.read_bytes()[:100])
    with pytest.warns(UserWarning, match=f"{path.name} is damaged"):
        result = compare(*files, "--no-baseline")
    assert result.exit_code == 0
    assert "[1/1] rcps, seed 0, fold 0" in result.stderr


def test_files_that_a_killed_run_left_unfinished_are_removed(tmp_path: Path) -> None:
    left = tmp_path / f".results.csv.{2**22 + 1}-0123abcd.tmp"  # above the numbers of processes
    left.touch()
    with output_folder(tmp_path) as folder:
        write_csv(folder / "table.csv.gz", pd.DataFrame({"a": [1]}), index=False)
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv.gz"]
    assert pd.read_csv(tmp_path / "table.csv.gz")["a"].tolist() == [1]


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


@pytest.mark.parametrize("command", ["compare", "fit", "reproduce"])
@pytest.mark.parametrize(
    ("device", "cause"), [("gpu", "not a name"), ("cuda:99", "no such device")]
)
def test_a_device_that_is_not_there_is_one_sentence(command: str, device: str, cause: str) -> None:
    result = CliRunner().invoke(main, [command, "--device", device])
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert f"--device={device!r}" in result.stderr
    assert cause in result.stderr
