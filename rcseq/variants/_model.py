"""A model as it is asked about alleles: one number a window, whatever the strand."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logsumexp
from sklearn.base import is_classifier

from rcseq.alphabet import reverse_complement
from rcseq.prediction import (
    check_output,
    comparable_members,
    direct_network,
    final_estimator,
    is_strand_exact,
    output_names,
    predicting_method,
    scores,
)

__all__ = ["Asked", "WindowModel"]

_LABELS = "give it voting='soft', or calibrate it by CalibratedClassifierCV"


class Asked(NamedTuple):
    """What a model says of windows: its answers, and the log-odds of probabilities."""

    values: NDArray[np.float64]
    logits: NDArray[np.float64] | None
    members: NDArray[np.float64] | None  # the answers of each member of an ensemble, (n, n_members)


class WindowModel:
    """A fitted model, and the one output of it that is looked at.

    Parameters
    ----------
    model : fitted estimator
    output : int or str, optional
        Its index, or its name, such as a class. A model with several needs it.
    batch_size : int
    """

    def __init__(self, model: Any, output: int | str | None, batch_size: int) -> None:
        self.model, self.output, self.batch_size = model, output, batch_size
        self.both_strands = not is_strand_exact(model)
        method = predicting_method(model)
        if method == "predict" and is_classifier(model):
            raise TypeError(
                f"{type(model).__name__} predicts classes without probabilities, so there is "
                f"nothing to subtract; {_LABELS}"
            )
        self.has_probabilities = method == "predict_proba"
        self.members = comparable_members(model)
        self.names: list[str] = []  # known when it has answered once

    def ask(self, windows: list[str]) -> Asked:
        """Ask about windows; a model that is not strand-exact is asked for both strands."""
        values = self._mean(self.model, windows)
        asked = [self._answer(self._mean(part, windows)) for part in self.members]
        return Asked(
            self._answer(values),
            values if self.has_probabilities else None,
            np.stack(asked, axis=1) if asked else None,
        )

    def _answer(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        return expit(logits) if self.has_probabilities else logits

    def _mean(self, model: Any, windows: list[str]) -> NDArray[np.float64]:
        given = self._logits(model, windows)
        if not self.both_strands:
            return given
        return (given + self._logits(model, [reverse_complement(w) for w in windows])) / 2

    def _logits(self, model: Any, windows: list[str]) -> NDArray[np.float64]:
        """Compute log-odds, or values, without the rounding of probabilities where that can be."""
        network = direct_network(model)
        if network is None:
            found = scores(model, windows, kind="logit", batch_size=self.batch_size)
            if found.ndim != 2:
                raise ValueError(
                    f"the model's output has the shape {found.shape}; a variant needs one number "
                    "for each window and output"
                )
            return found[:, self._column(found.shape[1])].astype(np.float64)
        found = network.predict(windows, self.batch_size)
        column = self._column(found.shape[1])
        logits: NDArray[np.float64] = found[:, column]
        final = final_estimator(model)
        several = getattr(final, "multilabel_", False) or not is_classifier(final)
        if found.shape[1] > 1 and not several:  # the classes exclude each other
            logits = logits - logsumexp(np.delete(found, column, axis=1), axis=1)
        return logits

    def _column(self, n_outputs: int) -> int:
        self.names = output_names(self.model, n_outputs)
        if isinstance(self.output, str):
            short = [name.partition("_")[2] for name in self.names]
            for known in (self.names, short):
                if self.output in known:
                    return known.index(self.output)
            if not self.output.isdigit():
                raise ValueError(
                    f"output={self.output!r} is not one of the model's: {', '.join(short)}"
                )
        return check_output(n_outputs, None if self.output is None else int(self.output))
