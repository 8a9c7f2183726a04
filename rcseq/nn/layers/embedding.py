"""Sequences as k-mers, with the reverse complement as a permutation of k-mers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rcseq.nn.fieldtype import DNA, FieldType
from rcseq.nn.layers._options import check_sizes
from rcseq.nn.layers.base import RCLayer

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["KmerEmbedding"]

_LARGEST = 8  # 65,536 channels


class KmerEmbedding(RCLayer):
    """One-hot k-mers of one-hot DNA: each position becomes the k-mer that starts there.

    The channels are the ``4 ** k`` k-mers in the order of the alphabet, and the reverse complement
    swaps each k-mer with its own, palindromes of an even k staying where they are. A convolution of
    width one that follows, ``RCConv1d(embedding.out_type, C, 1)``, learns an embedding of C pairs.
    A k-mer with an unknown base, all zeros, is all zeros; fractions of bases become fractions of
    k-mers, their products.

    Parameters
    ----------
    k : int
        Length of the k-mers in bases, 1 to 8.

    Raises
    ------
    ValueError
        When built, if `k` is out of range; when called, if the sequence is shorter than `k`.

    References
    ----------
    .. [1] Mallet and Vert (2021). Reverse-complement equivariant networks for DNA sequences.
       NeurIPS 34.

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import KmerEmbedding
    >>> embedding = KmerEmbedding(2)
    >>> embedding
    KmerEmbedding(DNA -> kmer2, k=2)
    >>> acgt = torch.eye(4)[None]
    >>> embedding(acgt).argmax(1)  # AC, CG, GT are the k-mers 1, 6 and 11
    tensor([[ 1,  6, 11]])
    """

    def __init__(self, k: int) -> None:
        check_sizes(k=k)
        if k > _LARGEST:
            raise ValueError(
                f"k={k} would make {4**k:,} channels; k is at most {_LARGEST}, and a convolution "
                "sees longer words"
            )
        super().__init__(DNA, FieldType.kmer(k))
        self.k = k

    def output_length(self, length: int) -> int:
        """Return the length of the output for an input of a length, or refuse that length."""
        if length < self.k:
            raise ValueError(f"{self!r} needs at least {self.k} positions and got {length}")
        return length - self.k + 1

    def forward(self, x: Tensor) -> Tensor:
        """Encode k-mers."""
        self._check(x, positions=True)
        length = self.output_length(x.shape[-1])
        kmers = x[..., :length]
        for offset in range(1, self.k):
            base = x[..., offset : offset + length]
            kmers = (kmers[:, :, None] * base[:, None]).flatten(1, 2)
        return kmers

    def _options(self) -> list[str]:
        return [f"k={self.k}"]
