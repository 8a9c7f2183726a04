"""Networks by name, so that grids and the command line can name them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeVar

from torch import nn

from rcseq._messages import did_you_mean
from rcseq.nn.networks._convnet import ConvNet
from rcseq.nn.networks._dilated import DilatedConvNet
from rcseq.nn.networks._parallel import ParallelConvNet
from rcseq.nn.networks._published import ShrikumarNet, ZhouChipNet, ZhouSimulationNet

_Class = TypeVar("_Class", bound=type[nn.Module])
_REGISTERED: dict[str, type[nn.Module]] = {}

#: The registered networks by name, in the order of registration; a live, read-only view.
NETWORKS: Mapping[str, type[nn.Module]] = MappingProxyType(_REGISTERED)


def register_network(network: _Class, *, name: str | None = None) -> _Class:
    """Register a network by name; may decorate its class.

    Parameters
    ----------
    network : type
        A class of :class:`torch.nn.Module` that takes what an estimator passes to its module. With
        ``equivariant=True`` it is expected to be strand exact; derive from
        :class:`rcseq.nn.networks.Network` to declare what the reverse complement does to outputs.
    name : str, optional
        By default the name of the class. Names are in lower case, and case does not matter where
        they are looked up.

    Returns
    -------
    type
        `network` itself.

    Raises
    ------
    TypeError
        If `network` is not a class of modules.
    ValueError
        If another network has that name.

    Examples
    --------
    >>> from rcseq.nn import NETWORKS, ConvNet, register_network
    >>> class Wide(ConvNet):
    ...     pass
    >>> register_network(Wide) is NETWORKS["wide"]
    True
    """
    if not (isinstance(network, type) and issubclass(network, nn.Module)):
        raise TypeError(f"a network is a class of torch.nn.Module; got {network!r}")
    key = (name or network.__name__).lower()
    known = _REGISTERED.get(key)
    if known is not None and _address(known) != _address(network):
        raise ValueError(f"{key!r} is already the name of {known.__qualname__}; take another name")
    _REGISTERED[key] = network
    return network


def get_network(network: str | Callable[..., nn.Module]) -> Callable[..., nn.Module]:
    """Return the network of a name.

    Parameters
    ----------
    network : str or type
        A registered name, in upper or lower case; a class, or anything else that is called to make
        a module, is returned as it is.

    Returns
    -------
    type

    Raises
    ------
    ValueError
        If no network has that name.
    TypeError
        If `network` is neither a name nor callable.

    Examples
    --------
    >>> from rcseq.nn import get_network
    >>> get_network("convnet").__name__
    'ConvNet'
    """
    if isinstance(network, str):
        if network.lower() in _REGISTERED:
            return _REGISTERED[network.lower()]
        raise ValueError(
            f"no network is called {network!r}.{did_you_mean(network, _REGISTERED)} The registered "
            f"ones are {', '.join(_REGISTERED)}, and rcseq.nn.register_network adds one"
        )
    if not callable(network):
        raise TypeError(f"a network is given by name or as a class; got {network!r}")
    return network


def _address(network: type) -> tuple[str, str]:
    """Return where a class is defined, which stays the same when its module is reloaded."""
    return network.__module__, network.__qualname__


for _network in (
    ParallelConvNet,
    ConvNet,
    DilatedConvNet,
    ShrikumarNet,
    ZhouSimulationNet,
    ZhouChipNet,
):
    register_network(_network)
