r"""Functions behind the layers: the reverse complement of a tensor and the one kernel law.

A linear layer commutes with the reverse complement if and only if its kernel is fixed by it,

.. math:: W = P_{out} \cdot \mathrm{flip}(W) \cdot P_{in},

entry by entry :math:`W_{o,i,p} = s_o s_i W_{\pi(o), \pi(i), k-1-p}`. So the entries of a kernel
fall into orbits of one or two; an orbit has one learned parameter, and an entry that the law makes
its own negative is zero. :class:`KernelLaw` is that law; convolutions, transposed convolutions,
linear layers, weighted sums, biases and the scales of batch norm all follow from it.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import torch

from rcseq.nn.fieldtype import DNA, FieldType, TypeLike

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "ChannelLaw",
    "KernelLaw",
    "act",
    "channels_last",
    "is_channels_last",
    "reverse_complement",
]


def act(x: Tensor, in_type: TypeLike) -> Tensor:
    """Apply the reverse complement to a feature map of a given type.

    Parameters
    ----------
    x : Tensor of shape (n, C, L) or (n, C)
        Feature maps.
    in_type : FieldType, int or str
        How the reverse complement acts on the C channels.

    Returns
    -------
    Tensor of the same shape

    See Also
    --------
    rcseq.nn.FieldType.act : the same as a method.

    Examples
    --------
    >>> import torch
    >>> act(torch.tensor([[[1, 2], [3, 4]]]), 1)
    tensor([[[4, 3],
             [2, 1]]])
    """
    return FieldType(in_type).act(x)


def reverse_complement(x: Tensor) -> Tensor:
    """Reverse complement of one-hot DNA in the order A C G T.

    Parameters
    ----------
    x : Tensor of shape (n, 4, L)
        One-hot sequences; an unknown base is all zeros and stays so.

    Returns
    -------
    Tensor of shape (n, 4, L)

    Raises
    ------
    ValueError
        If axis 1 does not have 4 channels.

    Examples
    --------
    >>> import torch
    >>> aac = torch.tensor([[[1, 1, 0], [0, 0, 1], [0, 0, 0], [0, 0, 0]]])
    >>> reverse_complement(aac).argmax(1)  # GTT
    tensor([[2, 3, 3]])
    """
    return DNA.act(x)


def channels_last(x: Tensor) -> Tensor:
    """Lay a feature map out with its channels next to each other in memory.

    The values and the shape stay; the layers of this package follow the memory format of what they
    are given, and on a CPU convolutions run about twice as fast in this one. Convert once for each
    network, before the first convolution.

    Parameters
    ----------
    x : Tensor of shape (n, C, L)
        Feature maps in any memory format.

    Returns
    -------
    Tensor of shape (n, C, L)
        With strides ``(C * L, 1, C)``; `x` itself where it has them already.

    Examples
    --------
    >>> import torch
    >>> channels_last(torch.zeros(2, 8, 100)).stride()
    (800, 1, 8)
    """
    return x.transpose(1, 2).contiguous().transpose(1, 2)


def is_channels_last(x: Tensor) -> bool:
    """Check whether the channels of a feature map are next to each other in memory.

    Parameters
    ----------
    x : Tensor of shape (n, C, L)
        Feature maps.

    Returns
    -------
    bool

    Examples
    --------
    >>> import torch
    >>> x = torch.zeros(2, 8, 100)
    >>> is_channels_last(x), is_channels_last(channels_last(x))
    (False, True)
    """
    return x.ndim == 3 and x.shape[1] > 1 and x.stride(1) == 1


class KernelLaw:
    """Which entries of a kernel share one learned parameter, so that a layer is equivariant.

    Parameters
    ----------
    out_type, in_type : FieldType, int or str
        Types of the rows and of the columns of the kernel.
    size : int, default 1
        Number of positions.
    groups : int, default 1
        Channel groups, counted as :class:`torch.nn.Conv1d` does.
    mirrored : bool, default False
        Whether each row must be symmetric in its positions on top of the law.
    allow_zero : bool, default False
        Whether to accept rows to which the law leaves nothing but zero.

    Attributes
    ----------
    full_shape : tuple of int
        ``(out channels, in channels / groups, size)``.
    shape : tuple of int
        Shape of the learned parameters: ``(C, in channels / groups, size)``, the first half of the
        rows, where the rows are one block of regular pairs; one axis else.

    Raises
    ------
    ValueError
        If `groups` does not divide the channels, if the reverse complement does not map the groups
        of both sides onto each other, or if the law leaves a row nothing but zero.

    Examples
    --------
    >>> law = KernelLaw("1reg", "1a", 2)
    >>> law.shape, law.full_shape
    ((1, 1, 2), (2, 1, 2))
    >>> law.expand(torch.tensor([[[1.0, 2.0]]]))
    tensor([[[1., 2.]],
    <BLANKLINE>
            [[2., 1.]]])
    >>> KernelLaw("1b", "1a", 3).expand(torch.tensor([1.0]))  # odd, so zero in its centre
    tensor([[[ 1.,  0., -1.]]])
    """

    def __init__(
        self,
        out_type: TypeLike,
        in_type: TypeLike,
        size: int = 1,
        *,
        groups: int = 1,
        mirrored: bool = False,
        allow_zero: bool = False,
    ) -> None:
        self.out_type, self.in_type = FieldType(out_type), FieldType(in_type)
        self.size, self.groups = size, groups
        n_out, n_in = self.out_type.size, self.in_type.size
        if groups < 1 or n_out % groups or n_in % groups:
            raise ValueError(
                f"groups={groups} must divide the {n_in} channels of {self.in_type} and the "
                f"{n_out} channels of {self.out_type}"
            )
        self.full_shape: tuple[int, ...] = (n_out, n_in // groups, size)
        first, sign = self._orbits(mirrored)
        if mirrored and (sign != 1).any():
            raise ValueError("a mirrored kernel must not change signs")
        learned, index = torch.unique(first[sign != 0], return_inverse=True)
        dead = (sign == 0).view(self.full_shape).all(-1).all(-1).nonzero().flatten()
        if len(dead) and not allow_zero:
            raise ValueError(
                f"from {self.in_type} to {self.out_type}, an equivariant kernel of size {size} "
                f"leaves nothing but zero to output channel {dead[0]}: where a sign flips on one "
                "side alone the kernel must be odd, so take at least two positions or add reg "
                "blocks to the input"
            )
        rows = self.out_type.is_regular and not mirrored
        self.shape: tuple[int, ...] = (
            (n_out // 2, *self.full_shape[1:]) if rows else (len(learned),)
        )
        # Rows that come in regular pairs need no table: the second half is the first one acted on.
        self._by_rows = rows and (groups == 1 or self.in_type.is_regular)
        self._index = self._sign = None
        self._learned = learned
        if not self._by_rows:
            self._index = torch.zeros_like(first).masked_scatter(sign != 0, index)
            self._sign = sign.to(torch.int8) if (sign != 1).any() else None

    def _orbits(self, mirrored: bool) -> tuple[Tensor, Tensor]:
        """For each entry of the full kernel the first one of its orbit, and its sign (or zero)."""
        n_out, n_in, size = self.full_shape
        # The CPU by name: a layer may be built under ``with torch.device("meta")``.
        perm_out, sign_out, perm_in, sign_in = (
            torch.tensor(values, device="cpu")
            for of in (self.out_type, self.in_type)
            for values in (of.perm, of.sign)
        )
        rows = torch.arange(n_out, device="cpu")
        rows_in_group = n_out // self.groups
        columns = (rows // rows_in_group)[:, None] * n_in + torch.arange(n_in, device="cpu")
        partner_columns = perm_in[columns] - (perm_out // rows_in_group)[:, None] * n_in
        if ((partner_columns < 0) | (partner_columns >= n_in)).any():
            raise ValueError(
                f"the reverse complement does not map {self.groups} groups of {self.in_type} onto "
                f"groups of {self.out_type} in the same way; groups=1 always works, and between "
                "regular pairs every even number that divides the channels of both"
            )
        positions = torch.arange(size, device="cpu")
        partner = (perm_out[:, None] * n_in + partner_columns)[..., None] * size + (
            size - 1 - positions
        )
        entry = torch.arange(partner.numel(), device="cpu").view(partner.shape)
        sign = (sign_out[:, None] * sign_in[columns])[..., None].expand(partner.shape)
        first = torch.minimum(entry, partner)
        sign = torch.where(entry < partner, 1, torch.where(entry == partner, (sign + 1) // 2, sign))
        if mirrored:
            first = torch.minimum(first, first.flip(-1))
        return first.flatten(), sign.flatten()

    def expand(self, weight: Tensor) -> Tensor:
        """Write out the full kernel.

        Parameters
        ----------
        weight : Tensor
            The learned parameters, as many as `shape` says.

        Returns
        -------
        Tensor of shape `full_shape`
        """
        if self.shape == (0,):
            return weight.new_zeros(self.full_shape)
        if self._by_rows:
            other = self.in_type.act(weight) if self.groups == 1 else weight.flip(-1)
            return torch.cat([weight, other])
        assert self._index is not None
        index, sign = self._index, self._sign
        if index.device != weight.device:  # only when the weight is not the layer's own
            index = index.to(weight.device)
        full = weight.flatten().index_select(0, index)
        if sign is not None:
            full = full * sign.to(weight.device)
        return full.view(self.full_shape)

    def reduce(self, full: Tensor) -> Tensor:
        """Read the learned parameters off a full kernel that obeys the law.

        Parameters
        ----------
        full : Tensor of shape `full_shape`

        Returns
        -------
        Tensor of shape `shape`

        Examples
        --------
        >>> law = KernelLaw("1b", "1a", 3)
        >>> law.reduce(law.expand(torch.tensor([1.0])))
        tensor([1.])
        """
        if self._by_rows:
            return full[: self.shape[0]]
        learned = self._learned.to(full.device)
        return full.reshape(-1).index_select(0, learned).view(self.shape)

    def to(self, device: torch.device) -> KernelLaw:
        """Return the same law with its tables on another device.

        Parameters
        ----------
        device : torch.device
            Where the weights are.

        Returns
        -------
        KernelLaw
        """
        if self._index is None or device.type == "meta":
            return self
        law = copy.copy(self)
        law._index = self._index.to(device)
        law._learned = self._learned.to(device)
        law._sign = None if self._sign is None else self._sign.to(device)
        return law


class ChannelLaw(KernelLaw):
    """The law for one value a channel, such as a bias or the scale of a batch norm.

    Parameters
    ----------
    in_type : FieldType, int or str
        Type of the channels. The value of a ``b`` channel is zero; for values without a sign,
        such as scales, give ``in_type.unsigned``.

    Attributes
    ----------
    shape : tuple of int
        ``(number of learned values,)``.
    full_shape : tuple of int
        ``(in_type.size,)``.

    Examples
    --------
    >>> ChannelLaw("2reg+1b").expand(torch.tensor([1.0, 2.0]))
    tensor([1., 2., 1., 2., 0.])
    """

    def __init__(self, in_type: TypeLike) -> None:
        super().__init__(in_type, "1a", allow_zero=True)
        self.shape, self.full_shape = self.shape[:1], self.full_shape[:1]

    def expand(self, weight: Tensor) -> Tensor:
        """Write out the value of every channel.

        Parameters
        ----------
        weight : Tensor of shape `shape`

        Returns
        -------
        Tensor of shape `full_shape`
        """
        return torch.cat([weight, weight]) if self._by_rows else super().expand(weight)
