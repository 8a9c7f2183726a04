"""What counts as the other strand."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from Bio.Seq import Seq
from Bio.SeqRecord import SeqRecord

from rcseq import DNAOneHotEncoder
from rcseq.alphabet import encode
from rcseq.prediction import reverse_complement_samples

STRINGS = ["AACGT", "ttgca", "NRYAC"]
OTHER = ["ACGTT", "tgcaa", "GTRYN"]


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (STRINGS, OTHER),
        (tuple(STRINGS), tuple(OTHER)),
        ([Seq(s) for s in STRINGS], [Seq(s) for s in OTHER]),
    ],
)
def test_other_strand_of_sequences(samples: Any, expected: Any) -> None:
    assert reverse_complement_samples(samples) == expected


def test_other_strand_of_records() -> None:
    [record] = reverse_complement_samples([SeqRecord(Seq("AACG"), id="peak")])
    assert str(record.seq) == "CGTT"


@pytest.mark.parametrize("dtype", [object, str])
def test_other_strand_of_arrays_of_text(dtype: Any) -> None:
    other = reverse_complement_samples(np.array(STRINGS, dtype=dtype))
    assert other.dtype == np.array(STRINGS, dtype=dtype).dtype
    assert other.tolist() == OTHER


def test_other_strand_of_a_series_keeps_its_index() -> None:
    series = pd.Series(STRINGS, index=[3, 1, 2], name="sequence")
    pd.testing.assert_series_equal(
        reverse_complement_samples(series), pd.Series(OTHER, index=[3, 1, 2], name="sequence")
    )


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
def test_other_strand_of_arrays_is_that_of_the_strings(dtype: str) -> None:
    encoder = DNAOneHotEncoder(ambiguous="zeros", dtype=dtype)
    x = encoder.fit_transform(STRINGS)
    np.testing.assert_array_equal(reverse_complement_samples(x), encoder.transform(OTHER))
    np.testing.assert_array_equal(
        reverse_complement_samples(torch.as_tensor(x)).numpy(), encoder.transform(OTHER)
    )
    codes = np.stack([encode(s) for s in STRINGS])
    np.testing.assert_array_equal(
        reverse_complement_samples(codes), np.stack([encode(s) for s in OTHER])
    )


@pytest.mark.parametrize(
    "samples",
    ["ACGT", np.zeros((5, 3)), np.zeros((5, 3, 4)), np.arange(5), [1, 2], {"ACGT"}, 7],
)
def test_what_has_no_other_strand_is_refused(samples: Any) -> None:
    with pytest.raises(TypeError, match=r"sequence|DNA"):
        reverse_complement_samples(samples)
