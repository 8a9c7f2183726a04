"""Data sets, the validation split and the iterators over batches of an estimator."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from skorch.utils import is_dataset
from torch.utils.data import DataLoader, Dataset, IterableDataset, Sampler, Subset

from rcseq.estimators._data import Batch, SequenceDataset
from rcseq.estimators._split import split_validation
from rcseq.estimators._training import TrainingNet

__all__ = ["LoadingNet"]


class LoadingNet(TrainingNet):
    """How an estimator comes by its batches."""

    def get_dataset(self, X: Any, y: Any = None) -> Any:
        """Wrap arrays so that batches are handed out whole, or in a ``dataset`` of the user's."""
        if self.dataset is SequenceDataset and not is_dataset(X):
            return SequenceDataset(X, y, **self.get_params_for("dataset"))
        if self.dataset is not SequenceDataset and isinstance(X, SequenceDataset):
            self._refuse_weights(X, "dataset")
            X, y = X.X, X.y
        return super().get_dataset(X, y)

    def get_split_datasets(self, X: Any, y: Any = None, **fit_params: Any) -> tuple[Any, Any]:
        """Split off the internal validation set."""
        groups = getattr(X, "groups", None)
        if self.train_split != "auto":
            if groups is not None:
                fit_params.setdefault("groups", groups)
            return super().get_split_datasets(X, y, **fit_params)
        dataset = self.get_dataset(X, y)
        if not self.early_stopping:
            return dataset, None
        train, valid = split_validation(
            np.arange(len(dataset)),
            self._stratify(y) if y is not None else None,
            groups=groups,
            fraction=self.validation_fraction,
            seed=self._draw_seed(),
        )
        return Subset(dataset, train.tolist()), Subset(dataset, valid.tolist())

    def _stratify(self, y: NDArray[Any]) -> NDArray[Any] | None:
        return None

    def get_iterator(self, dataset: Any, training: bool = False) -> Any:
        """Make the iterator over batches, shuffled from the estimator's own random numbers."""
        prefix = "iterator_train" if training else "iterator_valid"
        cls = getattr(self, prefix)
        root: Any = dataset.dataset if isinstance(dataset, Subset) else dataset
        ours = isinstance(root, SequenceDataset)
        if cls is not DataLoader or isinstance(root, IterableDataset):
            if ours:
                self._refuse_weights(root, prefix)
                dataset = _OneByOne(dataset)
            return super().get_iterator(dataset, training=training)
        kwargs = {"batch_size": self.batch_size, **self.get_params_for(prefix)}
        if kwargs["batch_size"] == -1:
            kwargs["batch_size"] = len(dataset)
        if ours:
            kwargs.setdefault("collate_fn", _identity)
        # a loader draws a seed for its workers even where it has none, from the global generator
        # unless it is given one
        kwargs.setdefault("generator", torch.Generator())
        if training:
            kwargs["generator"].manual_seed(self._draw_seed())
            if not {"sampler", "batch_sampler", "shuffle"} & kwargs.keys():
                sampler = self._sampler(dataset, kwargs["generator"])
                kwargs.update({"shuffle": True} if sampler is None else {"sampler": sampler})
        return DataLoader(dataset, **kwargs)

    def _sampler(self, dataset: Any, generator: torch.Generator) -> Sampler[int] | None:
        """Draw the training samples; None is each once, in random order."""
        return None

    def _refuse_weights(self, dataset: SequenceDataset, parameter: str) -> None:
        if dataset.weight is not None:
            raise ValueError(
                f"{parameter}={getattr(self, parameter)!r} hands out no weights; leave out "
                f"{parameter}, or sample_weight and class_weight."
            )


def _identity(batch: Batch) -> Batch:
    return batch


class _OneByOne(Dataset[Any]):
    """Samples for iterators that collate them, as those of the user's own are written to do."""

    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: Any) -> tuple[Any, Any]:
        return tuple(self.dataset[index])
