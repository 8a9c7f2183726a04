"""Which part of each sequence a model reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from rcseq import alphabet
from rcseq.prediction._unwrapping import paths

__all__ = ["read_length", "reads", "window_width"]


def read_length(model: Any) -> int | None:
    """Return how many bases of a sequence a fitted model reads.

    Parameters
    ----------
    model : fitted estimator
        A model, or whatever wraps one.

    Returns
    -------
    int or None
        The length that its encoder crops to, or the one on which a model without an encoder was
        fitted; the largest of its members that have one. None for a model that reads sequences of
        any length, such as one on k-mers, or with an encoder that scans.

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If the encoder, or an estimator with a network, is not fitted.

    Examples
    --------
    >>> from rcseq import DNAOneHotEncoder, KmerVectorizer
    >>> from rcseq.prediction import read_length
    >>> from sklearn.pipeline import make_pipeline
    >>> read_length(make_pipeline(DNAOneHotEncoder().fit(["ACGTT", "AC"]), None))
    5
    >>> read_length(make_pipeline(KmerVectorizer(), None)) is None
    True
    """
    lengths = [_length(path.steps, path.model) for path in paths(model)]
    return max((length for length in lengths if length is not None), default=None)


def _length(steps: Sequence[Any], final: Any) -> int | None:
    encoder = _encoder(steps)
    if encoder is not None:
        return None if _scans(encoder) else int(encoder.length_)
    if hasattr(final, "initialize_module"):  # a net
        check_is_fitted(final)
    length = getattr(final, "length_", None)
    return None if length is None else int(length)


def _encoder(steps: Sequence[Any]) -> Any:
    """Return the first step that pads and crops, fitted; None where there is none."""
    for step in steps:
        if hasattr(step, "align") and hasattr(step, "length"):
            check_is_fitted(step)
            return step
    return None


def _scans(encoder: Any) -> bool:
    return getattr(encoder, "longer", None) == "scan"


def window_width(model: Any, width: int | None) -> int:
    """Return the bases of a window of a genome: as many as the model reads, or what is given.

    Parameters
    ----------
    model : fitted estimator
    width : int or None

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If `width` is None for a model that reads sequences of any length, or is more than the model
        reads.
    """
    reads = read_length(model)
    if width is None:
        if reads is None:
            raise ValueError(
                "the model reads sequences of any length; give the bases of a window, width=..."
            )
        return reads
    if reads is not None and width > reads:
        raise ValueError(
            f"width={width}, but the model reads {reads} bases: the rest of a window would count "
            "for nothing"
        )
    return width


def reads(model: Any, sequences: Sequence[str]) -> NDArray[np.intp]:
    """Compute which positions of each sequence a model reads.

    An encoder crops sequences that are longer than its ``length_``, unless it scans them.

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
    encoder = _encoder(steps)
    if encoder is None or _scans(encoder):
        return np.array([(0, len(sequence)) for sequence in sequences], dtype=np.intp)
    length, align = int(encoder.length_), encoder.align
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
