"""Statistics and scaling of channels by the fused kernels of batch norm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional as F

from rcseq.nn.functional import is_channels_last

if TYPE_CHECKING:
    from torch import Tensor


def scaled(x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """Scale and shift each channel, by the one kernel that does it in a single pass both ways."""
    if is_channels_last(x):
        return scaled(x.unsqueeze(2), scale, shift).squeeze(2)
    zero, one = torch.zeros_like(scale), torch.ones_like(scale)
    return F.batch_norm(x, zero.detach(), one.detach(), scale, shift, False, 0.0, 0.0)


def channel_statistics(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and (biased) variance of each channel of (n, C, L) or (n, C)."""
    if is_channels_last(x):
        x = x.unsqueeze(2)
    mean, var = _ChannelStatistics.apply(x if x.dtype.itemsize >= 4 else x.float())
    return mean, var


class _ChannelStatistics(torch.autograd.Function):
    """The statistics by the kernel of batch norm, three times as fast as ``torch.var_mean``."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor) -> tuple[Tensor, Tensor]:
        if x.device.type == "cpu":
            return torch.batch_norm_update_stats(x, None, None, 0.0)
        var, mean = torch.var_mean(x, [0, *range(2, x.ndim)], correction=0)
        return mean, var

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor], output: tuple[Tensor, Tensor]) -> None:
        ctx.save_for_backward(inputs[0], output[0])

    @staticmethod
    def backward(ctx: Any, grad_mean: Tensor, grad_var: Tensor) -> Tensor:
        x, mean = ctx.saved_tensors
        n_values = x.numel() // x.shape[1]
        slope = 2 * grad_var / n_values
        offset = grad_mean / n_values - slope * mean
        shape = [-1] + [1] * (x.ndim - 2)
        return torch.addcmul(offset.view(shape), x, slope.view(shape))
