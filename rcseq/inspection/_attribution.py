"""Which bases an output rests on, by gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rcseq.prediction import network_of

__all__ = ["saliency"]


def saliency(
    model: Any,
    sequences: Any,
    *,
    output: int | None = None,
    multiply_by_input: bool = False,
    center: bool = True,
    batch_size: int = 256,
) -> NDArray[Any]:
    """Compute the gradient of an output with respect to each base of each sequence.

    Parameters
    ----------
    model : estimator, pipeline, search or torch.nn.Module
        A fitted :class:`~rcseq.SequenceClassifier` or :class:`~rcseq.SequenceRegressor`, a fitted
        pipeline or another wrapper around one, or a network that takes one-hot of shape (n, 4, L).
        Of :class:`~rcseq.PosthocConjoined` the average over the strands is explained; of a
        calibrated classifier and of a transformed target the network inside.
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
        In units of the network's output (logits of a classifier, or values of a regressor), for
        each base in the order A C G T. Of a model that is the same for both strands, the values
        for a reverse complement are ``values[:, ::-1, ::-1]``.

    Raises
    ------
    TypeError
        If the model holds no single network or is not fitted.
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
    asked = network_of(model)
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
