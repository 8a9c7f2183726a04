"""Parsers of motif files: MEME, TRANSFAC, and matrices below lines that begin with ``>``.

Each takes the lines of a file, stripped, and returns names and counts. What it cannot read for
certain it refuses by number of line and cause.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from rcseq import alphabet
from rcseq.io._files import SequenceFileError

Lines = Sequence[str]

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_DEFAULT_SITES = 20.0  # of a MEME motif whose number of sites is unknown; the rule of the format


class ParsedMotif(NamedTuple):
    """What a file holds of a motif; `name` may be empty."""

    name: str
    counts: NDArray[np.float64]
    """``(width, 4)``, columns A C G T."""


def detect(lines: Lines) -> str | None:
    """Family of formats that lines look like: "meme", "transfac", ">" or None."""
    for line in lines:
        if re.match(r"MEME version|MOTIF(\s|$)|letter-probability matrix", line):
            return "meme"
        if re.match(r"P[0O]\s", line):
            return "transfac"
        if line.startswith(">"):
            return ">"
    return None


def fail(number: int, cause: str) -> NoReturn:
    raise SequenceFileError(f"line {number}: {cause}")


def _numbers(number: int, words: Sequence[str]) -> list[float]:
    values = []
    for word in words:
        if not _NUMBER.fullmatch(word):
            fail(number, f"{word[:30]!r} is not a number")
        value = float(word)
        if value < 0:
            fail(number, f"{word[:30]} is negative; counts or probabilities are read, not log-odds")
        if value > 1e100:
            fail(number, f"{word[:30]} is too large for a count")
        values.append(value)
    return values


def _four(number: int, words: Sequence[str]) -> list[float]:
    if len(words) != 4:
        fail(number, f"four numbers are needed, one for each base; there are {len(words)}")
    return _numbers(number, words)


def _columns(letters: Sequence[str]) -> list[int] | None:
    """Places of A C G T among the letters, which may have U in place of T; None if others."""
    read = [letter.upper().replace("U", "T") for letter in letters]
    if sorted(read) != list(alphabet.NUCLEOTIDES):
        return None
    return [read.index(base) for base in alphabet.NUCLEOTIDES]


def _finished(number: int, name: str, counts: NDArray[np.float64]) -> ParsedMotif:
    empty = np.flatnonzero(counts.sum(axis=1) < 1e-100)
    if len(empty):
        fail(number, f"position {empty[0] + 1} of the motif {name[:80]} has no counts")
    return ParsedMotif(name, counts)


def parse_meme(lines: Lines) -> list[ParsedMotif]:
    """Parse MEME's minimal format or its text report.

    Biopython's readers round probabilities times sites to whole numbers, which leaves nothing of a
    motif where the number of sites is unknown and written as 1.
    """
    found: list[ParsedMotif] = []
    name = None  # of the motif that has no matrix yet
    begun, i = 0, 0
    while i < len(lines):
        line = lines[i]
        i += 1
        if re.match(r"ALPHABET(\s|=|$)", line):
            i = _check_meme_alphabet(lines, i)
        elif re.match(r"MOTIF(\s|$)", line):
            _refuse_unfinished(begun, name)
            begun = i
            name, i = _meme_name(lines, i)
        elif line.startswith("letter-probability matrix"):
            if name is None:
                fail(i, "this matrix has no line MOTIF of its own above it")
            counts, end = _meme_matrix(lines, i)
            found.append(_finished(i, name, counts))
            name, i = None, end
    _refuse_unfinished(begun, name)
    return found


def _refuse_unfinished(begun: int, name: str | None) -> None:
    if name is not None:
        fail(begun, f"the motif {name[:80]} has no letter-probability matrix")


def _meme_name(lines: Lines, i: int) -> tuple[str, int]:
    """Name on the line MOTIF, or on the next one, and the index of the line after it."""
    words = re.split(r"\swidth\s*=", lines[i - 1])[0].split()[1:]
    if words:
        return " ".join(words), i
    for j in range(i, len(lines)):
        if lines[j]:
            if re.match(r"(MOTIF|letter-probability|log-odds)\b|[-*]{2}", lines[j]):
                break
            return " ".join(lines[j].split()), j + 1
    return "", i


def _check_meme_alphabet(lines: Lines, i: int) -> int:
    """Refuse other letters than those of DNA or RNA; return the index of the line after them."""
    begun = i
    if re.match(r"ALPHABET\s*=", lines[i - 1]):
        letters = "".join(lines[i - 1].split("=", 1)[1].split())
    else:
        core: set[str] = set()
        while i < len(lines) and not re.match(r"END\s+ALPHABET", lines[i]):
            symbols = re.sub(r'"[^"]*"', " ", lines[i])
            if "=" not in symbols:  # with it, a letter stands for several others
                core |= {pair.split()[0] for pair in symbols.split("~") if pair.strip()}
            i += 1
        if i == len(lines):
            fail(begun, "the definition of the alphabet has no line END ALPHABET")
        i += 1
        letters = "".join(sorted(core))
    if letters.upper() not in ("ACGT", "ACGU"):
        fail(begun, f"the alphabet is {letters[:30]}; ACGT or ACGU is needed")
    return i


def _meme_matrix(lines: Lines, i: int) -> tuple[NDArray[np.float64], int]:
    """Return the counts of the matrix below line `i`, and the index of the line after it."""
    header = i
    options = dict(re.findall(r"(\w+)\s*=\s*(\S+)", lines[i - 1]))
    if options.get("alength", "4") != "4":
        fail(header, f"alength= {options['alength'][:30]}; the alphabet of DNA has 4 letters")
    rows = []
    for i in range(header, len(lines) + 1):
        words = lines[i].split() if i < len(lines) else []
        if words and not _NUMBER.fullmatch(words[0]):
            # A damaged row must not pass for the end of the matrix.
            follows = re.match(r"(MOTIF|URL|letter-probability|log-odds)\b|[-*=]{2}", lines[i])
            if not follows and (len(words) == 4 or lines[i - 1]):
                fail(i + 1, f"{words[0][:30]!r} is not a number")
            break
        if words:
            rows.append(_four(i + 1, words))
            if abs(sum(rows[-1]) - 1) > 0.1:
                fail(i + 1, f"the four probabilities sum to {sum(rows[-1]):g}, not to 1")
    if not rows:
        fail(header, "no row of numbers follows")
    if "w" in options and options["w"].lstrip("0") != str(len(rows)):
        fail(header, f"w= {options['w'][:30]}, but {len(rows)} rows of numbers follow")
    n_sites = _numbers(header, [options.get("nsites", "0")])[0]
    if n_sites < 1:
        n_sites = _DEFAULT_SITES
    shares = np.array(rows)
    counts = shares / shares.sum(axis=1, keepdims=True) * n_sites
    whole = np.rint(counts)
    return np.where(np.abs(counts - whole) < 1e-6 * n_sites, whole, counts), i


@dataclass
class _Entry:
    """One entry of a TRANSFAC file, as far as it is read."""

    fields: dict[str, str] = field(default_factory=dict)
    columns: list[int] | None = None
    rows: list[list[float]] = field(default_factory=list)
    first: int = 1  # number of the first row
    begun: int = 0

    @property
    def name(self) -> str:
        fields = self.fields
        name = fields.get("ID") or fields.get("NA") or ""
        accession = fields.get("AC", "")
        both = f"{accession} {name}" if accession not in name.split() else name
        return both.strip() or fields.get("DE", "")


def parse_transfac(lines: Lines) -> list[ParsedMotif]:
    """Parse TRANSFAC's format: entries that end in ``//``, rows below ``P0`` or ``PO``."""
    found = []
    entry = _Entry()
    inside = False  # the matrix
    for number, line in enumerate(lines, 1):
        key, *words = line.split() or [""]
        if key == "//":
            if entry.begun:
                found.append(_finished_entry(entry))
            entry, inside = _Entry(), False
        elif key in ("P0", "PO"):
            if entry.columns:
                fail(number, f"the motif {entry.name[:80]} has a second matrix")
            entry.columns = _columns(words)
            if entry.columns is None:
                fail(number, f"the columns are {' '.join(words)[:30]}; A C G T is needed")
            entry.begun, inside = entry.begun or number, True
        elif re.fullmatch(r"\d+", key, re.ASCII):
            if not inside:
                fail(number, "a row of numbers without a line P0 above it")
            _add_row(entry, number, key, words)
        elif key and inside and not re.fullmatch("[A-Z]{2}", key):
            fail(number, f"{key[:30]!r} is not the number of a row")
        elif key:
            inside = False
            if key in ("AC", "ID", "NA", "DE"):
                entry.begun = entry.begun or number
                entry.fields.setdefault(key, " ".join(words))
    if entry.begun:
        fail(entry.begun, f"the motif {entry.name[:80]} is not ended by a line //")
    return found


def _add_row(entry: _Entry, number: int, key: str, words: list[str]) -> None:
    if not entry.rows and key.lstrip("0") == "":
        entry.first = 0
    expected = entry.first + len(entry.rows)
    if (key.lstrip("0") or "0") != str(expected):
        fail(number, f"the row {key[:30]} stands where the row {expected} is expected")
    if len(words) == 5 and re.fullmatch("[A-Za-z]", words[-1]):
        words = words[:-1]  # the consensus
    entry.rows.append(_four(number, words))


def _finished_entry(entry: _Entry) -> ParsedMotif:
    if not entry.columns or not entry.rows:
        fail(entry.begun, f"the motif {entry.name[:80]} has no matrix")
    return _finished(entry.begun, entry.name, np.array(entry.rows)[:, entry.columns])


_LETTER_ROW = re.compile(r"(?:([ACGTUacgtu])(?:\s*[:|]\s*|\s+|(?=\[)))?(\[?)([^\[\]]*)(\]?)")


class _Block(NamedTuple):
    """A line that begins with ``>``, and the rows below it with their lines and letters."""

    line: int
    header: str
    rows: list[tuple[int, str, list[float]]]

    @property
    def is_homer(self) -> bool:
        """Whether the header is a consensus, a name and a threshold, as HOMER writes it."""
        fields = self.header.split("\t")
        return len(fields) >= 3 and bool(_NUMBER.fullmatch(fields[2].strip()))

    @property
    def name(self) -> str:
        words = (self.header.split("\t")[1] if self.is_homer else self.header).split()
        return words[0] if len(words) == 2 and words[0] == words[1] else " ".join(words)

    @property
    def table(self) -> NDArray[np.float64]:
        return np.array([values for _, _, values in self.rows])


def parse_blocks(lines: Lines, rows: str | None) -> list[ParsedMotif]:
    """Parse matrices below lines that begin with ``>``.

    `rows` is what a row without a letter is: "bases" (JASPAR), "positions" (HOMER, HOCOMOCO,
    gimme), or None, where the file itself must tell.
    """
    blocks = list(_blocks(lines))
    meaning = {block.line: _meaning(block) for block in blocks}
    told = {what for what in meaning.values() if what}
    if rows:
        for line, what in meaning.items():
            if what and what != rows:
                fail(line, f"the rows of this motif are {what}; {_ADVICE[what]}")
    elif len(told) == 1:
        (rows,) = told
    elif blocks:
        fail(
            blocks[0].line,
            "four rows of four numbers can be bases or positions; write A, C, G and T in front of "
            "them, or name the format: 'jaspar' (bases) or 'homer' (positions)"
            if not told
            else "the rows of some motifs in this file are bases, those of others positions",
        )
    return [_finished_block(block, rows == "positions") for block in blocks]


_ADVICE = {
    "bases": "format='jaspar' reads them",
    "positions": "format='homer' reads them (HOMER, HOCOMOCO and gimme write them)",
}


def _blocks(lines: Lines) -> Iterator[_Block]:
    block = None
    for number, line in enumerate(lines, 1):
        if line.startswith(">"):
            if block:
                yield block
            block = _Block(number, line[1:], [])
        elif line and block is None:
            fail(number, "this line stands before the first one that begins with >")
        elif line and block:
            block.rows.append((number, *_row(number, line)))
    if block:
        yield block


def _row(number: int, line: str) -> tuple[str, list[float]]:
    found = _LETTER_ROW.fullmatch(line)
    if found is None or bool(found[2]) != bool(found[4]):
        fail(number, "the brackets of this row do not match")
    values = _numbers(number, found[3].split())
    if not values:
        fail(number, "there are no numbers in this row")
    return (found[1] or "").upper(), values


def _meaning(block: _Block) -> str | None:
    """Return what a row of the block is, "bases" or "positions"; None where it can be either."""
    named = f"the motif {block.name[:80]}"
    if not block.rows:
        fail(block.line, f"{named} has no matrix")
    width = len(block.rows[0][2])
    for number, _, values in block.rows:
        if len(values) != width:
            fail(number, f"{len(values)} numbers, where the first row of {named} has {width}")
    letters = [letter for _, letter, _ in block.rows]
    if any(letters):
        if _columns(letters) is None:
            there = " ".join(letter or "(none)" for letter in letters)[:60]
            fail(block.line, f"the rows of {named} are {there}; A, C, G and T are needed")
        return "bases"
    if block.is_homer and width == 4:
        return "positions"
    if len(block.rows) == width == 4:
        by_row, by_column = (_even(block.table.sum(axis=axis)) for axis in (1, 0))
        return None if by_row == by_column else "positions" if by_row else "bases"
    if len(block.rows) == 4:
        return "bases"
    if width != 4 or (len(block.rows) < 4 and not _even(block.table.sum(axis=1))):
        fail(
            block.line,
            f"{named} has {len(block.rows)} rows of {width} numbers; four rows, one for each base, "
            "or rows of four, one for each position, are needed",
        )
    return "positions"


def _even(totals: NDArray[np.float64]) -> bool:
    return bool(np.ptp(totals) <= 0.02 * totals.max())


def _finished_block(block: _Block, rows_are_positions: bool) -> ParsedMotif:
    table = block.table if rows_are_positions else block.table.T
    columns = _columns([letter for _, letter, _ in block.rows])
    return _finished(block.line, block.name, table if columns is None else table[:, columns])


PARSERS: dict[str, tuple[str, Callable[[Lines], list[ParsedMotif]]]] = {
    "meme": ("meme", parse_meme),
    "transfac": ("transfac", parse_transfac),
    "jaspar": (">", lambda lines: parse_blocks(lines, "bases")),
    "homer": (">", lambda lines: parse_blocks(lines, "positions")),
    ">": (">", lambda lines: parse_blocks(lines, None)),
}
"""For each format its family, as :func:`detect` returns it, and its parser."""
