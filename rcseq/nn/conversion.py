"""From an equivariant network to a conventional one that computes the same."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from rcseq.nn.layers import plain
from rcseq.nn.layers._windows import symmetric_windows

__all__ = ["to_conventional"]

# Layers of `plain` add nothing to these but the choice of a memory format.
_PARENTS: dict[type[nn.Module], type[nn.Module]] = {
    plain.Conv1d: nn.Conv1d,
    plain.ConvTranspose1d: nn.ConvTranspose1d,
    plain.BatchNorm1d: nn.BatchNorm1d,
}


def to_conventional(module: nn.Module, *, length: int | None = None) -> nn.Module:
    """Write a network as plain layers with expanded weights.

    Each equivariant layer is replaced by the layer of :mod:`torch.nn` that does the same, so that
    attribution tools, ONNX and other packages find what they know. Nothing ties the two strands
    any more: the copy is for use, not for further training.

    Parameters
    ----------
    module : torch.nn.Module
        An equivariant network, or any module that holds equivariant layers.
    length : int, optional
        Length of the sequences that the copy is for. Pooling that shares a remainder by both ends
        then becomes plain pooling with the padding of that length; without it, it stays a layer
        of this package.

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
    converted = _convert(copy.deepcopy(module))
    if length is not None:
        in_type = getattr(module, "in_type", None)
        converted = _fix_windows(converted, 4 if in_type is None else in_type.size, length)
    return converted


def _convert(module: nn.Module) -> nn.Module:
    """Replace what is equivariant in a module that is ours to change."""
    own = getattr(module, "to_conventional", None)
    if own is not None and not getattr(module, "converts_by_children", False):
        module = own().train(module.training)
    for name, child in module.named_children():
        setattr(module, name, _convert(child))
    if type(module) in _PARENTS:
        module.__class__ = _PARENTS[type(module)]
    if "equivariant" in vars(module):
        vars(module)["equivariant"] = False
    return module


def _fix_windows(module: nn.Module, n_channels: int, length: int) -> nn.Module:
    """Replace pooling that adapts to its input by what it comes to at one length."""
    lengths: dict[nn.Module, int] = {}

    def record(pool: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        lengths[pool] = inputs[0].shape[-1]

    hooks = [
        pool.register_forward_pre_hook(record)
        for pool in module.modules()
        if isinstance(pool, (plain.MaxPool1d, plain.AvgPool1d))
    ]
    was_training = module.training
    reference = next(module.parameters(), torch.empty(0))
    with torch.no_grad():
        module.eval()(reference.new_zeros(1, n_channels, length))
    module.train(was_training)
    for hook in hooks:
        hook.remove()
    return _replace_pools(module, lengths)


def _replace_pools(module: nn.Module, lengths: dict[nn.Module, int]) -> nn.Module:
    if module in lengths:
        return _at_length(module, lengths[module]).train(module.training)
    for name, child in module.named_children():
        setattr(module, name, _replace_pools(child, lengths))
    return module


def _at_length(pool: nn.Module, length: int) -> nn.Module:
    assert isinstance(pool, nn.MaxPool1d | nn.AvgPool1d)
    size, stride, padding = (
        v[0] if isinstance(v, tuple) else v for v in (pool.kernel_size, pool.stride, pool.padding)
    )
    if pool.ceil_mode:
        size, padding = symmetric_windows(length, size, stride)
    if isinstance(pool, nn.MaxPool1d):
        return nn.MaxPool1d(size, stride, padding, pool.dilation, pool.return_indices)
    return nn.AvgPool1d(
        size, stride, padding, count_include_pad=pool.count_include_pad and not pool.ceil_mode
    )
