"""The one convolution behind the layers, in the memory format of its input."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from rcseq.nn.functional import is_channels_last

_LANES = 16  # numbers of float32 in the widest vector register of a CPU
_AT_MOST = 4  # positions at a time; more of them multiply with ever more zeros


def convolve(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: int,
    padding: int | str,
    dilation: int,
    groups: int,
) -> Tensor:
    """Convolve (n, C_in, L), as :func:`torch.nn.functional.conv1d` does."""
    if not is_channels_last(x):
        return F.conv1d(x, weight, bias, stride, padding, dilation, groups)
    plain = stride == dilation == groups == 1 and padding in (0, "valid")
    if plain and (n_positions := _positions_at_a_time(x, weight)) > 1:
        return _convolve_blocks(x, weight, bias, n_positions)
    pads = padding if isinstance(padding, str) else (0, padding)
    y = F.conv2d(
        x.unsqueeze(2), weight.unsqueeze(2), bias, (1, stride), pads, (1, dilation), groups
    )
    return y.squeeze(2)


def convolve_transposed(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: int,
    padding: int,
    output_padding: int,
    groups: int,
    dilation: int,
) -> Tensor:
    """Convolve (n, C_in, L), as :func:`torch.nn.functional.conv_transpose1d` does."""
    if not is_channels_last(x):
        return F.conv_transpose1d(
            x, weight, bias, stride, padding, output_padding, groups, dilation
        )
    y = F.conv_transpose2d(
        x.unsqueeze(2),
        weight.unsqueeze(2),
        bias,
        (1, stride),
        (0, padding),
        (0, output_padding),
        groups,
        (1, dilation),
    )
    return y.squeeze(2)


def _positions_at_a_time(x: Tensor, weight: Tensor) -> int:
    """Return how many positions to compute together, so that their channels fill the registers."""
    # The first layer of published networks has 20 filters, which leave three eighths of two
    # registers empty in a convolution that is nearly all of the work; four positions have 80
    # channels. Where the kernel is narrow, the zeros between its shifted copies cost more than that
    # gains.
    n_filters, n_in, width = weight.shape
    if x.device.type != "cpu" or n_in > 4 or torch.compiler.is_compiling():
        return 1
    for n_positions in range(1, _AT_MOST + 1):
        if n_positions * n_filters % _LANES == 0:
            left_over = x.shape[-1] % n_positions or (width - 1) % n_positions
            return 1 if left_over or width < 4 * n_positions else n_positions
    return 1


def _convolve_blocks(x: Tensor, weight: Tensor, bias: Tensor | None, size: int) -> Tensor:
    """Convolve blocks of `size` positions, whose channels become the channels of a block."""
    # In channels-last order the channels of neighbouring positions lie next to each other, so that
    # both maps are views. The kernel is written out once for each position of a block, shifted.
    blocks = x.transpose(1, 2).unflatten(1, (-1, size)).flatten(2).transpose(1, 2)
    shifted = torch.stack([F.pad(weight, (i, size - 1 - i)) for i in range(size)])
    kernel = shifted.unflatten(-1, (-1, size)).permute(0, 1, 4, 2, 3).flatten(2, 3).flatten(0, 1)
    bias = None if bias is None else bias.repeat(size)
    y = F.conv2d(blocks.unsqueeze(2), kernel.unsqueeze(2), bias).squeeze(2)
    return y.transpose(1, 2).unflatten(2, (size, -1)).flatten(1, 2).transpose(1, 2)
