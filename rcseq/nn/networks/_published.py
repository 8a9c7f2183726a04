"""Networks as they were published, one class each."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from rcseq.nn.layers import BatchNorm1d, RCBatchNorm1d
from rcseq.nn.networks._convnet import ConvNet
from rcseq.nn.networks._readouts import start_as_mean


@dataclass(frozen=True)
class _Body:
    """The numbers in which the published networks differ."""

    n_filters: int
    kernel_size: tuple[int, ...]
    pool_size: int
    pool_stride: int


_THREE_LAYERS = _Body(n_filters=16, kernel_size=(15, 14, 14), pool_size=40, pool_stride=20)
_ONE_LAYER = _Body(n_filters=20, kernel_size=(21,), pool_size=20, pool_stride=20)


class _Published(ConvNet):
    """Convolutions with batch norm as in Keras, and one max-pool after the last of them."""

    def __init__(
        self,
        body: _Body,
        n_outputs: int,
        length: int | None,
        equivariant: bool,
        readout: str,
        in_channels: int,
        strands_apart: float,
    ) -> None:
        super().__init__(
            n_outputs,
            length,
            equivariant=equivariant,
            n_filters=body.n_filters,
            kernel_size=body.kernel_size,
            n_layers=len(body.kernel_size),
            pool_size=body.pool_size,
            pool_stride=body.pool_stride,
            dropout=0.0,
            batch_norm=True,
            readout=readout,
            in_channels=in_channels,
            strands_apart=strands_apart,
        )
        for module in self.modules():
            if isinstance(module, RCBatchNorm1d | BatchNorm1d):
                module.eps, module.momentum = 1e-3, 0.01


class ShrikumarNet(_Published):
    """The network of Shrikumar, Greenside and Kundaje 2017 [1]_.

    Convolutions of 16 filters of width 15, 14 and 14, each with batch norm and ReLU, max-pool of
    window 40 and stride 20, a weighted sum over positions, and the sum of what is left. The batch
    norm has the epsilon and the momentum of the original, Keras's 1e-3 and 0.99.

    Parameters
    ----------
    n_outputs : int, default 1
        Number of outputs. The published network has one, a plain sum of the filters' weighted
        sums and a bias; with more, each output learns its own weights for the filters.
    length : int, default 1000
        Length of the sequences.
    equivariant : bool, default True
        Whether the parameters are shared between the strands.
    readout : str, default "weighted_sum"
        How the positions are merged, as in :class:`ConvNet`. The published network has a weighted
        sum; another readout shows what that is worth.
    in_channels : int, default 4
        Channels of the input of the conventional network, for strategies that add some to the four
        bases.
    strands_apart : float, default 0.0
        From 0 to 1, how long the strands of the equivariant network are kept apart; see
        :class:`rcseq.nn.networks.Network`.

    References
    ----------
    .. [1] Shrikumar, Greenside and Kundaje (2017). Reverse-complement parameter sharing improves
       deep learning models for genomics. bioRxiv 103663.

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import ShrikumarNet
    >>> ShrikumarNet()(torch.zeros(2, 4, 1000)).shape
    torch.Size([2, 1])
    """

    def __init__(
        self,
        n_outputs: int = 1,
        length: int | None = 1000,
        *,
        equivariant: bool = True,
        readout: str = "weighted_sum",
        in_channels: int = 4,
        strands_apart: float = 0.0,
    ) -> None:
        super().__init__(
            _THREE_LAYERS, n_outputs, length, equivariant, readout, in_channels, strands_apart
        )
        if n_outputs == 1 and readout == "weighted_sum":
            # The output is the sum of the filters, each of which has a scale of its own already.
            for weight in self.readout.get_submodule("pool").parameters():
                start_as_mean(weight, torch.empty(weight.shape[:2]).uniform_(-1, 1) / 4)
            output = self.readout.get_submodule("output")
            assert isinstance(output, nn.Linear)
            nn.init.ones_(output.weight).requires_grad_(False)
            nn.init.zeros_(output.bias)


class ZhouSimulationNet(_Published):
    """The network of Zhou, Shrikumar and Kundaje 2022 [1]_ for simulated sequences.

    One convolution of 20 filters of width 21 with batch norm and ReLU, max-pool of window and
    stride 20, the sum of the strands, and a fully connected layer on all positions.

    Parameters
    ----------
    n_outputs : int, default 3
        Number of outputs; the published network tells three motifs apart.
    length : int, default 1000
        Length of the sequences; 200 and 1,000 were published.
    equivariant : bool, default True
        Whether the parameters are shared between the strands.
    readout : str, default "dense"
        How the positions are merged, as in :class:`ConvNet`. The published network has a fully
        connected layer; another one shows what that is worth.
    in_channels : int, default 4
        Channels of the input of the conventional network, for strategies that add some to the four
        bases.
    strands_apart : float, default 0.0
        From 0 to 1, how long the strands of the equivariant network are kept apart; see
        :class:`rcseq.nn.networks.Network`.

    References
    ----------
    .. [1] Zhou, Shrikumar and Kundaje (2022). Towards a better understanding of
       reverse-complement equivariance for deep learning models in genomics. PMLR 165.

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import ZhouSimulationNet
    >>> ZhouSimulationNet(length=200)(torch.zeros(2, 4, 200)).shape
    torch.Size([2, 3])
    """

    def __init__(
        self,
        n_outputs: int = 3,
        length: int | None = 1000,
        *,
        equivariant: bool = True,
        readout: str = "dense",
        in_channels: int = 4,
        strands_apart: float = 0.0,
    ) -> None:
        super().__init__(
            _ONE_LAYER, n_outputs, length, equivariant, readout, in_channels, strands_apart
        )


class ZhouChipNet(_Published):
    """The network of Zhou, Shrikumar and Kundaje 2022 [1]_ for ChIP-seq.

    The convolutions and the max-pool of :class:`ShrikumarNet`, then the sum of the strands and a
    fully connected layer on all positions in place of the weighted sum.

    Parameters
    ----------
    n_outputs : int, default 1
        Number of outputs.
    length : int, default 1000
        Length of the sequences.
    equivariant : bool, default True
        Whether the parameters are shared between the strands.
    readout : str, default "dense"
        How the positions are merged, as in :class:`ConvNet`. The published network has a fully
        connected layer; another one shows what that is worth.
    in_channels : int, default 4
        Channels of the input of the conventional network, for strategies that add some to the four
        bases.
    strands_apart : float, default 0.0
        From 0 to 1, how long the strands of the equivariant network are kept apart; see
        :class:`rcseq.nn.networks.Network`.

    References
    ----------
    .. [1] Zhou, Shrikumar and Kundaje (2022). Towards a better understanding of
       reverse-complement equivariance for deep learning models in genomics. PMLR 165.

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import ZhouChipNet
    >>> ZhouChipNet()(torch.zeros(2, 4, 1000)).shape
    torch.Size([2, 1])
    """

    def __init__(
        self,
        n_outputs: int = 1,
        length: int | None = 1000,
        *,
        equivariant: bool = True,
        readout: str = "dense",
        in_channels: int = 4,
        strands_apart: float = 0.0,
    ) -> None:
        super().__init__(
            _THREE_LAYERS, n_outputs, length, equivariant, readout, in_channels, strands_apart
        )
