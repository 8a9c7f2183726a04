"""Random numbers and places."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rcseq.datasets import Normal, Poisson
from rcseq.datasets._placement import draw_numbers, place


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def place_singly(width: int, position: Any, length: int, n: int = 20_000) -> np.ndarray:
    """Start of the one interval in each of n sequences."""
    return place(np.arange(n), np.full(n, width), np.zeros(n, int), [position], length, rng())


def test_fixed_and_uniform_numbers() -> None:
    assert draw_numbers(3, 5, rng()).tolist() == [3] * 5
    drawn = draw_numbers((2, 4), 30_000, rng())
    np.testing.assert_allclose(np.bincount(drawn) / 30_000, [0, 0, 1 / 3, 1 / 3, 1 / 3], atol=0.01)


def test_bounded_poisson_is_drawn_again_not_clipped() -> None:
    drawn = draw_numbers(Poisson(2, low=1, high=3), 30_000, rng())
    # P(1) : P(2) : P(3) = 2 : 2 : 4/3
    expected = np.array([0, 2, 2, 4 / 3]) / (16 / 3)
    np.testing.assert_allclose(np.bincount(drawn) / 30_000, expected, atol=0.01)


def test_unbounded_poisson() -> None:
    drawn = draw_numbers(Poisson(5), 30_000, rng())
    assert drawn.mean() == pytest.approx(5, abs=0.05)
    assert drawn.var() == pytest.approx(5, abs=0.2)


@pytest.mark.parametrize("number", [-1, (3, 2), (-1, 2), 2.5, "two", (1, 2, 3), None])
def test_what_is_no_number(number: Any) -> None:
    with pytest.raises(ValueError, match="is not a whole number from 0 up, a pair"):
        draw_numbers(number, 3, rng())


@pytest.mark.parametrize("params", [(-1,), (2, -1), (2, 3, 2)])
def test_bad_poisson_and_normal(params: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="is not a mean from 0 up"):
        Poisson(*params)
    with pytest.raises(ValueError, match="negative standard deviation"):
        Normal(-1)


def test_poisson_that_never_gets_into_its_bounds() -> None:
    with pytest.raises(ValueError, match="hardly ever draws a number within its bounds"):
        draw_numbers(Poisson(0, low=1), 3, rng())


@given(
    st.lists(st.lists(st.integers(1, 8), max_size=4), min_size=1, max_size=6),
    st.integers(0, 1000),
)
def test_intervals_are_inside_and_never_overlap(layout: list[list[int]], seed: int) -> None:
    owners = np.repeat(np.arange(len(layout)), [len(widths) for widths in layout])
    widths = np.array([width for widths in layout for width in widths], dtype=int)
    kinds = np.arange(len(owners)) % 3
    positions: list[Any] = ["uniform", 70, Normal(10, offset=-5)]
    starts = place(owners, widths, kinds, positions, 80, np.random.default_rng(seed))
    for number in range(len(layout)):
        mine = owners == number
        used = [b for s, w in zip(starts[mine], widths[mine], strict=True) for b in range(s, s + w)]
        assert len(set(used)) == len(used)
        assert all(0 <= base < 80 for base in used)


def test_uniform_reaches_every_place() -> None:
    starts = place_singly(4, "uniform", 10)
    np.testing.assert_allclose(np.bincount(starts) / len(starts), np.full(7, 1 / 7), atol=0.01)


def test_central_bases() -> None:
    starts = place_singly(3, 5, 11)
    np.testing.assert_allclose(np.bincount(starts)[3:] / len(starts), np.full(3, 1 / 3), atol=0.02)
    assert starts.min() == 3


def test_normal() -> None:
    middles = place_singly(10, Normal(12, offset=20), 200) + 5
    assert middles.mean() == pytest.approx(120, abs=0.5)
    assert middles.std() == pytest.approx(12, abs=0.3)


def test_what_does_not_fit() -> None:
    two = np.zeros(2, int)
    with pytest.raises(ValueError, match="12 bp are to be embedded in a sequence of 10 bp"):
        place(two, np.array([6, 6]), two, ["uniform"], 10, rng())
    with pytest.raises(ValueError, match="no free place was found in 1000 tries for 6 bp at the"):
        place(two, np.array([6, 6]), two, [Normal(0)], 30, rng())
    with pytest.raises(ValueError, match="6 bp do not fit into the 5 central bases"):
        place(two, np.array([6, 6]), two, [5], 30, rng())


@pytest.mark.parametrize("position", ["middle", 0, 31, 2.5, True])
def test_what_is_no_position(position: Any) -> None:
    with pytest.raises(ValueError, match="is not 'uniform', a number of central bases"):
        place_singly(3, position, 30, n=1)


def test_nothing_to_place() -> None:
    none = np.zeros(0, int)
    assert place(none, none, none, [], 10, rng()).shape == (0,)
