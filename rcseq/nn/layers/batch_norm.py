"""Batch norm with statistics that both strands share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn import functional as F

from rcseq.nn.fieldtype import TypeLike
from rcseq.nn.functional import is_channels_last
from rcseq.nn.layers._options import changed
from rcseq.nn.layers._statistics import channel_statistics, scale_and_shift, scaled
from rcseq.nn.layers.base import NormLayer

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["RCBatchNorm1d"]


class RCBatchNorm1d(NormLayer):
    """Batch norm with one mean, variance, scale and bias for both channels of a pair.

    The statistics are those of the map pooled with its reverse complement. So a regular pair is
    normalised as one channel of twice the batch, an ``a`` channel as ever, and a ``b`` channel,
    whose pooled mean is zero, is divided by its root mean square and gets no bias.

    Parameters
    ----------
    in_type : FieldType, int or str
        An int means that many regular pairs.
    eps : float, default 1e-5
        Added to the variance. Keras uses 1e-3.
    momentum : float or None, default 0.1
        Weight of a batch in the running statistics; None for their plain average.
    affine : bool, default True
        Whether to learn a scale and a bias.
    track_running_stats : bool, default True
        Whether evaluation uses running statistics; else those of the batch, always.

    Attributes
    ----------
    weight : Parameter of shape (n_orbits,)
        One scale for each pair and each single channel.
    bias : Parameter or None
        One for each of them but ``b`` channels.
    running_mean, running_var : Tensor
        Running statistics, shaped as `bias` and `weight` are. The variance has Bessel's
        correction, as in PyTorch.

    Raises
    ------
    ValueError
        When called, if the channels do not fit.

    See Also
    --------
    torch.nn.BatchNorm1d : the conventional layer.

    References
    ----------
    .. [1] Shrikumar, Greenside and Kundaje (2017). Reverse-complement parameter sharing improves
       deep learning models for genomics. bioRxiv 103663.

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import RCBatchNorm1d
    >>> norm = RCBatchNorm1d(16)
    >>> norm
    RCBatchNorm1d(16reg)
    >>> y = norm(torch.randn(8, 32, 50))
    >>> norm.running_var.shape
    torch.Size([16])
    """

    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    def __init__(
        self,
        in_type: TypeLike,
        *,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
    ) -> None:
        super().__init__(in_type)
        self.eps, self.momentum = eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self._add_affine(affine)
        for name, law in [("running_mean", self._mean_law), ("running_var", self._scale_law)]:
            self.register_buffer(name, torch.empty(law.shape) if track_running_stats else None)
        count = torch.tensor(0, dtype=torch.long) if track_running_stats else None
        self.register_buffer("num_batches_tracked", count)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the scales to one, the biases to zero and forget the running statistics."""
        self.reset_running_stats()
        super().reset_parameters()

    def reset_running_stats(self) -> None:
        """Set the running mean to zero and the running variance to one."""
        if self.running_mean is not None and self.running_var is not None:
            self.running_mean.zero_()
            self.running_var.fill_(1)
        if self.num_batches_tracked is not None:
            self.num_batches_tracked.zero_()

    def forward(self, x: Tensor) -> Tensor:
        """Normalise."""
        self._check(x)
        if not self.training and self.running_var is not None:
            return self._evaluate(x)
        if not (self.in_type.is_trivial or self.in_type.is_regular):
            return self._by_orbits(x)
        momentum = self._momentum()
        if self.in_type.is_trivial:
            return self._batch_norm(x, momentum)
        # Stacked strands make the pooled batch a view, in either memory format.
        strands = x.unflatten(1, (2, -1))
        if is_channels_last(x):
            y = self._batch_norm(strands.permute(0, 2, 3, 1), momentum)
            return y.permute(0, 3, 1, 2).flatten(1, 2)
        y = self._batch_norm(strands.flatten(0, 1), momentum)
        return y.unflatten(0, (-1, 2)).flatten(1, 2)

    def _evaluate(self, x: Tensor) -> Tensor:
        """Normalise by running statistics: plain batch norm with the values of every channel."""
        assert self.running_mean is not None
        assert self.running_var is not None
        weight, bias = self.expanded_affine()
        mean = self._mean_law.expand(self.running_mean)
        var = self._scale_law.expand(self.running_var)
        if is_channels_last(x):
            y = F.batch_norm(x.unsqueeze(2), mean, var, weight, bias, False, 0.0, self.eps)
            return y.squeeze(2)
        return F.batch_norm(x, mean, var, weight, bias, False, 0.0, self.eps)

    def expanded_weight(self) -> Tensor:
        """Write out the learned scale of every channel.

        Returns
        -------
        Tensor of shape (in_type.size,)
        """
        assert self.weight is not None
        return self._scale_law.expand(self.weight)

    def expanded_state(self) -> dict[str, Tensor]:
        """Write out the state of :class:`torch.nn.BatchNorm1d` that does the same in evaluation.

        Returns
        -------
        dict of str to Tensor
        """
        weight, bias = self.expanded_affine()
        mean, var = self.running_mean, self.running_var
        state = {
            "weight": weight,
            "bias": bias,
            "running_mean": None if mean is None else self._mean_law.expand(mean),
            "running_var": None if var is None else self._scale_law.expand(var),
            "num_batches_tracked": self.num_batches_tracked,
        }
        return {name: value.detach() for name, value in state.items() if value is not None}

    def _momentum(self) -> float:
        if not self.training or self.num_batches_tracked is None:
            return 0.0
        self.num_batches_tracked.add_(1)
        if self.momentum is None:
            return 1.0 / float(self.num_batches_tracked)
        return self.momentum

    def _batch_norm(self, x: Tensor, momentum: float) -> Tensor:
        if is_channels_last(x):
            return self._batch_norm(x.unsqueeze(2), momentum).squeeze(2)
        mean, var = self.running_mean, self.running_var
        return F.batch_norm(x, mean, var, self.weight, self.bias, True, momentum, self.eps)

    def _by_orbits(self, x: Tensor) -> Tensor:
        """Normalise any type: one formula for pairs, single channels and flipped signs."""
        n_values = x.numel() // x.shape[1]
        if n_values == 1:
            raise ValueError(f"{self!r} needs more than one value of a channel to train on; got 1")
        return scaled(x, *self.scale_and_shift(*channel_statistics(x), n_values))

    def scale_and_shift(self, mean: Tensor, var: Tensor, n_values: int) -> tuple[Tensor, Tensor]:
        """Return what normalises a batch of known statistics, and update the running ones.

        Parameters
        ----------
        mean, var : Tensor of shape (in_type.size,)
            Mean and biased variance of each channel.
        n_values : int
            Number of values that they are of.

        Returns
        -------
        scale, shift : Tensor of shape (in_type.size,)
        """
        momentum = self._momentum()
        mean, var = self._pooled_statistics(mean, var)
        if self.training and self.track_running_stats:
            self._update(mean.detach(), var.detach(), n_values, momentum)
        return scale_and_shift(mean, var, self.eps, *self.expanded_affine())

    def _pooled_statistics(self, mean: Tensor, var: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and variance of each channel, pooled with the reverse complement."""
        # With the mean m' and the variance v' of the partner, sign included, the pooled mean is
        # (m + m') / 2 and the pooled variance (v + v') / 2 + ((m - m') / 2) ** 2. A ``b`` channel
        # is its own partner with m' = -m: mean zero, and the variance is the mean square.
        other_mean = self.in_type.act(mean[None])[0]
        other_var = self.in_type.unsigned.act(var[None])[0]
        pooled = (var + other_var) / 2 + ((mean - other_mean) / 2) ** 2
        return (mean + other_mean) / 2, pooled

    def _update(self, mean: Tensor, var: Tensor, n_values: int, momentum: float) -> None:
        """Update the running statistics; the variance becomes unbiased, as in :mod:`torch.nn`."""
        assert self.running_mean is not None
        assert self.running_var is not None
        values = n_values * self._orbit_sizes(var)
        free = self._mean_law.expand(torch.ones_like(self.running_mean))  # is the mean estimated?
        unbiased = var * values / (values - free)
        self.running_mean.lerp_(self._mean_law.reduce(mean).to(self.running_mean.dtype), momentum)
        self.running_var.lerp_(
            self._scale_law.reduce(unbiased).to(self.running_var.dtype), momentum
        )

    def _orbit_sizes(self, like: Tensor) -> Tensor:
        channels = torch.arange(self.in_type.size, device=like.device, dtype=like.dtype)
        return 1 + (self.in_type.unsigned.act(channels[None])[0] != channels).to(like.dtype)

    def _options(self) -> list[str]:
        defaults = {"eps": 1e-5, "momentum": 0.1, "affine": True, "track_running_stats": True}
        return changed(self, defaults)
