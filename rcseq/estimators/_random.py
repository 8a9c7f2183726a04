"""What makes a fit repeatable: random numbers of its own, and a fixed number of threads."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray

__all__ = ["TorchRandom", "fixed_threads"]

# torch initialises and drops out from process-wide generators, so two fits in two threads would
# interleave their draws; whoever lends the generators holds this lock.
_LOCK = threading.RLock()


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


# How many threads of Python are inside of `fixed_threads`, and the number of torch before them.
_NUMBER = threading.Lock()
_inside, _outside = 0, 1
_here = threading.local()


@contextmanager
def fixed_threads(n_threads: int | None) -> Iterator[None]:
    """Hold the number of threads of torch fixed: sums in another order round differently.

    That is the number of OpenMP and of the MKL inside torch, which threadpoolctl does not see.
    """
    if n_threads is None:
        yield
        return
    before = _enter(n_threads)
    try:
        yield
    finally:
        _leave(before)


def _enter(n_threads: int) -> int:
    global _inside, _outside
    depth = getattr(_here, "depth", 0)
    with _NUMBER:
        before = torch.get_num_threads()
        if not _inside:
            _outside = before
        elif not depth and before == n_threads:
            before = _outside  # torch gives a new thread of Python what was set last in any other
        _inside += not depth
        torch.set_num_threads(n_threads)
    _here.depth = depth + 1
    return before


def _leave(before: int) -> None:
    global _inside
    _here.depth -= 1
    with _NUMBER:
        _inside -= not _here.depth
        torch.set_num_threads(before)


def _renew_locks() -> None:
    """Free a forked process of locks that threads of its parent, which it lacks, hold."""
    global _LOCK, _NUMBER, _inside
    _LOCK, _NUMBER = threading.RLock(), threading.Lock()
    _inside = 1 if getattr(_here, "depth", 0) else 0


if hasattr(os, "register_at_fork"):  # not so on Windows, which does not fork
    os.register_at_fork(after_in_child=_renew_locks)
