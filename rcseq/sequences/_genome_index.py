"""The index of a genome: where each record begins, and whether that is true of this file."""

from __future__ import annotations

import bisect
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
from Bio import bgzf

__all__ = ["IndexRow", "RawBytes", "fits", "parse_index"]

_NUMBER = re.compile(r"\d{1,18}", re.ASCII)
_AT_ONCE = 1 << 23  # bytes
_CHECKED = 2000  # rows of an index; a file that was replaced differs in more than one


class IndexRow(NamedTuple):
    """One record: a line of a ``.fai`` file."""

    name: str
    size: int
    offset: int
    line_bases: int
    line_bytes: int

    @property
    def end(self) -> int:
        """Offset of what follows the record."""
        n_lines = -(-self.size // self.line_bases) if self.line_bases else 0
        return self.offset + self.size + n_lines * (self.line_bytes - self.line_bases)


def parse_index(text: str) -> list[IndexRow]:
    """Parse a ``.fai`` file.

    Raises
    ------
    ValueError
        If it is none, or names a record twice; the message says which.
    """
    rows = []
    names: set[str] = set()
    for number, line in enumerate(text.splitlines(), 1):
        name, *numbers = line.split("\t")
        if len(numbers) != 4 or not all(_NUMBER.fullmatch(word) for word in numbers):
            raise ValueError(f"line {number} is not a name with four numbers")
        if name in names:
            raise ValueError(f"two records are named {name!r}")
        names.add(name)
        row = IndexRow(name, *map(int, numbers))
        if row.line_bytes < row.line_bases or (row.size and not row.line_bases):
            raise ValueError(f"line {number} counts no bases in a line")
        rows.append(row)
    if not rows:
        raise ValueError("there is no record")
    return rows


class RawBytes:
    """Bytes of a file, or of what a file packed with ``bgzip`` holds, at any place."""

    def __init__(self, path: Path, gzi: bytes | None = None) -> None:
        self._blocks = [(0, 0)] if gzi is None else _blocks(gzi)
        self._file = path.open("rb")
        self._packed = None
        if gzi is not None:
            try:
                self._packed = bgzf.BgzfReader(fileobj=self._file, mode="rb")
            except BaseException:
                self._file.close()
                raise

    def at(self, offset: int, length: int) -> bytes:
        """Read some bytes; fewer at the end."""
        if self._packed is None:
            self._file.seek(offset)
            return self._file.read(length)
        inside, begin = self._blocks[bisect.bisect_right(self._blocks, (offset, 1 << 63)) - 1]
        if offset - inside >= 1 << 16:  # after the last block, which is no longer than that
            return b""
        self._packed.seek(bgzf.make_virtual_offset(begin, offset - inside))
        found: bytes = self._packed.read(length)
        return found

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _blocks(gzi: bytes) -> list[tuple[int, int]]:
    """Parse a ``.gzi`` file: where blocks begin in what the file holds, and in the file."""
    words = [int.from_bytes(gzi[i : i + 8], "little") for i in range(0, len(gzi), 8)]
    if len(gzi) % 16 != 8 or words[0] != len(words) // 2:
        raise ValueError("the index of blocks is damaged")
    blocks = [(0, 0), *zip(words[2::2], words[1::2], strict=True)]
    if blocks != sorted(set(blocks)):
        raise ValueError("the index of blocks is damaged")
    return blocks


def fits(rows: list[IndexRow], raw: RawBytes, *, every_line: bool = False) -> bool:
    """Return whether an index is that of a file: each header and the ends of its lines are there.

    The dates of the two files say less: a genome may be replaced by an older file, and an index
    copied before its genome is no worse for it. With `every_line` all lines are looked at: where
    bases were edited, a break may have moved that is neither the first nor the last of a record.
    """
    step = -(-len(rows) // _CHECKED)
    chosen = {*range(0, len(rows), step), len(rows) - 1}
    ends = [0, *(row.end for row in rows)]
    if any(row.offset <= end for row, end in zip(rows, ends, strict=False)):
        return False
    if not all(_stands_there(rows[i], ends[i], raw) for i in chosen):
        return False
    if every_line and not all(_lines_stand_there(row, raw) for row in rows if row.size):
        return False
    return not raw.at(ends[-1], 1 << 16).strip()


def _stands_there(row: IndexRow, before: int, raw: RawBytes) -> bool:
    header = raw.at(before, min(row.offset - before, 1 << 20))
    if not header.endswith(b"\n"):
        return False
    *others, last = header.rstrip(b"\r\n").split(b"\n")
    words = last.removeprefix(b">").split(maxsplit=1)
    if (
        last[:1] != b">"
        or b"\r" in last
        or not words
        or words[0].decode("utf-8", "replace") != row.name
    ):
        return False
    if any(line.strip() and not line.startswith(b";") for line in others):
        return False
    if not row.size:
        return True
    first = raw.at(row.offset, row.line_bytes)
    in_line = min(row.size, row.line_bases)
    left = raw.at(row.end - (row.line_bytes - row.line_bases) - 1, 3)
    return not (
        _breaks(first[:in_line])
        or first[:in_line].strip(b" \t") != first[:in_line]
        or len(first) < in_line
        or first[in_line:].strip(b"\r\n")
        or _breaks(left[:1])
        or not left
        or (len(left) > 1 and left[1:2] not in b"\r\n")
    )


def _lines_stand_there(row: IndexRow, raw: RawBytes) -> bool:
    """Return whether each line breaks where the index says, and nowhere else."""
    n_bytes = row.line_bytes * (1 + _AT_ONCE // row.line_bytes)
    for start in range(row.offset, row.end, n_bytes):
        block = raw.at(start, min(n_bytes, row.end - start))
        n_lines = len(block) // row.line_bytes
        lines = np.frombuffer(block, np.uint8, n_lines * row.line_bytes)
        lines = lines.reshape(n_lines, row.line_bytes)
        breaks = (lines == ord("\n")) | (lines == ord("\r")) | (lines == ord(">"))
        if breaks[:, : row.line_bases].any() or not breaks[:, row.line_bases :].all():
            return False
        if _breaks(block[lines.size :].rstrip(b"\r\n")):
            return False
    return True


def _breaks(line: bytes) -> bool:
    return b"\n" in line or b"\r" in line or b">" in line
