"""Convolutions, pooling and a readout: one specification, built equivariant or conventional."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from rcseq.nn.fieldtype import TypeLike
from rcseq.nn.layers import ChannelsLast, Conv1d, RCConv1d, output_length
from rcseq.nn.layers._norm_pool import NormMaxPool
from rcseq.nn.networks._fields import SignedMaxPool
from rcseq.nn.networks._local import LocalPart, local_layers
from rcseq.nn.networks._network import Network, PadTo
from rcseq.nn.networks._readouts import POSITIONAL, build_readout


class ConvNet(Network):
    """Convolutional network for DNA, equivariant or conventional from one specification.

    Convolutions, each with max-pool and ReLU, and with batch norm if wanted; a readout that merges
    positions and strands; dropout and one linear layer. Both forms have the same learned filters
    and the same layers; in the equivariant one [1]_ every filter also reads the other strand, so
    it has twice as many channels, and its outputs are the same for both strands.

    Parameters
    ----------
    n_outputs : int, default 1
        Number of outputs (logits or values) of a sequence.
    length : int, optional
        Length of the sequences. Only the readouts that have a weight for each position need it,
        ``"weighted_sum"`` and ``"dense"``; the network then takes this length alone.
    equivariant : bool, default True
        Whether the parameters are shared between the strands.
    n_filters : int or sequence of int, default 64
        Learned filters of each convolution.
    kernel_size : int or sequence of int, default 10
        Width of the filters of each convolution, in positions of its input.
    n_layers : int, default 1
        Number of convolutions.
    pool_size : int or sequence of int, default 20
        Window of the max-pool. An int pools after the last convolution, a sequence after each; 1
        pools nowhere. A remainder of the stride is shared evenly between both ends.
    pool_stride : int or sequence of int, optional
        Step of the max-pool, by default its window.
    dropout : float, default 0.2
        Share of the readout's features that is dropped in training.
    readout : {"max_mean", "max", "mean", "attention", "weighted_sum", "dense"}, optional
        How positions and strands are merged. ``"max"``, ``"mean"`` and ``"max_mean"`` take that
        statistic of each filter over all positions of both strands; ``"attention"`` a mean with
        learned weights; ``"weighted_sum"`` learns a weight for each filter and position (the
        paper's layer) and adds the strands; ``"dense"`` is a fully connected layer on all
        positions after the strands are added.
    batch_norm : bool, default False
        Whether a batch norm follows each convolution.
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
        If a parameter cannot be used, or the readout needs a `length` that is missing.

    Notes
    -----
    Sequences that are shorter than the network can see are padded with unknown bases, the same
    number on both sides.

    With its defaults this is a bag of motifs: 64 short filters, of which the strongest and the mean
    answer count, wherever they lie and on whichever strand. On a few thousand sequences that is
    hard to beat, and it never fails to start learning. Longer filters did worse on small data, and
    longer motifs are met by several filters. The max-pool before the mean makes it a mean of local
    maxima and the network three times as fast.

    References
    ----------
    .. [1] Shrikumar, Greenside and Kundaje (2017). Reverse-complement parameter sharing improves
       deep learning models for genomics. bioRxiv 103663.
    .. [2] Mallet and Vert (2021). Reverse-complement equivariant networks for DNA sequences.
       NeurIPS 34.

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import ConvNet
    >>> net = ConvNet(n_filters=16, kernel_size=[15, 14, 14], n_layers=3).eval()
    >>> x = torch.eye(4)[torch.randint(4, (2, 100))].transpose(1, 2)
    >>> net(x).shape
    torch.Size([2, 1])
    >>> torch.allclose(net(x), net(x.flip(1, 2)), atol=1e-5)
    True
    >>> ConvNet(n_filters=16, equivariant=False).n_parameters == ConvNet(n_filters=16).n_parameters
    True
    """

    def __init__(
        self,
        n_outputs: int = 1,
        length: int | None = None,
        *,
        equivariant: bool = True,
        n_filters: int | Sequence[int] = 64,
        kernel_size: int | Sequence[int] = 10,
        n_layers: int = 1,
        pool_size: int | Sequence[int] = 20,
        pool_stride: int | Sequence[int] | None = None,
        dropout: float = 0.2,
        readout: str = "max_mean",
        batch_norm: bool = False,
        in_channels: int = 4,
        strands_apart: float = 0.0,
        field: TypeLike | None = None,
    ) -> None:
        super().__init__(n_outputs, length, equivariant, in_channels, strands_apart, field)
        if n_layers < 1:
            raise ValueError(f"n_layers must be at least 1, got {n_layers}")
        filters = _per_layer("n_filters", n_filters, n_layers)
        kernels = _per_layer("kernel_size", kernel_size, n_layers)
        windows = _per_layer("pool_size", pool_size, n_layers, last_only=True)
        steps = windows
        if pool_stride is not None:
            steps = _per_layer("pool_stride", pool_stride, n_layers, last_only=True)
        if any(step > window for window, step in zip(windows, steps, strict=True)):
            raise ValueError(
                f"pool_stride must be at most pool_size, or positions would be left out; got "
                f"pool_size={pool_size} and pool_stride={pool_stride}"
            )
        layers = self._layers(n_layers - 1)
        self.pad = PadTo(_shortest_length(kernels, windows, steps))
        body: list[nn.Module] = [ChannelsLast()]
        previous = layers.dna if equivariant else in_channels
        for n, kernel, window, step in zip(filters, kernels, windows, steps, strict=True):
            body.append(layers.conv(previous, n, kernel, bias=not batch_norm))
            norm = layers.batch_norm(n) if batch_norm else None
            if window > 1:  # before the ReLU: the same numbers, less traffic
                pool = layers.max_pool(n, window, stride=step, ceil_mode=True)
                if norm is None:
                    body.append(pool)
                elif isinstance(pool, SignedMaxPool):
                    body += [norm, pool]
                else:
                    body.append(NormMaxPool(norm, pool))
            elif norm is not None:
                body.append(norm)
            body.append(layers.relu(n))
            previous = n
        self.body = nn.Sequential(*body)
        convolutions = [m for m in self.body.modules() if isinstance(m, RCConv1d | Conv1d)]
        with torch.no_grad():
            if batch_norm:  # which makes the scale mean nothing but how fast the filters turn
                for convolution in convolutions:
                    convolution.weight.div_(2)
            else:  # one of four channels is on, so the fan-in is a fourth of torch's
                convolutions[0].weight.mul_((in_channels / max(1, in_channels // 4)) ** 0.5)
        self._one_length = readout in POSITIONAL
        n_positions = None
        if length is not None:
            n_positions = output_length(nn.Sequential(self.pad, self.body), length)
        self.readout = build_readout(layers, readout, filters[-1], n_positions, dropout, n_outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Predict."""
        self._check_input(x)
        if self._one_length and x.shape[-1] != self.length:
            raise ValueError(
                f"{type(self).__name__} was built for sequences of length {self.length}; got "
                f"{x.shape[-1]}. Its readout has a weight for each position; readout='max_mean' "
                "reads any length"
            )
        return self.readout(self.body(self.pad(x)))

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
            Makes the output of the maps of those parts that are ``read``, here the last.
        """
        *parts, last = local_layers(self.body, length)
        return [*parts, last._replace(read=True)], lambda maps: self.readout(maps[-1])


def _per_layer(
    name: str, value: int | Sequence[int], n_layers: int, *, last_only: bool = False
) -> tuple[int, ...]:
    """Return one whole number for each layer; an int holds for all of them, or for the last."""
    if isinstance(value, Sequence):
        values = tuple(value)
        if len(values) != n_layers:
            raise ValueError(f"{name} has {len(values)} entries, but there are {n_layers} layers")
    elif last_only:
        values = (*[1] * (n_layers - 1), value)
    else:
        values = (value,) * n_layers
    if any(v < 1 for v in values):
        raise ValueError(f"{name} must be at least 1, got {value}")
    return values


def _shortest_length(kernels: Sequence[int], windows: Sequence[int], steps: Sequence[int]) -> int:
    """Length of the sequences that leave one position after the last layer."""
    length = 1
    for kernel, window, step in reversed(list(zip(kernels, windows, steps, strict=True))):
        length = (length - 1) * step + window + kernel - 1
    return length
