"""Layers that add a term to the training loss, and the sum of these terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["PenalisedLayer", "penalty"]


class PenalisedLayer(nn.Module):
    """Base class of layers with a smoothness penalty on their position weights.

    A layer of your own derives from it and defines :meth:`smoothed_weight`, or overrides
    :meth:`penalty` for a penalty of another kind. Estimators add the penalties of all such layers
    with a positive `smoothness` to the training loss.

    Attributes
    ----------
    smoothness : float
        Strength of the penalty; 0 turns it off.

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import PenalisedLayer, penalty
    >>> class Profile(PenalisedLayer):
    ...     smoothness = 0.5
    ...     def smoothed_weight(self):
    ...         return torch.tensor([1.0, 2.0, 4.0])
    >>> penalty(torch.nn.Sequential(Profile()))
    tensor(0.7500)
    """

    smoothness: float = 0.0

    def smoothed_weight(self) -> Tensor:
        """Return the weights that should be smooth, with positions on the last axis.

        Returns
        -------
        Tensor

        Raises
        ------
        NotImplementedError
            If the class does not define them.
        """
        raise NotImplementedError(f"{type(self).__name__} defines no smoothed_weight")

    def penalty(self) -> Tensor:
        """Compute the smoothness penalty, a term to add to the loss.

        Returns
        -------
        Tensor of shape ()
            ``smoothness`` times the mean absolute difference of the weights of neighbouring
            positions; zero where there is one position.
        """
        weight = self.smoothed_weight()
        if weight.shape[-1] == 1:
            return weight.new_zeros(())
        return self.smoothness * weight.diff(dim=-1).abs().mean()


def penalty(module: nn.Module) -> Tensor | None:
    """Compute the sum of the penalties of all layers of a module.

    Parameters
    ----------
    module : torch.nn.Module
        Any module. Layers that do not derive from :class:`PenalisedLayer` add nothing, whatever
        their attributes are called.

    Returns
    -------
    Tensor of shape () or None
        None if no layer has a penalty.

    Examples
    --------
    >>> from rcseq.nn import ConvNet, penalty
    >>> penalty(ConvNet()) is None
    True
    """
    terms = [
        layer.penalty()
        for layer in module.modules()
        if isinstance(layer, PenalisedLayer) and layer.smoothness > 0
    ]
    return sum(terms[1:], terms[0]) if terms else None


def check_smoothness(smoothness: float) -> None:
    """Refuse a strength that would reward rough weights."""
    if not smoothness >= 0:
        raise ValueError(f"smoothness must be at least 0; got {smoothness!r}")
