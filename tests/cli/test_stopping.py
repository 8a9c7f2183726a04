"""``rcseq compare`` that is stopped: nothing is left behind, and it goes on to the same table."""

import os
import random
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pandas as pd
import pytest

from rcseq.cli._common import InputError, output_file
from rcseq.cli._stopping import say

pytest.importorskip("matplotlib")
pytestmark = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="no /proc to list processes"
)

OPTIONS = ["--cv", "2", "--strategies", "standard,rcps", "--no-baseline", "--jobs", "2"]
OPTIONS += ["--max-epochs", "2", "--device", "cpu"]
# A shell starts background jobs with SIGINT ignored, and so does whatever runs these tests.
# The first line on standard error says that the command is there to be stopped.
PROGRAM = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
PROGRAM += "from rcseq.cli import main; print('begins', file=sys.stderr, flush=True); main()"


class Run:
    """``rcseq compare`` in a session of its own, whose progress can be waited for."""

    def __init__(self, folder: Path, arguments: list[str]) -> None:
        self.out, self.temporary = folder / "out", folder / "tmp"
        self.temporary.mkdir(parents=True, exist_ok=True)
        environment = os.environ | {"TMPDIR": str(self.temporary), "OMP_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                PROGRAM,
                "compare",
                *arguments,
                *OPTIONS,
                "--out",
                str(self.out),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
        self.said = b""

    def wait_for(self, n_lines: int, seconds: float | None = None) -> None:
        """Wait for so many lines on standard error, at most so many seconds for each block."""
        assert self.process.stderr is not None
        stream = self.process.stderr.fileno()
        while self.said.count(b"\n") < n_lines and select.select([stream], [], [], seconds)[0]:
            block = os.read(stream, 1 << 16)
            if not block:
                break
            self.said += block

    def wait_for_a_fit(self) -> None:
        """Wait until a fit is told as finished, whatever is said before it."""
        while not re.search(rb"\[\d+/", self.said):
            before = len(self.said)
            self.wait_for(self.said.count(b"\n") + 1)
            assert len(self.said) > before, self.said.decode()

    def stop(self, how: signal.Signals, *, whole_group: bool = False) -> int:
        (os.killpg if whole_group else os.kill)(self.process.pid, how)
        return self.end()

    def end(self) -> int:
        self.said += self.process.communicate()[1]
        return self.process.returncode

    @property
    def fits(self) -> dict[str, int]:
        return {path.name: path.stat().st_mtime_ns for path in self.out.glob("fits/*.npz")}

    def left(self) -> list[str]:
        """What is hidden in the output, and files in the folder for temporary ones."""
        hidden = [path for path in self.out.rglob("*") if path.name.startswith(".")]
        files = [path for path in self.temporary.rglob("*") if path.is_file()]
        return [str(path) for path in [*hidden, *files]]


@pytest.fixture
def start(tmp_path: Path, files: list[str]) -> Iterator[Any]:
    runs = []

    def begin(folder: str = "run", *, seeds: int = 2) -> Run:
        runs.append(Run(tmp_path / folder, [*files, "--seeds", str(seeds)]))
        return runs[-1]

    yield begin
    for run in runs:
        if run.process.poll() is None:
            run.stop(signal.SIGKILL, whole_group=True)


def results(run: Run) -> pd.DataFrame:
    table = pd.read_csv(run.out / "results.csv")
    return table.drop(columns=["fit_time", "score_time"])


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_stopped_run_leaves_nothing_but_its_fits(
    start: Any, how: signal.Signals, processes_left: Any
) -> None:
    run = start()
    run.wait_for_a_fit()
    code = run.stop(how, whole_group=how == signal.SIGINT)  # as Ctrl-C and as `kill` do
    text = run.said.decode()
    assert code == {signal.SIGTERM: 143, signal.SIGINT: 1}[how], text
    assert "Traceback" not in text
    assert f"{len(run.fits)} finished fit" in text
    assert "the same command goes on" in text
    assert not processes_left(run.process.pid, seconds=1)
    assert not run.left()


def test_closed_output_is_one_sentence_behind_whole_files(tmp_path: Path, files: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)  # as `| head -0` does
    options = [*files, *OPTIONS, "--jobs", "1", "--max-epochs", "1", "--out", str(tmp_path / "out")]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "compare", *options],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(writer)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("Standard output is closed; the files in")
    assert "Traceback" not in done.stderr
    assert (tmp_path / "out" / "report.html").read_text("utf-8").endswith("</html>")


def test_output_that_was_closed_before_the_start(monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(click.exceptions.Exit) as stopped:
        say("All is well.")
    assert stopped.value.exit_code == 2
    assert capsys.readouterr().err.startswith("Standard output is closed; the files in")
    with pytest.raises(InputError, match="standard output is closed; name a file by --out"):
        output_file(Path("-")).__enter__()


@pytest.mark.extended
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_run_stopped_at_20_random_moments_goes_on(
    start: Any, how: signal.Signals, processes_left: Any
) -> None:
    """Each run but the first goes on where the one before was stopped."""
    seeds = 24
    moments = random.Random(how)
    counts = {"while it starts": 0, "while it trains": 0, "slow end": 0}
    kept: dict[str, int] = {}
    for number in range(20):
        run = start(seeds=seeds)
        if number % 4 == 3:  # not each time, or all fits would be done too soon
            run.wait_for_a_fit()
        else:
            run.wait_for(1 + moments.randrange(4))
        seen = run.said.count(b"\n")
        # less than it takes to start, or to the next fit
        run.wait_for(seen + 1, moments.random() * (6 if seen == 1 else 0.2))
        code = run.stop(how, whole_group=how == signal.SIGINT)
        assert code != 0, "it was to be stopped before it ended"
        assert b"Traceback" not in run.said, run.said
        counts["while it trains" if b" fits of " in run.said else "while it starts"] += 1
        if how == signal.SIGKILL:
            counts["slow end"] += bool(processes_left(run.process.pid, seconds=1))
            assert not processes_left(run.process.pid, seconds=20)
        else:
            assert not processes_left(run.process.pid, seconds=1), run.said
            assert not run.left(), run.said
        assert kept.items() <= run.fits.items(), "a fit was done twice"
        kept = run.fits
        print(f"{how.name} {number + 1}: {len(kept)} fits", flush=True)
    print(f"\n{how.name}: {counts}, {len(kept)} of {4 * seeds} fits done before the last run")
    last = start(seeds=seeds)
    assert last.end() == 0, last.said
    assert kept.items() <= last.fits.items(), "a fit was done twice"
    assert len(last.fits) == 4 * seeds
    assert not processes_left(last.process.pid, seconds=1)
    assert not last.left()
    whole = start("whole", seeds=seeds)
    assert whole.end() == 0, whole.said
    pd.testing.assert_frame_equal(results(last), results(whole), check_exact=True)
