"""How many, how far apart and where: random numbers and places without overlap."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

_TRIES = 1000


@dataclass(frozen=True)
class Poisson:
    """A Poisson number within bounds; what is out of them is drawn again.

    Parameters
    ----------
    mean : float
        Of the distribution without bounds.
    low : int, default=0
    high : int, default=None
        None for no bound.

    Examples
    --------
    >>> from rcseq.datasets import Poisson
    >>> Poisson(2, low=1, high=3)
    Poisson(mean=2, low=1, high=3)
    """

    mean: float
    low: int = 0
    high: int | None = None

    def __post_init__(self) -> None:
        if self.mean < 0 or self.low < 0 or (self.high is not None and self.high < self.low):
            raise ValueError(f"{self} is not a mean from 0 up with bounds 0 <= low <= high")


@dataclass(frozen=True)
class Normal:
    """A normal position of the middle of an instance.

    Parameters
    ----------
    std : float
        Standard deviation, in bases.
    offset : float, default=0.0
        Of the mean from the middle of the sequence, in bases.

    Examples
    --------
    >>> from rcseq.datasets import Normal
    >>> Normal(20)
    Normal(std=20, offset=0.0)
    """

    std: float
    offset: float = 0.0

    def __post_init__(self) -> None:
        if self.std < 0:
            raise ValueError(f"{self} has a negative standard deviation")


Number = int | tuple[int, int] | Poisson
Position = Literal["uniform"] | int | Normal


def draw_numbers(number: Number, size: int, rng: np.random.Generator) -> Ints:
    """Draw whole numbers, ``(size,)``: fixed, uniform between two bounds, or Poisson."""
    if isinstance(number, Poisson):
        return _draw_poisson(number, size, rng)
    bounds = number if isinstance(number, tuple) else (number, number)
    whole = len(bounds) == 2 and all(isinstance(bound, int | np.integer) for bound in bounds)
    if not whole or not 0 <= bounds[0] <= bounds[1]:
        raise ValueError(
            f"{number!r} is not a whole number from 0 up, a pair (low, high) of them, or a Poisson"
        )
    return rng.integers(bounds[0], bounds[1], size, endpoint=True)


def _draw_poisson(number: Poisson, size: int, rng: np.random.Generator) -> Ints:
    high = np.inf if number.high is None else number.high
    drawn = np.full(size, -1)
    for _ in range(_TRIES):
        again = np.flatnonzero((drawn < number.low) | (drawn > high))
        if not len(again):
            return drawn
        drawn[again] = rng.poisson(number.mean, len(again))
    raise ValueError(f"{number} hardly ever draws a number within its bounds")


def place(
    owners: Ints,
    widths: Ints,
    kinds: Ints,
    positions: Sequence[Position],
    length: int,
    rng: np.random.Generator,
) -> Ints:
    """Place intervals in sequences at random so that none overlap.

    Parameters
    ----------
    owners : ndarray of int, shape (m,)
        The sequence of each interval, in ascending order.
    widths : ndarray of int, shape (m,)
    kinds : ndarray of int, shape (m,)
        For each interval the index into `positions`.
    positions : sequence of Position
    length : int
        Of the sequences.
    rng : numpy.random.Generator

    Returns
    -------
    starts : ndarray of int, shape (m,)

    Raises
    ------
    ValueError
        If the intervals of a sequence do not fit into it.
    """
    totals = np.bincount(owners, widths)
    if len(totals) and totals.max() > length:
        raise ValueError(
            f"{totals.max():.0f} bp are to be embedded in a sequence of {length} bp; embed fewer "
            "motifs or make the sequences longer"
        )
    # One round for the first interval of each sequence, one for the second, and so on: within a
    # round no two are in the same sequence, so that all can be drawn at once.
    turns = np.arange(len(owners)) - np.searchsorted(owners, owners)
    n_turns = int(turns.max(initial=-1)) + 1
    starts = np.zeros(len(owners), np.int64)
    taken_from, taken_to = np.zeros((2, len(totals), n_turns), np.int64)
    for turn in range(n_turns):
        left = np.flatnonzero(turns == turn)
        for _ in range(_TRIES):
            start = _draw_starts(widths[left], kinds[left], positions, length, rng)
            stop = start + widths[left]
            owner = owners[left]
            clash = (start[:, None] < taken_to[owner, :turn]) & (
                taken_from[owner, :turn] < stop[:, None]
            )
            good = (start >= 0) & (stop <= length) & ~clash.any(axis=1)
            starts[left[good]] = taken_from[owner[good], turn] = start[good]
            taken_to[owner[good], turn] = stop[good]
            left = left[~good]
            if not len(left):
                break
        else:
            raise ValueError(
                f"no free place was found in {_TRIES} tries for {widths[left[0]]} bp at the "
                f"position {positions[kinds[left[0]]]!r} in a sequence of {length} bp; embed fewer "
                "motifs, make the sequences longer or the position wider"
            )
    return starts


def _draw_starts(
    widths: Ints,
    kinds: Ints,
    positions: Sequence[Position],
    length: int,
    rng: np.random.Generator,
) -> Ints:
    """Draw starts without regard to each other; those of a normal may be outside."""
    starts = np.empty(len(widths), np.int64)
    for kind, position in enumerate(positions):
        mine = kinds == kind
        width = widths[mine]
        if isinstance(position, Normal):
            middles = rng.normal(length / 2 + position.offset, position.std, len(width))
            starts[mine] = np.rint(middles - width / 2)
            continue
        window = length if position == "uniform" else position
        if isinstance(window, bool) or not isinstance(window, int) or not 0 < window <= length:
            raise ValueError(
                f"position={position!r} is not 'uniform', a number of central bases up to the "
                f"length ({length}) or a Normal"
            )
        if len(width) and width.max() > window:
            raise ValueError(f"{width.max()} bp do not fit into the {window} central bases")
        starts[mine] = (length - window) // 2 + rng.integers(window - width + 1)
    return starts
