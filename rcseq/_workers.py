"""Worker processes; light, since each of them imports this first."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, nullcontext, suppress
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
) -> Generator[Any]:
    """Call a function in `n_jobs` processes, as joblib has it; yield the results as they come.

    One call is one task, handed out when a worker is free. However the loop over the results ends,
    the workers end with it; close what is returned, with ``contextlib.closing``, so that they do at
    once.
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
    results: Any = None
    try:
        with nullcontext() if alone else _deaf_to_the_keyboard():
            results = parallel(delayed(function)(*each) for each in arguments)
        # By hand, for `yield from` would drop the results where this is closed, as joblib warns of.
        for result in results:  # noqa: UP028
            yield result
    except BaseException as error:
        # joblib is told in its own loop, unless it says so itself: where its results are dropped it
        # warns.
        stop = KeyboardInterrupt() if isinstance(error, GeneratorExit) else error
        if not alone and results is not None and results.gi_frame is not None:
            time.sleep(0.2)  # loky's thread trips over tasks that it has not taken yet
            with suppress(type(stop)):
                results.throw(stop)
        if not alone:
            _wait_for_feeders()
        raise


def _wait_for_feeders() -> None:
    """Wait for the thread that handed the tasks over, as loky does not, for a second at most.

    It is a daemon and removes locks as it ends. Where the interpreter ends before it does, a lock
    is half removed, and a warning is printed. Threads of other pools have the same name, and one
    whose pipe is full does not end.
    """
    end = time.monotonic() + 1
    for thread in threading.enumerate():
        if thread.name == "QueueFeederThread":
            thread.join(timeout=max(0, end - time.monotonic()))


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
