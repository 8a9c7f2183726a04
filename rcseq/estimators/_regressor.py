"""A regressor on DNA sequences."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from sklearn.metrics import r2_score
from skorch import NeuralNetRegressor
from torch.nn import BCEWithLogitsLoss, PoissonNLLLoss

from rcseq.estimators._net import SequenceNet
from rcseq.nn import ProfileLoss
from rcseq.targets import Target

__all__ = ["SequenceRegressor"]


class SequenceRegressor(SequenceNet, NeuralNetRegressor):
    """Predict one or several real numbers from DNA sequences.

    A `skorch <https://skorch.readthedocs.io>`_ net, and therefore a scikit-learn regressor. Its
    parameters are those of :class:`SequenceClassifier` but for ``class_weight``; targets should
    be of a size near 1 (see :class:`sklearn.compose.TransformedTargetRegressor`).

    Parameters
    ----------
    module : class or instance of torch.nn.Module, or str, default=ParallelConvNet
        The network, or the name of a registered one; ``n_outputs``, ``length`` and ``equivariant``
        are set from the data and the strategy where its constructor has them.
    strategy : str or Strategy, default="rcps"
        How reverse-complement symmetry is handled; see :mod:`rcseq.strategies`.
    criterion : class of torch.nn.Module, optional
        The loss, by default the mean squared error. Under ``torch.nn.PoissonNLLLoss``, for counts,
        and :class:`rcseq.nn.ProfileLoss`, for counts along the sequence, the network's output is
        the logarithm of what is predicted, and under ``torch.nn.BCEWithLogitsLoss``, for shares
        from 0 to 1, its logit; :meth:`predict` answers on the scale of the targets.
    optimizer : class of torch.optim.Optimizer, default=torch.optim.AdamW
        The optimiser.
    lr : float, default=0.003
        Learning rate; the highest, where it follows a schedule.
    max_epochs : int or "auto", default="auto"
        The largest number of passes through the training data; ``"auto"`` follows from their
        number.
    batch_size : int or "auto", default="auto"
        Sequences in a batch; ``"auto"`` follows from their number.
    shift : int or "auto", default="auto"
        Bases by which training sequences are shifted at random at most.
    mutation : float, default=0.05
        The probability that a base of a training sequence is replaced at random.
    early_stopping : bool, default=False
        Stop when the loss on a validation set no longer improves, and restore the best weights.
    validation_fraction : float, default=0.1
        The share of the training data that is split off for that.
    n_iter_no_change : int, default=8
        Epochs without improvement before training stops.
    lr_schedule : {"onecycle", "cosine", "exponential", "linear", "plateau"} or None
        How the learning rate changes, by default ``"onecycle"``.
    random_state : int, RandomState or None, default=None
        Governs initialisation, shuffling, dropout and the validation split.
    device : str or torch.device, default="auto"
        Where to compute; ``"auto"`` is CUDA where there is one, else the CPU.
    n_threads : int or None, default=1
        Threads of a fit on the CPU.
    mixed_precision : bool or "auto", default=False
        Whether the network computes in bfloat16 during training; ``"auto"`` where the device does.
    train_split : "auto", callable or None, default="auto"
        The internal validation split as skorch has it.
    verbose : int, default=0
        1 shows a progress bar over epochs, 2 one over batches.
    **kwargs
        Further parameters of :class:`skorch.NeuralNetRegressor`.

    Attributes
    ----------
    module_ : torch.nn.Module
        The trained network.
    history : skorch.history.History
        One row an epoch: ``train_loss``, ``valid_loss``, ``dur`` in seconds.
    n_epochs_, batch_size_, shift_ : int
        What was taken for `max_epochs`, `batch_size` and `shift`.
    mixed_precision_ : bool
        Whether the network was trained in bfloat16.
    best_epoch_ : int
        The epoch, from 1, whose weights the network has.
    length_, n_outputs_, n_parameters_, n_features_in_ : int
        Length of the sequences in bases, outputs of the network, learned parameters, channels.

    See Also
    --------
    SequenceClassifier : The same for labels, with every parameter described.

    References
    ----------
    .. [1] Shrikumar, A., Greenside, P. and Kundaje, A. (2017). Reverse-complement parameter
       sharing improves deep learning models for genomics. bioRxiv 103663.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from rcseq import DNAOneHotEncoder, SequenceRegressor
    >>> sequences = ["TTGCATGACTCATTGA", "TTTGCACGAACCCTGA"] * 20
    >>> activity = [1.0, -1.0] * 20
    >>> model = make_pipeline(
    ...     DNAOneHotEncoder(), SequenceRegressor(max_epochs=5, random_state=0)
    ... ).fit(sequences, activity)
    >>> model.predict(["TTGCATGACTCATTGA"]).shape
    (1,)
    """

    learned_attributes = (*SequenceNet.learned_attributes, "target_shape_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _check_y(
        self, y: Any, *, reset: bool, classes: Any = None
    ) -> tuple[NDArray[Any], dict[str, Any]]:
        if classes is not None:
            raise ValueError("classes is for classifiers; a regressor has none.")
        target = Target.of(y, classifier=False, estimator=type(self).__name__)
        y = target.y.astype(np.float32).reshape(-1, *target.shape)
        self._check_range(y)
        if reset:
            return y, {"target_shape_": target.shape, "n_outputs_": len(target.outputs)}
        if target.shape != self.target_shape_:
            raise ValueError(f"y has shape {y.shape}, but had (n, *{self.target_shape_}) in fit.")
        return y, {}

    def _check_range(self, y: NDArray[np.float32]) -> None:
        criterion = self.criterion if isinstance(self.criterion, type) else type(self.criterion)
        limits = {
            PoissonNLLLoss: (0, np.inf),
            ProfileLoss: (0, np.inf),
            BCEWithLogitsLoss: (0, 1),
        }
        low, high = limits.get(criterion, (-np.inf, np.inf))
        bad = (y < low) | (y > high)
        if bad.any():
            raise ValueError(
                f"{criterion.__name__} takes targets from {low} to {high}, but y of sample "
                f"{np.argwhere(bad)[0][0]} is {y[bad][0]}."
            )
        if criterion is not ProfileLoss:
            return
        if y.ndim != 3:
            raise ValueError(
                "ProfileLoss takes counts of shape (n, n_tracks, n_positions), the strands being "
                f"tracks; y has shape {y.shape}."
            )
        if np.isnan(y).any():
            raise ValueError(
                "ProfileLoss compares whole profiles, so that no count may be missing, but y of "
                f"sample {np.argwhere(np.isnan(y))[0][0]} holds NaN. Leave such samples out."
            )

    def _encode_target(self, y: Any) -> NDArray[Any]:
        return np.asarray(y, dtype=np.float32)

    @property
    def link(self) -> str:
        """Scale of the network's output: ``"identity"``, or that of the loss.

        ``"log"`` under :class:`torch.nn.PoissonNLLLoss` (while its ``log_input`` is True) and
        :class:`rcseq.nn.ProfileLoss`, ``"logit"`` under :class:`torch.nn.BCEWithLogitsLoss`;
        :meth:`predict` answers on the scale of the targets.
        """
        criterion = getattr(self, "criterion_", None)
        if criterion is None:
            return getattr(self, "_trimmed_link", "identity")
        criterion = getattr(criterion, "_orig_mod", criterion)  # what torch.compile wraps
        poisson = isinstance(criterion, PoissonNLLLoss) and criterion.log_input
        if poisson or isinstance(criterion, ProfileLoss):
            return "log"
        return "logit" if isinstance(criterion, BCEWithLogitsLoss) else "identity"

    def trim_for_prediction(self) -> None:
        """Drop what only training needs, as skorch does; predictions stay what they are."""
        link = self.link
        super().trim_for_prediction()
        self._trimmed_link = link

    def _answer(self, raw: NDArray[np.float64]) -> NDArray[np.float64]:
        """Bring outputs of the network to the scale of the targets."""
        return {"log": np.exp, "logit": expit}.get(self.link, np.asarray)(raw)

    def _combine_windows(self, raw: NDArray[Any], offsets: NDArray[np.intp]) -> NDArray[np.float32]:
        """Return the mean of each output over the windows of a sequence."""
        if len(getattr(self, "target_shape_", ())) > 1 or self._now.symmetry != "invariant":
            raise ValueError(
                "longer='scan' combines numbers that belong to a whole sequence, but this model "
                "predicts profiles; cut the sequences into windows and predict on each"
            )
        answers = self._answer(raw.astype(np.float64))
        counts = np.diff(offsets).reshape(-1, *(1,) * (raw.ndim - 1))
        means = np.add.reduceat(answers, offsets[:-1]) / counts
        return {"log": np.log, "logit": logit}.get(self.link, np.asarray)(means)

    @property
    def predict_proba(self) -> Any:
        """Not there: skorch's nets all have it, but a regressor predicts no probabilities."""
        raise AttributeError(f"{type(self).__name__} has no method 'predict_proba'.")

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Predict targets.

        Parameters
        ----------
        X : array-like of shape (n, 4, L), or uint8 codes of shape (n, L)

        Returns
        -------
        ndarray of shape (n,), or (n, tasks) as in ``fit``
        """
        y = self._answer(self._raw_predictions(X).astype(np.float64))
        return y.reshape(len(y), *getattr(self, "target_shape_", y.shape[1:]))

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Compute the coefficient of determination, averaged over targets, or over positions.

        Parameters
        ----------
        X : array-like of shape (n, 4, L), or uint8 codes of shape (n, L)
        y : array-like of shape (n,), (n, tasks) or that of profiles
            True targets; missing ones (NaN) are left out.
        sample_weight : array-like of shape (n,), optional

        Returns
        -------
        float
        """
        predicted, y = self.predict(X), np.asarray(y, dtype=float)
        if y.ndim > 2:
            predicted, y = predicted.reshape(len(predicted), -1), y.reshape(len(y), -1)
        if not np.isnan(y).any():
            return float(r2_score(y, predicted, sample_weight=sample_weight))
        weight = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight)
        known = ~np.isnan(y)
        return float(
            np.mean(
                [
                    r2_score(y[rows, task], predicted[rows, task], sample_weight=weight[rows])
                    for task, rows in enumerate(known.T)
                ]
            )
        )
