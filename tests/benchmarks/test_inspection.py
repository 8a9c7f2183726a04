"""Cost of in-silico mutagenesis, beside the same with whole networks.

Ratio of the best of three turns each, on one thread of an AMD EPYC that was busy with other work:
0.2 to 0.4 for three layers on 1,000 bases, 0.5 on 200; 0.6 to 0.9 for the default network, whose
one convolution costs little more than its pooling.
"""

import time

import numpy as np
import pytest
import torch
from torch import nn

from rcseq.inspection import in_silico_mutagenesis
from rcseq.nn import ConvNet

DEEP = {"n_layers": 3, "kernel_size": (15, 14, 14), "n_filters": 16, "pool_size": 40}


@pytest.mark.parametrize(("options", "bound"), [(DEEP, 0.6), ({}, 1.0)])
def test_substitutions_of_a_long_sequence(options: dict[str, object], bound: float) -> None:
    torch.manual_seed(0)
    module = ConvNet(**options).eval()  # type: ignore[arg-type]
    sequence = ["".join(np.random.default_rng(0).choice(list("ACGT"), 1000))]
    times: dict[nn.Module, list[float]] = {module: [], nn.Sequential(module): []}
    for _ in range(3):
        for network, seconds in times.items():
            start = time.perf_counter()
            in_silico_mutagenesis(network, sequence)
            seconds.append(time.perf_counter() - start)
    ours, whole = map(min, times.values())
    print(f"\nmutagenesis of 1,000 bases: {ours / whole:.2f} of whole networks, {ours:.2f} s")
    assert ours / whole <= bound
