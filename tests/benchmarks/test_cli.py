"""What the command line does for the speed of its workers."""

import os
import subprocess
import sys
from statistics import median

import pytest

from rcseq.cli._common import keep_memory

STEPS = """
import time, torch
from rcseq.nn import ZhouSimulationNet
torch.manual_seed(0)
torch.set_num_threads(1)
net = ZhouSimulationNet()
x = torch.eye(4)[torch.randint(4, (500, 1000))].transpose(1, 2).contiguous()
net(x).sum().backward()
start = time.perf_counter()
for _ in range(5):
    net(x).sum().backward()
print(time.perf_counter() - start)
"""


def seconds(environment: dict[str, str]) -> float:
    run = [sys.executable, "-c", STEPS]
    return float(subprocess.check_output(run, env=environment, text=True))


def test_workers_that_keep_their_memory_are_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of the published network, on long sequences and in batches as published."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    kept = dict(plain)
    monkeypatch.setattr(os, "environ", kept)
    keep_memory()
    times = [(seconds(kept), seconds(plain)) for _ in range(5)]
    ours, other = (median(column) for column in zip(*times, strict=True))
    print(f"\n5 steps with kept memory: {ours:.2f} s against {other:.2f} s: {ours / other:.3f}")
    assert ours / other <= 0.9
