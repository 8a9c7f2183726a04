"""What of a network a substitution can change, and that nothing else is computed."""

import numpy as np
import pytest
import torch
from torch import nn

from rcseq.inspection import in_silico_mutagenesis
from rcseq.nn import ConvNet, DilatedConvNet, ParallelConvNet, RCConv1d


def one_hot(n, length, dtype=torch.float64):
    codes = torch.randint(4, (n, length), generator=torch.Generator().manual_seed(0))
    return torch.eye(4, dtype=dtype)[codes].mT.contiguous().numpy()


CONVNETS = [
    {},
    {"n_layers": 3, "kernel_size": (5, 4, 3), "pool_size": (1, 3, 4), "batch_norm": True},
    {"n_layers": 2, "kernel_size": 4, "pool_size": (5, 4), "pool_stride": (2, 3)},
    {"readout": "dense"},
    {"kernel_size": 1, "pool_size": 1},
]
PARALLEL = [
    {},
    {"kernel_size": (3, 5), "pool_size": 4, "n_layers": 3, "hidden_kernel_size": 3},
    {"kernel_size": 9, "pool_size": 1, "n_layers": 1},
    {"kernel_size": (3, 7, 11), "pool_size": 3},
    {"kernel_size": (3, 5), "pool_size": 3},
]

DILATED = [{"n_layers": 3, "kernel_size": 5}, {"n_layers": 0}, {"n_layers": 4, "kernel_size": 1}]


def random_state(module):
    """Make the statistics of batch norms those of a network that was trained."""
    for layer in module.modules():
        if getattr(layer, "running_mean", None) is not None:
            layer.running_mean.normal_()
            layer.running_var.uniform_(0.5, 2)
    return module.double().eval()


@pytest.mark.parametrize("form", [True, False, "field", "apart"])
@pytest.mark.parametrize("length", [4, 40, 41, 73, 75])
@pytest.mark.parametrize(
    ("kind", "options"),
    [(ConvNet, options) for options in CONVNETS]
    + [(DilatedConvNet, options) for options in DILATED]
    + [(ParallelConvNet, {"hidden_filters": 3, **options}) for options in PARALLEL],
)
def test_what_a_change_cannot_reach_is_not_computed_again(kind, options, length, form):
    torch.manual_seed(0)
    other = {"field": {"field": "2reg+1a+1b"}, "apart": {"strands_apart": 0.5}}.get(form)
    other = {"equivariant": form} if other is None else other
    module = random_state(kind(1, length, n_filters=4, **options, **other))
    x = one_hot(2, length)
    x[:, :, length // 3] = 0  # an unknown base
    x[:, :, -1] = 0.25
    effects = in_silico_mutagenesis(module, x, batch_size=101)
    # a network of which nothing is known is run as a whole
    whole = in_silico_mutagenesis(nn.Sequential(module), x)
    np.testing.assert_allclose(effects, whole, atol=1e-12)
    assert effects[:, :, [0, -2]].any() or kind is ConvNet  # whose filters may all be silent


@pytest.mark.parametrize("equivariant", [True, False])
def test_single_precision_is_as_exact_at_both_ends(equivariant):
    torch.manual_seed(0)
    module = random_state(ParallelConvNet(equivariant=equivariant)).float()
    x = one_hot(1, 203, dtype=torch.float32)
    effects = in_silico_mutagenesis(module, x)
    whole = in_silico_mutagenesis(nn.Sequential(module), x)
    np.testing.assert_allclose(effects, whole, atol=1e-5)


@pytest.mark.parametrize("kind", [ConvNet, ParallelConvNet])
def test_layers_read_little_of_a_long_sequence(kind):
    module = kind(n_filters=4).eval()
    read = []
    [first, *_] = [layer for layer in module.modules() if isinstance(layer, RCConv1d)]
    first.register_forward_pre_hook(lambda layer, args: read.append(args[0].shape))
    in_silico_mutagenesis(module, one_hot(1, 600, dtype=torch.float32))
    assert read[0] == (1, 4, 600)
    assert max(width for n, _, width in read if n > 1) <= 60
