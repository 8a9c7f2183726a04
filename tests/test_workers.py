"""A worker ends with the process that it works for."""

import os
import subprocess
import sys

import pytest

WORKER = "import os, sys, threading; from rcseq._workers import end_with; "


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", WORKER + code], capture_output=True, text=True)


def test_worker_of_a_living_process_goes_on() -> None:
    done = run("end_with(os.getppid()); threading.Event().wait(0.3); print('worked')")
    assert (done.returncode, done.stdout) == (0, "worked\n")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the parent is made by a fork")
def test_worker_ends_when_its_parent_does() -> None:
    """The grandchild would hold the pipe open for a minute."""
    done = run(
        "child = os.fork()\n"
        "if child == 0: end_with(os.getppid()); threading.Event().wait(60); print('late')\n"
        "else: threading.Event().wait(0.3); print('first', flush=True); os._exit(0)"
    )
    assert (done.returncode, done.stdout) == (0, "first\n")


def test_worker_whose_parent_ended_before_it_began_ends_at_once() -> None:
    done = run(
        "import multiprocessing; multiprocessing.current_process().name = 'LokyProcess-1'\n"
        "end_with(1 + os.getppid()); print('worked')"
    )
    assert (done.returncode, done.stdout) == (1, "")
