"""What makes a fit repeatable: random numbers of its own, and a fixed number of threads."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

__all__ = ["TorchRandom", "fixed_threads"]

# torch initialises and drops out from process-wide generators, so two fits in two threads would
# interleave their draws; whoever lends the generators holds this lock.
_LOCK = threading.RLock()


def _renew_lock() -> None:
    """Free a forked process of a lock that a thread of its parent, which it lacks, holds."""
    global _LOCK
    _LOCK = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


class TorchRandom:
    """A stream of torch random numbers that leaves the global generators as they were.

    ``torch.nn.init`` and dropout draw from the global generator, and cannot be given another.
    Inside :meth:`scope` the global generators hold this stream's state; afterwards they hold what
    they held before, and the stream remembers where it stopped. It pickles.

    Parameters
    ----------
    seed : int
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        # as arrays, for tensors outside the module would be pickled by torch.save
        self.cpu_state = torch.Generator().manual_seed(seed).get_state().numpy()
        self.cuda_state: NDArray[np.uint8] | None = None

    @contextmanager
    def scope(self, device: str | torch.device = "cpu") -> Iterator[None]:
        """Lend this stream to torch's global generators (CPU, and CUDA on a CUDA device)."""
        with _LOCK:
            before = torch.get_rng_state()
            torch.set_rng_state(torch.from_numpy(self.cpu_state.copy()))
            cuda_before = None
            if str(device).startswith("cuda"):
                cuda_before = torch.cuda.get_rng_state(device)
                if self.cuda_state is None:
                    generator = torch.Generator(device).manual_seed(self.seed)
                    self.cuda_state = generator.get_state().numpy()
                torch.cuda.set_rng_state(torch.from_numpy(self.cuda_state.copy()), device)
            try:
                yield
            finally:
                self.cpu_state = torch.get_rng_state().numpy()
                torch.set_rng_state(before)
                if cuda_before is not None:
                    self.cuda_state = torch.cuda.get_rng_state(device).numpy()
                    torch.cuda.set_rng_state(cuda_before, device)


@functools.cache
def _threadpool_controller() -> ThreadpoolController:
    return ThreadpoolController()


@contextmanager
def fixed_threads(n_threads: int | None) -> Iterator[None]:
    """Keep the number of threads fixed: sums in another order round differently."""
    if n_threads is None or torch.get_num_threads() == n_threads:
        yield
        return
    with _threadpool_controller().limit(limits=n_threads, user_api="openmp"):
        yield
