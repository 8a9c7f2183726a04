"""Text in containers: what joblib is handed."""

import pickle

import numpy as np
import pytest

from rcseq.sequences import as_sequences, read_texts
from rcseq.sequences._texts import Letters


def test_letters_are_the_strings() -> None:
    letters = Letters(["acgu", "", "N"])
    assert list(letters) == ["acgu", "", "N"]
    assert letters.letters.dtype == np.uint8


def test_strings_are_pickled_as_one_array_that_stays_the_same() -> None:
    texts = read_texts(["ACGT", "gg"])
    assert texts is not None
    first, second = (texts.__getstate__()["_items"] for _ in range(2))
    assert first.letters is second.letters
    copy = pickle.loads(pickle.dumps(as_sequences(["ACGT", "gg"])))
    assert copy.native() == ["ACGT", "gg"]
    assert copy.codes().codes.tolist() == [0, 1, 2, 3, 2, 2]
    assert copy.lengths.tolist() == [4, 2]


def test_what_is_no_text_can_still_be_pickled() -> None:
    copy = pickle.loads(pickle.dumps(as_sequences(["ACé"])))
    with pytest.raises(ValueError, match="sequence 0 has 'é' at position 2"):
        copy.codes()


@pytest.mark.parametrize("X", [[1, 2], np.zeros((2, 4), np.uint8), {"A"}, None])
def test_what_is_no_text(X: object) -> None:
    assert read_texts(X) is None
