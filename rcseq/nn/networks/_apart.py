"""Between two forms of a network: strands that meet in some of its layers only.

In an equivariant network every filter reads the maps of both strands. If it reads the maps of its
own strand alone, up to an average of both before the output, the network is the conventional one
run on either strand. What lies between the two is described by one number, and every member of the
family is equivariant.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from rcseq.nn.conversion import register_conversion
from rcseq.nn.fieldtype import FieldType
from rcseq.nn.layers import RCConv1d, RCLayer
from rcseq.nn.networks._layer_sets import Equivariant

__all__ = ["ApartConv1d", "ApartPool", "PartlyApart", "SideBySide"]


class SideBySide(nn.Module):
    """Put maps of the same length into one, the strands stacked as in each of them.

    Parameters
    ----------
    n_strands : {1, 2}
        2 where the channels are regular pairs, stacked: a filter on both strands.
    """

    def __init__(self, n_strands: int) -> None:
        super().__init__()
        self.n_strands = n_strands

    def forward(self, *maps: Tensor) -> Tensor:
        """Put together maps of shape (n, n_strands * C_i, L)."""
        rows = [x.transpose(1, 2) for x in maps]  # so the result has its channels side by side
        strands = zip(*(x.chunk(self.n_strands, dim=2) for x in rows), strict=True)
        return torch.cat([x for strand in strands for x in strand], 2).transpose(1, 2)

    def extra_repr(self) -> str:
        """Return the number of strands."""
        return f"n_strands={self.n_strands}"


class ApartConv1d(RCLayer):
    """Convolution of regular pairs in which some filters read their own strand alone.

    Parameters
    ----------
    n_in, n_out : int
        Learned filters before and after it.
    n_apart : int
        The first so many of them read the maps of their own strand, the others those of both.
    kernel_size : int
        Width in positions.
    **options
        Those of :class:`rcseq.nn.RCConv1d`, without ``groups``.
    """

    def __init__(
        self, n_in: int, n_out: int, n_apart: int, kernel_size: int, **options: Any
    ) -> None:
        super().__init__(n_in, n_out)
        self.apart = RCConv1d(n_in, n_apart, kernel_size, groups=2, **options)
        self.together = RCConv1d(n_in, n_out - n_apart, kernel_size, **options)
        self.side_by_side = SideBySide(2)

    def output_length(self, length: int) -> int:
        """Return the length of the output for an input of a length, or refuse that length."""
        return self.together.output_length(length)

    def forward(self, x: Tensor) -> Tensor:
        """Convolve."""
        y: Tensor = self.side_by_side(self.apart(x), self.together(x))
        return y


class _Twin(nn.Module):
    """The two convolutions of :class:`ApartConv1d`, which a conversion makes plain ones."""

    def __init__(self, layer: ApartConv1d) -> None:
        super().__init__()
        self.apart, self.together = layer.apart, layer.together
        self.side_by_side = layer.side_by_side

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.side_by_side(self.apart(x), self.together(x))
        return y


register_conversion(ApartConv1d, _Twin)


class ApartPool(nn.Module):
    """A readout of some filters on either strand, averaged, and of the others on both at once.

    Parameters
    ----------
    apart : torch.nn.Module
        Reads the first filters as those of a conventional network, or None.
    together : torch.nn.Module
        Reads the other filters as regular pairs, or None.
    n, n_apart : int
        Learned filters, and how many of them are read apart.
    """

    def __init__(
        self, apart: nn.Module | None, together: nn.Module | None, n: int, n_apart: int
    ) -> None:
        super().__init__()
        self.apart, self.together, self.n, self.n_apart = apart, together, n, n_apart

    def forward(self, x: Tensor) -> Tensor:
        """Pool a map of shape (n, 2 * C, L)."""
        forward, reverse = x.chunk(2, dim=1)
        features = []
        if self.apart is not None:
            first, second = forward[:, : self.n_apart], reverse[:, : self.n_apart].flip(-1)
            features.append((self.apart(first) + self.apart(second)) / 2)
        if self.together is not None:
            rest = torch.cat([forward[:, self.n_apart :], reverse[:, self.n_apart :]], 1)
            features.append(self.together(rest))
        return torch.cat(features, 1)

    def extra_repr(self) -> str:
        """Return how many filters are read apart."""
        return f"{self.n_apart} of {self.n} filters apart"


class PartlyApart(Equivariant):
    """Equivariant layers of a network in which the strands meet late.

    Parameters
    ----------
    share : float
        From 0 to 1, of the places where the strands could see each other: the convolutions after
        the first, one after the other, and the readout. The first places are apart; in the one in
        which the share ends, it is so many of the filters.
    n_hidden : int
        Number of convolutions after the first.
    """

    def __init__(self, share: float, n_hidden: int) -> None:
        places = share * (n_hidden + 1)
        shares = [min(1.0, max(0.0, places - place)) for place in range(n_hidden + 1)]
        self._hidden, self._readout = shares[:-1], shares[-1]

    def conv(  # type: ignore[override]  # of an instance, which counts its convolutions
        self,
        in_type: FieldType | int,
        out_type: FieldType | int,
        kernel_size: int,
        **options: Any,
    ) -> nn.Module:
        """Return a convolution; between regular pairs the next one of the hidden ones."""
        if not (isinstance(in_type, int) and isinstance(out_type, int)):
            return RCConv1d(in_type, out_type, kernel_size, **options)
        n_apart = round(self._hidden.pop(0) * out_type)
        if n_apart in (0, out_type):
            groups = 2 if n_apart else 1
            return RCConv1d(in_type, out_type, kernel_size, groups=groups, **options)
        return ApartConv1d(in_type, out_type, n_apart, kernel_size, **options)

    def n_apart(self, n: int) -> int:
        """Return how many of the filters are read apart by the readout."""
        return round(self._readout * n)
