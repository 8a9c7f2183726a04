"""What an index of a genome says, and whether it is true."""

from pathlib import Path

import pytest
from Bio.bgzf import BgzfWriter

from rcseq.sequences._genome_index import IndexRow, RawBytes, fits, parse_index

TEXT = b">chr1 the first\nACGTA\nCGTAC\nGT\n>chr2\nGG\n>chr3\nACGTA\n"
INDEX = "chr1\t12\t16\t5\t6\nchr2\t2\t37\t2\t3\nchr3\t5\t46\t5\t6\n"


def fit(path: Path, content: bytes, index: str = INDEX) -> bool:
    path.write_bytes(content)
    raw = RawBytes(path)
    try:
        return fits(parse_index(index), raw)
    finally:
        raw.close()


def test_rows() -> None:
    first, second, third = parse_index(INDEX)
    assert first == IndexRow("chr1", 12, 16, 5, 6)
    assert [row.end for row in (first, second, third)] == [31, 40, 52]
    assert IndexRow("empty", 0, 7, 0, 0).end == 7


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there is no record"),
        ("hello\n", "line 1 is not a name with four numbers"),
        ("chr1\t12\t16\t5\n", "line 1 is not a name with four numbers"),
        (INDEX.replace("37", "-1"), "line 2 is not a name with four numbers"),
        (INDEX.replace("37", "\u00b2"), "line 2 is not a name with four numbers"),
        (INDEX.replace("37", "9" * 5000), "line 2 is not a name with four numbers"),
        (INDEX.replace("chr2", "chr1"), "two records are named 'chr1'"),
        (INDEX.replace("2\t3\n", "0\t3\n"), "line 2 counts no bases in a line"),
        (INDEX.replace("2\t3\n", "4\t3\n"), "line 2 counts no bases in a line"),
    ],
)
def test_what_is_no_index(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_index(text)


@pytest.mark.parametrize(
    ("content", "index"),
    [
        (TEXT, INDEX),
        (TEXT[:-1], INDEX),
        (TEXT + b"\n\n", INDEX),
        (TEXT.replace(b"GG", b"TT"), INDEX),
        (TEXT.replace(b"the first", b"\xe9 a_lot>!"), INDEX),
        (TEXT.replace(b"GT\n>", b"GT\n\n>"), INDEX.replace("37", "38").replace("46", "47")),
        (b";x\n" + TEXT, INDEX.replace("16", "19").replace("37", "40").replace("46", "49")),
        (b">chr1\r\nAC\r\nG\r\n", "chr1\t3\t7\t2\t4\n"),
        (b">chr1\n>chr2\nA\n", "chr1\t0\t6\t0\t0\nchr2\t1\t12\t1\t2\n"),
        (b"> chr1\nA\n", "chr1\t1\t7\t1\t2\n"),
    ],
)
def test_an_index_of_this_file(tmp_path: Path, content: bytes, index: str) -> None:
    assert fit(tmp_path / "g.fa", content, index)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        TEXT[:20],
        TEXT[:-3],
        TEXT + b">chr4\nA\n",
        TEXT + b"A\n",
        TEXT.replace(b"chr2", b"chr9"),
        TEXT.replace(b"the first", b"th first"),
        TEXT.replace(b"CGTAC\n", b"CGTACA\n"),
        TEXT.replace(b"ACGTA\nCGTAC\nGT", b"ACGTAC\nGTACGT"),
        TEXT.replace(b"\nGT\n", b"\nGT\n\n"),
        TEXT.replace(b"ACGTA\nCGTAC\n", b"ACGT\r\nCGTAC\n", 1).replace(b"GT\n", b"GTA\n"),
        TEXT.replace(b"\n>chr2", b"\n>x\n>chr2"),
        TEXT.replace(b">chr2", b"chr2>"),
        bytes(len(TEXT)),
    ],
)
def test_an_index_of_another_file(tmp_path: Path, content: bytes) -> None:
    assert not fit(tmp_path / "g.fa", content)


def test_bytes_of_a_packed_file(tmp_path: Path) -> None:
    content = b">chr1\n" + b"ACGTTGCAAC\n" * 20_000
    path = tmp_path / "g.fa.gz"
    with BgzfWriter(str(path)) as file:
        file.write(content)
    packed = path.read_bytes()
    # Offsets of the blocks after the first one, in the file and in what it holds.
    starts, inside = [0], [0]
    while starts[-1] < len(packed):
        size = int.from_bytes(packed[starts[-1] + 16 : starts[-1] + 18], "little") + 1
        held = packed[starts[-1] + size - 4 : starts[-1] + size]
        starts.append(starts[-1] + size)
        inside.append(inside[-1] + int.from_bytes(held, "little"))
    pairs = list(zip(starts, inside, strict=True))[1:-2]
    gzi = len(pairs).to_bytes(8, "little")
    gzi += b"".join(number.to_bytes(8, "little") for pair in pairs for number in pair)
    assert len(pairs) >= 3
    raw = RawBytes(path, gzi)
    for offset in (0, 7, *(at + step for _, at in pairs for step in (-2, 0, 2)), len(content) - 3):
        assert raw.at(offset, 9) == content[offset : offset + 9]
    assert raw.at(len(content), 9) == raw.at(len(content) + 10**6, 9) == b""
    raw.close()
