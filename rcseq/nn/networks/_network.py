"""What all networks share: the declared symmetry, a parameter count, a readable print."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from rcseq.nn.fieldtype import OutputSymmetry, TypeLike
from rcseq.nn.networks._apart import PartlyApart
from rcseq.nn.networks._fields import Fields
from rcseq.nn.networks._layer_sets import Conventional, Equivariant


def count_parameters(module: nn.Module) -> int:
    """Count the learned parameters of a module.

    Parameters
    ----------
    module : torch.nn.Module
        Any module; what is frozen is not counted, and what is shared is counted once.

    Returns
    -------
    int

    Examples
    --------
    >>> from torch import nn
    >>> count_parameters(nn.Linear(4, 2))
    10
    """
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


class PadTo(nn.Module):
    """Pad sequences that are too short with unknown bases, the same number on both sides.

    Parameters
    ----------
    length : int
        Sequences at least so long are left as they are. An odd number of missing positions is
        rounded up, so that the strands stay exact.
    """

    def __init__(self, length: int) -> None:
        super().__init__()
        self.length = length

    def forward(self, x: Tensor) -> Tensor:
        """Pad one-hot sequences of shape (n, 4, L)."""
        each_side = self._each_side(x.shape[-1])
        return nn.functional.pad(x, (each_side, each_side)) if each_side else x

    def output_length(self, length: int) -> int:
        """Return the length after the padding."""
        return length + 2 * self._each_side(length)

    def _each_side(self, length: int) -> int:
        return max(0, self.length - length + 1) // 2

    def extra_repr(self) -> str:
        """Return the length."""
        return f"{self.length}"


class Network(nn.Module):
    """A network whose output changes with the strand in a declared way.

    Attributes
    ----------
    n_outputs : int
        Number of outputs of a sequence.
    length : int or None
        Length of the sequences, where the network depends on it.
    equivariant : bool
        Whether the network shares its parameters between the strands.
    in_channels : int
        Number of channels of the input.
    strands_apart : float
        How long the strands of an equivariant network are kept apart, as a share of the places
        where they could see each other: the convolutions after the first, from the first one on,
        and the readout. With 0 every filter reads the maps of both strands; with 1 it reads those
        of its own strand, and the answer is the average of a conventional network over both. Where
        the share ends within a layer, it is so many of its filters.
    field : str, int, FieldType or None
        In which proportions the channels of every hidden map of an equivariant network are regular
        pairs, ``a`` and ``b`` channels, such as ``"8reg+4a+4b"``; see
        :class:`rcseq.nn.FieldType`. A map has two channels for each filter, whatever the field.
        ``b`` channels have the hyperbolic tangent in the place of the ReLU and are max-pooled with
        their sign. None, or regular pairs alone: regular pairs.
    output_symmetry : OutputSymmetry
        What the reverse complement of the input does to the output of the equivariant network,
        and therefore to the targets of the conventional one.
    """

    output_symmetry: OutputSymmetry = OutputSymmetry.INVARIANT

    def __init__(
        self,
        n_outputs: int,
        length: int | None,
        equivariant: bool,
        in_channels: int = 4,
        strands_apart: float = 0.0,
        field: TypeLike | None = None,
    ) -> None:
        super().__init__()
        if n_outputs < 1:
            raise ValueError(f"n_outputs must be at least 1, got {n_outputs}")
        if length is not None and length < 1:
            raise ValueError(f"length must be at least 1, got {length}")
        if in_channels < 1 or (equivariant and in_channels != 4):
            raise ValueError(
                f"in_channels must be at least 1, and 4 where equivariant=True; got {in_channels}"
            )
        self.n_outputs, self.length, self.equivariant = n_outputs, length, bool(equivariant)
        if not 0 <= strands_apart <= 1 or (strands_apart and not equivariant):
            raise ValueError(
                "strands_apart must be from 0 to 1, and 0 where equivariant=False; got "
                f"{strands_apart}"
            )
        self.in_channels, self.strands_apart = in_channels, strands_apart
        self.field = field
        if field is not None and (strands_apart or not equivariant):
            raise ValueError(
                "field says how the reverse complement acts on the channels of an equivariant "
                "network; it must be None where equivariant=False or strands_apart is not 0; got "
                f"{field!r}"
            )

    def _layers(self, n_hidden: int) -> Any:
        """Return the set of layers for a network with so many convolutions after the first."""
        if not self.equivariant:
            return Conventional
        if self.field is not None:
            fields = Fields(self.field)
            return Equivariant if fields.field.n_reg * 2 == fields.field.size else fields
        return PartlyApart(self.strands_apart, n_hidden) if self.strands_apart else Equivariant

    @property
    def n_parameters(self) -> int:
        """Number of learned parameters."""
        return count_parameters(self)

    def extra_repr(self) -> str:
        """Describe the network in one line."""
        kind = "equivariant" if self.equivariant else "conventional"
        return (
            f"{kind}, n_outputs={self.n_outputs}, output_symmetry={self.output_symmetry.value}, "
            f"{self.n_parameters:,} parameters"
        )

    def _check_input(self, x: Tensor) -> None:
        if x.ndim != 3 or x.shape[1] != self.in_channels:
            more = "" if self.in_channels == 4 else f", and {self.in_channels - 4} more"
            raise ValueError(
                f"{type(self).__name__} takes one-hot sequences of shape (n, {self.in_channels}, "
                f"L), channels in the order A C G T{more}; got the shape {tuple(x.shape)}"
            )
