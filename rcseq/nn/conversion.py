"""From an equivariant network to a conventional one that computes the same."""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Callable
from itertools import chain
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from rcseq.nn import layers
from rcseq.nn.layers import plain
from rcseq.nn.layers._norm_pool import NormMaxPool

__all__ = ["register_conversion", "to_conventional"]

_Plain = TypeVar("_Plain", nn.Conv1d, nn.ConvTranspose1d, nn.Linear)


def to_conventional(module: nn.Module, *, length: int | None = None) -> nn.Module:
    """Return a copy of a network as plain layers with expanded weights.

    Each equivariant layer is replaced by the layer of :mod:`torch.nn` that does the same, so that
    attribution tools, ONNX and other packages find what they know. Nothing ties the two strands
    any more: the copy is for use, not for further training.

    Parameters
    ----------
    module : torch.nn.Module
        An equivariant network or layer, or any module that holds equivariant layers.
    length : int, optional
        Length of the sequences that the copy is for. Pooling that shares a remainder between both
        ends, and pooling over all positions and strands, then become plain pooling of that length;
        without it, they stay layers of this package.

    Returns
    -------
    torch.nn.Module
        A copy that shares no weight with `module`, in its training or evaluation mode and on its
        device, with the same outputs in evaluation mode.

    Raises
    ------
    NotImplementedError
        If a layer has no conventional form; see :func:`register_conversion`.

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


def register_conversion(layer_class: type[nn.Module], twin: Callable[[Any], nn.Module]) -> None:
    """Register how the layers of a class, and of its subclasses, become conventional.

    Parameters
    ----------
    layer_class : type
        A layer of your own.
    twin : callable
        Takes a layer, which is a copy and may be used up, and returns the module that computes the
        same. Equivariant layers inside of that module are converted in their turn.

    Examples
    --------
    >>> from rcseq.nn import RCLayer, register_conversion, to_conventional
    >>> class Square(RCLayer):
    ...     def forward(self, x):
    ...         return x**2
    >>> register_conversion(Square, lambda layer: layer)  # it has no weights to expand
    >>> to_conventional(Square(4))
    Square(4reg)
    """
    _TWINS[layer_class] = twin


def _fill(twin: _Plain, layer: Any) -> _Plain:
    """Copy the expanded weights of a layer into its twin."""
    weight, bias = layer.expanded_weight(), layer.expanded_bias()
    twin.to(weight.device, weight.dtype)
    with torch.no_grad():
        twin.weight.copy_(weight.view(twin.weight.shape))
        if twin.bias is not None and bias is not None:
            twin.bias.copy_(bias)
    return twin


def _convolution(layer: Any) -> nn.Module:
    options = {name: getattr(layer, name) for name in ("stride", "dilation", "groups")}
    options["bias"] = layer.bias is not None
    sizes = layer.in_type.size, layer.out_type.size, layer.kernel_size
    if isinstance(layer, layers.RCConv1d):
        return _fill(nn.Conv1d(*sizes, padding=layer._pad, **options), layer)
    return _fill(nn.ConvTranspose1d(*sizes, padding=layer.padding, **options), layer)


def _linear(layer: Any) -> nn.Module:
    linear = nn.Linear(
        layer.in_type.size * layer.length, layer.out_type.size, bias=layer.bias is not None
    )
    return nn.Sequential(nn.Flatten(), _fill(linear, layer))


def _weighted_sum(layer: layers.RCWeightedSum) -> nn.Module:
    size = layer.in_type.size  # a depthwise convolution over the whole length
    conv = nn.Conv1d(size, size, layer.length, groups=size, bias=layer.bias is not None)
    return nn.Sequential(_fill(conv, layer), nn.Flatten())


def _batch_norm(layer: layers.RCBatchNorm1d) -> nn.Module:
    reference = next(chain(layer.parameters(), layer.buffers()), torch.empty(0))
    options = ("eps", "momentum", "affine", "track_running_stats")
    norm = nn.BatchNorm1d(layer.in_type.size, **{name: getattr(layer, name) for name in options})
    norm.to(reference.device, reference.dtype)
    norm.load_state_dict(layer.expanded_state())
    return norm


def _layer_norm(layer: layers.RCLayerNorm) -> nn.Module:
    centred = [sign > 0 for sign in layer.in_type.sign]
    norm = plain.LayerNorm(layer.in_type.size, layer.eps, layer.elementwise_affine, centred)
    weight, bias = layer.expanded_affine()
    if weight is not None:
        norm.to(weight.device, weight.dtype)
        with torch.no_grad():
            norm.weight.copy_(weight)
            if bias is not None:
                norm.bias.copy_(bias)
    return norm


def _max_pool(layer: layers.RCMaxPool1d) -> nn.Module:
    return plain.MaxPool1d(
        layer.kernel_size, layer.stride, padding=layer.padding, ceil_mode=layer.ceil_mode
    )


def _avg_pool(layer: layers.RCAvgPool1d) -> nn.Module:
    return plain.AvgPool1d(
        layer.kernel_size, layer.stride, layer.padding, layer.ceil_mode, count_include_pad=False
    )


def _activation(layer: layers.RCActivation) -> nn.Module:
    return layer.function if isinstance(layer.function, nn.Module) else layer


def _same(layer: nn.Module) -> nn.Module:
    """Return a layer that has no parameters and consists of plain tensor operations."""
    return layer


def _of_torch(layer: nn.Module) -> nn.Module:
    """Return a layer of `plain` as its parent, to which it adds only a memory format."""
    if type(layer).__module__ == plain.__name__:
        layer.__class__ = type(layer).__bases__[0]
    return layer


# What each layer becomes; layers inside of that are converted in their turn.
_TWINS: dict[type[nn.Module], Callable[[Any], nn.Module]] = {
    layers.RCConv1d: _convolution,
    layers.RCConvTranspose1d: _convolution,
    layers.RCLinear: _linear,
    layers.RCSeparableLinear: _linear,
    layers.RCWeightedSum: _weighted_sum,
    layers.RCBatchNorm1d: _batch_norm,
    layers.RCLayerNorm: _layer_norm,
    layers.RCMaxPool1d: _max_pool,
    layers.RCAvgPool1d: _avg_pool,
    layers.RCActivation: _activation,
    layers.RCDropout: lambda layer: (nn.Dropout1d if layer.whole_channels else nn.Dropout)(layer.p),
    layers.RCSequential: lambda chained: nn.Sequential(OrderedDict(chained.named_layers())),
    layers.RCResidual: lambda layer: plain.Residual(layer.body, layer.shortcut),
    layers.RCSelfAttention: lambda layer: layer.attention,
    layers.KmerEmbedding: _same,
    layers.StrandMax: _same,
    layers.StrandMean: _same,
    layers.StrandSum: _same,
    NormMaxPool: lambda layer: nn.Sequential(OrderedDict(norm=layer.norm, pool=layer.pool)),
    plain.ChannelsLast: lambda _: nn.Identity(),
    plain.Conv1d: _of_torch,
    plain.ConvTranspose1d: _of_torch,
    plain.BatchNorm1d: _of_torch,
}


def _convert(module: nn.Module) -> nn.Module:
    """Convert a module that is ours to change, and all that it holds."""
    make = next((_TWINS[kind] for kind in type(module).__mro__ if kind in _TWINS), None)
    if make is not None:
        module = make(module).train(module.training)
    elif isinstance(module, layers.RCLayer):
        raise NotImplementedError(
            f"{type(module).__name__} has no conventional form; register one with "
            f"rcseq.nn.register_conversion({type(module).__name__}, ...)"
        )
    # Not named_children, which yields a layer that occurs twice only once.
    for name, child in list(module._modules.items()):
        if child is not None:
            setattr(module, name, _convert(child))
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
        if isinstance(pool, (plain.MaxPool1d, plain.AvgPool1d)) or hasattr(pool, "at_length")
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
    """Replace each pool whose length is known."""
    if module in lengths:
        return _at_length(module, lengths[module]).train(module.training)
    for name, child in module.named_children():
        setattr(module, name, _replace_pools(child, lengths))
    return module


def _at_length(pool: Any, length: int) -> nn.Module:
    """Return what does the same at one length, with the pools of :mod:`torch.nn`."""
    if hasattr(pool, "at_length"):
        twin: nn.Module = pool.at_length(length)
        return twin
    size, stride, padding = pool.windows(length)
    if isinstance(pool, nn.MaxPool1d):
        return nn.MaxPool1d(size, stride, padding, pool.dilation, pool.return_indices)
    return nn.AvgPool1d(
        size, stride, padding, count_include_pad=pool.count_include_pad and not pool.ceil_mode
    )
