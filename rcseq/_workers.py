"""Worker processes; light, since each of them imports this first."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from multiprocessing import resource_tracker
from typing import Any

__all__ = ["end_with", "run_jobs"]


def run_jobs(
    function: Callable[..., Any],
    arguments: Iterable[tuple[Any, ...]],
    n_jobs: int | None,
    *,
    ordered: bool = True,
    temp_folder: Any = None,
) -> Iterator[Any]:
    """Call a function in `n_jobs` processes, as joblib has it; return the results as they come.

    One call is one task, handed out when a worker is free.
    """
    from joblib import effective_n_jobs  # here, to keep this module light
    from sklearn.utils.parallel import Parallel, delayed

    parallel = Parallel(
        n_jobs=n_jobs,
        return_as="generator" if ordered else "generator_unordered",
        batch_size=1,
        temp_folder=temp_folder,
        initializer=end_with,
        initargs=(os.getpid(),),
    )
    alone = effective_n_jobs(n_jobs) == 1
    with nullcontext() if alone else _deaf_to_the_keyboard():
        results: Iterator[Any] = parallel(delayed(function)(*each) for each in arguments)
    return results


@contextmanager
def _deaf_to_the_keyboard() -> Iterator[None]:
    """Start processes that leave Ctrl-C, which reaches all of them, to their caller.

    A worker that is still importing would print a traceback. What is pressed meanwhile waits.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # starting it later would end the blocking
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def end_with(caller: int) -> None:
    """End this worker soon after the process that it works for, however that ended."""
    parent = os.getppid()
    if parent != caller and multiprocessing.current_process().name.startswith("Loky"):
        os._exit(1)  # its parent was the caller, and is gone

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.1)
        os._exit(1)

    threading.Thread(target=watch, name="end-with-the-caller", daemon=True).start()
