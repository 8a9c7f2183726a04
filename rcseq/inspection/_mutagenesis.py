"""Which bases an output rests on, by all single substitutions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rcseq import alphabet
from rcseq.inspection._locality import LocalOutputs, substituted
from rcseq.prediction import Network, check_output, direct_network, reads, scores
from rcseq.sequences import as_sequences

__all__ = ["in_silico_mutagenesis"]


def in_silico_mutagenesis(
    model: Any, sequences: Any, *, output: int | None = None, batch_size: int = 256
) -> NDArray[Any]:
    """Compute the change of an output by every single substitution.

    Parameters
    ----------
    model : fitted estimator or torch.nn.Module
        Any model that predicts. Where its answers are the outputs of one network, the network is
        asked; else, for example for a vote, a calibrated classifier, a transformed target or a
        model on k-mers, its predictions.
    sequences : list, array or Series of str, or array of shape (n, 4, L) or (n, L)
        What the model takes.
    output : int, optional
        Index of the output to explain; a model with several needs it.
    batch_size : int, default 256
        Mutated sequences at a time.

    Returns
    -------
    ndarray of shape (n, 4, L)
        Output with that base at that position minus the output for the sequence as it is, in
        logits of a classifier (of its probability, log p / (1 - p), where predictions are asked)
        or units of a regressor's target; zero for the base that is there, and where there is none
        (unknown bases, padding). Positions are those of the encoded sequence where a network is
        asked; else those of each sequence, and zero beyond its end. Of a model that is the same
        for both strands, the values for a reverse complement are ``values[:, ::-1, ::-1]`` for
        sequences of one length.

    Raises
    ------
    TypeError
        If the model is not fitted, or predicts nothing that could be subtracted.
    ValueError
        If `output` is missing or out of range, the output is not one number a sequence, or the
        predictions of a model are asked that reads only a part of a sequence.

    See Also
    --------
    saliency : the gradient, which is faster.
    variant_effects : for a list of variants, insertions and deletions included.

    Examples
    --------
    >>> from rcseq.inspection import in_silico_mutagenesis
    >>> from rcseq.nn import ConvNet
    >>> effects = in_silico_mutagenesis(ConvNet(n_filters=4), ["ACGTACGTAC"])
    >>> effects.shape, effects[0, 0, 0]  # position 0 is A already
    ((1, 4, 10), np.float32(0.0))
    """
    network = direct_network(model)
    if network is None:
        return _by_predictions(model, sequences, output, batch_size)
    X = network.encode(sequences)
    with network.evaluating(), torch.no_grad():
        return np.stack(
            [
                _by_network(network, network.tensor(X[i : i + 1]), output, batch_size).cpu().numpy()
                for i in range(len(X))
            ]
        )


def _by_network(network: Network, x: Tensor, output: int | None, batch_size: int) -> Tensor:
    """Effects on one sequence, (1, 4, L) -> (4, L)."""
    effects = torch.zeros_like(x[0])
    bases, positions = torch.nonzero((x[0] != 1) & (x[0].sum(0) > 0), as_tuple=True)
    reference = network.output(x, output)
    local = network.plain and hasattr(network.module, "local_parts")
    outputs: Outputs = LocalOutputs(network.module, x) if local else _whole_outputs(network, x)
    for base, position in zip(bases.split(batch_size), positions.split(batch_size), strict=True):
        y = outputs(base, position)
        effects[base, position] = y[:, check_output(y.shape[1], output)] - reference
    return effects


Outputs = Callable[[Tensor, Tensor], Tensor]  # of sequences with a base at a position each


def _whole_outputs(network: Network, x: Tensor) -> Outputs:
    def outputs(base: Tensor, position: Tensor) -> Tensor:
        return network.outputs(substituted(x.expand(len(base), -1, -1), base, position))

    return outputs


def _by_predictions(
    model: Any, sequences: Any, output: int | None, batch_size: int
) -> NDArray[np.float64]:
    if isinstance(sequences, str):
        raise ValueError("sequences is a single str; give a list of sequences, [sequence]")
    taken = as_sequences(sequences)
    if not len(taken):
        raise ValueError("there are no sequences")
    X: Any = taken.encoded()
    if X is None:
        X = taken.tolist()
        _check_read_whole(model, X)
    outputs = scores(model, X, kind="logit", batch_size=batch_size)
    if outputs.ndim > 2:
        raise ValueError(
            f"the model's output has the shape {outputs.shape}; one number for each sequence and "
            "output, (n, n_outputs), can be explained"
        )
    column = check_output(outputs.shape[1], output)
    known = [_known(sequence) for sequence in X]
    effects = np.zeros((len(X), 4, max(map(len, known))))
    for i, present in enumerate(known):
        bases, positions = np.nonzero((np.arange(4)[:, None] != present) & (present >= 0))
        for start in range(0, len(bases), batch_size):
            part = slice(start, start + batch_size)
            mutated = _substitute(X[i], bases[part], positions[part])
            changed = scores(model, mutated, kind="logit")[:, column]
            effects[i, bases[part], positions[part]] = changed - outputs[i, column]
    return effects


def _check_read_whole(model: Any, strings: list[str]) -> None:
    for i, (start, stop) in enumerate(reads(model, strings).tolist()):
        if stop - start < len(strings[i]):
            raise ValueError(
                f"sequence {i} has {len(strings[i])} bases, but the model reads only {stop - start}"
                f" of them, positions {start} to {stop - 1}; pass what it reads, "
                f"sequence[{start}:{stop}]"
            )


def _known(sequence: Any) -> NDArray[np.intp]:
    """Return the number of the base at each position, -1 where it is unknown."""
    if isinstance(sequence, str):
        codes = alphabet.encode(sequence).astype(np.intp)
    elif sequence.ndim == 1:
        codes = sequence.astype(np.intp)
    else:
        codes = np.where(sequence.max(0) == 1, sequence.argmax(0), -1)
    return np.where(codes < 4, codes, -1)


def _substitute(sequence: Any, bases: NDArray[np.intp], positions: NDArray[np.intp]) -> Any:
    """Make copies of a sequence, each with another base at a position."""
    if isinstance(sequence, str):
        pairs = zip(bases.tolist(), positions.tolist(), strict=True)
        return [sequence[:i] + alphabet.NUCLEOTIDES[base] + sequence[i + 1 :] for base, i in pairs]
    mutated = np.repeat(sequence[None], len(bases), axis=0)
    rows = np.arange(len(bases))
    if mutated.ndim == 2:
        mutated[rows, positions] = bases
    else:
        mutated[rows, :, positions] = 0
        mutated[rows, bases, positions] = 1
    return mutated
