"""What the classifier and the regressor share: a skorch net that knows the two strands."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.utils import check_consistent_length, check_random_state
from sklearn.utils.validation import _check_sample_weight
from skorch.callbacks import EpochTimer, PassthroughScoring
from skorch.utils import data_from_dataset, is_dataset
from torch import Tensor

from rcseq.estimators._callbacks import (
    BestWeights,
    EpochTable,
    NamedSchedule,
    Progress,
    is_deliberate_stop,
)
from rcseq.estimators._data import SequenceDataset, check_sequences
from rcseq.estimators._loading import LoadingNet
from rcseq.nn import ConvNet

__all__ = ["SequenceNet"]


class SequenceNet(LoadingNet):
    """The common part of the estimators; not for use by itself."""

    #: What fitting learns beside the weights; enough to build the module again.
    learned_attributes: tuple[str, ...] = ("length_", "n_features_in_", "n_outputs_")

    def __init__(
        self,
        module: Any = ConvNet,
        *,
        strategy: str = "rcps",
        criterion: Any = None,
        optimizer: Any = torch.optim.Adam,
        lr: float = 0.01,
        max_epochs: int = 25,
        batch_size: int = 32,
        early_stopping: bool = True,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 8,
        lr_schedule: str | None = None,
        random_state: Any = None,
        device: Any = "auto",
        n_threads: int | None = 1,
        train_split: Any = "auto",
        dataset: Any = SequenceDataset,
        verbose: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            module,
            criterion=criterion,
            optimizer=optimizer,
            lr=lr,
            max_epochs=max_epochs,
            batch_size=batch_size,
            device=device,
            train_split=train_split,
            dataset=dataset,
            verbose=verbose,
            **kwargs,
        )
        self.strategy = strategy
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.lr_schedule = lr_schedule
        self.random_state = random_state
        self.n_threads = n_threads

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.three_d_array = True
        tags.input_tags.allow_nan = False
        tags.input_tags.positive_only = True
        tags.target_tags.required = True
        tags.non_deterministic = False
        return tags

    @property
    def _default_callbacks(self) -> list[tuple[str, Any]]:
        callbacks: list[tuple[str, Any]] = [
            ("epoch_timer", EpochTimer()),
            ("train_loss", PassthroughScoring(name="train_loss", on_train=True)),
            ("valid_loss", PassthroughScoring(name="valid_loss")),
            ("print_log", EpochTable()),
            ("progress", Progress()),
        ]
        if self.lr_schedule is not None:
            callbacks.append(("lr_schedule", NamedSchedule(self.lr_schedule)))
        if np.ndim(self.early_stopping) == 0 and self.early_stopping:
            callbacks.append(("early_stopping", BestWeights(patience=self.n_iter_no_change)))
        return callbacks

    # -- fitting ------------------------------------------------------------------------------

    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        groups: Any = None,
        **fit_params: Any,
    ) -> SequenceNet:
        """Train the network.

        Parameters
        ----------
        X : array-like of shape (n, 4, L), or uint8 codes of shape (n, L)
            Encoded sequences, as :class:`~rcseq.DNAOneHotEncoder` makes them; or a
            :class:`torch.utils.data.Dataset` of sequences and targets, which is taken as it is.
        y : array-like of shape (n,) or (n, tasks)
            Targets; NaN where a task's target is missing.
        sample_weight : array-like of shape (n,), optional
            Weights in the loss. Only their ratios matter: a sample of weight 2 counts as two.
        groups : array-like of shape (n,), optional
            Groups that the internal validation split keeps together.
        **fit_params
            Passed to the module's ``forward``, as skorch has it.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the sequences are not encoded as described, if the targets are not what the
            estimator predicts, or if there are too few samples for the validation split.
        """
        going_on = self.warm_start and self.initialized_
        X, y = self._take(X, y, sample_weight, groups, reset=not going_on)
        if not going_on:
            self._rng_ = check_random_state(self.random_state)
            self.initialize()
        return self.partial_fit(X, y, _routing_method="fit", **fit_params)

    def partial_fit(
        self,
        X: Any,
        y: Any = None,
        classes: Any = None,
        sample_weight: Any = None,
        groups: Any = None,
        **fit_params: Any,
    ) -> SequenceNet:
        """Train on from where the module stands, for ``max_epochs`` epochs.

        Parameters
        ----------
        X, y, sample_weight, groups, **fit_params
            As in :meth:`fit`.
        classes : array-like of shape (n_classes,), optional
            All classes that any call will see; needed in the first call unless ``y`` holds them
            all. Classifiers only.

        Returns
        -------
        self
        """
        X, y = self._take(X, y, sample_weight, groups, reset=not self.initialized_, classes=classes)
        if not self.initialized_:
            self._rng_ = check_random_state(self.random_state)
            self.initialize()
        routing_method = fit_params.pop("_routing_method", "partial_fit")
        with self._threads():
            self.notify("on_train_begin", X=X, y=y)
            try:
                self.fit_loop(X, y, _routing_method=routing_method, **fit_params)
            except KeyboardInterrupt as interrupt:
                # a callback stops the training by raising this; a person at the keyboard wants
                # to stop everything, a surrounding search included
                if not is_deliberate_stop(interrupt):
                    raise
            self.notify("on_train_end", X=X, y=y)
        return self

    def _take(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        groups: Any,
        *,
        reset: bool,
        classes: Any = None,
    ) -> tuple[Any, Any]:
        """Make a data set of what was given, and learn what there is to learn from it."""
        if isinstance(X, SequenceDataset):
            return X, y
        first = not hasattr(self, "n_outputs_")
        if is_dataset(X):
            y = self._learn_from_dataset(X, y, reset=reset or first, classes=classes)
        else:
            X = self._prepare(X, y, sample_weight, groups, reset=reset or first, classes=classes)
            y = X.y
        if first and not reset and hasattr(self, "n_outputs_") and self._is_outgrown():
            self.initialize()
        return X, y

    def _learn_from_dataset(self, dataset: Any, y: Any, *, reset: bool, classes: Any) -> Any:
        sequences, targets = None, None
        with suppress(AttributeError):  # a data set that does not show what it holds
            sequences, targets = data_from_dataset(dataset)
        if reset and isinstance(sequences, np.ndarray | Tensor) and sequences.ndim == 3:
            self.length_, self.n_features_in_ = sequences.shape[-1], 4
        y = targets if y is None else y
        if y is None:
            named = getattr(self, "classes", None) if classes is None else classes
            if named is not None and reset:
                self._check_y(named, reset=True, classes=None)
            return None
        y = y.cpu().numpy() if isinstance(y, Tensor) else y
        return self._check_y(y, reset=reset, classes=classes)

    def _is_outgrown(self) -> bool:
        """Tell whether a net that was initialised before it saw data is not the one to train."""
        if getattr(self.module_, "n_outputs", self.n_outputs_) != self.n_outputs_:
            return True
        return self.criterion is None and not isinstance(self.criterion_, self._default_criterion())

    def _prepare(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        groups: Any,
        *,
        reset: bool,
        classes: Any = None,
    ) -> SequenceDataset:
        """Validate the data; with ``reset``, learn its shape and its classes."""
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None."
            )
        X = check_sequences(
            X,
            length=None if reset else getattr(self, "length_", None),
            estimator=type(self).__name__,
        )
        y = self._check_y(y, reset=reset, classes=classes)
        check_consistent_length(X, y, groups)
        if len(X) < 2:
            raise ValueError(
                f"Found array with {len(X)} sample(s) (shape={X.shape}) while a minimum of 2 is "
                f"required by {type(self).__name__}."
            )
        if reset:
            self.length_ = X.shape[-1]
            self.n_features_in_ = 4
        weight = self._target_weight(X, y, sample_weight)
        groups = None if groups is None else np.asarray(groups)
        return SequenceDataset(X, y, weight, groups)

    def check_data(self, X: Any, y: Any = None) -> None:
        """Do nothing: the data was checked before, where its records can still be named."""

    def _check_y(self, y: Any, *, reset: bool, classes: Any) -> NDArray[Any]:
        raise TypeError("subclasses say which targets they take")

    def _target_weight(self, X: Any, y: NDArray[Any], sample_weight: Any) -> Any:
        if sample_weight is None:
            return None
        weight = _check_sample_weight(sample_weight, X, dtype=np.float32, ensure_non_negative=True)
        if not weight.any():
            raise ValueError("Sample weights must contain at least one non-zero number.")
        # of mean 1, so that a weight of 2 is the same as having the sample twice
        return weight / weight.mean()
