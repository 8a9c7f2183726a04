"""What this package takes as a model, and how it asks it: encoded sequences in, outputs out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rcseq import alphabet

__all__ = ["SequenceModel"]


class SequenceModel:
    """A network, what runs before it, and how it is asked.

    Parameters
    ----------
    model : estimator, pipeline, search or torch.nn.Module
        A fitted estimator with a ``module_``, such as :class:`rcseq.SequenceClassifier`; a fitted
        pipeline or search that ends in one; or a network that takes (n, 4, L).

    Attributes
    ----------
    module : torch.nn.Module
        The network.

    Raises
    ------
    TypeError
        If there is no network in it, or the estimator is not fitted.
    """

    def __init__(self, model: Any) -> None:
        final, steps = _unwrap(model)
        self._steps = steps
        self.module: nn.Module
        self._infer: Callable[[Tensor], Any]
        if isinstance(final, nn.Module):
            self.module = self._infer = final
        elif isinstance(getattr(final, "module_", None), nn.Module):
            # The estimator's own way to ask its network: on both strands, where its strategy does.
            self.module, self._infer = final.module_, final.infer
        elif hasattr(final, "initialize_module"):
            raise TypeError(f"this {type(final).__name__} is not fitted yet; call its fit first")
        else:
            raise TypeError(
                f"{type(final).__name__} holds no network; a fitted SequenceClassifier or "
                "SequenceRegressor, a pipeline that ends in one, or a torch.nn.Module does"
            )
        reference = next(self.module.parameters(), torch.empty(0))
        self.device, self.dtype = reference.device, reference.dtype

    def encode(self, sequences: Any) -> NDArray[Any]:
        """Encode sequences as the model's own pipeline does.

        Parameters
        ----------
        sequences : list, array or Series of str, or array of shape (n, 4, L) or (n, L)
            What the model itself takes. Strings without an encoder in the model are encoded here,
            and have to be of one length then.

        Returns
        -------
        ndarray of shape (n, 4, L), or uint8 codes of shape (n, L)
        """
        if isinstance(sequences, str):
            raise ValueError("sequences is a single str; give a list of sequences, [sequence]")
        X: Any = sequences
        for step in self._steps:
            X = step.transform(X)
        if isinstance(X, Tensor):
            X = X.detach().cpu().numpy()
        array = np.asarray(X)
        if not array.size:
            raise ValueError("there are no sequences")
        if array.dtype.kind not in "buif":
            array = _encode_strings(list(X))
        codes = array.ndim == 2 and array.dtype == np.uint8
        if not codes and (array.ndim != 3 or array.shape[1] != 4):
            raise ValueError(
                f"the sequences are an array of shape {array.shape} and dtype {array.dtype}; "
                "one-hot of shape (n, 4, L), uint8 codes of shape (n, L) or strings are taken"
            )
        return array

    def tensor(self, X: NDArray[Any]) -> Tensor:
        """Turn encoded sequences into one-hot of shape (n, 4, L) where the network is."""
        x = torch.from_numpy(np.require(X, requirements=["C", "W"])).to(self.device)
        if x.ndim == 2:
            table = torch.tensor(alphabet.ONE_HOT, dtype=self.dtype, device=self.device)
            return nn.functional.embedding(x.long(), table).transpose(1, 2).contiguous()
        return x.to(self.dtype)

    def outputs(self, x: Tensor) -> Tensor:
        """Ask the model for its logits, or values.

        Parameters
        ----------
        x : Tensor of shape (n, 4, L)

        Returns
        -------
        Tensor of shape (n, n_outputs)
        """
        y = self._infer(x)
        y = y[0] if isinstance(y, tuple) else y
        if not isinstance(y, Tensor) or y.ndim > 2:
            raise ValueError(
                f"the model's output has the shape {tuple(getattr(y, 'shape', ()))}; one number "
                "for each sequence and output, (n, n_outputs), can be explained. Wrap the network "
                "in a module that returns the number to explain, such as the sum of a profile."
            )
        return y[:, None] if y.ndim == 1 else y

    def output(self, x: Tensor, index: int | None) -> Tensor:
        """Ask for one of the outputs, by its index; None where there is only one.

        Returns
        -------
        Tensor of shape (n,)
        """
        y = self.outputs(x)
        n = y.shape[1]
        if index is None and n > 1:
            raise ValueError(f"the model has {n} outputs; say which one, output=0 to {n - 1}")
        if index is not None and not 0 <= index < n:
            raise ValueError(f"output={index} is not one of the model's outputs, 0 to {n - 1}")
        return y[:, index or 0]

    @contextmanager
    def evaluating(self) -> Iterator[None]:
        """Hold the network in evaluation mode; each module is in its own mode afterwards."""
        modes = [(module, module.training) for module in self.module.modules()]
        self.module.eval()
        try:
            yield
        finally:
            for module, mode in modes:
                module.training = mode


def _unwrap(model: Any) -> tuple[Any, list[Any]]:
    """Give the model itself and the fitted transformers that run before it."""
    steps: list[Any] = []
    while True:
        if hasattr(model, "best_estimator_"):
            model = model.best_estimator_
        elif hasattr(model, "steps"):
            before = [step for _, step in model.steps[:-1]]
            steps += [step for step in before if step is not None and step != "passthrough"]
            model = model.steps[-1][1]
        else:
            return model, steps


def _encode_strings(sequences: list[Any]) -> alphabet.Codes:
    strings = [str(getattr(sequence, "seq", sequence)) for sequence in sequences]
    lengths = {len(string) for string in strings}
    if len(lengths) > 1:
        raise ValueError(
            f"the sequences are {min(lengths)} to {max(lengths)} bases long; a model without an "
            "encoder takes one length. Put a DNAOneHotEncoder before it in a pipeline."
        )
    where = alphabet.find_invalid(strings)
    if where is not None:
        index, position, letter = where
        raise ValueError(f"sequence {index} has {letter!r} at position {position}: not DNA")
    return alphabet.encode("".join(strings)).reshape(len(strings), -1)
