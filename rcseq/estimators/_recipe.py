"""What the training data decide: epochs, batch size, and how far sequences are shifted."""

from __future__ import annotations

from rcseq.nn import OutputSymmetry

__all__ = ["auto_batch_size", "auto_epochs", "auto_shift", "positions_move"]

_MOST_EPOCHS, _FEWEST_EPOCHS = 30, 5
_PRESENTATIONS = 240_000  # sequences that a training sees, every pass counted


def auto_epochs(n: int) -> int:
    """Return the number of epochs for a number of training sequences.

    Thirty, and beyond 8,000 sequences as many as make 240,000 presentations, but at least five.

    Parameters
    ----------
    n : int

    Returns
    -------
    int

    Examples
    --------
    >>> [auto_epochs(n) for n in (20, 2_000, 15_000, 30_000, 1_000_000)]
    [30, 30, 16, 8, 5]
    """
    return min(_MOST_EPOCHS, max(_FEWEST_EPOCHS, round(_PRESENTATIONS / max(n, 1))))


def auto_batch_size(n: int) -> int:
    """Return the number of sequences in a batch for a number of training sequences.

    Parameters
    ----------
    n : int

    Returns
    -------
    int
        32, and 64 above 10,000 sequences.
    """
    return 32 if n <= 10_000 else 64


def auto_shift(length: int, symmetry: OutputSymmetry) -> int:
    """Return by how many bases training sequences are shifted at most.

    Parameters
    ----------
    length : int
        Of the sequences, in bases.
    symmetry : OutputSymmetry
        What a strand flip does to the outputs.

    Returns
    -------
    int
        A twelfth of the length and at most 8; 0 where the targets lie along the sequence.
    """
    return 0 if positions_move(symmetry) else min(8, length // 12)


def positions_move(symmetry: OutputSymmetry) -> bool:
    """Return whether the outputs lie along the sequence, so that a shift would move them."""
    return symmetry in (OutputSymmetry.POSITIONS, OutputSymmetry.BOTH)
