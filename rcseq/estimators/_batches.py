"""Sequences and targets, handed out a whole batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from skorch.dataset import Dataset
from torch import Tensor
from torch.utils.data import (
    DataLoader,
    IterableDataset,
    Sampler,
    Subset,
    default_collate,
)
from torch.utils.data import Dataset as TorchDataset

from rcseq.alphabet import ONE_HOT

__all__ = [
    "Annotated",
    "Batch",
    "Batches",
    "OneByOne",
    "Packed",
    "SequenceDataset",
    "expand",
    "is_stream",
    "make_iterator",
    "root_of",
]


class Batch(tuple[Any, Any]):
    """A pair of sequences and targets; and weights, and targets as the loss takes them."""

    weight: NDArray[np.float32] | None
    target: Tensor | None

    def __new__(
        cls,
        X: Any,
        y: Any,
        weight: NDArray[np.float32] | None = None,
        target: Tensor | None = None,
    ) -> Batch:
        """Make a pair, as skorch expects one."""
        batch = super().__new__(cls, (X, y))
        batch.weight, batch.target = weight, target
        return batch


class Packed:
    """A batch on its way from a loader, which may send it from another process, or pin it.

    torch would take a :class:`Batch` apart, as it does with every tuple, and lose what is not in
    the pair.

    Parameters
    ----------
    X, y, weight, target
        As of a :class:`Batch`.
    """

    def __init__(
        self,
        X: Any,
        y: Any,
        weight: NDArray[np.float32] | None = None,
        target: Tensor | None = None,
    ) -> None:
        self.X, self.y, self.weight, self.target = X, y, weight, target

    def pin_memory(self) -> Packed:
        """Return the batch in memory from which a GPU copies faster; torch asks for this."""
        return Packed(_pinned(self.X), _pinned(self.y), self.weight, _pinned(self.target))

    def batch(self) -> Batch:
        """Return the batch itself."""
        return Batch(self.X, self.y, self.weight, self.target)


class Loader(DataLoader[Any]):
    """A loader of packed batches that unpacks them."""

    def __iter__(self) -> Any:
        return map(Packed.batch, super().__iter__())


class SequenceDataset(Dataset):
    """Sequences and targets; one of skorch's, whose scoring looks into no other.

    Parameters
    ----------
    X : ndarray of shape (n, 4, L) or (n, L)
    y : ndarray of shape (n, ...), optional
        Targets as the user gave them, so that scoring callbacks see the user's labels.
    weight : ndarray of shape (n,) or (n, tasks), optional
    groups : ndarray of shape (n,), optional
        For the internal validation split.
    target : ndarray of shape (n, ...), optional
        Targets as the loss takes them.
    """

    def __init__(
        self,
        X: NDArray[Any],
        y: NDArray[Any] | None = None,
        weight: NDArray[np.float32] | None = None,
        groups: NDArray[Any] | None = None,
        target: NDArray[Any] | None = None,
    ) -> None:
        self.X, self.y, self.weight, self.groups, self.target = X, y, weight, groups, target

    def __len__(self) -> int:
        return len(self.X)

    def __getitem__(self, index: Any) -> Batch:
        y = 0 if self.y is None else self.y[index]
        return Batch(self.X[index], y, None if self.weight is None else self.weight[index])

    def __getitems__(self, indices: list[int]) -> Packed:
        batch = self.batch(np.asarray(indices))
        return Packed(*batch, batch.weight, batch.target)

    def batch(self, index: NDArray[np.intp] | slice) -> Batch:
        """Return some samples as one batch."""
        X = np.ascontiguousarray(self.X[index])
        if not X.flags.writeable:  # which torch warns of
            X = X.copy()
        y = np.zeros(len(X), np.float32) if self.y is None else self.y[index]
        weight = None if self.weight is None else self.weight[index]
        target = None if self.target is None else torch.from_numpy(self.target[index])
        return Batch(torch.from_numpy(X), y, weight, target)


class Annotated(TorchDataset[Any]):
    """A data set of the user's own, with what ``fit`` was told about its samples.

    Parameters
    ----------
    dataset : Dataset
        Of pairs of sequences and targets.
    y : ndarray of shape (n,) or (n, tasks), optional
        Its targets, where they are known.
    weight : ndarray of shape (n,) or (n, tasks), optional
    groups : ndarray of shape (n,), optional
    """

    def __init__(
        self,
        dataset: Any,
        y: NDArray[Any] | None = None,
        weight: NDArray[np.float32] | None = None,
        groups: NDArray[Any] | None = None,
    ) -> None:
        self.dataset, self.y, self.weight, self.groups = dataset, y, weight, groups

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: Any) -> Any:
        return self.dataset[index]

    def __getitems__(self, indices: list[int]) -> tuple[Any, Any]:
        take = getattr(self.dataset, "__getitems__", None)
        samples = take(indices) if take else [self.dataset[i] for i in indices]
        return samples, None if self.weight is None else self.weight[indices]


class Collate:
    """Collate samples of an :class:`Annotated` as the data set alone would be.

    Parameters
    ----------
    collate : callable
        Makes a pair of sequences and targets of a list of samples.
    """

    def __init__(self, collate: Callable[[Any], Any]) -> None:
        self.collate = collate

    def __call__(self, annotated: tuple[Any, Any]) -> Packed:
        samples, weight = annotated
        X, y = self.collate(samples)
        return Packed(X, y, weight)


class Batches:
    """What ``DataLoader`` does for such a data set by default, without its costs for each sample.

    It draws the same numbers from the generator as a loader, so that the order is the same.

    Parameters
    ----------
    dataset : SequenceDataset or Subset of one
    batch_size : int
    sampler : Sampler, optional
        The samples of an epoch; by default all, in their order.
    shuffle : bool
        Whether all come in a random order instead.
    drop_last : bool
        Whether to leave out a last batch that is not full.
    generator : torch.Generator, optional
        What the sampler draws from.
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int,
        sampler: Any = None,
        shuffle: bool = False,
        drop_last: bool = False,
        generator: torch.Generator | None = None,
    ) -> None:
        self.dataset, self.batch_size, self.sampler = dataset, batch_size, sampler
        self.shuffle, self.drop_last, self.generator = shuffle, drop_last, generator
        self._indices = np.asarray(dataset.indices) if isinstance(dataset, Subset) else None

    def __len__(self) -> int:
        n = len(self.dataset if self.sampler is None else self.sampler)
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)

    def __iter__(self) -> Iterator[Batch]:
        order = self._indices
        if self.shuffle or self.sampler is not None:
            # a loader draws a seed for its workers first
            torch.empty((), dtype=torch.int64).random_(generator=self.generator)
            drawn = self._shuffled() if self.shuffle else np.fromiter(self.sampler, np.intp)
            order = drawn if self._indices is None else self._indices[drawn]
        root = root_of(self.dataset)
        n = len(root) if order is None else len(order)
        for start in range(0, len(self) * self.batch_size, self.batch_size):
            rows = slice(start, min(start + self.batch_size, n))
            yield root.batch(rows if order is None else order[rows])

    def _shuffled(self) -> NDArray[np.int64]:
        n = len(self.dataset)
        order: NDArray[np.int64] = torch.randperm(n, generator=self.generator).numpy()
        # RandomSampler draws again, for a part of an order that is always empty here
        torch.randperm(n, generator=self.generator)
        return order


class OneByOne(TorchDataset[Any]):
    """Samples for iterators that collate them, as those of the user's own are written to do."""

    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: Any) -> tuple[Any, Any]:
        return tuple(self.dataset[index])


def root_of(dataset: Any) -> Any:
    """Return the data set of which this one is a part, or itself."""
    return dataset.dataset if isinstance(dataset, Subset) else dataset


def make_iterator(
    dataset: Any,
    settings: dict[str, Any],
    *,
    seed: int | None,
    make_sampler: Callable[[torch.Generator], Sampler[int] | None] = lambda generator: None,
) -> Any:
    """Make an iterator over batches.

    Parameters
    ----------
    dataset : Dataset
    settings : dict
        Parameters of ``DataLoader``.
    seed : int, optional
        Seed of the order, in training; without it, samples come in their order.
    make_sampler : callable
        Makes the sampler of an epoch of training from the generator of that seed; None stands for
        each sample once.
    """
    if settings["batch_size"] == -1:
        settings["batch_size"] = len(dataset)
    # a loader without a generator would draw from the global one
    generator = settings.setdefault("generator", torch.Generator())
    if seed is not None:
        generator.manual_seed(seed)
        if not {"sampler", "batch_sampler", "shuffle"} & settings.keys():
            sampler = make_sampler(generator)
            settings.update({"shuffle": True} if sampler is None else {"sampler": sampler})
    root = root_of(dataset)
    if isinstance(root, SequenceDataset) and "collate_fn" in settings:
        dataset = root = Annotated(OneByOne(dataset), weight=_weight_of(dataset))
    if isinstance(root, Annotated):
        settings["collate_fn"] = Collate(settings.get("collate_fn", default_collate))
        return Loader(dataset, **settings)
    if isinstance(root, SequenceDataset):
        if settings.keys() <= {"batch_size", "shuffle", "sampler", "drop_last", "generator"}:
            return Batches(dataset, **settings)
        return Loader(dataset, collate_fn=_identity, **settings)
    return DataLoader(dataset, **settings)


def is_stream(dataset: Any) -> bool:
    """Return whether a data set has no indices."""
    return isinstance(dataset, IterableDataset)


def _weight_of(dataset: Any) -> Any:
    weight = root_of(dataset).weight
    return weight[dataset.indices] if isinstance(dataset, Subset) and weight is not None else weight


def _pinned(value: Any) -> Any:
    return value.pin_memory() if isinstance(value, Tensor) else value


def _identity(batch: Any) -> Any:  # whole already
    return batch


@cache
def _table(dtype: torch.dtype, device: torch.device) -> Tensor:
    return torch.tensor(ONE_HOT, dtype=dtype, device=device)


def expand(x: Tensor, dtype: torch.dtype) -> Tensor:
    """Turn a batch into a floating one-hot tensor of shape (n, 4, L), on the batch's device.

    Codes become channels that are next to each other in memory, as :mod:`rcseq.nn` lays them out.
    """
    if x.ndim == 2:
        table = _table(dtype, x.device)
        return torch.nn.functional.embedding(x.long(), table).transpose(1, 2)
    return x.to(dtype)
