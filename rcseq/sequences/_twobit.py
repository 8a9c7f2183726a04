"""UCSC's packed genomes, ``.2bit``, read by py2bit after a check of what lies where."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

__all__ = ["TwoBit", "check_two_bit"]

_MAGIC = 0x1A412743


class TwoBit:
    """A ``.2bit`` file of which any place is read.

    Parameters
    ----------
    path : Path

    Raises
    ------
    ValueError
        If it is not such a file, or is damaged.
    ImportError
        If py2bit is not installed.
    """

    def __init__(self, path: Path) -> None:
        try:
            import py2bit
        except ImportError:
            raise ImportError(
                'reading .2bit needs py2bit; install it with: pip install "rcseq[twobit]"'
            ) from None
        try:
            check_two_bit(np.memmap(path, np.uint8, mode="r"))
            self._file = py2bit.open(str(path), True)  # with the case of the letters
            self.sizes = {str(name): int(size) for name, size in self._file.chroms().items()}
        except (RuntimeError, TypeError, ValueError) as error:
            raise ValueError(f"{path} is not a .2bit file, or is damaged: {error}") from None

    def read(self, chrom: str, start: int, end: int) -> str:
        """Read a place within a record, as letters are in the file."""
        return str(self._file.sequence(chrom, start, end))

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def check_two_bit(content: npt.NDArray[np.uint8]) -> None:
    """Check that each record and block lies within the file; py2bit would crash where one does not.

    The format is https://genome.ucsc.edu/FAQ/FAQformat.html#format7.

    Raises
    ------
    ValueError
        If it does not; the message says what.
    """
    magic, version, n_records, _ = _numbers(content, 0, 4).tolist()
    if magic != _MAGIC or version != 0:
        raise ValueError("it does not begin as one of version 0")
    at, names = 16, set()
    for _ in range(n_records):
        if at >= len(content):
            raise ValueError("the index is truncated")
        length = int(content[at])
        name = content[at + 1 : at + 1 + length].tobytes()
        if not name.isascii() or b"\0" in name or not name or name in names:
            raise ValueError(f"a record is named {name[:40]!r}, or two are")
        names.add(name)
        (offset,) = _numbers(content, at + 1 + length, 1).tolist()
        _check_record(content, offset, name.decode())
        at += 5 + length
    if not names:
        raise ValueError("there is no record")


def _check_record(content: npt.NDArray[np.uint8], at: int, name: str) -> None:
    (size,) = _numbers(content, at, 1).tolist()
    at += 4
    for _ in range(2):  # unknown bases, and lower case
        (n_blocks,) = _numbers(content, at, 1).tolist()
        starts, sizes = _numbers(content, at + 4, 2 * n_blocks).reshape(2, n_blocks)
        ends = starts + sizes
        if (ends > size).any() or (starts[1:] < ends[:-1]).any():
            raise ValueError(f"a block of {name} lies outside of it, or in another one")
        at += 4 + 8 * n_blocks
    if at + 4 + -(-size // 4) > len(content):
        raise ValueError(f"the bases of {name} are truncated")


def _numbers(content: npt.NDArray[np.uint8], at: int, n: int) -> npt.NDArray[np.int64]:
    if at + 4 * n > len(content):
        raise ValueError("it is truncated")
    return content[at : at + 4 * n].view("<u4").astype(np.int64)
