"""The DNA alphabet: the only place that knows the order of the bases and their complements.

A base is one byte. A C G T are 0 1 2 3, so that on a one-hot array ``(n, 4, L)`` the reverse
complement is a flip of the last two axes; N, which also pads, is 4; the other IUPAC codes
(R Y S W K M B D H V) are 5 to 14. U is read as T, and case does not matter.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "COMPLEMENT_CODES",
    "ENCODE_TABLE",
    "INVALID",
    "LETTERS",
    "NUCLEOTIDES",
    "N_CODE",
    "ONE_HOT",
    "decode",
    "encode",
    "find_invalid",
    "reverse_complement",
    "reverse_complement_codes",
]

Codes = npt.NDArray[np.uint8]

NUCLEOTIDES = "ACGT"
LETTERS = "ACGTNRYSWKMBDHV"
"""The letter of each code."""

N_CODE = 4
"""The code of an unknown base, and of padding."""

INVALID = 255
"""What :data:`ENCODE_TABLE` gives for a byte that is no IUPAC letter."""

_BASES = {
    "R": "AG",
    "Y": "CT",
    "S": "CG",
    "W": "AT",
    "K": "GT",
    "M": "AC",
    "B": "CGT",
    "D": "AGT",
    "H": "ACT",
    "V": "ACG",
}
_COMPLEMENTS = "TGCANYRSWMKVHDB"  # in the order of LETTERS


def _encode_table() -> bytes:
    table = bytearray([INVALID]) * 256
    for code, letter in enumerate(LETTERS):
        table[ord(letter)] = table[ord(letter.lower())] = code
    table[ord("U")] = table[ord("u")] = LETTERS.index("T")
    return bytes(table)


def _one_hot() -> npt.NDArray[np.float64]:
    table = np.zeros((len(LETTERS), 4))
    table[:4] = np.eye(4)
    for letter, bases in _BASES.items():
        table[LETTERS.index(letter), [NUCLEOTIDES.index(base) for base in bases]] = 1 / len(bases)
    table.flags.writeable = False
    return table


ENCODE_TABLE = _encode_table()
"""A table for :meth:`bytes.translate` from letters to codes.

:meta hide-value:
"""

COMPLEMENT_CODES: Codes = np.array([LETTERS.index(letter) for letter in _COMPLEMENTS], np.uint8)
"""The code of the complement of each code."""
COMPLEMENT_CODES.flags.writeable = False

ONE_HOT = _one_hot()
"""For each code the share of A, C, G and T, ``(15, 4)``: R is half A and half G, N is all zeros."""

_COMPLEMENT_LETTERS = bytes.maketrans(
    (LETTERS + LETTERS.lower() + "Uu").encode(),
    (_COMPLEMENTS + _COMPLEMENTS.lower() + "Aa").encode(),
)
_BATCH = 256  # sequences looked at together
_VALID_LETTERS = (LETTERS + LETTERS.lower() + "Uu").encode()


def encode(text: str | bytes) -> Codes:
    """Codes of the letters of `text`.

    Parameters
    ----------
    text : str or bytes
        DNA letters. What is no IUPAC letter becomes :data:`INVALID`.

    Returns
    -------
    codes : ndarray of uint8, shape (len(text),)
        Writeable and owned by the caller.

    Examples
    --------
    >>> from rcseq.alphabet import encode
    >>> encode("ACGTn")
    array([0, 1, 2, 3, 4], dtype=uint8)
    """
    # A character beyond ASCII becomes one "?", so that positions are kept.
    raw = text.encode("ascii", "replace") if isinstance(text, str) else text
    return np.frombuffer(bytearray(raw.translate(ENCODE_TABLE)), np.uint8)


def decode(codes: npt.ArrayLike) -> str:
    """Letters of `codes`, the inverse of :func:`encode` in capitals.

    Parameters
    ----------
    codes : array-like of int, shape (length,)
        Each from 0 to 14.

    Returns
    -------
    text : str

    Examples
    --------
    >>> from rcseq.alphabet import decode
    >>> decode([0, 1, 2, 3, 4, 5])
    'ACGTNR'
    """
    return np.frombuffer(LETTERS.encode(), np.uint8)[np.asarray(codes)].tobytes().decode()


def find_invalid(sequences: Sequence[str]) -> tuple[int, int, str] | None:
    """Find the first letter that is not an IUPAC code of DNA or RNA.

    Parameters
    ----------
    sequences : sequence of str

    Returns
    -------
    where : tuple of (int, int, str) or None
        Index of the sequence, position in it (both from 0) and the letter; None where all are
        valid.

    Examples
    --------
    >>> from rcseq.alphabet import find_invalid
    >>> find_invalid(["ACGT", "MKLV"])
    (1, 2, 'L')
    """
    # Batches that stay in the cache; only an error pays for the search inside one.
    for first in range(0, len(sequences), _BATCH):
        batch = sequences[first : first + _BATCH]
        if _other_letters("".join(batch)):
            inside = next(i for i, sequence in enumerate(batch) if _other_letters(sequence))
            position = int((encode(batch[inside]) == INVALID).argmax())
            return first + inside, position, batch[inside][position]
    return None


def _other_letters(text: str) -> bytes:
    return text.encode("ascii", "replace").translate(None, _VALID_LETTERS)


def reverse_complement(sequence: str) -> str:
    """Reverse complement of a string of DNA; IUPAC codes and case are kept, U becomes A.

    Parameters
    ----------
    sequence : str

    Returns
    -------
    reverse_complement : str

    Raises
    ------
    ValueError
        If there is a letter that is no IUPAC code.

    Examples
    --------
    >>> from rcseq.alphabet import reverse_complement
    >>> reverse_complement("AACGtR")
    'YaCGTT'
    """
    where = find_invalid([sequence])
    if where is not None:
        _, position, letter = where
        raise ValueError(f"{letter!r} at position {position} is not a DNA letter")
    return sequence.encode().translate(_COMPLEMENT_LETTERS)[::-1].decode()


def reverse_complement_codes(codes: Codes) -> Codes:
    """Reverse complement of codes, along the last axis.

    Parameters
    ----------
    codes : ndarray of uint8, shape (..., length)

    Returns
    -------
    codes : ndarray of uint8, shape (..., length)

    Examples
    --------
    >>> from rcseq.alphabet import decode, encode, reverse_complement_codes
    >>> decode(reverse_complement_codes(encode("AACGTR")))
    'YACGTT'
    """
    return COMPLEMENT_CODES[codes[..., ::-1]]


def collapse(onehot: npt.NDArray[Any]) -> Codes:
    """Codes of a one-hot array, fractions included.

    Parameters
    ----------
    onehot : ndarray of shape (n, 4, L)

    Returns
    -------
    codes : ndarray of uint8, shape (n, L)

    Raises
    ------
    ValueError
        If a position is the encoding of no base.

    Examples
    --------
    >>> import numpy as np
    >>> from rcseq.alphabet import collapse
    >>> collapse(np.eye(4)[None])
    array([[0, 1, 2, 3]], dtype=uint8)
    """
    # Each base set has its own weighted sum: the presence of A, C, G, T as bits 1, 2, 4, 8.
    present = np.tensordot(onehot > 0, [1, 2, 4, 8], (1, 0))
    sets = (ONE_HOT > 0) @ [1, 2, 4, 8]
    code_of = np.full(16, INVALID, np.uint8)
    code_of[sets] = np.arange(len(LETTERS))
    codes = code_of[present]
    good = codes != INVALID
    expected = ONE_HOT[np.where(good, codes, N_CODE)].transpose(0, 2, 1)
    good &= np.isclose(onehot, expected, atol=1e-3).all(axis=1)
    if not good.all():
        row, position = np.argwhere(~good)[0]
        raise ValueError(
            f"X[{row}, :, {position}] is {onehot[row, :, position]}, which encodes no base"
        )
    return codes
