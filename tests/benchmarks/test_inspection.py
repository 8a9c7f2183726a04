"""Cost of in-silico mutagenesis, beside the same with whole networks.

Ratio of the best of three turns each, on one thread of an Intel Xeon: of the default network 0.41
on 200 bases and 0.11 on 1,000, its conventional form 0.49 on 200; of one convolution 0.74 and 0.06;
of three 0.50 and 0.06; of the dilated tower 0.49 on 1,000.
"""

import time

import numpy as np
import pytest
import torch
from torch import nn

from rcseq.inspection import in_silico_mutagenesis
from rcseq.nn import ConvNet, DilatedConvNet, ParallelConvNet

DEEP = {"n_layers": 3, "kernel_size": (15, 14, 14), "n_filters": 16, "pool_size": 40}


@pytest.mark.parametrize(
    ("network", "length", "bound"),
    [
        (ParallelConvNet(), 200, 0.6),
        (ParallelConvNet(), 1000, 0.3),
        (ParallelConvNet(equivariant=False), 200, 0.75),
        (ConvNet(), 200, 0.8),
        (ConvNet(), 1000, 0.6),
        (ConvNet(**DEEP), 200, 0.8),
        (ConvNet(**DEEP), 1000, 0.6),
        (DilatedConvNet(n_filters=16), 1000, 0.7),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else None,
)
def test_substitutions_of_a_sequence(network: nn.Module, length: int, bound: float) -> None:
    network.eval()
    sequence = ["".join(np.random.default_rng(0).choice(list("ACGT"), length))]
    times: dict[nn.Module, list[float]] = {network: [], nn.Sequential(network): []}
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for _ in range(3):
            for module, seconds in times.items():
                start = time.perf_counter()
                in_silico_mutagenesis(module, sequence)
                seconds.append(time.perf_counter() - start)
    finally:
        torch.set_num_threads(threads)
    ours, whole = map(min, times.values())
    print(f"\nmutagenesis of {length:,} bases: {ours / whole:.2f} of whole networks, {ours:.2f} s")
    assert ours / whole <= bound
