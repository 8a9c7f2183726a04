"""What an estimator accepts, and what it is told in one sentence."""

from typing import Any

import numpy as np
import pytest
import torch
from Bio.Seq import Seq

from rcseq import DNAOneHotEncoder
from rcseq.sequences import as_sequences, check_encoded

ONE_HOT = DNAOneHotEncoder().fit_transform(["ACGT", "GGNA"])
CODES = DNAOneHotEncoder(output="codes").fit_transform(["ACGT", "GGNA"])


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.float16, np.float32, np.float64])
def test_any_number_type_of_one_hot_is_taken(dtype: Any) -> None:
    X = check_encoded(ONE_HOT.astype(dtype))
    assert X.dtype == (np.float32 if np.dtype(dtype).kind == "f" else np.uint8)
    np.testing.assert_array_equal(X, ONE_HOT)


def test_lists_and_tensors_are_taken() -> None:
    np.testing.assert_array_equal(check_encoded(ONE_HOT.tolist()), ONE_HOT)
    np.testing.assert_array_equal(check_encoded(torch.from_numpy(ONE_HOT)), ONE_HOT)


def test_codes_and_fractions_are_taken() -> None:
    np.testing.assert_array_equal(check_encoded(CODES), CODES)
    encoder = DNAOneHotEncoder(ambiguous="fractions", dtype="float32")
    fractions = encoder.fit_transform(["ARBN"])
    np.testing.assert_allclose(check_encoded(fractions), fractions)


def bad(shape: Any, value: float = 0.0, dtype: Any = np.float32) -> Any:
    return np.full(shape, value, dtype)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (bad((5, 8)), r"got 2D array of shape \(5, 8\)"),
        (bad((5, 1, 4, 8)), r"got 4D array"),
        (bad((5, 3, 8)), "has 3 channels"),
        (ONE_HOT.transpose(0, 2, 1)[:, :3], r"channels-last order \(n, L, 4\).*transpose"),
        (bad((5, 4, 8), np.nan), "contains NaN"),
        (bad((5, 4, 8), np.inf), "contains infinity"),
        (bad((5, 4, 8), 1), r"not one-hot: sequence 0, position 0 holds \[1.0, 1.0, 1.0, 1.0\]"),
        (bad((5, 4, 8), -0.25), "not one-hot"),
        (bad((0, 4, 8)), "0 sample"),
        (bad((5, 4, 0)), "0 position"),
        (bad((5, 8), 77, np.uint8), "holds 77"),
        (["ACGT", "AC"], r"make_pipeline\(DNAOneHotEncoder\(\), SequenceClassifier"),
        (np.array(["ACGT", "AC"]), "holds sequences as text"),
        ([Seq("ACGT")], "holds sequences as text"),
    ],
)
def test_hostile_input_is_refused_in_one_sentence(X: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_encoded(X)


def test_single_bad_position_is_named() -> None:
    X = np.repeat(ONE_HOT, 3000, axis=0)
    X[5001, :, 2] = [1, 0, 1, 0]
    with pytest.raises(ValueError, match=r"sequence 5001, position 2 holds \[1.0, 0.0, 1.0, 0.0\]"):
        check_encoded(X)


def test_another_length_than_in_fit() -> None:
    with pytest.raises(ValueError, match=r"length 4, but .* length 9.*length=9"):
        check_encoded(ONE_HOT, length=9)


def test_sequences_of_this_package_are_taken() -> None:
    np.testing.assert_array_equal(check_encoded(as_sequences(CODES)[[1]]), CODES[[1]])
    np.testing.assert_array_equal(check_encoded(as_sequences(ONE_HOT)), ONE_HOT)
    with pytest.raises(ValueError, match="holds sequences as text"):
        check_encoded(as_sequences(["ACGT"]))
