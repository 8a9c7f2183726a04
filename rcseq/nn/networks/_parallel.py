"""Convolutions of several widths side by side, and a readout of every layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from rcseq.nn.fieldtype import TypeLike
from rcseq.nn.layers import ChannelsLast
from rcseq.nn.networks._fields import n_read, side_by_side, split
from rcseq.nn.networks._local import LocalPart, around, then
from rcseq.nn.networks._network import Network, PadTo
from rcseq.nn.networks._readouts import GlobalPool, strand_pool

# The first weights of a filter: the SD of their envelope, in bases, and their part of the scale
# that ReLUs ask for. Chosen on training sequences; docs/user_guide/results.md says how.
_SHORT, _WEAK = 3.0, 0.6


class ParallelConvNet(Network):
    """Filters of several widths side by side, equivariant or conventional from one specification.

    Convolutions of different widths read the sequence next to each other, as motifs have different
    lengths. Max-pool, batch norm and ReLU follow, then convolutions that see how motifs lie to each
    other. The maximum and the mean of *every* layer over positions and strands go into one linear
    layer, so that a motif on its own counts as directly as an arrangement. Both forms have the same
    layers and learned filters; in the equivariant one [1]_ a filter also reads the other strand.

    The filters that read the sequence begin weak, and with weights that fall off from their middle
    as a normal curve with an SD of 3 bases. A wide filter is then a short one at first, and grows
    where the data ask for it.

    Parameters
    ----------
    n_outputs : int, default 1
        Number of outputs (logits or values) of a sequence.
    length : int, optional
        Length of the sequences; any length works and none is needed.
    equivariant : bool, default True
        Whether the parameters are shared between the strands.
    n_filters : int, default 128
        Learned filters that read the sequence, shared as evenly as possible between the widths; the
        first widths get what is left over.
    kernel_size : int or sequence of int, default (7, 11, 15)
        Widths of these filters in bases, odd numbers.
    n_layers : int, default 2
        Number of layers; the first reads the sequence.
    hidden_filters : int, default 64
        Learned filters of each further layer.
    hidden_kernel_size : int, default 5
        Width of these filters in positions of the pooled map, an odd number.
    pool_size : int, default 5
        Window and step of the max-pool after the first layer; 1 pools nowhere. A remainder is
        shared evenly between both ends.
    filter_dropout : float, default 0.1
        Share of the filters of a layer that is dropped before the next one, at all positions of
        a sequence.
    dropout : float, default 0.2
        Share of the features that is dropped before the linear layer.
    in_channels : int, default 4
        Channels of the input of the conventional network, for strategies that add some to the four
        bases.
    strands_apart : float, default 0.0
        From 0 to 1, how long the strands of the equivariant network are kept apart; see
        :class:`rcseq.nn.networks.Network`.
    field : str, int or FieldType, optional
        Shares of regular pairs, ``a`` and ``b`` channels in the hidden maps of the equivariant
        network [2]_, such as ``"8reg+4a+4b"``; see :class:`rcseq.nn.networks.Network`. None: all
        are regular pairs.

    Attributes
    ----------
    output_symmetry : OutputSymmetry
        ``"invariant"``.
    n_parameters : int
        Number of learned parameters.

    Raises
    ------
    ValueError
        If a parameter cannot be used.

    References
    ----------
    .. [1] Shrikumar, Greenside and Kundaje (2017). Reverse-complement parameter sharing improves
       deep learning models for genomics. bioRxiv 103663.
    .. [2] Mallet and Vert (2021). Reverse-complement equivariant networks for DNA sequences.
       NeurIPS 34.

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import ParallelConvNet
    >>> net = ParallelConvNet(n_filters=16).eval()
    >>> x = torch.eye(4)[torch.randint(4, (2, 100))].transpose(1, 2)
    >>> net(x).shape
    torch.Size([2, 1])
    >>> torch.allclose(net(x), net(x.flip(1, 2)), atol=1e-5)
    True
    """

    def __init__(
        self,
        n_outputs: int = 1,
        length: int | None = None,
        *,
        equivariant: bool = True,
        n_filters: int = 128,
        kernel_size: int | Sequence[int] = (7, 11, 15),
        n_layers: int = 2,
        hidden_filters: int = 64,
        hidden_kernel_size: int = 5,
        pool_size: int = 5,
        filter_dropout: float = 0.1,
        dropout: float = 0.2,
        in_channels: int = 4,
        strands_apart: float = 0.0,
        field: TypeLike | None = None,
    ) -> None:
        super().__init__(n_outputs, length, equivariant, in_channels, strands_apart, field)
        widths = tuple(kernel_size) if isinstance(kernel_size, Sequence) else (kernel_size,)
        _check_odd("kernel_size", *widths)
        _check_odd("hidden_kernel_size", hidden_kernel_size)
        for name, value in [
            ("n_filters", n_filters),
            ("n_layers", n_layers),
            ("hidden_filters", hidden_filters),
            ("pool_size", pool_size),
        ]:
            if value < 1:
                raise ValueError(f"{name} must be at least 1, got {value}")
        self._widths = max(widths), hidden_kernel_size
        layers = self._layers(n_layers - 1)
        self.pad = nn.Sequential(PadTo(pool_size), ChannelsLast())
        self.branches = nn.ModuleList()
        bases = layers.dna if equivariant else in_channels
        parts = split(layers, n_filters, len(widths))
        for n, width in zip(parts, widths, strict=False):
            branch = nn.Sequential(layers.conv(bases, n, width, padding="same", bias=False))
            if pool_size > 1:  # in each branch: a smaller map to put together
                pool = layers.max_pool(n, pool_size, stride=pool_size, ceil_mode=True)
                branch.append(pool)
            self.branches.append(branch)
        self.side_by_side = side_by_side(layers, parts)
        self.layers = nn.ModuleList(
            [nn.Sequential(layers.batch_norm(n_filters), layers.relu(n_filters))]
        )
        previous = n_filters
        for _ in range(n_layers - 1):
            width = hidden_kernel_size
            self.layers.append(
                nn.Sequential(
                    layers.filter_dropout(previous, filter_dropout),
                    layers.conv(previous, hidden_filters, width, padding="same", bias=False),
                    layers.batch_norm(hidden_filters),
                    layers.relu(hidden_filters),
                )
            )
            previous = hidden_filters
        self.pools = nn.ModuleList(
            strand_pool(layers, n, lambda layers, n: GlobalPool(("max", "mean"), layers.n_strands))
            for n in (n_filters, *[hidden_filters] * (n_layers - 1))
        )
        self.dropout = nn.Dropout(dropout)
        hidden_features = (n_layers - 1) * n_read(layers, hidden_filters)
        n_features = 2 * (n_read(layers, n_filters) + hidden_features)
        self.output = nn.Linear(n_features, n_outputs)
        self._start()

    def _start(self) -> None:
        with torch.no_grad():
            for branch in self.branches:
                weight = branch.get_parameter("0.weight")
                _start_for_relu(weight)
                _start_short(weight)
            for layer in list(self.layers)[1:]:
                for weight in layer.get_submodule("1").parameters():
                    _start_for_relu(weight)

    def forward(self, x: Tensor) -> Tensor:
        """Predict."""
        self._check_input(x)
        x = self._motifs(self.pad(x))
        features = []
        for layer, pool in zip(self.layers, self.pools, strict=True):
            x = layer(x)
            features.append(pool(x))
        return self._read(features)

    def _motifs(self, x: Tensor) -> Tensor:
        """Read padded sequences with the filters of all widths."""
        y: Tensor = self.side_by_side(*(branch(x) for branch in self.branches))
        return y

    def _read(self, features: list[Tensor]) -> Tensor:
        output: Tensor = self.output(self.dropout(torch.cat(features, 1)))
        return output

    def local_parts(self, length: int) -> tuple[list[LocalPart], Callable[[list[Tensor]], Tensor]]:
        """Split the network into layers that read some positions at a time, and the rest.

        Parameters
        ----------
        length : int
            Positions of the sequences, padded by ``pad``.

        Returns
        -------
        parts : list of LocalPart
            Each reads the map of the one before, the first the padded sequences.
        rest : callable
            Makes the output of the maps of the parts.
        """
        first, *others = self.layers
        widest, hidden = self._widths
        window = around(widest)
        branch: Any = self.branches[0]
        for pool in branch[1:]:  # all branches pool alike
            window = then(window, *pool.windows(length))
        parts = [LocalPart(lambda x: first(self._motifs(x)), *window, read=True)]
        parts += [LocalPart(layer, *around(hidden), read=True) for layer in others]

        def rest(maps: list[Tensor]) -> Tensor:
            return self._read([pool(x) for pool, x in zip(self.pools, maps, strict=True)])

        return parts, rest


def _start_for_relu(weight: Tensor) -> None:
    """Draw the first weights with the variance that ReLUs ask for."""
    if weight.ndim > 1:
        nn.init.kaiming_normal_(weight, nonlinearity="relu")
    else:  # those of mixed fields, which their layer has drawn with a sixth of that variance
        weight.mul_(6**0.5)


def _start_short(weight: Tensor) -> None:
    """Let filters begin as short and weak ones.

    A wide filter of random weights reads much that is no motif, and as a batch norm follows, small
    weights turn sooner into what the data ask for.
    """
    if weight.ndim > 1:
        n = weight.shape[-1]
        middle = torch.exp(-0.5 * ((torch.arange(n) - (n - 1) / 2) / _SHORT) ** 2)
        weight.mul_(middle / middle.square().mean().sqrt())
    weight.mul_(_WEAK)


def _check_odd(name: str, *widths: int) -> None:
    if not widths or any(width < 1 or width % 2 == 0 for width in widths):
        value = widths[0] if len(widths) == 1 else widths
        raise ValueError(
            f"{name} must be odd, for padding that keeps the length and is the same on both "
            f"sides; got {value}"
        )
