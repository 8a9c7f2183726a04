"""The dilated residual tower of BPNet, with scalar and profile heads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from rcseq.nn.fieldtype import FieldType, OutputSymmetry, TypeLike
from rcseq.nn.layers import ChannelsLast, RCLinear
from rcseq.nn.networks._fields import Fields, n_read
from rcseq.nn.networks._local import LocalPart, around
from rcseq.nn.networks._network import Network
from rcseq.nn.networks._readouts import GlobalPool, strand_pool

_SYMMETRY = {
    "scalar": OutputSymmetry.INVARIANT,
    "stranded": OutputSymmetry.STRANDS,
    "profile": OutputSymmetry.POSITIONS,
    "stranded_profile": OutputSymmetry.BOTH,
    "stranded_counts": OutputSymmetry.BOTH,
}
_ALONG = (OutputSymmetry.POSITIONS, OutputSymmetry.BOTH)


class DilatedConvNet(Network):
    """BPNet's tower of dilated convolutions [1]_, equivariant or conventional.

    A wide convolution, then residual blocks of width 3 whose dilation doubles from block to block,
    so that with the default of 8 blocks a position sees 1,041 bases. All layers keep the length.
    The head says what is predicted, and so what a strand flip does to it.

    Parameters
    ----------
    n_outputs : int, default 1
        Number of outputs or of profile tracks; 2 for the stranded heads.
    length : int, optional
        Length of the sequences; any length works and none is needed.
    equivariant : bool, default True
        Whether the parameters are shared between the strands.
    n_filters : int, default 64
        Learned filters of each convolution; the equivariant network has twice as many channels.
    kernel_size : int, default 21
        Width of the first convolution, an odd number.
    n_layers : int, default 8
        Number of dilated blocks.
    head : {"scalar", "stranded", "profile", "stranded_profile", "stranded_counts"}
        ``"scalar"``: values of a sequence, from the mean over positions and strands.
        ``"stranded"``: one value for each strand, plus and minus.
        ``"profile"``: one value for each position.
        ``"stranded_profile"``: one for each position and strand, plus and minus.
        ``"stranded_counts"``: the logarithm of the expected number of reads at each position and
        strand, from the two heads of BPNet: the logarithm of a profile that sums to 1, and beside
        it that of the total of each strand, from the mean of the tower over the positions. Under
        :class:`rcseq.nn.ProfileLoss` the two are learned as BPNet learns them.
    head_kernel_size : int, default 75
        Width of the convolution that makes a profile, an odd number.
    output_length : int, optional
        Length of a profile, cut from the centre of the sequence; by default that of the sequence.
    dropout : float, default 0.0
        Share of the channels that is dropped before the head, with one mask for both strands.
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
        ``invariant``, ``strands``, ``positions``, ``both`` and ``both`` for the five heads.
    receptive_field : int
        Number of bases that an output position of the tower sees.

    Raises
    ------
    ValueError
        If a parameter cannot be used; when called, if a profile cannot be cut from the centre.

    References
    ----------
    .. [1] Avsec et al. (2021). Base-resolution models of transcription-factor binding reveal soft
       motif syntax. Nature Genetics 53.
    .. [2] Mallet and Vert (2021). Reverse-complement equivariant networks for DNA sequences.
       NeurIPS 34.

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import DilatedConvNet
    >>> net = DilatedConvNet(2, n_filters=8, n_layers=3, head="stranded_profile").eval()
    >>> x = torch.eye(4)[torch.randint(4, (2, 200))].transpose(1, 2)
    >>> net(x).shape
    torch.Size([2, 2, 200])
    >>> torch.allclose(net(x.flip(1, 2)), net(x).flip(1, 2), atol=1e-5)
    True
    """

    def __init__(
        self,
        n_outputs: int = 1,
        length: int | None = None,
        *,
        equivariant: bool = True,
        n_filters: int = 64,
        kernel_size: int = 21,
        n_layers: int = 8,
        head: str = "scalar",
        head_kernel_size: int = 75,
        output_length: int | None = None,
        dropout: float = 0.0,
        in_channels: int = 4,
        strands_apart: float = 0.0,
        field: TypeLike | None = None,
    ) -> None:
        super().__init__(n_outputs, length, equivariant, in_channels, strands_apart, field)
        if head not in _SYMMETRY:
            raise ValueError(f"head must be one of {', '.join(_SYMMETRY)}; got {head!r}")
        self.output_symmetry = _SYMMETRY[head]
        if head.startswith("stranded") and n_outputs != 2:
            raise ValueError(
                f"head={head!r} predicts the plus and the minus strand, so n_outputs must be 2; "
                f"got {n_outputs}"
            )
        for name, width in [("kernel_size", kernel_size), ("head_kernel_size", head_kernel_size)]:
            if width < 1 or width % 2 == 0:
                raise ValueError(
                    f"{name} must be odd, for padding that keeps the length and is the same on "
                    f"both sides; got {width}"
                )
        if n_layers < 0:
            raise ValueError(f"n_layers must be at least 0, got {n_layers}")
        if output_length is not None and _SYMMETRY[head] not in _ALONG:
            raise ValueError(f"output_length is for profiles; head={head!r} has no positions")
        self.head_name, self.output_length = head, output_length
        self.receptive_field = kernel_size + 2 * (2 ** (n_layers + 1) - 2)

        layers = self._layers(n_layers)
        first = layers.conv(
            layers.dna if equivariant else in_channels, n_filters, kernel_size, padding="same"
        )
        self.pad = ChannelsLast()  # nothing else, as convolutions pad
        self.stem = nn.Sequential(first, layers.relu(n_filters))
        self._kernel_size = kernel_size
        self.tower = nn.Sequential(
            *(
                layers.residual(
                    layers.sequential(
                        layers.conv(n_filters, n_filters, 3, dilation=2 ** (i + 1), padding="same"),
                        layers.relu(n_filters),
                    )
                )
                for i in range(n_layers)
            )
        )
        self.dropout = layers.dropout(n_filters, dropout)
        counts = head == "stranded_counts"
        profile = "stranded_profile" if counts else head
        self.head = _head(layers, profile, n_filters, n_outputs, head_kernel_size)
        self.log_total = _head(layers, "stranded", n_filters, n_outputs, 1) if counts else None

    def forward(self, x: Tensor) -> Tensor:
        """Predict."""
        self._check_input(x)
        return self._answer(self.tower(self.stem(self.pad(x))))

    def _answer(self, features: Tensor) -> Tensor:
        features = self.dropout(features)
        y: Tensor = self.head(features)
        if self.output_length is not None:
            y = self._centre(y, self.output_length)
        if self.log_total is None:
            return y
        total: Tensor = self.log_total(features)
        return y.log_softmax(-1) + total[..., None]

    def local_parts(self, length: int) -> tuple[list[LocalPart], Callable[[list[Tensor]], Tensor]]:
        """Split the network into layers that read some positions at a time, and the rest.

        Parameters
        ----------
        length : int
            Positions of the sequences.

        Returns
        -------
        parts : list of LocalPart
            Each reads the map of the one before, the first the sequences.
        rest : callable
            Makes the output of the map of the last part, in a list.
        """
        windows = [around(self._kernel_size)]
        windows += [around(2 ** (i + 2) + 1) for i in range(len(self.tower))]
        parts = [
            LocalPart(layer, *window, read=i == len(self.tower))
            for i, (layer, window) in enumerate(zip((self.stem, *self.tower), windows, strict=True))
        ]
        return parts, lambda maps: self._answer(maps[0])

    def _centre(self, y: Tensor, length: int) -> Tensor:
        surplus = y.shape[-1] - length
        if surplus < 0 or surplus % 2:
            raise ValueError(
                f"a profile of output_length={length} cannot be cut evenly from the centre of "
                f"{y.shape[-1]} positions; the two must differ by an even number, such as "
                f"output_length={max(y.shape[-1] - 2 * max(surplus // 2, 0), 1)}"
            )
        return y[..., surplus // 2 : surplus // 2 + length]

    def extra_repr(self) -> str:
        """Describe the network in one line."""
        return f"{super().extra_repr()}, receptive_field={self.receptive_field:,}"


def _head(layers: Any, head: str, n: int, n_outputs: int, kernel_size: int) -> nn.Module:
    """From the tower to the output; on two strands the law fixes what a type may be read from."""
    stranded = head.startswith("stranded")
    out: FieldType | int = n_outputs
    if layers.n_strands == 2:
        out = FieldType("1reg" if stranded else f"{n_outputs}a")
    if head.endswith("profile"):
        return layers.conv(n, out, kernel_size, padding="same")
    if stranded:
        mean = GlobalPool(("mean",), 1)
        if layers.n_strands == 1:
            return nn.Sequential(mean, nn.Linear(n, 2))
        field = layers.type(n) if isinstance(layers, Fields) else n
        return nn.Sequential(mean, RCLinear(field, out))
    pool = strand_pool(layers, n, lambda layers, n: GlobalPool(("mean",), layers.n_strands))
    return nn.Sequential(pool, nn.Linear(n_read(layers, n), n_outputs))
