"""The loss of one batch: weights, missing targets, and what a criterion is built with."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

__all__ = ["BatchLoss", "criterion_settings", "symmetric_kl", "weighted_loss"]


class BatchLoss:
    """The loss of one training batch as a strategy sees it.

    Parameters
    ----------
    supervised : callable
        ``supervised(output, y)`` is the mean loss of the batch.
    divergence : callable
        ``divergence(output, other)`` is how far the two are apart, for each sample or output.
    weight : ndarray of shape (n,) or (n, tasks), optional
    """

    def __init__(
        self,
        supervised: Callable[[Any, Tensor], Tensor],
        divergence: Callable[[Tensor, Tensor], Tensor],
        weight: Any = None,
    ) -> None:
        self._supervised, self._divergence, self._weight = supervised, divergence, weight

    def __call__(self, output: Any, y: Tensor) -> Tensor:
        """Return the supervised loss, a scalar."""
        return self._supervised(output, y)

    def divergence(self, output: Tensor, other: Tensor) -> Tensor:
        """Return the mean divergence of two outputs for the same sequences."""
        return _reduce(self._divergence(output, other), None, self._weight)


def symmetric_kl(logits: Tensor, other: Tensor, *, classes: bool) -> Tensor:
    """Return the symmetric Kullback-Leibler divergence of what two sets of logits stand for.

    Parameters
    ----------
    logits, other : Tensor of shape (n, ...)
    classes : bool
        Whether axis 1 holds the logits of classes, which exclude each other; else each logit is
        that of a label of its own.

    Returns
    -------
    Tensor of shape (n, ...)
        Of each distribution: the mean of the divergences in the two directions.

    Examples
    --------
    >>> p, q = torch.tensor([[0.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    >>> symmetric_kl(p, q, classes=True)
    tensor([0.1155])
    >>> symmetric_kl(p, q, classes=False)
    tensor([[0.0000, 0.1155]])
    """
    # (KL(p, q) + KL(q, p)) / 2 is the sum of (p - q) * (log p - log q) / 2, and what normalises the
    # logits is the same for all classes, so that it drops out of the sum
    if classes:
        return ((logits.softmax(1) - other.softmax(1)) * (logits - other)).sum(1) / 2
    return (logits.sigmoid() - other.sigmoid()) * (logits - other) / 2


def criterion_settings(criterion: Any, settings: dict[str, Any]) -> dict[str, Any]:
    """Ask a criterion for the loss of each target, where it can be asked."""
    if isinstance(criterion, type) and "reduction" in inspect.signature(criterion).parameters:
        settings.setdefault("reduction", "none")
    return settings


def weighted_loss(
    criterion: Callable[[Tensor, Tensor], Tensor],
    y_pred: Tensor,
    target: Tensor,
    weight: Any,
    *,
    may_be_missing: bool,
    name: str,
) -> Tensor:
    """Return the mean loss of single targets, weighted, without the missing ones.

    Parameters
    ----------
    criterion : callable
        Maps predictions and targets to the loss of each.
    y_pred : Tensor of shape (n, ...)
    target : Tensor of shape (n, ...)
    weight : ndarray of shape (n,) or (n, tasks), optional
    may_be_missing : bool
        Whether NaN is looked for in the target.
    name : str
        The name of the criterion, for messages.
    """
    known = None
    if target.is_floating_point():
        if target.shape != y_pred.shape and target.numel() == y_pred.numel():
            target = target.reshape(y_pred.shape)
        if may_be_missing:
            missing = torch.isnan(target)
            if missing.any():
                # filled before the loss: the gradient of a masked NaN is NaN still
                known, target = ~missing, target.nan_to_num()
        if target.shape != y_pred.shape:
            raise ValueError(
                f"The module returns {tuple(y_pred.shape)} for a batch, but y has "
                f"{tuple(target.shape)}; build the module with as many outputs as there are "
                "targets (its parameter n_outputs is set from y where it has one)."
            )
    loss = criterion(y_pred, target)
    if loss.ndim:
        return _reduce(loss, known, weight)
    if known is not None or weight is not None:
        raise ValueError(
            f"criterion {name} returns one number for a batch, so weights and missing targets "
            "cannot be taken out of it; pass the criterion as a class with a parameter "
            "'reduction'."
        )
    return loss


def _reduce(loss: Tensor, known: Tensor | None, weight: Any) -> Tensor:
    if weight is not None:
        weight = torch.as_tensor(weight, dtype=loss.dtype, device=loss.device)
        loss = loss * weight.reshape(weight.shape + (1,) * (loss.ndim - weight.ndim))
    if known is None:
        return loss.mean()
    return (loss * known).sum() / known.sum().clamp(min=1)
