"""Networks whose maps have other channels than regular pairs: the irreps as well.

On one channel the reverse complement can do two things besides flipping positions: nothing (``a``)
or change the sign (``b``). A regular pair is one of each in another basis for linear layers, but
not for a ReLU or a maximum, so a share of each kind is something to search.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from rcseq.nn.fieldtype import FieldType, TypeLike
from rcseq.nn.layers import (
    RCActivation,
    RCBatchNorm1d,
    RCConv1d,
    RCDropout,
    RCMaxPool1d,
    RCResidual,
    RCSequential,
)
from rcseq.nn.networks._apart import SideBySide

__all__ = ["AsPairs", "Fields", "ReLUTanh", "SignedMaxPool", "n_read", "side_by_side", "split"]


class Fields:
    """Equivariant layers that share out the channels of a map as a field type does.

    An int where a type is expected means as many channels as so many regular pairs have, shared out
    in the proportions of `field`: first regular pairs, then ``a``, then ``b`` channels.

    Parameters
    ----------
    field : FieldType, int or str
        Proportions; ``"8reg+8a+8b"`` makes half of the channels regular pairs.

    Raises
    ------
    ValueError
        If there are blocks of other kinds.
    """

    n_strands = 2  # of what the readouts are given, see AsPairs

    residual = RCResidual
    sequential = RCSequential

    def __init__(self, field: TypeLike) -> None:
        self.field = FieldType(field)
        if any(kind == "kmer" for kind, _ in self.field.blocks):
            raise ValueError(
                f"field shares out the channels of hidden maps among reg, a and b, such as "
                f"'8reg+4a+4b'; got {self.field}"
            )
        self.dna = FieldType("DNA")

    def type(self, n: TypeLike) -> FieldType:
        """Return the type that stands for so many filters; a type is returned as it is."""
        if not isinstance(n, int):
            return FieldType(n)
        n_reg = round(n * 2 * self.field.n_reg / self.field.size)
        rest = 2 * (n - n_reg)
        n_a = round(rest * self.field.n_a / max(1, self.field.n_a + self.field.n_b))
        return FieldType((("reg", n_reg), ("a", n_a), ("b", rest - n_a)))

    def conv(
        self, in_type: TypeLike, out_type: TypeLike, kernel_size: int, **options: Any
    ) -> RCConv1d:
        """Return a convolution."""
        return RCConv1d(self.type(in_type), self.type(out_type), kernel_size, **options)

    def batch_norm(self, n: TypeLike) -> RCBatchNorm1d:
        """Return a batch norm."""
        return RCBatchNorm1d(self.type(n))

    def max_pool(self, n: TypeLike, size: int, **options: Any) -> nn.Module:
        """Return a max-pool, of ``b`` channels one that keeps the sign."""
        field = self.type(n)
        pool = RCMaxPool1d(field.unsigned, size, **options)
        return SignedMaxPool(pool, field.n_b) if field.n_b else pool

    def relu(self, n: TypeLike) -> RCActivation:
        """Return the ReLU, and the hyperbolic tangent for ``b`` channels."""
        field = self.type(n)
        return RCActivation(field, ReLUTanh(field.n_b) if field.n_b else "relu")

    def dropout(self, n: TypeLike, p: float) -> RCDropout:
        """Return dropout."""
        return RCDropout(self.type(n), p)

    def filter_dropout(self, n: TypeLike, p: float) -> RCDropout:
        """Return dropout of whole filters."""
        return RCDropout(self.type(n), p, whole_channels=True)


class SignedMaxPool(nn.Module):
    """Max-pool of a map whose last channels change their sign on the other strand.

    Of these it takes the maximum and the minimum of a window, added: an odd function, which is the
    value itself where a filter responds at one place of the window.

    Parameters
    ----------
    pool : RCMaxPool1d
        For the map without signs.
    n_b : int
        Number of the last channels.
    """

    def __init__(self, pool: RCMaxPool1d, n_b: int) -> None:
        super().__init__()
        self.pool, self.n_b = pool, n_b

    def output_length(self, length: int) -> int:
        """Return the length that the pool makes of a length."""
        return self.pool.output_length(length)

    def windows(self, length: int) -> tuple[int, int, int]:
        """Return the size, stride and padding of the pool's windows on a map of a length."""
        return self.pool.windows(length)

    def forward(self, x: Tensor) -> Tensor:
        """Pool a map of shape (n, C, L) to (n, C, L_out)."""
        y: Tensor = self.pool(x)
        lowest = -self.pool(-x)[:, -self.n_b :]
        return torch.cat([y[:, : -self.n_b], y[:, -self.n_b :] + lowest], 1)


class ReLUTanh(nn.Module):
    """ReLU, and of the last channels, whose sign means the strand, the hyperbolic tangent.

    Parameters
    ----------
    n_b : int
        Number of the last channels.
    """

    def __init__(self, n_b: int) -> None:
        super().__init__()
        self.n_b = n_b
        self.relu, self.tanh = nn.ReLU(), nn.Tanh()  # modules, which DeepLIFT has rules for

    def forward(self, x: Tensor) -> Tensor:
        """Apply it to a map of shape (n, C, L)."""
        return torch.cat([self.relu(x[:, : -self.n_b]), self.tanh(x[:, -self.n_b :])], 1)

    def extra_repr(self) -> str:
        """Return the number of channels."""
        return f"{self.n_b} channels tanh"


class AsPairs(nn.Module):
    """Write a map as regular pairs, stacked, so that any readout of pairs can read it.

    An ``a`` channel is the same for both strands and becomes a pair of twins; a ``b`` channel
    becomes what is positive of it and what is negative, which the other strand exchanges.

    Parameters
    ----------
    n_reg, n_a, n_b : int
        Regular pairs, ``a`` and ``b`` channels of the map, in this order.
    """

    def __init__(self, n_reg: int, n_a: int, n_b: int) -> None:
        super().__init__()
        self.sizes = [n_reg, n_reg, n_a, n_b]
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """Write a map of shape (n, C, L) as one of shape (n, 2 * (n_reg + n_a + n_b), L)."""
        forward, reverse, a, b = x.split(self.sizes, 1)
        return torch.cat([forward, a, self.relu(b), reverse, a, self.relu(-b)], 1)

    def extra_repr(self) -> str:
        """Return the numbers of blocks."""
        return "{1}reg+{2}a+{3}b".format(*self.sizes)


class _ByKind(nn.Module):
    """Put maps of the same length into one, the blocks of a kind side by side."""

    def __init__(self, types: Sequence[FieldType]) -> None:
        super().__init__()
        self.sizes = [[t.n_reg, t.n_reg, t.n_a, t.n_b] for t in types]

    def forward(self, *maps: Tensor) -> Tensor:
        parts = [x.split(sizes, 1) for x, sizes in zip(maps, self.sizes, strict=True)]
        return torch.cat([x for kind in zip(*parts, strict=True) for x in kind], 1)


def split(layers: Any, n: int, n_parts: int) -> list[Any]:
    """Share the filters of a map as evenly as possible among layers side by side.

    Parameters
    ----------
    layers : type, PartlyApart or Fields
        A set of layers.
    n, n_parts : int
        Filters, and layers.

    Returns
    -------
    list of int or FieldType
        At most one for each layer, none of them empty; the first get what is left over.
    """

    def shared(count: int, number: int) -> int:
        return (count + n_parts - 1 - number) // n_parts

    if not isinstance(layers, Fields):
        return [shared(n, number) for number in range(min(n, n_parts))]
    counts = [(kind, getattr(layers.type(n), f"n_{kind}")) for kind in ("reg", "a", "b")]
    parts = [tuple((kind, shared(c, i)) for kind, c in counts) for i in range(n_parts)]
    return [FieldType(blocks) for blocks in parts if any(c for _, c in blocks)]


def side_by_side(layers: Any, types: Sequence[Any]) -> nn.Module:
    """Return what puts the maps of :func:`split` together.

    Parameters
    ----------
    layers : type, PartlyApart or Fields
        A set of layers.
    types : sequence of int or FieldType
        From :func:`split`.

    Returns
    -------
    torch.nn.Module
    """
    return _ByKind(types) if isinstance(layers, Fields) else SideBySide(layers.n_strands)


def n_read(layers: Any, n: int) -> int:
    """Return how many features a readout has of each statistic of a map.

    Parameters
    ----------
    layers : type, PartlyApart or Fields
        A set of layers.
    n : int
        Filters of the map.

    Returns
    -------
    int
        One for each pair and each channel of its own.
    """
    if not isinstance(layers, Fields):
        return n
    field = layers.type(n)
    return field.n_reg + field.n_a + field.n_b
