"""Callbacks of the estimators, and how to tell why a training stopped."""

from __future__ import annotations

import dis
from typing import Any

from skorch.callbacks import Callback, EarlyStopping
from skorch.utils import noop

__all__ = ["BestWeights", "is_deliberate_stop"]


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
        patience: int = 10,
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
