"""Losses of the field that PyTorch does not have."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["ProfileLoss"]


class ProfileLoss(nn.Module):
    r"""Loss of BPNet for read counts along a sequence: the profile's and the total's [1]_.

    The network says the logarithm of the expected number of reads at each position of each track,
    such as the two strands, as :class:`~rcseq.nn.DilatedConvNet` does with
    ``head="stranded_counts"``. With :math:`\hat k` expected and :math:`k` observed reads, of which
    :math:`\hat n` and :math:`n` are the totals over the positions, the loss of a track is

    .. math:: -\log p_\text{multinomial}(k \mid \hat k / \hat n, n)
              + \lambda \, (\log(1 + \hat n) - \log(1 + n))^2

    Parameters
    ----------
    count_weight : float, default=1.0
        The weight :math:`\lambda`. The two terms weigh about the same with half of the mean total
        of a track in the training set [1]_. With 0 the totals are not learned.
    reduction : {"mean", "sum", "none"}, default="mean"
        Over samples and tracks; ``"none"`` keeps the loss of each.

    Raises
    ------
    ValueError
        If a parameter is not one of these; when called, if the shapes differ or have no positions,
        or a count is negative or not finite.

    References
    ----------
    .. [1] Avsec et al. (2021). Base-resolution models of transcription-factor binding reveal soft
       motif syntax. Nature Genetics 53.

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import ProfileLoss
    >>> counts = torch.tensor([[[1.0, 2.0, 1.0], [0.0, 0.0, 4.0]]])
    >>> flat = torch.full((1, 2, 3), 4 / 3).log()
    >>> ProfileLoss(reduction="none")(flat, counts)  # -log(12 / 3**4) and -log(1 / 3**4)
    tensor([[1.9095, 4.3944]])
    """

    def __init__(self, count_weight: float = 1.0, reduction: str = "mean") -> None:
        super().__init__()
        if not 0 <= count_weight < float("inf"):
            raise ValueError(f"count_weight must be a number from 0 up; got {count_weight!r}")
        if reduction not in ("mean", "sum", "none"):
            raise ValueError(f"reduction must be mean, sum or none; got {reduction!r}")
        self.count_weight, self.reduction = count_weight, reduction

    def forward(self, log_expected: Tensor, counts: Tensor) -> Tensor:
        """Compute the loss.

        Parameters
        ----------
        log_expected : Tensor of shape (n, n_tracks, n_positions)
            Logarithms of expected counts.
        counts : Tensor of the same shape
            Observed counts; fractions are taken as they are.

        Returns
        -------
        Tensor of shape (), or (n, n_tracks) with ``reduction="none"``
        """
        if log_expected.shape != counts.shape or counts.ndim != 3:
            raise ValueError(
                "ProfileLoss compares logarithms of expected counts with counts, both of shape (n, "
                f"n_tracks, n_positions); got {tuple(log_expected.shape)} and {tuple(counts.shape)}"
            )
        if not bool(((counts >= 0) & counts.isfinite()).all()):
            raise ValueError("ProfileLoss takes counts from 0 up; one is negative or not finite")
        total, log_total = counts.sum(-1), log_expected.logsumexp(-1)
        profile = (counts * (log_expected - log_total[..., None])).sum(-1)
        arrangements = torch.lgamma(total + 1) - torch.lgamma(counts + 1).sum(-1)
        # log(1 + expected total) without the detour by the total, which may overflow
        of_total = (nn.functional.softplus(log_total) - total.log1p()).square()
        loss = self.count_weight * of_total - profile - arrangements
        return {"mean": loss.mean, "sum": loss.sum}.get(self.reduction, lambda: loss)()

    def extra_repr(self) -> str:
        """Return the weight."""
        return f"count_weight={self.count_weight}"
