"""Several windows of one sequence, for a model that reads less than the sequence."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from rcseq import alphabet

__all__ = ["Windows", "window_starts"]


class Windows:
    """Sequences of any length, each as one or more windows of the length that a model reads.

    It is what :class:`~rcseq.DNAOneHotEncoder` returns with ``longer="scan"`` where a sequence is
    longer than one window. The estimators of this package predict on every window and combine the
    predictions into one for each sequence.

    Parameters
    ----------
    codes : ndarray of shape (n_windows, length)
        Base codes of the windows, those of one sequence one after another.
    offsets : ndarray of shape (n + 1,)
        The windows of sequence `i` are ``codes[offsets[i]:offsets[i + 1]]``.
    """

    def __init__(self, codes: alphabet.Codes, offsets: npt.NDArray[np.intp]) -> None:
        self.codes, self.offsets = codes, offsets

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __array__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ValueError(
            f"{len(self)} sequences are {len(self.codes)} windows under longer='scan', and only "
            "the predictions of SequenceClassifier and SequenceRegressor combine windows; set "
            "longer='crop' in the encoder, or pass sequences of at most "
            f"{self.codes.shape[1]} bases"
        )


def window_starts(size: int, length: int) -> npt.NDArray[np.intp]:
    """Return where the windows of a sequence start.

    Neighbours overlap by half of their length or more, so that every stretch of half that length
    lies within a window. The windows of the other strand are the same windows.

    Parameters
    ----------
    size : int
        Bases of the sequence.
    length : int
        Bases of a window.

    Returns
    -------
    ndarray of int
        ``[0]`` where the sequence is no longer than a window.
    """
    beyond = size - length
    if beyond <= 0:
        return np.zeros(1, np.intp)
    step = max(1, length // 2)
    # From either end up to the middle and a little beyond, so that the strands mirror each other.
    first = np.arange(-(-(beyond + step) // (2 * step))) * step
    return np.unique(np.concatenate([first, beyond - first]))
