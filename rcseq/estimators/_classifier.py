"""A classifier of DNA sequences."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import log_softmax
from sklearn.exceptions import DataConversionWarning
from sklearn.utils import compute_sample_weight
from sklearn.utils._param_validation import StrOptions
from skorch import NeuralNetClassifier
from skorch.callbacks import EpochScoring
from torch import Tensor
from torch.utils.data import DataLoader, Sampler, Subset, WeightedRandomSampler

from rcseq.estimators._batches import SequenceDataset, root_of
from rcseq.estimators._loss import symmetric_kl
from rcseq.estimators._net import SequenceNet
from rcseq.nn import ParallelConvNet
from rcseq.strategies import Strategy, list_strategies
from rcseq.targets import Target

__all__ = ["SequenceClassifier"]

_INDEX_CRITERIA = (torch.nn.CrossEntropyLoss, torch.nn.NLLLoss)  # targets are class indices
_BINARY_CRITERIA = (torch.nn.BCEWithLogitsLoss, torch.nn.BCELoss)  # one output for two classes


class SequenceClassifier(SequenceNet, NeuralNetClassifier):
    """Classify DNA sequences with a neural network that knows the two strands.

    A `skorch <https://skorch.readthedocs.io>`_ net, and therefore a scikit-learn classifier: it
    works in pipelines, cross-validation and searches, and every parameter of
    :class:`skorch.NeuralNetClassifier` works too, ``module__*``, ``optimizer__*``,
    ``iterator_train__*`` and ``callbacks__*`` included.

    Parameters
    ----------
    module : class or instance of torch.nn.Module, or str, default=ParallelConvNet
        The network, or the name of a registered one, such as ``"convnet"`` (see
        :func:`rcseq.nn.register_network`). A class is built in ``fit``; where its constructor has
        the parameters ``n_outputs``, ``length`` (of the sequences, in bases) or ``equivariant``,
        they are set from the data and the strategy unless given as ``module__*``. It takes a tensor
        of shape
        (n, 4, length) and returns logits of shape (n, n_outputs): one output for two classes,
        one for each class for more, one for each task of a multi-label target.
    strategy : str or Strategy, default="rcps"
        How reverse-complement symmetry is handled, by the name of a registered strategy or as an
        object of your own (see :mod:`rcseq.strategies`).

        %(strategies)s
    criterion : class of torch.nn.Module, optional
        The loss. By default binary cross-entropy on logits, or cross-entropy for more than two
        classes.
    optimizer : class of torch.optim.Optimizer, default=torch.optim.AdamW
        The optimiser.
    lr : float, default=0.003
        Learning rate; the highest, where it follows a schedule.
    max_epochs : int or "auto", default="auto"
        The largest number of passes through the training data. ``"auto"`` is 30, and above 8,000
        sequences as many passes as show the network 240,000 sequences, at least 5.
    batch_size : int or "auto", default="auto"
        Sequences in a batch; ``"auto"`` is 32, and 64 above 10,000 sequences. A strategy that
        trains on both strands doubles what the network sees in a step.
    shift : int or "auto", default="auto"
        Each time a training sequence is used, it is shifted by up to so many bases to either side,
        and what comes free is unknown. ``"auto"`` is 8, or a twelfth of the length where that is
        less, or 0 where the outputs lie along the sequence.
    mutation : float, default=0.05
        The probability that a base of a training sequence is replaced at random, anew each time it
        is used. Neither this nor `shift` changes sequences that are validated or predicted on.
    early_stopping : bool, default=False
        Split off a validation set, stop when its loss has not improved for ``n_iter_no_change``
        epochs, and restore the best weights. Without it, all data are trained on.
    validation_fraction : float, default=0.1
        The share of the training data that is split off, stratified by class; with ``groups`` in
        ``fit``, no group lies on both sides.
    n_iter_no_change : int, default=8
        Epochs without improvement before training stops.
    class_weight : dict, "balanced", list of dict or None, default=None
        Weights of the classes in the loss, as in scikit-learn.
    sampler : "balanced" or None, default=None
        How the samples of an epoch are drawn: each once, or with replacement so that all classes
        are as frequent.
    lr_schedule : {"onecycle", "cosine", "exponential", "linear", "plateau"} or None
        How the learning rate changes. ``"onecycle"``, the default: it rises to ``lr`` in the first
        quarter of ``max_epochs`` and falls to 0. The others fall from ``lr``: over ``max_epochs``
        along a cosine to 0, or to a hundredth, or to 30 %% whenever the validation loss has not
        improved for 3 epochs. A schedule among the `callbacks` takes its place.
    random_state : int, RandomState or None, default=None
        Governs initialisation, shuffling, dropout and the validation split. The global
        generators of NumPy and torch are left as they are.
    device : str or torch.device, default="auto"
        Where to compute; ``"auto"`` is CUDA where there is one, else the CPU.
    n_threads : int or None, default=1
        Threads of a fit on the CPU. A fixed number makes results independent of the machine and
        of ``n_jobs``, for sums in another order round differently; None takes what torch has.
    mixed_precision : bool or "auto", default=False
        Whether the network computes in bfloat16 during training, under :class:`torch.autocast`.
        Its weights, the loss and all predictions stay in single precision. ``"auto"`` does so where
        the device computes in bfloat16 itself: a processor with AVX512-BF16 or AMX, or a GPU from
        NVIDIA's Ampere on. Elsewhere it is slower, so True warns there.
    train_split : "auto", callable or None, default="auto"
        The internal validation split as skorch has it; ``"auto"`` follows ``early_stopping`` and
        ``validation_fraction``.
    verbose : int, default=0
        1 shows a progress bar over epochs, 2 one over batches.
    **kwargs
        Further parameters of :class:`skorch.NeuralNetClassifier`.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted; for a multi-label target the numbers of the tasks.
    module_ : torch.nn.Module
        The trained network.
    history : skorch.history.History
        One row an epoch: ``train_loss``, ``valid_loss``, ``valid_acc``, ``dur`` in seconds.
    n_epochs_, batch_size_, shift_ : int
        What was taken for `max_epochs`, `batch_size` and `shift`.
    mixed_precision_ : bool
        Whether the network was trained in bfloat16.
    best_epoch_ : int
        The epoch, from 1, whose weights the network has.
    length_ : int
        Length of the sequences in bases.
    n_outputs_ : int
        Number of outputs of the network.
    n_parameters_ : int
        Number of learned parameters.
    n_features_in_ : int
        Number of channels, 4.

    See Also
    --------
    SequenceRegressor : The same for real targets.
    rcseq.DNAOneHotEncoder : Encodes strings.

    References
    ----------
    .. [1] Shrikumar, A., Greenside, P. and Kundaje, A. (2017). Reverse-complement parameter
       sharing improves deep learning models for genomics. bioRxiv 103663.
    .. [2] Zhou, H., Shrikumar, A. and Kundaje, A. (2022). Towards a better understanding of
       reverse-complement equivariance for deep learning models in genomics. PMLR 165.

    Examples
    --------
    >>> from sklearn.pipeline import make_pipeline
    >>> from rcseq import DNAOneHotEncoder, SequenceClassifier
    >>> sequences = ["TTGCATGACTCATTGA", "TTTGCACGAACCCTGA"] * 20
    >>> labels = ["bound", "unbound"] * 20
    >>> model = make_pipeline(
    ...     DNAOneHotEncoder(), SequenceClassifier(max_epochs=30, lr=0.01, random_state=0)
    ... ).fit(sequences, labels)
    >>> model.predict(["TTGCATGACTCATTGA", "TCAATGAGTCATGCAA"])  # the second is its other strand
    array(['bound', 'bound'], dtype='<U7')
    """

    learned_attributes = (*SequenceNet.learned_attributes, "classes_inferred_", "multilabel_")

    _parameter_constraints = SequenceNet._parameter_constraints | {
        "class_weight": [dict, list, StrOptions({"balanced"}), None],
        "sampler": [StrOptions({"balanced"}), None],
    }

    def __init__(
        self,
        module: Any = ParallelConvNet,
        *,
        strategy: str | Strategy = "rcps",
        criterion: Any = None,
        optimizer: Any = torch.optim.AdamW,
        lr: float = 0.003,
        max_epochs: int | str = "auto",
        batch_size: int | str = "auto",
        shift: int | str = "auto",
        mutation: float = 0.05,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 8,
        class_weight: Any = None,
        sampler: str | None = None,
        lr_schedule: str | None = "onecycle",
        random_state: Any = None,
        device: Any = "auto",
        n_threads: int | None = 1,
        mixed_precision: bool | str = False,
        classes: Any = None,
        warm_start: bool = False,
        callbacks: Any = None,
        train_split: Any = "auto",
        dataset: Any = SequenceDataset,
        iterator_train: Any = DataLoader,
        iterator_valid: Any = DataLoader,
        predict_nonlinearity: Any = "auto",
        compile: bool = False,
        use_caching: Any = "auto",
        torch_load_kwargs: Any = None,
        verbose: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            module,
            strategy=strategy,
            criterion=criterion,
            optimizer=optimizer,
            lr=lr,
            max_epochs=max_epochs,
            batch_size=batch_size,
            shift=shift,
            mutation=mutation,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            lr_schedule=lr_schedule,
            random_state=random_state,
            device=device,
            n_threads=n_threads,
            mixed_precision=mixed_precision,
            warm_start=warm_start,
            callbacks=callbacks,
            train_split=train_split,
            dataset=dataset,
            iterator_train=iterator_train,
            iterator_valid=iterator_valid,
            predict_nonlinearity=predict_nonlinearity,
            compile=compile,
            use_caching=use_caching,
            torch_load_kwargs=torch_load_kwargs,
            verbose=verbose,
            **kwargs,
        )
        self.classes = classes
        self.class_weight = class_weight
        self.sampler = sampler

    @property
    def _default_callbacks(self) -> list[tuple[str, Any]]:
        accuracy = EpochScoring(
            _accuracy, lower_is_better=False, name="valid_acc", target_extractor=_as_array
        )
        callbacks = super()._default_callbacks
        position = [name for name, _ in callbacks].index("print_log")
        return [*callbacks[:position], ("valid_acc", accuracy), *callbacks[position:]]

    # -- targets ------------------------------------------------------------------------------

    def _check_y(
        self, y: Any, *, reset: bool, classes: Any = None
    ) -> tuple[NDArray[Any], dict[str, Any]]:
        known = self.classes if classes is None else classes
        target = Target.of(
            y,
            classifier=True,
            classes=known if reset or self.multilabel_ else self.classes_,
            estimator=type(self).__name__,
        )
        if target.shape == (1,) and target.kind != "multilabel":
            warnings.warn(
                "A column-vector y was passed when a 1d array was expected. Please change the "
                "shape of y to (n_samples,), for example using ravel().",
                DataConversionWarning,
                stacklevel=5,
            )
        multilabel, n_outputs = target.kind == "multilabel", len(target.outputs)
        if reset:
            return target.y, {
                "classes_inferred_": target.classes,
                "multilabel_": multilabel,
                "n_outputs_": 2 if target.kind == "binary" and self._takes_index() else n_outputs,
            }
        if multilabel != self.multilabel_ or (multilabel and n_outputs != self.n_outputs_):
            had = f"{self.n_outputs_} tasks" if self.multilabel_ else "one label a sample"
            raise ValueError(f"y of shape {target.y.shape} does not fit: it had {had} in fit.")
        return target.y, {}

    def _takes_index(self) -> bool:
        criterion = self.criterion
        if isinstance(criterion, type):
            return issubclass(criterion, _INDEX_CRITERIA)
        return isinstance(criterion, _INDEX_CRITERIA)

    def _default_criterion(self) -> type[torch.nn.Module]:
        multiclass = getattr(self, "n_outputs_", 1) > 1 and not getattr(self, "multilabel_", False)
        return torch.nn.CrossEntropyLoss if multiclass else torch.nn.BCEWithLogitsLoss

    def _encode_target(self, y: Any) -> NDArray[Any]:
        y = np.asarray(y)
        if getattr(self, "multilabel_", False):
            return y
        order = np.argsort(self.classes_)
        return order[np.searchsorted(self.classes_, y, sorter=order)]

    def _match_target(self, target: Tensor, y_pred: Tensor) -> Tensor:
        """Leave classes as numbers where the loss takes them so, else make them 0.0 and 1.0."""
        criterion = self._criterion_type()
        takes_index = issubclass(criterion, _INDEX_CRITERIA) or (
            not issubclass(criterion, _BINARY_CRITERIA) and y_pred.ndim > 1 and y_pred.shape[1] > 1
        )
        return target if takes_index else target.to(torch.float32)

    def _criterion_type(self) -> type:
        """Return the class of the criterion; that of None in a net of a user with several."""
        if len(self._criteria) != 1:
            return type(None)
        criterion = getattr(self, f"{self._criteria[0]}_")
        if criterion is None:
            return self._trimmed_criterion_type
        return type(getattr(criterion, "_orig_mod", criterion))  # what torch.compile wraps

    def trim_for_prediction(self) -> None:
        """Drop what only training needs, as skorch does; the probabilities stay what they are."""
        criterion = self._criterion_type()
        super().trim_for_prediction()
        self._trimmed_criterion_type = criterion

    def _criterion_loss(self, y_pred: Tensor, target: Tensor) -> Tensor:
        if issubclass(self._criterion_type(), torch.nn.NLLLoss):
            # as in skorch, the module returns probabilities where this loss is asked for
            y_pred = torch.log(y_pred + torch.finfo(y_pred.dtype).eps)
        return super()._criterion_loss(y_pred, target)

    def _divergence(self, output: Tensor, other: Tensor) -> Tensor:
        criterion = self._criterion_type()
        if issubclass(criterion, torch.nn.CrossEntropyLoss):
            return symmetric_kl(output, other, classes=True)
        if issubclass(criterion, torch.nn.BCEWithLogitsLoss):
            return symmetric_kl(output, other, classes=False)
        return super()._divergence(output, other)  # the output need not be logits

    def _target_weight(self, X: Any, y: NDArray[Any], sample_weight: Any) -> Any:
        weight = super()._target_weight(X, y, sample_weight)
        if self.class_weight is None:
            return weight
        if y.ndim == 2:
            by_class = _multilabel_weight(self.class_weight, y)
        else:
            by_class = compute_sample_weight(self.class_weight, y)
        largest = np.finfo(np.float32).max
        if not ((by_class >= 0) & (by_class <= largest)).all() or not by_class.any():
            raise ValueError(
                f"class_weight={self.class_weight!r} must hold numbers from 0 up to {largest:.1e}, "
                "not all of them 0."
            )
        by_class = by_class.astype(np.float32)
        if weight is None:
            return by_class
        return by_class * (weight[:, None] if y.ndim == 2 else weight)

    def _sampler(self, dataset: Any, generator: torch.Generator) -> Sampler[int] | None:
        if self.sampler is None:
            return None
        y = np.asarray(root_of(dataset).y)
        y = y[dataset.indices] if isinstance(dataset, Subset) else y
        if y.ndim != 1:
            raise ValueError(
                "sampler='balanced' needs one label a sample; for a multi-label y use "
                "class_weight='balanced'."
            )
        weights = compute_sample_weight("balanced", y).tolist()
        return WeightedRandomSampler(weights, len(weights), generator=generator)

    def _stratify(self, y: NDArray[Any]) -> NDArray[Any] | None:
        return y if y.ndim == 1 else None

    # -- prediction ---------------------------------------------------------------------------

    def _combine_windows(self, raw: NDArray[Any], offsets: NDArray[np.intp]) -> NDArray[np.float32]:
        """Return the largest of each output over the windows of a sequence.

        For several classes, of which one is right, that is their log-probability.
        """
        if raw.ndim == 2 and raw.shape[1] == 2 and self._is_binary(raw):
            raw = raw - raw[:, :1]  # the difference is what is predicted
        elif issubclass(self._criterion_type(), torch.nn.CrossEntropyLoss):
            raw = log_softmax(raw, axis=1)
        return np.maximum.reduceat(raw, offsets[:-1])

    def decision_function(self, X: Any) -> NDArray[np.float32]:
        """Compute the logits.

        Parameters
        ----------
        X : array-like of shape (n, 4, L), or uint8 codes of shape (n, L)

        Returns
        -------
        ndarray of shape (n,) for two classes, else (n, n_classes) or (n, tasks)
        """
        raw = self._raw_predictions(X)
        if self._is_binary(raw):
            return raw[:, 1] - raw[:, 0] if raw.ndim == 2 and raw.shape[1] == 2 else raw.ravel()
        return raw

    def predict_proba(self, X: Any) -> NDArray[np.float32]:
        """Compute the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n, 4, L), or uint8 codes of shape (n, L)

        Returns
        -------
        ndarray of shape (n, n_classes), or (n, tasks) for a multi-label target
        """
        raw = torch.from_numpy(self._raw_predictions(X))
        criterion = self._criterion_type()
        if self.predict_nonlinearity != "auto":
            proba = torch.as_tensor(self._get_predict_nonlinearity()(raw))
        elif issubclass(criterion, torch.nn.CrossEntropyLoss):
            proba = torch.softmax(raw, dim=1)
        elif issubclass(criterion, torch.nn.BCEWithLogitsLoss):
            proba = torch.sigmoid(raw)
        else:
            proba = raw  # skorch's convention: other losses take probabilities
        if self._is_binary(raw) and (proba.ndim == 1 or proba.shape[1] == 1):
            proba = torch.stack([1 - proba.ravel(), proba.ravel()], dim=1)
        return proba.numpy()

    def predict_log_proba(self, X: Any) -> NDArray[np.float32]:
        """Compute the logarithm of the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n, 4, L), or uint8 codes of shape (n, L)

        Returns
        -------
        ndarray of shape (n, n_classes), or (n, tasks) for a multi-label target
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict labels, in the user's own words.

        Parameters
        ----------
        X : array-like of shape (n, 4, L), or uint8 codes of shape (n, L)

        Returns
        -------
        ndarray of shape (n,), or (n, tasks) of 0 and 1 for a multi-label target
        """
        proba = self.predict_proba(X)
        if getattr(self, "multilabel_", False):
            return (proba > 0.5).astype(np.int64)
        best = proba.argmax(axis=1)
        # a net that was not fitted, whose weights were loaded, knows no more than their numbers
        return self.classes_[best] if hasattr(self, "classes_") else best

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Compute the accuracy.

        Parameters
        ----------
        X : array-like of shape (n, 4, L), or uint8 codes of shape (n, L)
        y : array-like of shape (n,) or (n, tasks)
            True labels. Missing ones (NaN) are left out; as in scikit-learn, a multi-label
            sample counts as right where all its (known) labels are.
        sample_weight : array-like of shape (n,), optional

        Returns
        -------
        float
        """
        predicted = self.predict(X)
        if not getattr(self, "multilabel_", False):
            from sklearn.metrics import accuracy_score

            return float(accuracy_score(y, predicted, sample_weight=sample_weight))
        y = np.asarray(y, dtype=float)
        known = ~np.isnan(y)
        right = ((predicted == y) | ~known).all(axis=1)
        rows = known.any(axis=1)
        weight = None if sample_weight is None else np.asarray(sample_weight)[rows]
        return float(np.average(right[rows], weights=weight))

    def _is_binary(self, raw: Any) -> bool:
        if getattr(self, "multilabel_", False):
            return False
        if hasattr(self, "classes_"):
            return len(self.classes_) == 2
        return raw.ndim == 1 or raw.shape[1] <= 2


if SequenceClassifier.__doc__:  # not so with python -OO
    SequenceClassifier.__doc__ %= {"strategies": list_strategies(8).strip()}


def _accuracy(model: SequenceClassifier, X: Any, y: Any) -> float:
    nothing_known = y.dtype.kind == "f" and bool(np.isnan(y).all())
    return np.nan if nothing_known else model.score(X, y)


def _as_array(y: Any) -> NDArray[Any]:
    return y.detach().cpu().numpy() if isinstance(y, Tensor) else np.asarray(y)


def _multilabel_weight(class_weight: Any, y: NDArray[Any]) -> NDArray[np.float64]:
    """Weigh each task by its own known labels; a missing label has no weight in the loss."""
    per_task = class_weight if isinstance(class_weight, list) else [class_weight] * y.shape[1]
    if len(per_task) != y.shape[1]:
        raise ValueError(
            f"class_weight has {len(per_task)} entries for a multi-label y of {y.shape[1]} tasks."
        )
    weight = np.ones(y.shape)
    for task, one in enumerate(per_task):
        known = ~np.isnan(y[:, task])
        weight[known, task] = compute_sample_weight(one, y[known, task])
    return weight
