"""How the reverse complement acts on the channels of a feature map.

The reverse complement flips positions and applies one fixed signed permutation to the channels. A
:class:`FieldType` is that signed permutation, written as an ordered sum of blocks; every layer of
:mod:`rcseq.nn` goes from one field type to another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby, product
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DNA", "FieldType", "OutputSymmetry", "TypeLike"]

type_like_help = (
    "an int (that many regular pairs), a string such as '16reg' or '8reg+4a+2b', or a FieldType"
)

_TERM = re.compile(r"(?P<count>\d+)(?P<kind>reg|a|b)|kmer(?P<k>\d+)|(?P<dna>DNA)")


@dataclass(frozen=True, init=False)
class FieldType:
    """How the reverse complement acts on channels: one signed permutation.

    A field type is an ordered sum of blocks, and each block is one of

    ``Creg``
        ``C`` regular pairs, ``2 * C`` channels, *stacked*: ``C`` filters, then the same ``C``
        filters as they see the other strand. The reverse complement swaps the two halves. This is
        what the founding paper uses for all hidden layers.
    ``Ca``
        ``C`` channels that the reverse complement leaves as they are.
    ``Cb``
        ``C`` channels whose sign it flips.
    ``kmerk``
        the one-hot encoding of k-mers, ``4 ** k`` channels in the order of the alphabet; each k-mer
        is swapped with its reverse complement. ``kmer1`` is one-hot DNA and prints as ``DNA``.

    Parameters
    ----------
    blocks : int, str, FieldType or sequence of (kind, count)
        An int means that many regular pairs; a string is parsed, ``"8reg+4a+2b"``. Blocks are
        pairs such as ``("reg", 8)``; for ``"kmer"`` the second item is ``k``.

    Attributes
    ----------
    blocks : tuple of (str, int)
        The blocks; neighbouring ``a`` blocks are merged, and so are ``b`` blocks.
    size : int
        Number of channels.
    perm, sign : tuple of int
        ``act(x)[:, i] == sign[i] * x.flip(-1)[:, perm[i]]``.

    Raises
    ------
    ValueError
        If a string cannot be parsed or no channel is left.
    TypeError
        If `blocks` is none of the above.

    References
    ----------
    .. [1] Shrikumar, Greenside and Kundaje (2017). Reverse-complement parameter sharing improves
       deep learning models for genomics. bioRxiv 103663.
    .. [2] Mallet and Vert (2021). Reverse-complement equivariant networks for DNA sequences.
       NeurIPS 34.

    Examples
    --------
    >>> from rcseq.nn import DNA, FieldType
    >>> FieldType(16)
    FieldType('16reg')
    >>> mixed = FieldType("2reg + 1a + 1b")
    >>> mixed.size, mixed.perm, mixed.sign
    (6, (2, 3, 0, 1, 4, 5), (1, 1, 1, 1, 1, -1))
    >>> str(FieldType("4a") + 8)
    '4a+8reg'
    >>> print(DNA, DNA.perm)
    DNA (3, 2, 1, 0)
    """

    blocks: tuple[tuple[str, int], ...]
    size: int = field(init=False, repr=False, compare=False)

    def __init__(self, blocks: TypeLike | tuple[tuple[str, int], ...]) -> None:
        object.__setattr__(self, "blocks", _normalise(_read(blocks)))
        # Computed once: every layer compares it with the channels of every batch.
        object.__setattr__(self, "size", sum(_size(block) for block in self.blocks))

    @classmethod
    def parse(cls, text: str) -> FieldType:
        """Read a field type as it is printed, such as ``"8reg+4a+2b"``, ``"DNA"`` or ``"kmer3"``.

        Parameters
        ----------
        text : str
            Blocks joined by ``+``; spaces do not matter.

        Returns
        -------
        FieldType

        Examples
        --------
        >>> FieldType.parse("8reg+4a+2b").size
        22
        """
        return cls(_parse(text))

    @classmethod
    def kmer(cls, k: int) -> FieldType:
        """Return the type of one-hot k-mers: ``4 ** k`` channels in alphabetical order.

        Parameters
        ----------
        k : int
            Length of the k-mers in bases.

        Returns
        -------
        FieldType

        Examples
        --------
        >>> FieldType.kmer(1) == DNA
        True
        >>> FieldType.kmer(2).perm[:4]  # AA, AC, AG, AT -> TT, GT, CT, AT
        (15, 11, 7, 3)
        """
        return cls((("kmer", k),))

    @property
    def perm(self) -> tuple[int, ...]:
        """The channel that each channel takes its values from."""
        perm: list[int] = []
        for block in self.blocks:
            start = len(perm)
            perm.extend(start + i for i in _block_perm(block))
        return tuple(perm)

    @property
    def sign(self) -> tuple[int, ...]:
        """The sign of each channel under the reverse complement, 1 or -1."""
        return tuple(
            sign for block in self.blocks for sign in [-1 if block[0] == "b" else 1] * _size(block)
        )

    @property
    def n_reg(self) -> int:
        """Number of regular pairs."""
        return self._count("reg")

    @property
    def n_a(self) -> int:
        """Number of channels left as they are."""
        return self._count("a")

    @property
    def n_b(self) -> int:
        """Number of channels whose sign flips."""
        return self._count("b")

    @property
    def is_regular(self) -> bool:
        """Whether this is one block of regular pairs, as in the founding paper."""
        return len(self.blocks) == 1 and self.blocks[0][0] == "reg"

    @property
    def is_trivial(self) -> bool:
        """Whether the reverse complement leaves every channel as it is."""
        return all(kind == "a" for kind, _ in self.blocks)

    @property
    def unsigned(self) -> FieldType:
        """The same permutation without signs: how squares and scales of these channels behave."""
        return FieldType(tuple(("a" if kind == "b" else kind, n) for kind, n in self.blocks))

    def _count(self, kind: str) -> int:
        return sum(count for name, count in self.blocks if name == kind)

    def act(self, x: Tensor) -> Tensor:
        """Apply the reverse complement to a feature map.

        Parameters
        ----------
        x : Tensor of shape (n, size, L) or (n, size)
            Feature maps; without a position axis only the channels change.

        Returns
        -------
        Tensor of the same shape
            The same maps as seen from the other strand.

        Raises
        ------
        ValueError
            If the second axis does not have `size` channels.

        Examples
        --------
        >>> import torch
        >>> FieldType("1reg+1b").act(torch.tensor([[[1, 2], [3, 4], [5, 6]]]))
        tensor([[[ 4,  3],
                 [ 2,  1],
                 [-6, -5]]])
        """
        if x.ndim < 2 or x.shape[1] != self.size:
            raise ValueError(
                f"the field type {self} has {self.size} channels on axis 1, but the tensor has the "
                f"shape {tuple(x.shape)}"
            )
        if len(self.blocks) == 1:
            return _act_block(self.blocks[0], x)
        parts = x.split([_size(block) for block in self.blocks], dim=1)
        acted = [_act_block(block, part) for block, part in zip(self.blocks, parts, strict=True)]
        return torch.cat(acted, dim=1)

    def __add__(self, other: TypeLike) -> FieldType:
        try:
            return FieldType(self.blocks + FieldType(other).blocks)
        except TypeError:
            return NotImplemented

    def __radd__(self, other: TypeLike) -> FieldType:
        try:
            return FieldType(other) + self
        except TypeError:
            return NotImplemented

    def __str__(self) -> str:
        return "+".join(_name(block) for block in self.blocks)

    def __repr__(self) -> str:
        return f"FieldType({str(self)!r})"


TypeLike = FieldType | int | str


def _read(blocks: object) -> tuple[tuple[str, int], ...]:
    if isinstance(blocks, FieldType):
        return blocks.blocks
    if isinstance(blocks, str):
        return _parse(blocks)
    if isinstance(blocks, int) and not isinstance(blocks, bool):
        return (("reg", blocks),)
    if isinstance(blocks, tuple):
        return blocks
    raise TypeError(f"a field type is {type_like_help}; got {blocks!r}")


def _parse(text: str) -> tuple[tuple[str, int], ...]:
    blocks: list[tuple[str, int]] = []
    for term in text.split("+"):
        match = _TERM.fullmatch(term.strip())
        if match is None:
            raise ValueError(
                f"{term.strip()!r} in the field type {text!r} is not a block; write a number and "
                "one of reg, a, b, such as '8reg+4a+2b', or DNA, or kmer and a number"
            )
        if match["dna"]:
            blocks.append(("kmer", 1))
        elif match["k"]:
            blocks.append(("kmer", int(match["k"])))
        else:
            blocks.append((match["kind"], int(match["count"])))
    return tuple(blocks)


def _normalise(blocks: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
    for kind, count in blocks:
        if kind not in ("reg", "a", "b", "kmer"):
            raise ValueError(f"{kind!r} is not a kind of block; the kinds are reg, a, b and kmer")
        if count < (kind == "kmer"):
            raise ValueError(f"a block of kind {kind!r} cannot have the size {count}")
    kept = [(kind, count) for kind, count in blocks if count > 0]
    if not kept:
        raise ValueError("a field type needs at least one channel")
    merged: list[tuple[str, int]] = []
    for kind, group in groupby(kept, key=lambda block: block[0]):
        if kind in ("a", "b"):  # "2a+2a" and "4a" are one and the same action; "2reg+2reg" is not
            merged.append((kind, sum(count for _, count in group)))
        else:
            merged.extend(group)
    return tuple(merged)


def _name(block: tuple[str, int]) -> str:
    kind, count = block
    if kind != "kmer":
        return f"{count}{kind}"
    return "DNA" if count == 1 else f"kmer{count}"


def _size(block: tuple[str, int]) -> int:
    kind, count = block
    return {"reg": 2 * count, "kmer": 4**count}.get(kind, count)


def _block_perm(block: tuple[str, int]) -> list[int]:
    kind, count = block
    if kind == "reg":
        return [*range(count, 2 * count), *range(count)]
    if kind == "kmer":
        return [
            sum((3 - base) * 4**place for place, base in enumerate(kmer))
            for kmer in product(range(4), repeat=count)
        ]
    return list(range(count))


def _act_block(block: tuple[str, int], x: Tensor) -> Tensor:
    """Act on one block; flips of views only, so no table of indices travels to the device."""
    kind, count = block
    positions = [-1] if x.ndim > 2 else []
    if kind == "reg":
        return x.unflatten(1, (2, count)).flip([1, *positions]).flatten(1, 2)
    if kind == "kmer":
        bases = list(range(1, count + 1))  # one axis of size 4 for each base of the k-mer
        tensor = x.unflatten(1, [4] * count).flip([*bases, *positions])
        order = [0, *reversed(bases), *range(count + 1, tensor.ndim)]
        return tensor.permute(order).flatten(1, count)
    flipped = x.flip(positions) if positions else x
    return -flipped if kind == "b" else flipped


#: The type of one-hot DNA in the order A C G T.
DNA = FieldType.kmer(1)


class OutputSymmetry(StrEnum):
    """What the reverse complement of the input does to the output of a network.

    ``invariant``
        nothing: one prediction for both strands.
    ``positions``
        the last axis, positions, is flipped: a profile without strands.
    ``strands``
        the two entries of axis 1 are swapped: one total for each strand.
    ``both``
        strands are swapped and positions are flipped: a profile for each strand.

    Examples
    --------
    >>> import torch
    >>> OutputSymmetry("both").act(torch.tensor([[[1, 2, 3], [4, 5, 6]]]))
    tensor([[[6, 5, 4],
             [3, 2, 1]]])
    """

    INVARIANT = "invariant"
    POSITIONS = "positions"
    STRANDS = "strands"
    BOTH = "both"

    def act(self, y: Tensor) -> Tensor:
        """Turn the output for a sequence into the output for its reverse complement.

        Parameters
        ----------
        y : Tensor
            Output of a network, samples first. With ``strands`` and ``both`` axis 1 has size 2.

        Returns
        -------
        Tensor of the same shape

        Raises
        ------
        ValueError
            If `y` lacks the axes that this symmetry speaks of.
        """
        axes = []
        if self in (OutputSymmetry.STRANDS, OutputSymmetry.BOTH):
            if y.ndim < 2 or y.shape[1] != 2:
                raise ValueError(
                    f"the output symmetry {self.value!r} swaps the two strands on axis 1, but the "
                    f"output has the shape {tuple(y.shape)}"
                )
            axes.append(1)
        if self in (OutputSymmetry.POSITIONS, OutputSymmetry.BOTH):
            if y.ndim < 2 + len(axes):
                raise ValueError(
                    f"the output symmetry {self.value!r} flips positions on the last axis, but "
                    f"the output has the shape {tuple(y.shape)}"
                )
            axes.append(-1)
        return y.flip(axes) if axes else y
