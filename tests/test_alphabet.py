"""The alphabet against Biopython, which knows it independently."""

import numpy as np
import pytest
from Bio.Data.IUPACData import ambiguous_dna_values
from Bio.Seq import Seq
from hypothesis import given
from hypothesis import strategies as st

from rcseq import alphabet
from rcseq.alphabet import (
    COMPLEMENT_CODES,
    INVALID,
    LETTERS,
    ONE_HOT,
    decode,
    encode,
    find_invalid,
    reverse_complement,
    reverse_complement_codes,
)

dna = st.text(LETTERS + LETTERS.lower() + "Uu")


@pytest.mark.parametrize("letter", LETTERS)
def test_one_hot_is_the_share_of_the_bases_that_biopython_lists(letter: str) -> None:
    bases = ambiguous_dna_values[letter]
    expected = [0.0] * 4 if letter == "N" else [(base in bases) / len(bases) for base in "ACGT"]
    np.testing.assert_array_equal(ONE_HOT[LETTERS.index(letter)], expected)


def test_complement_of_the_one_hot_is_its_reversal() -> None:
    np.testing.assert_array_equal(ONE_HOT[COMPLEMENT_CODES], ONE_HOT[:, ::-1])


@given(dna)
def test_reverse_complement_is_biopythons(sequence: str) -> None:
    as_dna = sequence.replace("U", "T").replace("u", "t")
    assert reverse_complement(sequence) == str(Seq(as_dna).reverse_complement())


@given(dna)
def test_reverse_complement_twice_is_the_same(sequence: str) -> None:
    as_dna = sequence.replace("U", "T").replace("u", "t")
    assert reverse_complement(reverse_complement(sequence)) == as_dna


@given(dna)
def test_codes_and_letters_have_the_same_reverse_complement(sequence: str) -> None:
    codes = reverse_complement_codes(encode(sequence))
    assert decode(codes) == reverse_complement(sequence).upper()


def test_reverse_complement_of_codes_is_along_the_last_axis() -> None:
    codes = np.array([encode("AACG"), encode("NRTT")])
    assert [decode(row) for row in reverse_complement_codes(codes)] == ["CGTT", "AAYN"]


@given(dna)
def test_decode_undoes_encode(sequence: str) -> None:
    assert decode(encode(sequence)) == sequence.upper().replace("U", "T")


def test_encode_takes_bytes_and_gives_an_array_of_ones_own() -> None:
    codes = encode(b"ACGU")
    codes[0] = 3
    assert codes.tolist() == [3, 1, 2, 3]


@pytest.mark.parametrize("letter", "EFILPQXZ-.* 1é中")
def test_what_is_no_letter_is_invalid_and_keeps_its_place(letter: str) -> None:
    assert encode(f"AC{letter}T").tolist() == [0, 1, INVALID, 3]
    assert find_invalid(["ACGT", f"AC{letter}T", "E"]) == (1, 2, letter)
    with pytest.raises(ValueError, match="at position 2 is not a DNA letter"):
        reverse_complement(f"AC{letter}T")


@pytest.mark.parametrize("index", [0, 255, 256, 999])
def test_invalid_letter_far_down_the_list(index: int) -> None:
    sequences = ["ACGT"] * 1000
    sequences[index] = "ACGTE"
    assert find_invalid(sequences) == (index, 4, "E")


def test_nothing_invalid_is_none() -> None:
    assert find_invalid(["ACGTN", "ryswkmbdhvu", ""]) is None


def test_tables_are_constants() -> None:
    for table in (ONE_HOT, COMPLEMENT_CODES):
        with pytest.raises(ValueError, match="read-only"):
            table[0] = 1


def test_every_public_name_exists() -> None:
    assert all(hasattr(alphabet, name) for name in alphabet.__all__)
