"""What sequences are made of, without regard to the order of their bases."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from rcseq.sequences._sequences import Sequences, as_sequences

__all__ = ["base_flags", "composition"]

_BATCH = 1024  # sequences looked at together
_FLAGS = ("gc", "known", "unknown", "soft_masked")


def _table() -> npt.NDArray[np.uint8]:
    table = np.zeros((256, len(_FLAGS)), np.uint8)
    for flag, letters in enumerate(("GCSgcs", "ACGTUSWacgtusw", "Nn")):
        table[np.frombuffer(letters.encode(), np.uint8), flag] = 1
    table[ord("a") : ord("z") + 1, 3] = 1
    return table


_TABLE = _table()


def base_flags(text: str) -> npt.NDArray[np.uint8]:
    """Return whether each letter is G or C, is known to be or not, is N, and is in lower case.

    Returns
    -------
    ndarray of uint8, shape (len(text), 4)
    """
    return _TABLE[np.frombuffer(text.encode("ascii", "replace"), np.uint8)]


def composition(X: Any) -> pd.DataFrame:
    """Compute length, GC content, and shares of unknown and of soft-masked bases.

    Parameters
    ----------
    X : sequences of shape (n,)

    Returns
    -------
    DataFrame
        One row a sequence: ``length``; ``gc``, the share of G and C in the bases that are known to
        be G or C or not to be (0.5 where there are none); ``unknown``, the share of N; and
        ``soft_masked``, the share of letters in lower case.

    Examples
    --------
    >>> from rcseq.sequences import composition
    >>> composition(["ACGT", "ggcn"])
       length   gc  unknown  soft_masked
    0       4  0.5     0.00          0.0
    1       4  1.0     0.25          1.0
    """
    parts = [np.empty((0, 1 + len(_FLAGS)))]
    for texts in _batches(as_sequences(X)):
        lengths = np.array([len(text) for text in texts])
        ends = np.cumsum(lengths)
        # A row of zeros behind, so that the sums of an empty sequence have a place to begin.
        flags = np.vstack([base_flags("".join(texts)), np.zeros((1, len(_FLAGS)), np.uint8)])
        sums = np.add.reduceat(flags, ends - lengths, axis=0, dtype=np.int64)
        sums[lengths == 0] = 0
        parts.append(np.column_stack([lengths, sums]))
    length, gc, known, unknown, soft = np.concatenate(parts).T
    return pd.DataFrame(
        {
            "length": length.astype(np.int64),
            "gc": np.divide(gc, known, out=np.full(len(gc), 0.5), where=known > 0),
            "unknown": unknown / np.maximum(length, 1),
            "soft_masked": soft / np.maximum(length, 1),
        }
    )


def _batches(sequences: Sequences) -> Iterator[list[str]]:
    texts = iter(sequences)
    while batch := list(islice(texts, _BATCH)):
        yield batch
