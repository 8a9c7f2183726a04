"""FASTA and FASTQ."""

import gzip
import tempfile
from io import StringIO
from pathlib import Path

import pytest
from Bio import SeqIO
from Bio.SeqIO.FastaIO import SimpleFastaParser
from hypothesis import given
from hypothesis import strategies as st

from rcseq.io import SequenceFileError, read_fasta, read_fastq


def test_real_file_is_read_as_biopython_reads_it(shared_dir: Path) -> None:
    path = shared_dir / "data/nfe2.test.pos.fa.gz"
    table = read_fasta(path)
    with gzip.open(path, "rt") as text:
        records = list(SeqIO.parse(text, "fasta"))
    assert table["name"].tolist() == [record.id for record in records]
    assert table["sequence"].tolist() == [str(record.seq) for record in records]


def test_names_end_at_the_first_blank_and_lines_are_joined(tmp_path: Path) -> None:
    (tmp_path / "a.fa").write_text("\n>one x y\nAC\nGTacgu\n\n>two\tz\nNNRY\n>\nA\n")
    table = read_fasta(tmp_path / "a.fa")
    assert table["name"].tolist() == ["one", "two", ""]
    assert table["sequence"].tolist() == ["ACGTacgu", "NNRY", "A"]


LINES = st.sampled_from(
    [">", ">a", ">b c", ">d\te", ">ü x", "", " ", "ACGT", "ac gu", "N" * 30, " R ", "T\t"]
)


@given(st.lists(LINES, max_size=12), st.sampled_from(["\n", "\r\n", "\r"]), st.integers(1, 9))
def test_any_lines_are_read_as_biopython_reads_them(
    lines: list[str], newline: str, block: int
) -> None:
    text = "\n".join([">first", "A", *lines])
    expected = [
        (title.partition(" ")[0].partition("\t")[0], sequence)
        for title, sequence in SimpleFastaParser(StringIO(text))
    ]
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr("rcseq.io._fasta._BLOCK", block)
        path = Path(folder, "a.fa")
        path.write_bytes(text.replace("\n", newline).encode())
        if all(sequence for _, sequence in expected):
            table = read_fasta(path)
            assert list(zip(table["name"], table["sequence"], strict=True)) == expected
        else:
            with pytest.raises(SequenceFileError, match="the sequence is empty"):
                read_fasta(path)


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_empty_fasta(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.fa").write_text(text)
    with pytest.raises(SequenceFileError, match=r"a\.fa holds no sequences$"):
        read_fasta(tmp_path / "a.fa")


@pytest.mark.parametrize(("text", "record"), [(">a\n>b\nAC\n", "1 (a)"), (">a\nA\n>b\n", "2 (b)")])
def test_empty_record(tmp_path: Path, text: str, record: str) -> None:
    (tmp_path / "a.fa").write_text(text)
    with pytest.raises(SequenceFileError) as raised:
        read_fasta(tmp_path / "a.fa")
    assert str(raised.value).endswith(f"a.fa, record {record}: the sequence is empty")


def test_text_without_a_header_is_no_fasta(tmp_path: Path) -> None:
    (tmp_path / "a.fa").write_text("ACGT\n>a\nACGT\n")
    with pytest.raises(SequenceFileError, match=r"is not a FASTA file: the first line is 'ACGT'"):
        read_fasta(tmp_path / "a.fa")


@pytest.mark.parametrize(
    ("line", "message"),
    [("ACET", "'E' at position 3"), ("AC-T", "'-' at position 3"), ("ACé", "'é' at position 3")],
)
def test_other_letters_are_named(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "a.fa").write_text(f">a\nACGT\n>b E-é\n{line}\n", encoding="utf-8")
    with pytest.raises(SequenceFileError, match=rf"record 2 \(b\): {message}"):
        read_fasta(tmp_path / "a.fa")


def test_fastq(tmp_path: Path) -> None:
    (tmp_path / "a.fq").write_text("@one x\nACGT\n+\nIIII\n@two\nGGN\n+two\n@@@\n")
    table = read_fastq(tmp_path / "a.fq")
    assert table["name"].tolist() == ["one", "two"]
    assert table["sequence"].tolist() == ["ACGT", "GGN"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a.fq holds no sequences$"),
        (">a\nACGT\n", "a.fq, record 1: .*start with '@'"),
        ("@a\nACGT\n+\nIIII\n@b\nACGT\n+\nII\n", "a.fq, record 2: Lengths of sequence and quality"),
        ("@a\nACGT\n+\nIIII\n@b\nAC", "a.fq, record 2: End of file without quality"),
        ("@\nACGT\n+\nIIII\n", "a.fq, record 1: The record has no name"),
        ("@a\nACGT\n+\nII I\n", "a.fq, record 1: Invalid character in quality string"),
        ("@a\nACET\n+\nIIII\n", r"a.fq, record 1 \(a\): 'E' at position 3"),
    ],
)
def test_bad_fastq(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.fq").write_text(text)
    with pytest.raises(SequenceFileError, match=message):
        read_fastq(tmp_path / "a.fq")


def test_truncated_fastq(tmp_path: Path) -> None:
    packed = gzip.compress("".join(f"@r{i}\nACGT\n+\nIIII\n" for i in range(9999)).encode())
    (tmp_path / "a.fq.gz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(SequenceFileError, match=r"truncated or damaged, after record \d+ \(r\d+\)"):
        read_fastq(tmp_path / "a.fq.gz")
