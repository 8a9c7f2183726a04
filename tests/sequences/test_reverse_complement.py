"""The other strand comes in the container in which the sequences came."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from Bio.Seq import Seq
from Bio.SeqRecord import SeqRecord

from rcseq import DNAOneHotEncoder
from rcseq.alphabet import encode
from rcseq.sequences import as_sequences

STRINGS = ["AACGT", "ttgca", "NRYAC"]
OTHER = ["ACGTT", "tgcaa", "GTRYN"]


def other_strand(samples: Any) -> Any:
    return as_sequences(samples).reverse_complement().native()


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (STRINGS, OTHER),
        (tuple(STRINGS), tuple(OTHER)),
        ([Seq(s) for s in STRINGS], [Seq(s) for s in OTHER]),
    ],
)
def test_other_strand_of_sequences(samples: Any, expected: Any) -> None:
    assert other_strand(samples) == expected


def test_other_strand_of_records() -> None:
    [record] = other_strand([SeqRecord(Seq("AACG"), id="peak")])
    assert str(record.seq) == "CGTT"


@pytest.mark.parametrize("dtype", [object, str])
def test_other_strand_of_arrays_of_text(dtype: Any) -> None:
    other = other_strand(np.array(STRINGS, dtype=dtype))
    assert other.dtype == np.array(STRINGS, dtype=dtype).dtype
    assert other.tolist() == OTHER


def test_other_strand_of_a_series_keeps_its_index() -> None:
    series = pd.Series(STRINGS, index=[3, 1, 2], name="sequence")
    pd.testing.assert_series_equal(
        other_strand(series), pd.Series(OTHER, index=[3, 1, 2], name="sequence")
    )


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
def test_other_strand_of_arrays_is_that_of_the_strings(dtype: str) -> None:
    encoder = DNAOneHotEncoder(ambiguous="zeros", dtype=dtype)
    x = encoder.fit_transform(STRINGS)
    np.testing.assert_array_equal(other_strand(x), encoder.transform(OTHER))
    np.testing.assert_array_equal(
        other_strand(torch.as_tensor(x)).numpy(), encoder.transform(OTHER)
    )
    codes = np.stack([encode(s) for s in STRINGS])
    np.testing.assert_array_equal(other_strand(codes), np.stack([encode(s) for s in OTHER]))


@pytest.mark.parametrize(
    "samples",
    ["ACGT", np.zeros((5, 3)), np.zeros((5, 3, 4)), np.arange(5), [1, 2], {"ACGT"}, 7],
)
def test_what_has_no_other_strand_is_refused(samples: Any) -> None:
    with pytest.raises(TypeError, match=r"sequence|DNA"):
        other_strand(samples)
