"""The loss of one batch: weights, missing targets, and what a criterion is built with."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

__all__ = ["criterion_settings", "weighted_loss"]


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
