"""Self-attention that treats both strands alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional as F

from rcseq.nn.fieldtype import FieldType, TypeLike
from rcseq.nn.layers.activation import RCActivation, RCDropout
from rcseq.nn.layers.base import RCLayer
from rcseq.nn.layers.container import RCResidual, RCSequential
from rcseq.nn.layers.conv import RCConv1d
from rcseq.nn.layers.layer_norm import RCLayerNorm

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["RCAttentionBlock", "RCSelfAttention"]


class SelfAttention(nn.Module):
    """Multi-head self-attention over positions, each head counting them in its own direction.

    The plain layer behind :class:`RCSelfAttention`, and its conventional form.

    Parameters
    ----------
    inputs, outputs : torch.nn.Module
        Pointwise layers: from the map to queries, keys and values, laid out as ``(strand, 3,
        head, feature)``, and from the heads, ``(strand, head, feature)``, to the result.
    n_heads : int
        Heads of one strand.
    n_strands : {1, 2}
        With 2, there are as many heads again that count positions from the other end.
    rotary : bool
        Whether queries and keys are rotated by their positions.
    """

    def __init__(
        self, inputs: nn.Module, outputs: nn.Module, n_heads: int, n_strands: int, rotary: bool
    ) -> None:
        super().__init__()
        self.inputs, self.outputs = inputs, outputs
        self.n_heads, self.n_strands, self.rotary = n_heads, n_strands, rotary

    def forward(self, x: Tensor) -> Tensor:
        """Attend."""
        # (n, strand, 3, head, feature, L) -> three of (n, strand, head, L, feature)
        maps = self.inputs(x).unflatten(1, (self.n_strands, 3, self.n_heads, -1))
        query, key, value = maps.transpose(-1, -2).unbind(2)
        if self.rotary:
            query, key = rotate_by_position(query), rotate_by_position(key)
        heads = F.scaled_dot_product_attention(
            query.flatten(1, 2), key.flatten(1, 2), value.flatten(1, 2)
        )
        return self.outputs(heads.transpose(-1, -2).flatten(1, 2))


def rotate_by_position(x: Tensor) -> Tensor:
    """Rotate pairs of features by angles that grow with the position (rotary embedding).

    The product of two rotated vectors depends on their positions through the difference alone. Each
    strand counts from its own end, so that upstream is upstream on either.

    Parameters
    ----------
    x : Tensor of shape (n, n_strands, n_heads, L, features)
        Queries or keys, with an even number of features.

    Returns
    -------
    Tensor of the same shape
    """
    n_strands, length, features = x.shape[1], x.shape[-2], x.shape[-1]
    dtype = torch.promote_types(x.dtype, torch.float32)
    exponent = torch.arange(0, features, 2, device=x.device, dtype=dtype) / features
    position = torch.arange(length, device=x.device, dtype=dtype)
    position = torch.stack([position, position.flip(0)])[:n_strands, None, :, None]
    angle = position * 10_000**-exponent  # (strand, 1, L, features / 2)
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    first, second = x.chunk(2, dim=-1)
    return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)


class RCSelfAttention(RCLayer):
    """Multi-head self-attention that shares its parameters between the two strands.

    Queries, keys and values are regular pairs, so each learned head comes as a pair of heads: one
    for each strand. The reverse complement swaps the two and flips what they attend to. Positions
    enter as rotary embeddings [2]_, with which attention depends on distances alone, and the heads
    of the other strand count them backwards: upstream is upstream on either strand.

    Parameters
    ----------
    in_type : FieldType, int or str
        Type of the input and of the output; an int means that many regular pairs.
    n_heads : int, default 4
        Learned heads; each gives one for either strand.
    head_size : int, optional
        Features of a head, an even number; by default as many as make the heads of one strand as
        wide as half the channels of `in_type`.
    rotary : bool, default True
        Whether attention knows positions; without, it is blind to the order of the sequence.
    bias : bool, default True
        Whether the pointwise layers have a bias.

    Raises
    ------
    ValueError
        If the channels cannot be shared by the heads.

    References
    ----------
    .. [1] Mallet and Vert (2021). Reverse-complement equivariant networks for DNA sequences.
       NeurIPS 34.
    .. [2] Su, Lu, Pan, Murtadha, Wen and Liu (2021). RoFormer: Enhanced transformer with rotary
       position embedding. arXiv 2104.09864.

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import RCSelfAttention
    >>> attention = RCSelfAttention(16, n_heads=2)
    >>> attention
    RCSelfAttention(
      16reg, n_heads=2, head_size=8
      ...
    )
    >>> x = torch.randn(3, 32, 50)
    >>> act = attention.in_type.act
    >>> torch.allclose(attention(act(x)), act(attention(x)), atol=1e-5)
    True
    """

    def __init__(
        self,
        in_type: TypeLike,
        n_heads: int = 4,
        *,
        head_size: int | None = None,
        rotary: bool = True,
        bias: bool = True,
    ) -> None:
        super().__init__(in_type)
        if n_heads < 1:
            raise ValueError(f"n_heads must be at least 1; got {n_heads}")
        if head_size is None:
            if self.in_type.size % (2 * n_heads):
                raise ValueError(
                    f"n_heads={n_heads} pairs of heads do not divide the {self.in_type.size} "
                    f"channels of {self.in_type}; take other n_heads or give head_size"
                )
            head_size = self.in_type.size // (2 * n_heads)
        if head_size < 1 or (rotary and head_size % 2):
            raise ValueError(
                f"rotary embeddings rotate pairs of features, so head_size must be even; got "
                f"{head_size}: take another head_size or n_heads, or rotary=False"
            )
        self.n_heads, self.head_size, self.rotary = n_heads, head_size, rotary
        width = n_heads * head_size
        self.attention = SelfAttention(
            RCConv1d(self.in_type, 3 * width, 1, bias=bias),
            RCConv1d(width, self.out_type, 1, bias=bias),
            n_heads,
            2,
            rotary,
        )

    def forward(self, x: Tensor) -> Tensor:
        """Attend."""
        self._check(x, positions=True)
        y: Tensor = self.attention(x)
        return y

    def _options(self) -> list[str]:
        options = [f"n_heads={self.n_heads}", f"head_size={self.head_size}"]
        return options if self.rotary else [*options, "rotary=False"]


class RCAttentionBlock(RCSequential):
    """Transformer block that treats both strands alike: attention, then a pointwise network.

    Both are residual and normalised first (pre-norm [1]_).

    Parameters
    ----------
    in_type : FieldType, int or str
        Type of the input and of the output; an int means that many regular pairs.
    n_heads : int, default 4
        Learned heads of the attention; each gives one for either strand.
    head_size : int, optional
        Features of a head, an even number.
    expansion : int, default 2
        Width of the pointwise network, as a multiple of that of `in_type`.
    dropout : float, default 0.0
        Share of the values that is dropped before each addition.
    rotary : bool, default True
        Whether attention knows positions.

    Raises
    ------
    ValueError
        If the channels cannot be shared by the heads.

    See Also
    --------
    RCSelfAttention : the attention alone.

    References
    ----------
    .. [1] Xiong et al. (2020). On layer normalization in the transformer architecture. ICML.

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import RCAttentionBlock
    >>> RCAttentionBlock(16, n_heads=2, dropout=0.1)(torch.zeros(3, 32, 50)).shape
    torch.Size([3, 32, 50])
    """

    def __init__(
        self,
        in_type: TypeLike,
        n_heads: int = 4,
        *,
        head_size: int | None = None,
        expansion: int = 2,
        dropout: float = 0.0,
        rotary: bool = True,
    ) -> None:
        in_type = FieldType(in_type)
        hidden = FieldType(max(1, expansion * in_type.size // 2))
        super().__init__(
            RCResidual(
                RCSequential(
                    RCLayerNorm(in_type),
                    RCSelfAttention(in_type, n_heads, head_size=head_size, rotary=rotary),
                    RCDropout(in_type, dropout),
                )
            ),
            RCResidual(
                RCSequential(
                    RCLayerNorm(in_type),
                    RCConv1d(in_type, hidden, 1),
                    RCActivation(hidden, "gelu"),
                    RCConv1d(hidden, in_type, 1),
                    RCDropout(in_type, dropout),
                )
            ),
        )
