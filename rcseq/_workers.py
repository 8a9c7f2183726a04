"""Worker processes; light, since each of them imports this first."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time

__all__ = ["end_with"]


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
