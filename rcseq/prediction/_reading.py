"""Which part of each sequence a model reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rcseq import alphabet
from rcseq.prediction._unwrapping import paths

__all__ = ["reads"]


def reads(model: Any, sequences: Sequence[str]) -> NDArray[np.intp]:
    """Compute which positions of each sequence a model reads.

    An encoder crops sequences that are longer than its ``length_``.

    Parameters
    ----------
    model : fitted estimator
    sequences : sequence of str

    Returns
    -------
    ndarray of shape (n, 2)
        The first position that is read, and the first after it that is not, of the member that
        reads most. The whole sequence where nothing is cropped.

    Examples
    --------
    >>> from rcseq import DNAOneHotEncoder
    >>> from rcseq.prediction import reads
    >>> from sklearn.pipeline import make_pipeline
    >>> reads(make_pipeline(DNAOneHotEncoder(length=4).fit(["A"]), None), ["AACCGGTT", "ACG"])
    array([[2, 6],
           [0, 3]])
    """
    spans = [_spans(path.steps, sequences) for path in paths(model)]
    widest = np.argmax([stops - starts for starts, stops in (span.T for span in spans)], axis=0)
    return np.stack(spans)[widest, np.arange(len(sequences))]


def _spans(steps: Sequence[Any], sequences: Sequence[str]) -> NDArray[np.intp]:
    encoders = [step for step in steps if hasattr(step, "length_") and hasattr(step, "align")]
    if not encoders:
        return np.array([(0, len(sequence)) for sequence in sequences], dtype=np.intp)
    length, align = int(encoders[0].length_), encoders[0].align
    starts = [_start(sequence, length, align) for sequence in sequences]
    pairs = zip(starts, sequences, strict=True)
    return np.array([(i, min(i + length, len(s))) for i, s in pairs], dtype=np.intp)


def _start(sequence: str, length: int, align: str) -> int:
    beyond = len(sequence) - length
    if beyond <= 0 or align == "left":
        return 0
    if align == "right":
        return beyond
    # Of the two strands the later one has the odd position on the left, as the encoder has it.
    codes = alphabet.encode(sequence)
    if codes.max() == alphabet.INVALID:
        return 0  # the encoder refuses it, and names the letter
    later = alphabet.reverse_complement_codes(codes).tobytes() < codes.tobytes()
    return (beyond + 1) // 2 - (beyond % 2 and later)
