"""What the transformers share; what the input may be is tested with the encoder."""

from typing import Any

import numpy as np
import pytest

from rcseq.preprocessing import DNAOneHotEncoder, KmerVectorizer, MotifScorer
from rcseq.sequences import as_sequences

TRANSFORMERS = [DNAOneHotEncoder(), KmerVectorizer(2), MotifScorer({"AC": np.eye(4)[:2]})]
every_transformer = pytest.mark.parametrize("transformer", TRANSFORMERS, ids=str)


def dense(X: Any) -> Any:
    return X.toarray() if hasattr(X, "toarray") else X


@every_transformer
def test_sequences_of_this_package_are_read_as_what_they_hold(transformer: Any) -> None:
    texts = ["ACGT", "GGCA", "TTAC"]
    expected = dense(transformer.fit_transform(texts))
    for X in (texts, DNAOneHotEncoder(output="codes").fit_transform(texts)):
        view = as_sequences(X)[[2, 0]]
        np.testing.assert_array_equal(dense(transformer.fit_transform(view)), expected[[2, 0]])


@every_transformer
def test_one_hot_is_encoded_already(transformer: Any) -> None:
    X = as_sequences(DNAOneHotEncoder().fit_transform(["ACGT"]))
    with pytest.raises(ValueError, match="as if it were one-hot already"):
        transformer.fit(X)


def test_codes_are_not_copied() -> None:
    codes = np.zeros((3, 5), np.uint8)
    assert np.shares_memory(DNAOneHotEncoder(output="codes").fit_transform(codes), codes)
    codes[1, 2] = 7  # an ambiguous base becomes N, not in the user's array
    assert DNAOneHotEncoder(output="codes").fit_transform(codes)[1, 2] == 4
    assert codes[1, 2] == 7
