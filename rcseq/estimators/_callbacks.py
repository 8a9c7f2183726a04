"""Callbacks of the estimators, and how to tell why a training stopped."""

from __future__ import annotations

import math
import signal
import threading
from types import TracebackType
from typing import Any

import torch
from skorch.callbacks import Callback, EarlyStopping, LRScheduler
from skorch.utils import noop
from tqdm.auto import tqdm

__all__ = [
    "SCHEDULES",
    "BestWeights",
    "KeyPress",
    "NamedSchedule",
    "OneCycle",
    "Progress",
    "StopTraining",
    "are_callbacks",
    "has_schedule",
    "listens",
    "make_schedule",
]


class StopTraining(KeyboardInterrupt):
    """Ends a training on purpose; skorch's callbacks raise the parent class for that."""


class KeyPress:
    """A context that notices whether Ctrl-C was pressed inside it.

    A callback of skorch ends a training by ``raise KeyboardInterrupt``, and a key press raises the
    same exception wherever the program is. A key press goes through the handler of the signal, so
    that is where it is noticed. Python runs handlers in the main thread only: in any other thread
    the exception is always raised on purpose.
    """

    def __init__(self) -> None:
        self.pressed = False
        self._before: Any = None

    def __enter__(self) -> KeyPress:
        if threading.current_thread() is threading.main_thread():
            handler = signal.getsignal(signal.SIGINT)
            if callable(handler):
                self._before = handler
                signal.signal(signal.SIGINT, self._notice)
        return self

    def _notice(self, number: int, frame: Any) -> None:
        self.pressed = True
        self._before(number, frame)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # a handler that was set meanwhile stays
        if self._before is not None and signal.getsignal(signal.SIGINT) == self._notice:
            signal.signal(signal.SIGINT, self._before)


def listens(callback: Any, event: str) -> bool:
    """Return whether a callback does anything at an event."""
    return getattr(getattr(callback, event), "__func__", None) is not getattr(Callback, event)


def are_callbacks(value: Any) -> bool:
    """Return whether this is a list of callbacks, or of pairs of a name and a callback."""
    if not isinstance(value, list):
        return False
    pairs = [item if isinstance(item, tuple | list) else ("", item) for item in value]
    return all(
        len(pair) == 2 and (pair[1] is None or hasattr(pair[1], "on_train_begin")) for pair in pairs
    )


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

    def on_train_end(self, net: Any, **kwargs: Any) -> None:
        """Restore the best weights, unless there was no epoch at all."""
        if net.history:
            super().on_train_end(net, **kwargs)


class Progress(Callback):
    """A progress bar over epochs (``verbose=1``) or batches (``verbose=2`` and more)."""

    bar_: Any = None

    def on_train_begin(self, net: Any, X: Any = None, y: Any = None, **kwargs: Any) -> None:
        """Open the bar."""
        self.bar_ = None
        if net.verbose == 1:
            self.bar_ = tqdm(total=net.max_epochs, desc="epochs", unit="epoch")
        elif net.verbose:
            self.bar_ = tqdm(desc="batches", unit="batch")

    def on_epoch_begin(self, net: Any, dataset_train: Any = None, **kwargs: Any) -> None:
        """Learn how many batches there will be."""
        if self.bar_ is not None and net.verbose != 1 and self.bar_.total is None:
            size = net.batch_size if net.batch_size > 0 else len(dataset_train)
            self.bar_.total = net.max_epochs * -(-len(dataset_train) // size)

    def on_batch_end(self, net: Any, training: bool = False, **kwargs: Any) -> None:
        """Count a batch."""
        if self.bar_ is not None and training and net.verbose != 1:
            self.bar_.update()

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        """Count an epoch, and show its losses."""
        if self.bar_ is not None:
            row = net.history[-1]
            losses = {k: f"{row[k]:.4f}" for k in ("train_loss", "valid_loss") if k in row}
            self.bar_.set_postfix(losses, refresh=False)
            if net.verbose == 1:
                self.bar_.update()

    def on_train_end(self, net: Any, X: Any = None, y: Any = None, **kwargs: Any) -> None:
        """Close the bar; a fitted estimator pickles without it."""
        if self.bar_ is not None:
            self.bar_.close()
        self.bar_ = None


class OneCycle(Callback):
    """One cycle of the learning rate over a training, changed at every step.

    It rises to the learning rate of the optimiser in the first quarter of the training and falls to
    nearly nothing in the rest, along cosines, while the first beta of Adam and its relatives
    goes the other way [1]_. The numbers are those of :class:`torch.optim.lr_scheduler.OneCycleLR`,
    which has to know the number of steps beforehand; here an epoch may be of any length.

    References
    ----------
    .. [1] Smith and Topin (2018). Super-convergence: very fast training of neural networks using
       large learning rates. arXiv 1708.07120.
    """

    rising, start, end = 0.25, 1 / 25, 1 / 250_000
    betas = 0.95, 0.85

    def on_train_begin(self, net: Any, X: Any = None, y: Any = None, **kwargs: Any) -> None:
        """Begin a cycle, also where a training is continued."""
        self.n_done_, self.n_steps_, self.step_ = -1, 1, 0

    def on_epoch_begin(self, net: Any, dataset_train: Any = None, **kwargs: Any) -> None:
        """Learn how many steps the epoch will have; of a stream, how many the last one had."""
        self.n_done_ += 1
        self.n_steps_ = max(self.step_, 1)
        if hasattr(dataset_train, "__len__"):
            size = net.batch_size if net.batch_size > 0 else len(dataset_train)
            self.n_steps_ = max(1, -(-len(dataset_train) // size))
        self.step_ = 0

    def on_batch_begin(self, net: Any, batch: Any = None, training: bool = False) -> None:
        """Set the learning rate of a step."""
        if not training:
            return
        within = min(self.step_ / self.n_steps_, 1.0)
        share, beta = self.at((self.n_done_ + within) / max(1, net.max_epochs))
        self.step_ += 1
        for group in net.optimizer_.param_groups:
            group["lr"] = share * group.setdefault("initial_lr", group["lr"])
            if "betas" in group:
                group["betas"] = (beta, *group["betas"][1:])

    def at(self, progress: float) -> tuple[float, float]:
        """Return the share of the learning rate, and the first beta, at a point of the training.

        Parameters
        ----------
        progress : float
            From 0 to 1.

        Returns
        -------
        share, beta : float
        """
        if progress < self.rising:
            way, low = progress / self.rising, self.start
        else:
            way, low = 1 - (progress - self.rising) / (1 - self.rising), self.end
        height = (1 - math.cos(math.pi * way)) / 2
        first, last = self.betas
        return low + (1 - low) * height, first + (last - first) * height


def make_schedule(name: str) -> Callback:
    """Make the callback of a schedule that has a name."""
    return OneCycle() if name == "onecycle" else NamedSchedule(name)


def has_schedule(callbacks: Any) -> bool:
    """Return whether the user's callbacks hold a schedule of the learning rate."""
    if not isinstance(callbacks, list):
        return False
    given = [item[-1] if isinstance(item, tuple | list) else item for item in callbacks]
    kinds = [item if isinstance(item, type) else type(item) for item in given]
    return any(issubclass(kind, LRScheduler | NamedSchedule | OneCycle) for kind in kinds)


def _watched_loss(net: Any) -> float:
    row = net.history[-1]
    return row["valid_loss"] if "valid_loss" in row else row["train_loss"]


# The schedules that have a name: the policy of torch, and its parameters for a number of epochs.
SCHEDULES: dict[str, Any] = {
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

    def on_train_begin(self, net: Any, X: Any = None, y: Any = None, **kwargs: Any) -> None:
        """Lay the schedule over ``max_epochs``."""
        parameters = SCHEDULES[self.name](max(1, net.max_epochs))
        self.scheduler_ = LRScheduler(**parameters).initialize()
        self.scheduler_.on_train_begin(net, X=X, y=y, **kwargs)

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        """Step."""
        self.scheduler_.on_epoch_end(net, **kwargs)
