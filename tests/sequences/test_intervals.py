"""Which intervals overlap, against a table of single bases."""

import numpy as np
import pandas as pd
import pytest

from rcseq.sequences import Occupied, overlapping


def draw(rng: np.random.Generator, n: int) -> pd.DataFrame:
    start = rng.integers(0, 200, n)
    return pd.DataFrame(
        {
            "chrom": rng.choice(["chr1", "chr2", "chr3"], n).astype(object),
            "start": start,
            "end": start + rng.integers(1, 30, n),
        }
    )


def bases(table: pd.DataFrame) -> list[set[tuple[str, int]]]:
    columns = (table[name].tolist() for name in ("chrom", "start", "end"))
    places = zip(*columns, strict=True)
    return [{(chrom, i) for i in range(start, end)} for chrom, start, end in places]


@pytest.mark.parametrize("seed", range(20))
def test_overlaps_are_those_of_single_bases(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ours, theirs = draw(rng, 40), draw(rng, 6)[lambda table: table["chrom"] != "chr3"]
    covered = set().union(*bases(theirs))
    assert overlapping(ours, theirs).tolist() == [bool(row & covered) for row in bases(ours)]


def test_neighbours_do_not_overlap_and_the_index_does_not_matter() -> None:
    ours = pd.DataFrame(
        {"chrom": "chr1", "start": [0, 10, 20], "end": [10, 20, 30]}, index=[9, 9, 1]
    )
    assert overlapping(ours, ours.iloc[[1]]).tolist() == [False, True, False]
    assert overlapping(ours, ours[:0]).tolist() == [False] * 3
    assert overlapping(ours[:0], ours).tolist() == []


@pytest.mark.parametrize("seed", range(20))
def test_what_is_taken_stays_taken(seed: int) -> None:
    rng = np.random.default_rng(seed)
    before, wanted = draw(rng, 5), draw(rng, 60)
    occupied, taken = Occupied(before), set().union(*bases(before))
    columns = (wanted[name].tolist() for name in ("chrom", "start", "end"))
    for place, row in zip(zip(*columns, strict=True), bases(wanted), strict=True):
        assert occupied.take(*place) is not bool(row & taken)
        if not row & taken:
            taken |= row
