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
        ("chr1:10-20:+", "chr1"),
        ("chr1:10-20:*", "chr1"),
        ("chromosome:GRCh38:1:100:200:1", "1"),
        ("chromosome:GRCh38:X:100:200:-1", "X"),
        ("ENST01.2 cdna chromosome:GRCh38:MT:100:200:-1 gene:ENSG01.1", "MT"),
        ("1 dna:chromosome chromosome:GRCh38:1:1:248956422:1 REF", "1"),
        ("GL1 dna:scaffold scaffold:GRCh38:GL1.1:1:200:1", "GL1.1"),
        ("hg38_dna range=chr1:1-60 5'pad=0 3'pad=0 strand=+ repeatMasking=none", "chr1"),
        ("hg38_ct_peaks_7 range=chrUn_KI270742v1:1-60", "chrUn_KI270742v1"),
    ],
)
def test_forms(name: str, chromosome: str) -> None:
    assert chromosomes([name]).tolist() == [chromosome]


def test_series() -> None:
    groups = chromosomes(pd.Series(["chr1:1-2", "chr2:1-2"], index=[5, 3]))
    assert isinstance(groups, np.ndarray)
    assert groups.tolist() == ["chr1", "chr2"]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["chr1:1-5", "1:7-9", "2:1-5"], ["chr1", "chr1", "2"]),
        (["1:7-9", "2:1-5", "chr2:1-5", "chrX:1-2"], ["1", "chr2", "chr2", "chrX"]),
        (["chrM:1-5", "MT:7-9"], ["chrM", "chrM"]),
    ],
)
def test_two_ways_to_name_a_chromosome_are_one_group(names: list[str], expected: list[str]) -> None:
    with pytest.warns(UserWarning, match="both are taken as one chromosome"):
        assert chromosomes(names).tolist() == expected


def test_ensembls_names_alone_stay() -> None:
    assert chromosomes(["1:1-5", "MT:7-9"]).tolist() == ["1", "MT"]


@pytest.mark.parametrize("name", ["peak7", "chr1", "chr1:100", "a b:1-2", ":1-2", ""])
def test_what_tells_no_chromosome_is_named(name: str) -> None:
    with pytest.raises(ValueError, match=r"record 2 is named .*; chrom:start-end, range=ch"):
        chromosomes(["chr1:1-2", name])
