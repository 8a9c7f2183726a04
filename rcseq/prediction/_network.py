"""The network of a model: encoded sequences in, outputs out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from rcseq import alphabet
from rcseq.nn import OutputSymmetry, reverse_complement
from rcseq.prediction._unwrapping import Path, paths
from rcseq.sequences import as_sequences
from rcseq.strategies import Strategy, get_strategy

__all__ = ["Network", "check_output", "direct_network", "network_of", "output_symmetry"]


class Network:
    """A network, what runs before it, and how it is asked; see :func:`network_of`.

    Attributes
    ----------
    module : torch.nn.Module
        The network.
    device : torch.device
    dtype : torch.dtype
        Of its parameters.
    direct : bool
        Whether the outputs of the network are what the model answers, as logits or values. False
        where a calibration or the transformation of a target lies between the two.
    plain : bool
        Whether the model runs the network once on a sequence as it is, and nothing else.
    """

    def __init__(self, path: Path) -> None:
        final = path.model
        self._steps, self._averages, self.direct = path.steps, path.averages, path.direct
        self.module: nn.Module
        self._infer: Callable[[Tensor], Any]
        if isinstance(final, nn.Module):
            self.module = self._infer = final
            self.plain = not self._averages
        elif isinstance(getattr(final, "module_", None), nn.Module):
            # The estimator's own way to ask its network: on both strands, where its strategy does.
            self.module, self._infer = final.module_, final.infer
            predict = getattr(type(get_strategy(final.strategy)), "predict", None)
            self.plain = not self._averages and predict is Strategy.predict
        elif hasattr(final, "initialize_module"):
            raise TypeError(f"this {type(final).__name__} is not fitted yet; call its fit first")
        else:
            raise TypeError(
                f"{type(final).__name__} holds no network; a fitted SequenceClassifier or "
                "SequenceRegressor, a pipeline that ends in one, or a torch.nn.Module does. "
                "variant_effects and in_silico_mutagenesis work on any model that predicts."
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

        Raises
        ------
        ValueError
            If they are not sequences, or if the model averages over the strands of strings that its
            encoder does not read alike.
        """
        if isinstance(sequences, str):
            raise ValueError("sequences is a single str; give a list of sequences, [sequence]")
        X = sequences
        for depth, step in enumerate(self._steps):
            if any(depth == outside for outside, _ in self._averages):
                self._check_strands(X, self._steps[depth:])
            X = step.transform(X)
        return _as_array(X)

    def _check_strands(self, X: Any, steps: tuple[Any, ...]) -> None:
        """Check that the encoder reads both strands alike: the average is taken behind it."""
        forward, reverse = X, as_sequences(X).reverse_complement().native()
        for step in steps:
            forward, reverse = step.transform(forward), step.transform(reverse)
        turned = as_sequences(_as_array(forward)).reverse_complement().native()
        if not np.array_equal(turned, _as_array(reverse)):
            raise ValueError(
                "the encoder pads or crops the two strands of a sequence differently, so the "
                "average over the strands has no gradient at single positions; pass sequences of "
                "one length, or set align='center' in the encoder"
            )

    def tensor(self, X: NDArray[Any]) -> Tensor:
        """Turn encoded sequences into one-hot of shape (n, 4, L) where the network is."""
        x = torch.from_numpy(np.require(X, requirements=["C", "W"])).to(self.device)
        if x.ndim == 2:
            table = torch.tensor(alphabet.ONE_HOT, dtype=self.dtype, device=self.device)
            return nn.functional.embedding(x.long(), table).transpose(1, 2).contiguous()
        return x.to(self.dtype)

    def infer(self, x: Tensor) -> Any:
        """Run the network as the model does, averages over the strands included.

        Parameters
        ----------
        x : Tensor of shape (n, 4, L)

        Returns
        -------
        Tensor
        """
        return self._average(x, len(self._averages))

    def _average(self, x: Tensor, n: int) -> Any:
        # The outermost wrapper is the first of the list and the last to average.
        if n == 0:
            y = self._infer(x)
            return y[0] if isinstance(y, tuple) else y
        average = self._averages[len(self._averages) - n][1]
        forward, reverse = self._average(x, n - 1), self._average(reverse_complement(x), n - 1)
        return average(forward, output_symmetry(self.module).act(reverse))

    def outputs(self, x: Tensor) -> Tensor:
        """Compute the model's logits, or values.

        Parameters
        ----------
        x : Tensor of shape (n, 4, L)

        Returns
        -------
        Tensor of shape (n, n_outputs)
        """
        y = self.infer(x)
        if not isinstance(y, Tensor) or y.ndim > 2:
            raise ValueError(
                f"the model's output has the shape {tuple(getattr(y, 'shape', ()))}; one number "
                "for each sequence and output, (n, n_outputs), can be explained. Wrap the network "
                "in a module that returns the number to explain, such as the sum of a profile."
            )
        return y[:, None] if y.ndim == 1 else y

    def output(self, x: Tensor, index: int | None) -> Tensor:
        """Compute one of the outputs, by its index; None where there is only one.

        Returns
        -------
        Tensor of shape (n,)
        """
        y = self.outputs(x)
        return y[:, check_output(y.shape[1], index)]

    def predict(self, sequences: Any, batch_size: int) -> NDArray[np.float64]:
        """Compute the model's logits, or values, of sequences.

        Parameters
        ----------
        sequences : sequences
            As :meth:`encode` takes them.
        batch_size : int

        Returns
        -------
        ndarray of shape (n, n_outputs)
        """
        X = self.encode(sequences)
        with self.evaluating(), torch.no_grad():
            parts = [
                self.outputs(self.tensor(X[i : i + batch_size])).cpu().double().numpy()
                for i in range(0, len(X), batch_size)
            ]
        return np.concatenate(parts)

    @property
    def n_channels(self) -> int:
        """Channels that the network reads: the four bases, and what its strategy adds to them."""
        n = getattr(self.module, "in_channels", 4)
        return n if isinstance(n, int) else 4

    def check_bases_alone(self, asked_for: str) -> None:
        """Refuse a network that does not read the four bases alone.

        Parameters
        ----------
        asked_for : str
            What cannot be had from another one, for the message.

        Raises
        ------
        TypeError
            If the network reads other channels.
        """
        if self.n_channels != 4:
            raise TypeError(
                f"{type(self.module).__name__} reads {self.n_channels} channels, not the four "
                "bases alone (the strategies strand_channel and concatenated add some), so there "
                f"are no {asked_for}; saliency and in_silico_mutagenesis explain the whole model"
            )

    @contextmanager
    def evaluating(self) -> Iterator[None]:
        """Keep the network in evaluation mode; each module is in its own mode afterwards."""
        modes = [(module, module.training) for module in self.module.modules()]
        self.module.eval()
        try:
            yield
        finally:
            for module, mode in modes:
                module.training = mode


def network_of(model: Any) -> Network:
    """Find the network of a model.

    Parameters
    ----------
    model : estimator, pipeline, search or torch.nn.Module
        A fitted estimator with a ``module_`` and a method ``infer``, such as
        :class:`rcseq.SequenceClassifier`; whatever wraps one; or a network that takes (n, 4, L).

    Returns
    -------
    Network

    Raises
    ------
    TypeError
        If there is no network in it, there are several, or the estimator is not fitted.

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import ConvNet
    >>> from rcseq.prediction import network_of
    >>> network = network_of(ConvNet(n_filters=4))
    >>> with network.evaluating(), torch.no_grad():
    ...     network.outputs(network.tensor(network.encode(["ACGTACGTAC"]))).shape
    torch.Size([1, 1])
    """
    found = paths(model)
    if len(found) > 1:
        raise TypeError(
            f"{type(model).__name__} puts the answers of {len(found)} models together, so it has "
            "no single network. Pass one of rcseq.prediction.members(model); variant_effects and "
            "in_silico_mutagenesis need predictions only and take the whole."
        )
    return Network(found[0])


def direct_network(model: Any) -> Network | None:
    """Find a network whose outputs are the answers of the model.

    Parameters
    ----------
    model : estimator, pipeline, search or torch.nn.Module

    Returns
    -------
    Network or None
        None where there are several networks or none, or where something lies between the network
        and the answer: a calibration, the transformation of a target, an encoder that scans, or
        one that pads or crops the strands differently before they are averaged. :func:`scores` is
        to be asked then.

    Raises
    ------
    TypeError
        If the network is not fitted.
    """
    path, *others = paths(model)
    final = path.model
    holds = any(hasattr(final, name) for name in ("module_", "initialize_module"))
    if others or not path.direct or not (holds or isinstance(final, nn.Module)):
        return None
    if path.averages and getattr(final, "link", "identity") != "identity":
        return None  # averages of predictions are not those of outputs
    if any(getattr(step, "longer", None) == "scan" for step in path.steps):
        return None
    for depth, _ in path.averages:
        if any(getattr(step, "align", "center") != "center" for step in path.steps[depth:]):
            return None
    return Network(path)


def output_symmetry(module: Any) -> OutputSymmetry:
    """Return what the reverse complement of the input does to the output of a network."""
    module = getattr(module, "_orig_mod", module)  # what torch.compile wraps
    return OutputSymmetry(getattr(module, "output_symmetry", None) or OutputSymmetry.INVARIANT)


def check_output(n_outputs: int, index: int | None) -> int:
    """Check the index of an output, and return 0 for None where there is only one.

    Parameters
    ----------
    n_outputs : int
    index : int or None

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If it is out of range, or None although there are several.
    """
    if index is None and n_outputs > 1:
        raise ValueError(
            f"the model has {n_outputs} outputs; say which one, output=0 to {n_outputs - 1}"
        )
    if index is not None and not 0 <= index < n_outputs:
        raise ValueError(f"output={index} is not one of the model's outputs, 0 to {n_outputs - 1}")
    return index or 0


def _as_array(X: Any) -> NDArray[Any]:
    if isinstance(X, Tensor):
        X = X.detach().cpu().numpy()
    array = np.asarray(X)
    if not array.size:
        raise ValueError("there are no sequences")
    if array.dtype.kind not in "buif":
        array = _codes_of_one_length(X)
    codes = array.ndim == 2 and array.dtype == np.uint8
    if not codes and (array.ndim != 3 or array.shape[1] != 4):
        raise ValueError(
            f"the sequences are an array of shape {array.shape} and dtype {array.dtype}; "
            "one-hot of shape (n, 4, L), uint8 codes of shape (n, L) or strings are taken"
        )
    return array


def _codes_of_one_length(X: Any) -> NDArray[np.uint8]:
    flat = as_sequences(X).codes()
    lengths = flat.lengths
    if lengths.min() < lengths.max():
        raise ValueError(
            f"the sequences are {lengths.min()} to {lengths.max()} bases long; a model without an "
            "encoder takes one length. Put a DNAOneHotEncoder before it in a pipeline."
        )
    return flat.codes.reshape(len(lengths), -1)
