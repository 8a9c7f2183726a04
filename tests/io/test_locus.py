"""Chromosomes from the names of records."""

import numpy as np
import pandas as pd
import pytest

from rcseq.io import chromosomes


@pytest.mark.parametrize(
    ("name", "chromosome"),
    [
        ("chr1:855169-855404", "chr1"),
        ("chrX:1-2(+)", "chrX"),
        ("12:1,000-2,000(-)", "12"),
        ("peak_7::chr2_random:10-20(.)", "chr2_random"),
        ("HLA-A*01:03::chr6:10-20", "chr6"),
    ],
)
def test_forms(name: str, chromosome: str) -> None:
    assert chromosomes([name]).tolist() == [chromosome]


def test_series() -> None:
    groups = chromosomes(pd.Series(["chr1:1-2", "chr2:1-2"], index=[5, 3]))
    assert isinstance(groups, np.ndarray)
    assert groups.tolist() == ["chr1", "chr2"]


@pytest.mark.parametrize("name", ["peak7", "chr1", "chr1:100", "a b:1-2", ":1-2", ""])
def test_what_tells_no_chromosome_is_named(name: str) -> None:
    with pytest.raises(ValueError, match=r"record 2 is named .*chrom:start-end would"):
        chromosomes(["chr1:1-2", name])
