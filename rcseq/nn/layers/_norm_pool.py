"""Batch norm and the max-pool after it, in one."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from rcseq.nn.layers._statistics import statistics_and_extremes


class NormMaxPool(nn.Module):
    """Max-pool of a batch norm, which scales what is left of a map and not the whole of it.

    A scale and a shift can as well follow the maximum as precede it, if a negative scale takes the
    minimum. In training that saves passes over the map, both ways. In evaluation the layers run one
    after the other, as exporters and those who look into a network expect it.

    Values and gradients are those of the two layers, with one exception: where a scale is exactly
    zero, all positions of a window tie in the two layers, and the first of them gives the gradient
    of the scale; here it is the largest.

    Parameters
    ----------
    norm : RCBatchNorm1d or BatchNorm1d
        With a learned scale.
    pool : RCMaxPool1d or MaxPool1d
    """

    def __init__(self, norm: Any, pool: Any) -> None:
        super().__init__()
        self.norm, self.pool = norm, pool

    def output_length(self, length: int) -> int:
        """Return the length that the pool makes of a length."""
        return int(self.pool.output_length(length))

    def windows(self, length: int) -> tuple[int, int, int]:
        """Return the size, stride and padding of the pool's windows on a map of a length."""
        windows: tuple[int, int, int] = self.pool.windows(length)
        return windows

    def forward(self, x: Tensor) -> Tensor:
        """Normalise and pool a map of shape (n, C, L) to (n, C, L_out)."""
        n_values = x.numel() // x.shape[1]
        pays = x.device.type == "cpu" and x.dtype.itemsize >= 4  # elsewhere it was not measured
        if not (self.norm.training and pays and n_values > 1):
            normalised: Tensor = self.pool(self.norm(x))
            return normalised
        windows = self.pool.windows(x.shape[-1])
        mean, var, y = statistics_and_extremes(x, self.norm.expanded_weight(), *windows)
        scale, shift = self.norm.scale_and_shift(mean, var, n_values)
        return torch.addcmul(shift[:, None], y, scale[:, None])
