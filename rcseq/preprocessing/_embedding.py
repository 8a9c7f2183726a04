"""Embeddings of a frozen model, averaged over the strands."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils._param_validation import Interval, StrOptions

from rcseq import alphabet
from rcseq.sequences import as_sequences

__all__ = ["EmbeddingTransformer"]


class EmbeddingTransformer(TransformerMixin, BaseEstimator):
    """Embed sequences with a frozen model, and average over both strands.

    A language model that reads one strand gives two embeddings of the same molecule. Their average
    is the same for a sequence and its reverse complement, whatever is learned on top of it.

    Parameters
    ----------
    module : callable
        Maps a batch of sequences to an array or tensor of shape (n, n_features); a
        :class:`torch.nn.Module`, or any function around a model of another library. It is not
        trained. Where it gives an embedding for each position, let it average over them.
    reads : {"strings", "onehot"}, default="strings"
        What it is given: a list of strings in upper case, or one-hot of shape (n, 4, L), float32,
        a tensor for a module and an array for others. One-hot batches hold one length.
    both_strands : bool, default=True
        Whether to average; without it the strand as given is embedded.
    batch_size : int, default=64
        Sequences a call.

    Attributes
    ----------
    n_features_out_ : int
        Width of the embedding.

    Raises
    ------
    ValueError
        If the embedding is not one row a sequence, or not finite.

    See Also
    --------
    rcseq.PosthocConjoined : Averages the predictions of a model in the place of its features.

    References
    ----------
    Zhou, Shrikumar and Kundaje (2022), PMLR 165, on averaging after training.

    Examples
    --------
    >>> import numpy as np
    >>> from rcseq.preprocessing import EmbeddingTransformer
    >>> def model(sequences):  # any model: here the shares of A and G
    ...     return [[s.count(base) / len(s) for base in "AG"] for s in sequences]
    >>> embed = EmbeddingTransformer(model)
    >>> embed.fit_transform(["AAAC", "GTTT"])
    array([[0.375, 0.125],
           [0.375, 0.125]])
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "module": [callable],
        "reads": [StrOptions({"strings", "onehot"})],
        "both_strands": ["boolean"],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        module: Callable[[Any], Any],
        *,
        reads: str = "strings",
        both_strands: bool = True,
        batch_size: int = 64,
    ) -> None:
        self.module = module
        self.reads = reads
        self.both_strands = both_strands
        self.batch_size = batch_size

    @property
    def strand_exact(self) -> bool:
        """Whether a sequence and its reverse complement have the same features."""
        return self.both_strands

    def fit(self, X: Any, y: Any = None) -> Self:
        """Embed the first sequence, to learn how wide an embedding is.

        Parameters
        ----------
        X : sequences of shape (n_samples,)
        y : None
            Ignored.

        Returns
        -------
        self : EmbeddingTransformer
        """
        self._validate_params()
        self.n_features_out_ = self._embed(as_sequences(X)[:1]).shape[1]
        return self

    def transform(self, X: Any) -> npt.NDArray[Any]:
        """Embed sequences.

        Parameters
        ----------
        X : sequences of shape (n_samples,)

        Returns
        -------
        ndarray of shape (n_samples, n_features)
        """
        self._validate_params()
        sequences = as_sequences(X)
        embedding = self._embed(sequences)
        if self.both_strands:
            embedding = (embedding + self._embed(sequences.reverse_complement())) / 2
        return embedding

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Return a name for each number of the embedding.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        ndarray of str
        """
        return np.array([f"embedding{i}" for i in range(self.n_features_out_)], dtype=object)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "n_features_out_")

    def _embed(self, sequences: Any) -> npt.NDArray[Any]:
        lengths = sequences.lengths
        order = np.arange(len(lengths))
        if self.reads == "onehot":  # a batch has one length
            order = np.argsort(lengths, kind="stable")
        rows: list[Any] = [None] * len(order)
        start = 0
        while start < len(order):
            stop = min(start + self.batch_size, len(order))
            if self.reads == "onehot":
                first = lengths[order[start]]
                stop = min(stop, int(np.searchsorted(lengths[order], first, side="right")))
            batch = order[start:stop]
            embedded = self._call(sequences[batch])
            for row, values in zip(batch, embedded, strict=True):
                rows[row] = values
            start = stop
        return np.stack(rows)

    def _call(self, sequences: Any) -> npt.NDArray[Any]:
        given: Any = [text.upper() for text in sequences]
        if self.reads == "onehot":
            flat = sequences.codes()
            codes = flat.codes.reshape(len(sequences), -1)
            given = alphabet.ONE_HOT[codes].transpose(0, 2, 1).astype(np.float32)
        embedded = np.asarray(_run(self.module, given))
        if embedded.ndim != 2 or len(embedded) != len(sequences):
            raise ValueError(
                f"the module returned the shape {embedded.shape} for {len(sequences)} sequences; "
                "one row for each is needed, (n, n_features). Average over positions inside of it."
            )
        if not np.isfinite(embedded).all():
            raise ValueError("the module returned an embedding that is not finite")
        return embedded


def _run(module: Any, given: Any) -> Any:
    """Call a function; or a module in evaluation mode, without gradients."""
    if not hasattr(module, "named_parameters"):
        result = module(given)
        return result.detach().cpu().numpy() if hasattr(result, "detach") else result
    import torch

    modes = [(part, part.training) for part in module.modules()]
    parameter = next(module.parameters(), torch.empty(0))
    if not isinstance(given, list):
        given = torch.from_numpy(given).to(parameter.device, parameter.dtype)
    module.eval()
    try:
        with torch.no_grad():
            return module(given).detach().cpu().numpy()
    finally:
        for part, mode in modes:
            part.training = mode
