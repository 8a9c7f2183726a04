"""A worker ends with the process that it works for, and leaves Ctrl-C to it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rcseq._workers import run_jobs

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


def test_jobs_come_back_in_order() -> None:
    assert list(run_jobs(divmod, [(7, 2), (9, 4), (5, 5)], 1)) == [(3, 1), (2, 1), (1, 0)]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_error_of_a_job_is_raised_as_it_is(n_jobs: int) -> None:
    with pytest.raises(ZeroDivisionError) as raised:
        list(run_jobs(divmod, [(1, 1), (1, 0), (2, 1)], n_jobs))
    assert "throw" not in [entry.name for entry in raised.traceback]
    assert raised.traceback[1].name == "run_jobs"


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="no signal masks here")
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_workers_leave_the_keyboard_to_their_caller(n_jobs: int) -> None:
    code = (
        "from signal import SIGINT, SIG_BLOCK, pthread_sigmask\n"
        "from rcseq._workers import run_jobs\n"
        f"print(*run_jobs(pthread_sigmask, [(SIG_BLOCK, [])] * 2, {n_jobs}))\n"
        "print(pthread_sigmask(SIG_BLOCK, []))"
    )
    done = run(code)
    there = "{<Signals.SIGINT: 2>}" if n_jobs == 2 else "set()"
    assert done.stdout == f"{there} {there}\nset()\n", done.stderr


STOPPED = """
import os, signal, time
from contextlib import closing
from rcseq._workers import run_jobs

def press():
    os.kill(os.getpid(), signal.SIGINT)

def naps(where):
    for number in range(100):
        if number == 3 and where == "while workers start":
            press()
        yield (-1 if number == 3 and where == "in a job" else 0.01,)  # time.sleep takes no -1

def use(where):
    with closing(run_jobs(time.sleep, naps(where), 2, ordered=False)) as results:
        for number, _ in enumerate(results):
            if number == 3 and where == "between results":
                press()

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        use(WHERE)
    except (KeyboardInterrupt, ValueError) as error:
        print("stopped by", type(error).__name__)
"""


# The thread that hands tasks over ends last, and slowly: it removes its locks meanwhile.
SLOW = """
import atexit, threading, time
from joblib.externals.loky.backend import queues, resource_tracker

feed, unregister = queues.Queue._feed, resource_tracker.unregister

def feed_and_wait(*args):
    feed(*args)
    time.sleep(0.1)

def wait_and_unregister(name, kind):
    if threading.current_thread().name == "QueueFeederThread":
        time.sleep(0.1)
    unregister(name, kind)

queues.Queue._feed, resource_tracker.unregister = staticmethod(feed_and_wait), wait_and_unregister
atexit.register(time.sleep, 0.15)
"""


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="no signal masks here")
@pytest.mark.parametrize("before", ["", SLOW], ids=["at once", "slowly"])
@pytest.mark.parametrize(
    ("where", "error"),
    [
        ("while workers start", KeyboardInterrupt),
        ("between results", KeyboardInterrupt),
        ("in a job", ValueError),
    ],
)
def test_key_press_or_error_stops_all_without_a_word(
    where: str, error: type[BaseException], before: str, tmp_path: Path
) -> None:
    program = tmp_path / "stopped.py"
    program.write_text(before + STOPPED.replace("WHERE", repr(where)), "utf-8")
    done = subprocess.run([sys.executable, str(program)], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == (f"stopped by {error.__name__}\n", "")
