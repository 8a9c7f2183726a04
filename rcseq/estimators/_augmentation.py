"""Random changes of training sequences that leave their targets as they are."""

from __future__ import annotations

import torch
from torch import Tensor

from rcseq.alphabet import N_CODE

__all__ = ["augment"]


def augment(x: Tensor, shift: int, mutation: float) -> Tensor:
    """Shift the sequences of a batch at random, and replace some of their bases.

    Codes and one-hot sequences are changed alike by the same random numbers, which come from
    torch's generator of the device.

    Parameters
    ----------
    x : Tensor of shape (n, L) or (n, 4, L)
        Codes, or one-hot.
    shift : int
        The largest number of bases by which a sequence is shifted to either side; each distance is
        as likely. The end that comes free is filled with unknown bases.
    mutation : float
        The probability that a known base is replaced, by each of the four as likely.

    Returns
    -------
    Tensor
        Of the shape and type of `x`; `x` itself where nothing is to be done.

    Examples
    --------
    >>> _ = torch.manual_seed(0)
    >>> augment(torch.tensor([[0, 1, 2, 3], [0, 1, 2, 3]], dtype=torch.uint8), 1, 0.0).tolist()
    [[1, 2, 3, 4], [4, 0, 1, 2]]
    """
    n, length = len(x), x.shape[-1]
    if shift:
        source = torch.arange(length, device=x.device)
        source = source + torch.randint(-shift, shift + 1, (n, 1), device=x.device)
        outside = (source < 0) | (source >= length)
        source = source.clamp_(0, length - 1)
        if x.ndim == 2:
            x = x.gather(1, source).masked_fill_(outside, N_CODE)
        else:
            x = x.gather(2, source[:, None].expand_as(x)).masked_fill_(outside[:, None], 0)
    if mutation:
        draw = torch.rand((n, length), device=x.device)
        known = x < N_CODE if x.ndim == 2 else (x == 1).any(1)
        hit = (draw < mutation) & known
        base = (draw / mutation * 4).long().clamp_(max=3)  # of those below `mutation`, as uniform
        if x.ndim == 2:
            x = torch.where(hit, base.to(x.dtype), x)
        else:
            one_hot = torch.nn.functional.one_hot(base, 4).transpose(1, 2).to(x.dtype)
            x = torch.where(hit[:, None], one_hot, x)
    return x
