"""Conventional layers that follow the memory format of their input, as the equivariant ones do.

Each is its namesake of :mod:`torch.nn` with the same parameters, state and results; only, where the
channels of the input are next to each other in memory, it runs as its two-dimensional relative,
for which PyTorch has kernels in that format. So a comparison of an equivariant with a conventional
network compares the networks and not their memory formats.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional as F

from rcseq.nn.functional import channels_last, is_channels_last
from rcseq.nn.layers._convolution import convolve, convolve_transposed
from rcseq.nn.layers._length import n_windows, output_length
from rcseq.nn.layers._statistics import scale_and_shift
from rcseq.nn.layers._windows import avg_pool, check_options, max_pool, symmetric_windows

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "AvgPool1d",
    "BatchNorm1d",
    "ChannelsLast",
    "Conv1d",
    "ConvTranspose1d",
    "LayerNorm",
    "MaxPool1d",
    "Residual",
]


class ChannelsLast(nn.Module):
    """Lay a map out with its channels next to each other, for all layers that follow.

    The values stay. The layers of this package follow the memory format of their input, so a
    network holds this once, before its first convolution.

    Examples
    --------
    >>> import torch
    >>> ChannelsLast()(torch.zeros(2, 8, 100)).stride()
    (800, 1, 8)
    """

    def forward(self, x: Tensor) -> Tensor:
        """Change the memory format of a map of shape (n, C, L)."""
        return channels_last(x)


class Conv1d(nn.Conv1d):
    """:class:`torch.nn.Conv1d` that runs in the memory format of its input.

    Parameters
    ----------
    *args, **kwargs
        Those of :class:`torch.nn.Conv1d`.

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import channels_last
    >>> x = torch.zeros(2, 8, 100)
    >>> Conv1d(8, 16, 5)(channels_last(x)).stride()
    (1536, 1, 16)
    """

    def output_length(self, length: int) -> int:
        """Return the length of the output for an input of a length."""
        if self.padding == "same":
            return length
        padding = 0 if isinstance(self.padding, str) else _one(self.padding)
        window = _one(self.dilation) * (_one(self.kernel_size) - 1) + 1
        return n_windows(length, window, _one(self.stride), padding)

    def forward(self, x: Tensor) -> Tensor:
        """Convolve."""
        if self.padding_mode != "zeros":
            return super().forward(x)
        stride, dilation = _one(self.stride), _one(self.dilation)
        padding = self.padding if isinstance(self.padding, str) else _one(self.padding)
        return convolve(x, self.weight, self.bias, stride, padding, dilation, self.groups)


class ConvTranspose1d(nn.ConvTranspose1d):
    """:class:`torch.nn.ConvTranspose1d` that runs in the memory format of its input.

    Parameters
    ----------
    *args, **kwargs
        Those of :class:`torch.nn.ConvTranspose1d`.

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import channels_last
    >>> ConvTranspose1d(8, 4, 2, stride=2)(channels_last(torch.zeros(2, 8, 50))).stride()
    (400, 1, 4)
    """

    def output_length(self, length: int) -> int:
        """Return the length of the output for an input of a length."""
        window = _one(self.dilation) * (_one(self.kernel_size) - 1) + 1
        kept = (length - 1) * _one(self.stride) - 2 * _one(self.padding) + window
        return kept + _one(self.output_padding)

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        """Convolve."""
        if output_size is not None:
            return super().forward(x, output_size)
        stride, padding, dilation = _one(self.stride), _one(self.padding), _one(self.dilation)
        extra = _one(self.output_padding)
        return convolve_transposed(
            x, self.weight, self.bias, stride, padding, extra, self.groups, dilation
        )


class BatchNorm1d(nn.BatchNorm1d):
    """:class:`torch.nn.BatchNorm1d` that runs in the memory format of its input.

    Parameters
    ----------
    *args, **kwargs
        Those of :class:`torch.nn.BatchNorm1d`.

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import channels_last
    >>> BatchNorm1d(8)(channels_last(torch.zeros(2, 8, 50))).stride()
    (400, 1, 8)
    """

    def _check_input_dim(self, x: Tensor) -> None:
        if x.ndim not in (2, 3, 4):
            raise ValueError(
                f"expected a tensor of shape (n, C) or (n, C, L); got {tuple(x.shape)}"
            )

    def forward(self, x: Tensor) -> Tensor:
        """Normalise."""
        if is_channels_last(x):
            return super().forward(x.unsqueeze(2)).squeeze(2)
        return super().forward(x)

    def expanded_weight(self) -> Tensor:
        """Return the scale of every channel, which has one of its own here.

        Returns
        -------
        Tensor of shape (num_features,)
        """
        return self.weight

    def scale_and_shift(self, mean: Tensor, var: Tensor, n_values: int) -> tuple[Tensor, Tensor]:
        """Return what normalises a batch of known statistics, and update the running ones.

        Parameters
        ----------
        mean, var : Tensor of shape (num_features,)
            Mean and biased variance of each channel.
        n_values : int
            Number of values that they are of.

        Returns
        -------
        scale, shift : Tensor of shape (num_features,)
        """
        if self.training and self.running_mean is not None and self.running_var is not None:
            assert self.num_batches_tracked is not None
            self.num_batches_tracked.add_(1)
            momentum = self.momentum
            if momentum is None:
                momentum = 1.0 / float(self.num_batches_tracked)
            unbiased = var.detach() * (n_values / (n_values - 1))
            self.running_mean.lerp_(mean.detach(), momentum)
            self.running_var.lerp_(unbiased, momentum)
        return scale_and_shift(mean, var, self.eps, self.weight, self.bias)


class LayerNorm(nn.LayerNorm):
    """:class:`torch.nn.LayerNorm` over the channels of (n, C, L), at each position.

    Parameters
    ----------
    n_channels : int
        Number of channels.
    eps : float, default 1e-5
        Added to the variance.
    elementwise_affine : bool, default True
        Whether to learn a scale and a bias for each channel.
    centred : sequence of bool, optional
        The channels that have a common mean, which is subtracted from them; all if not given.

    Examples
    --------
    >>> import torch
    >>> y = LayerNorm(8)(torch.randn(2, 8, 50))
    >>> torch.allclose(y.mean(1), torch.zeros(2, 50), atol=1e-5)
    True
    """

    centred: Tensor | None

    def __init__(
        self,
        n_channels: int,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        centred: Sequence[bool] | None = None,
    ) -> None:
        super().__init__(n_channels, eps=eps, elementwise_affine=elementwise_affine)
        mask = None if centred is None or all(centred) else torch.tensor(centred)
        self.register_buffer("centred", mask)

    def forward(self, x: Tensor) -> Tensor:
        """Normalise."""
        return layer_norm(x, self.weight, self.bias, self.eps, self.centred)


class _Windows:
    """The windows of a pool of :mod:`torch.nn`, which ``ceil_mode`` makes symmetric."""

    kernel_size: Any
    stride: Any
    padding: Any
    ceil_mode: bool

    def windows(self, length: int) -> tuple[int, int, int]:
        """Return the size, stride and padding of the windows on a map of a length.

        Parameters
        ----------
        length : int
            In positions.

        Returns
        -------
        size, stride, padding : int
        """
        size, stride, padding = _one(self.kernel_size), _one(self.stride), _one(self.padding)
        if self.ceil_mode:
            check_options(size, stride, padding, ceil_mode=True)
            size, padding = symmetric_windows(length, size, stride)
        return size, stride, padding

    def output_length(self, length: int) -> int:
        """Return the length of the output for an input of a length."""
        size, stride, padding = self.windows(length)
        window = _one(getattr(self, "dilation", 1)) * (size - 1) + 1
        return n_windows(length, window, stride, padding)


class MaxPool1d(_Windows, nn.MaxPool1d):
    """:class:`torch.nn.MaxPool1d` that follows the memory format and pads symmetrically.

    Parameters
    ----------
    *args, **kwargs
        Those of :class:`torch.nn.MaxPool1d`. With ``ceil_mode=True`` the remainder of the stride is
        shared evenly between both ends, as :class:`RCMaxPool1d` does it, and not left to the last
        window; dilation and indices are not offered then.

    Examples
    --------
    >>> import torch
    >>> MaxPool1d(4, ceil_mode=True)(torch.arange(6.0).view(1, 1, 6))
    tensor([[[2., 5.]]])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Compute the largest value of each window."""
        if not self.ceil_mode and (self.return_indices or _one(self.dilation) != 1):
            return super().forward(x)
        return max_pool(x, *self.windows(x.shape[-1]))


class AvgPool1d(_Windows, nn.AvgPool1d):
    """:class:`torch.nn.AvgPool1d` that follows the memory format and pads symmetrically.

    Parameters
    ----------
    *args, **kwargs
        Those of :class:`torch.nn.AvgPool1d`. With ``ceil_mode=True`` the remainder of the stride is
        shared evenly between both ends, as :class:`RCAvgPool1d` does it; what was added does not
        count.

    Examples
    --------
    >>> import torch
    >>> AvgPool1d(4, ceil_mode=True)(torch.arange(6.0).view(1, 1, 6))
    tensor([[[1., 4.]]])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Average over each window."""
        count_padding = self.count_include_pad and not self.ceil_mode
        return avg_pool(x, *self.windows(x.shape[-1]), count_padding)


class Residual(nn.Module):
    """Residual connection: the input, plus what a body makes of it.

    Parameters
    ----------
    body : torch.nn.Module
        Where it shortens the map, the input is cropped evenly at both ends.
    shortcut : torch.nn.Module, optional
        What the input passes through.

    Raises
    ------
    ValueError
        When called, if the body shortens the map by an odd number of positions or lengthens it.

    Examples
    --------
    >>> import torch
    >>> Residual(Conv1d(8, 8, 3))(torch.zeros(2, 8, 100)).shape
    torch.Size([2, 8, 98])
    """

    def __init__(self, body: nn.Module, shortcut: nn.Module | None = None) -> None:
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def output_length(self, length: int) -> int:
        """Return the length of the output for an input of a length."""
        return output_length(self.body, length)

    def forward(self, x: Tensor) -> Tensor:
        """Add the body to the shortcut."""
        y: Tensor = self.body(x)
        skip = x if self.shortcut is None else self.shortcut(x)
        return cropped(skip, y) + y


def layer_norm(
    x: Tensor, weight: Tensor | None, bias: Tensor | None, eps: float, centred: Tensor | None
) -> Tensor:
    """Normalise (n, C, L) over its channels, in its memory format; see :class:`LayerNorm`."""
    rows = x.transpose(1, -1)  # channels become the last axis; for (n, C) they are already
    if centred is not None:
        mask = centred.to(x.dtype)
        mean = (rows * mask).sum(-1, keepdim=True) / mask.sum().clamp(min=1)
        rows = rows - mean * mask
        rows = F.rms_norm(rows, rows.shape[-1:], weight, eps)
        rows = rows if bias is None else rows + bias
    else:
        rows = F.layer_norm(rows, rows.shape[-1:], weight, bias, eps)
    y = rows.transpose(1, -1)
    return y if is_channels_last(x) else y.contiguous()


def cropped(x: Tensor, like: Tensor) -> Tensor:
    """Crop (n, C, L) evenly at both ends to the length of another map."""
    if x.ndim < 3 or x.shape[-1] == like.shape[-1]:
        return x
    surplus = x.shape[-1] - like.shape[-1]
    if surplus < 0 or surplus % 2:
        raise ValueError(
            f"a residual connection over {x.shape[-1]} positions got {like.shape[-1]} from its "
            "body; it must lose an even number, which both ends share, so take odd kernels, even "
            "dilations or padding='same'"
        )
    return x[..., surplus // 2 : x.shape[-1] - surplus // 2]


def _one(value: Any) -> int:
    return int(value[0] if isinstance(value, tuple) else value)
