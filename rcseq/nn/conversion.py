"""From an equivariant network to a conventional one that computes the same."""

from __future__ import annotations

import copy

from torch import nn

from rcseq.nn.layers import plain

__all__ = ["to_conventional"]


def to_conventional(module: nn.Module) -> nn.Module:
    """Write a network as plain layers with expanded weights.

    Each equivariant layer is replaced by the plain layer that does the same, so that attribution
    tools, ONNX and other packages find what they know. Nothing ties the two strands any more:
    the copy is for use, not for further training.

    Parameters
    ----------
    module : torch.nn.Module
        An equivariant network, or any module that holds equivariant layers.

    Returns
    -------
    torch.nn.Module
        A copy that shares no weight with `module`, in its training or evaluation mode and on its
        device, with the same outputs in evaluation mode.

    Raises
    ------
    NotImplementedError
        If a layer defines no conventional form.

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import ConvNet, to_conventional
    >>> net = ConvNet(n_filters=8).eval()
    >>> plain = to_conventional(net)
    >>> x = torch.eye(4)[torch.randint(4, (2, 100))].transpose(1, 2)
    >>> torch.allclose(net(x), plain(x), atol=1e-5)
    True
    >>> plain.body[1]
    Conv1d(4, 16, kernel_size=(10,), stride=(1,))
    """
    return _convert(copy.deepcopy(module))


def _convert(module: nn.Module) -> nn.Module:
    """Replace what is equivariant in a module that is ours to change."""
    own = getattr(module, "to_conventional", None)
    if own is not None and not getattr(module, "converts_by_children", False):
        converted: nn.Module = own().train(module.training)
        return converted
    for name, child in module.named_children():
        setattr(module, name, _convert(child))
    return module
