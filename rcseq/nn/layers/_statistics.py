"""Statistics, scaling and extremes of channels, in few passes over a map."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from rcseq.nn.functional import is_channels_last


def scaled(x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """Scale and shift each channel, by the one kernel that does it in a single pass both ways."""
    if is_channels_last(x):
        return scaled(x.unsqueeze(2), scale, shift).squeeze(2)
    zero, one = torch.zeros_like(scale), torch.ones_like(scale)
    return F.batch_norm(x, zero.detach(), one.detach(), scale, shift, False, 0.0, 0.0)


def scale_and_shift(
    mean: Tensor, var: Tensor, eps: float, weight: Tensor | None, bias: Tensor | None
) -> tuple[Tensor, Tensor]:
    """Return what normalises channels of these statistics, with weight and bias applied."""
    scale = torch.rsqrt(var + eps)
    if weight is not None:
        scale = scale * weight
    return scale, -mean * scale if bias is None else bias - mean * scale


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
        return _measure(x)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor], output: tuple[Tensor, Tensor]) -> None:
        ctx.save_for_backward(inputs[0], output[0])

    @staticmethod
    def backward(ctx: Any, grad_mean: Tensor, grad_var: Tensor) -> Tensor:
        x, mean = ctx.saved_tensors
        return _through_statistics(x, mean, grad_mean, grad_var)


def _measure(x: Tensor) -> tuple[Tensor, Tensor]:
    if x.device.type == "cpu":
        return torch.batch_norm_update_stats(x, None, None, 0.0)
    var, mean = torch.var_mean(x, [0, *range(2, x.ndim)], correction=0)
    return mean, var


def _through_statistics(x: Tensor, mean: Tensor, grad_mean: Tensor, grad_var: Tensor) -> Tensor:
    n_values = x.numel() // x.shape[1]
    slope = 2 * grad_var / n_values
    offset = grad_mean / n_values - slope * mean
    shape = [-1] + [1] * (x.ndim - 2)
    return torch.addcmul(offset.view(shape), x, slope.view(shape))


def statistics_and_extremes(
    x: Tensor, direction: Tensor, size: int, stride: int, padding: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Mean and variance of each channel of (n, C, L), and the extreme value of each window.

    That is the largest value, or the smallest where the `direction` of the channel is negative.
    Both have one gradient, which is written once; apart, each would write one, to be added.
    """
    x = x if is_channels_last(x) else x.contiguous()
    extremes, mean, var, _ = _statistics_and_extremes(
        x.unsqueeze(2), direction.detach(), size, stride, padding
    )
    return mean, var, extremes.squeeze(2)


# An operator of its own, which compilers take whole: which way to go depends on the values.
@torch.library.custom_op(
    "rcseq::statistics_and_extremes",
    mutates_args=(),
    schema="(Tensor x, Tensor direction, int size, int stride, int padding) "
    "-> (Tensor, Tensor, Tensor, Tensor)",
)
def _statistics_and_extremes(
    x: Tensor, direction: Tensor, size: int, stride: int, padding: int
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    mean, var = _measure(x)
    if (direction >= 0).all():  # nearly always, and then there is nothing to be turned over
        extremes, index = _max_pool(x, size, stride, padding)
    else:
        sign = torch.where(direction < 0, -1, 1).to(x.dtype)[:, None, None]
        extremes, index = _max_pool(x * sign, size, stride, padding)
        extremes = extremes * sign
    return extremes, mean, var, index


def _max_pool(x: Tensor, size: int, stride: int, padding: int) -> tuple[Tensor, Tensor]:
    return torch.ops.aten.max_pool2d_with_indices(x, [1, size], [1, stride], [0, padding])


@_statistics_and_extremes.register_fake
def _(x: Tensor, direction: Tensor, size: int, stride: int, padding: int) -> tuple[Tensor, ...]:
    extremes, index = _max_pool(x, size, stride, padding)
    return extremes, torch.empty_like(direction), torch.empty_like(direction), index


def _keep(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
    ctx.save_for_backward(inputs[0], output[1], output[3])


def _backward(
    ctx: Any, grad_extremes: Tensor, grad_mean: Tensor, grad_var: Tensor, _: Any
) -> tuple[Tensor, None, None, None, None]:
    x, mean, index = ctx.saved_tensors
    gradient = _through_statistics(x, mean, grad_mean, grad_var)
    # in the order of the memory, which is all that this takes time for
    order = (0, 2, 3, 1) if gradient.stride(1) == 1 else (0, 1, 2, 3)
    channels = torch.arange(x.shape[1], device=x.device)[:, None, None]
    entries = index * gradient.stride(3) + channels * gradient.stride(1)
    rows, added = (t.permute(order).flatten(1) for t in (entries, grad_extremes))
    gradient.permute(order).view(len(x), -1).scatter_add_(1, rows, added)
    return gradient, None, None, None, None


_statistics_and_extremes.register_autograd(_backward, setup_context=_keep)
