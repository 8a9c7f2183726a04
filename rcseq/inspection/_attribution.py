"""Which bases an output rests on: gradients, and all single substitutions."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rcseq.inspection._model import SequenceModel

__all__ = ["in_silico_mutagenesis", "saliency"]


def saliency(
    model: Any,
    sequences: Any,
    *,
    output: int | None = None,
    multiply_by_input: bool = False,
    center: bool = True,
    batch_size: int = 256,
) -> NDArray[Any]:
    """Gradient of an output with respect to each base of each sequence.

    Parameters
    ----------
    model : estimator, pipeline, search or torch.nn.Module
        A fitted :class:`~rcseq.SequenceClassifier` or :class:`~rcseq.SequenceRegressor`, a fitted
        pipeline that ends in one, or a network that takes one-hot of shape (n, 4, L).
    sequences : list, array or Series of str, or array of shape (n, 4, L) or (n, L)
        What the model takes.
    output : int, optional
        Index of the output to explain; a model with several needs it.
    multiply_by_input : bool, default False
        Keep the gradient at the bases that are there and set it to zero elsewhere: gradient x
        input.
    center : bool, default True
        Subtract the mean over the four bases at each position. One-hot sequences cannot move in
        that direction, so what the gradient has there is noise [2]_.
    batch_size : int, default 256
        Sequences at a time.

    Returns
    -------
    ndarray of shape (n, 4, L)
        In logits of a classifier, or units of a regressor's target, for each base in the order
        A C G T. Of a model that is the same for both strands, the values for a reverse complement
        are ``values[:, ::-1, ::-1]``.

    Raises
    ------
    TypeError
        If the model holds no network or is not fitted.
    ValueError
        If `output` is missing or out of range, or the output is not one number a sequence.

    References
    ----------
    .. [1] Simonyan, Vedaldi and Zisserman (2014). Deep inside convolutional networks. ICLR
       workshop.
    .. [2] Majdandzic and others (2023). Correcting gradient-based interpretations of deep neural
       networks for genomics. Genome Biology 24.

    Examples
    --------
    >>> import torch
    >>> from rcseq.inspection import saliency
    >>> from rcseq.nn import ConvNet
    >>> values = saliency(ConvNet(n_filters=4), ["ACGTACGTAC"], multiply_by_input=True)
    >>> values.shape, int((values != 0).sum()) <= 10
    ((1, 4, 10), True)
    """
    asked = SequenceModel(model)
    X = asked.encode(sequences)
    parts = []
    with asked.evaluating():
        for start in range(0, len(X), batch_size):
            x = asked.tensor(X[start : start + batch_size]).requires_grad_()
            (gradient,) = torch.autograd.grad(asked.output(x, output).sum(), x)
            if center:
                gradient = gradient - gradient.mean(1, keepdim=True)
            if multiply_by_input:
                gradient = gradient * x.detach()
            parts.append(gradient.cpu().numpy())
    return np.concatenate(parts)


def in_silico_mutagenesis(
    model: Any, sequences: Any, *, output: int | None = None, batch_size: int = 256
) -> NDArray[Any]:
    """Change of an output by every single substitution.

    Parameters
    ----------
    model, sequences, output
        As in :func:`saliency`.
    batch_size : int, default 256
        Mutated sequences at a time.

    Returns
    -------
    ndarray of shape (n, 4, L)
        Output with that base at that position minus the output for the sequence as it is, in
        logits of a classifier or units of a regressor's target; zero for the base that is there,
        and where there is none (unknown bases, padding). Of a model that is the same for both
        strands, the values for a reverse complement are ``values[:, ::-1, ::-1]``.

    Raises
    ------
    TypeError, ValueError
        As in :func:`saliency`.

    See Also
    --------
    variant_effects : for a list of variants, insertions and deletions included.

    Examples
    --------
    >>> from rcseq.inspection import in_silico_mutagenesis
    >>> from rcseq.nn import ConvNet
    >>> effects = in_silico_mutagenesis(ConvNet(n_filters=4), ["ACGTACGTAC"])
    >>> effects.shape, effects[0, 0, 0]  # position 0 is A already
    ((1, 4, 10), np.float32(0.0))
    """
    asked = SequenceModel(model)
    X = asked.encode(sequences)
    with asked.evaluating(), torch.no_grad():
        return np.stack(
            [
                _all_substitutions(asked, asked.tensor(X[i : i + 1]), output, batch_size)
                .cpu()
                .numpy()
                for i in range(len(X))
            ]
        )


def _all_substitutions(
    asked: SequenceModel, x: Tensor, output: int | None, batch_size: int
) -> Tensor:
    """Effects on one sequence, (1, 4, L) -> (4, L)."""
    effects = torch.zeros_like(x[0])
    bases, positions = torch.nonzero((x[0] != 1) & (x[0].sum(0) > 0), as_tuple=True)
    reference = asked.output(x, output)
    for base, position in zip(bases.split(batch_size), positions.split(batch_size), strict=True):
        rows = torch.arange(len(base), device=x.device)
        mutated = x.repeat(len(base), 1, 1)
        mutated[rows, :, position] = 0
        mutated[rows, base, position] = 1
        effects[base, position] = asked.output(mutated, output) - reference
    return effects
