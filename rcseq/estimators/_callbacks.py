"""Callbacks of the estimators, and how to tell why a training stopped."""

from __future__ import annotations

import dis
from typing import Any

import torch
from skorch.callbacks import Callback, EarlyStopping, LRScheduler, PrintLog
from skorch.utils import noop
from tqdm.auto import tqdm

__all__ = ["BestWeights", "EpochTable", "NamedSchedule", "Progress", "is_deliberate_stop"]


class BestWeights(EarlyStopping):
    """Stop when the validation loss no longer improves, and restore the best weights.

    skorch's own callback with the defaults that users expect: the best weights are kept in memory
    and restored, nothing is printed, and without a validation set it does nothing.

    Parameters
    ----------
    patience : int
        Epochs without improvement before training stops.
    monitor : str
        The column of the history to watch.
    **kwargs
        Further parameters of :class:`skorch.callbacks.EarlyStopping`.
    """

    def __init__(
        self,
        patience: int = 8,
        monitor: str = "valid_loss",
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        lower_is_better: bool = True,
        sink: Any = noop,
        load_best: bool = True,
    ) -> None:
        super().__init__(
            monitor=monitor,
            patience=patience,
            threshold=threshold,
            threshold_mode=threshold_mode,
            lower_is_better=lower_is_better,
            sink=sink,
            load_best=load_best,
        )
        self.best_epoch_ = 0

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        """Compare the epoch with the best so far."""
        if self.monitor in net.history[-1]:
            super().on_epoch_end(net, **kwargs)


class EpochTable(PrintLog):
    """skorch's table of epochs, printed from ``verbose=3`` on: below that there is a bar."""

    def _sink(self, text: str, verbose: int) -> None:
        super()._sink(text, verbose >= 3)


class Progress(Callback):
    """A progress bar over epochs (``verbose=1``), and one over batches below it (``verbose=2``)."""

    def on_train_begin(self, net: Any, X: Any = None, y: Any = None, **kwargs: Any) -> None:
        """Open the bar of the epochs."""
        self.epochs_: tqdm[Any] | None = None
        self.batches_: tqdm[Any] | None = None
        if net.verbose in (1, 2):
            self.epochs_ = tqdm(total=net.max_epochs, desc="epochs", unit="epoch", leave=True)

    def on_epoch_begin(self, net: Any, dataset_train: Any = None, **kwargs: Any) -> None:
        """Open the bar of the batches."""
        if self.epochs_ is not None and net.verbose == 2:
            size = net.batch_size if net.batch_size > 0 else len(dataset_train)
            total = -(-len(dataset_train) // size)
            self.batches_ = tqdm(total=total, desc="batches", unit="batch", leave=False)

    def on_batch_end(self, net: Any, training: bool = False, **kwargs: Any) -> None:
        """Count a batch."""
        if self.batches_ is not None and training:
            self.batches_.update()

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        """Count an epoch, and show its losses."""
        if self.batches_ is not None:
            self.batches_.close()
        if self.epochs_ is not None:
            row = net.history[-1]
            losses = {k: f"{row[k]:.4f}" for k in ("train_loss", "valid_loss") if k in row}
            self.epochs_.set_postfix(losses, refresh=False)
            self.epochs_.update()

    def on_train_end(self, net: Any, X: Any = None, y: Any = None, **kwargs: Any) -> None:
        """Close the bar; a fitted estimator pickles without it."""
        if self.epochs_ is not None:
            self.epochs_.close()
        self.epochs_ = self.batches_ = None


def _watched_loss(net: Any) -> float:
    row = net.history[-1]
    return row["valid_loss"] if "valid_loss" in row else row["train_loss"]


# The schedules that have a name: the policy of torch, and its parameters for a number of epochs.
_SCHEDULES: dict[str, Any] = {
    "cosine": lambda epochs: {"policy": "CosineAnnealingLR", "T_max": epochs},
    "exponential": lambda epochs: {"policy": "ExponentialLR", "gamma": 0.01 ** (1 / epochs)},
    "linear": lambda epochs: {
        "policy": torch.optim.lr_scheduler.LinearLR,
        "start_factor": 1.0,
        "end_factor": 0.01,
        "total_iters": epochs,
    },
    "plateau": lambda epochs: {
        "policy": "ReduceLROnPlateau",
        "monitor": _watched_loss,
        "patience": 3,
        "factor": 0.3,
    },
}


class NamedSchedule(Callback):
    """A learning-rate schedule that has a name, stretched over the epochs of a training.

    Parameters
    ----------
    name : {"cosine", "exponential", "linear", "plateau"}
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def initialize(self) -> NamedSchedule:
        """Refuse a name that is not known."""
        if not isinstance(self.name, str) or self.name not in _SCHEDULES:
            raise ValueError(
                f"lr_schedule={self.name!r} is not one of {', '.join(_SCHEDULES)}. Any other goes "
                "into callbacks=[skorch.callbacks.LRScheduler(policy=...)]."
            )
        return self

    def on_train_begin(self, net: Any, X: Any = None, y: Any = None, **kwargs: Any) -> None:
        """Lay the schedule over ``max_epochs``."""
        parameters = _SCHEDULES[self.name](max(1, net.max_epochs))
        self.scheduler_ = LRScheduler(**parameters).initialize()
        self.scheduler_.on_train_begin(net, X=X, y=y, **kwargs)

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        """Step."""
        self.scheduler_.on_epoch_end(net, **kwargs)


def is_deliberate_stop(interrupt: KeyboardInterrupt) -> bool:
    """Tell a callback that ends the training from a person who presses Ctrl-C.

    A callback stops a skorch training by a ``raise KeyboardInterrupt``, and a key press raises the
    same exception wherever the program happens to be. So this looks for a raise statement, in the
    code of a callback, as the place that the exception came from.
    """
    traceback = interrupt.__traceback__
    if traceback is None:
        return False
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    frame = traceback.tb_frame
    by_statement = frame.f_code.co_code[traceback.tb_lasti] == dis.opmap["RAISE_VARARGS"]
    return by_statement and isinstance(frame.f_locals.get("self"), Callback)
