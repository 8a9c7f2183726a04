"""A genome to bigWig with the default network: cost beside a plain loop, and bases a minute.

``pytest tests/benchmarks/test_scan.py -s``. The ratio is of processor time of one process with one
thread. The rate of two processes depends on the machine. On an AMD EPYC whose two cores were shared
with six other jobs: 1.06 of a plain loop, 7.8 Mb a minute of processor time of a core, and 2 to 6.4
Mb a minute of two processes, by how much of the cores they got.
"""

import time
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from rcseq import make_model
from rcseq.datasets import MarkovBackground
from rcseq.prediction import network_of
from rcseq.scan import scan_genome

pytest.importorskip("pyfaidx", reason='reading a genome is the extra "genome"')
pytest.importorskip("pybigtools", reason='bigWig is the extra "tracks"')

WIDTH, STEP, BASES = 200, 50, 200_000


@pytest.fixture(scope="module")
def codes() -> NDArray[np.uint8]:
    chain = MarkovBackground.zero_order([0.3, 0.2, 0.2, 0.3])
    sampled: NDArray[np.uint8] = chain.sample(1, BASES, np.random.default_rng(0))[0]
    return sampled


def plain(network: torch.nn.Module, codes: NDArray[np.uint8]) -> float:
    """Predict the same windows in a loop that does nothing else."""
    windows = np.lib.stride_tricks.sliding_window_view(codes, WIDTH)[::STEP]
    table = torch.eye(4)
    start = time.process_time()
    with torch.inference_mode():
        for first in range(0, len(windows), 256):
            batch = torch.from_numpy(windows[first : first + 256].astype(np.int64))
            network(table[batch].mT).sigmoid()
    return time.process_time() - start


def test_a_scan_costs_little_more_than_its_network(
    tmp_path: Path, codes: NDArray[np.uint8]
) -> None:
    letters = np.frombuffer(b"ACGT", np.uint8)[codes].tobytes()
    genome = tmp_path / "genome.fa"
    genome.write_bytes(b">chr1\n" + b"\n".join(letters[i : i + 100] for i in range(0, BASES, 100)))
    sequences = [letters[i : i + WIDTH].decode() for i in range(0, 64 * WIDTH, WIDTH)]
    model = make_model(strategy="rcps", max_epochs=1, device="cpu", random_state=0)
    model.fit(sequences, np.arange(64) % 2)
    module = network_of(model).module.eval()
    scan, loop, both = [], [], []
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for _ in range(3):  # in turn, since the machine is not always as fast
            loop.append(plain(module, codes))
            for n_jobs, clock, seconds in (
                (1, time.process_time, scan),
                (2, time.perf_counter, both),
            ):
                start = clock()
                scan_genome(model, genome, tmp_path / "track.bw", step=STEP, n_jobs=n_jobs)
                seconds.append(clock() - start)
    finally:
        torch.set_num_threads(threads)
    ratio = min(scan) / min(loop)
    one, two = (60 * BASES / 1e6 / min(seconds) for seconds in (scan, both))
    print(f"\n{ratio:.2f} of a plain loop; {one:.1f} Mb a minute of processor time of one process")
    print(f"{two:.1f} Mb a minute of two processes")
    assert ratio < 1.25
