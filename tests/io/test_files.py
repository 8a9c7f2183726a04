"""What all readers share: plain and gzipped files, damaged ones, and what is no DNA."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from rcseq.io import SequenceFileError, read_fasta, read_table
from rcseq.io._files import nearest

RECORDS = "".join(f">read{number}\n{'ACGTTGCA' * 20}\n" for number in range(2000))


@pytest.mark.parametrize("name", ["plain.fa", "packed.fa.gz", "packed_without_saying_so.fa"])
def test_packed_or_not_is_seen_in_the_bytes(tmp_path: Path, name: str) -> None:
    packed = name.startswith("packed")
    (tmp_path / name).write_bytes(gzip.compress(RECORDS.encode()) if packed else RECORDS.encode())
    table = read_fasta(tmp_path / name)
    assert len(table) == 2000
    assert set(table["sequence"]) == {"ACGTTGCA" * 20}


def test_path_may_be_a_string(tmp_path: Path) -> None:
    (tmp_path / "a.fa").write_text(">a\nACGT\n")
    assert read_fasta(str(tmp_path / "a.fa"))["sequence"].tolist() == ["ACGT"]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_of_every_system_and_a_byte_order_mark(tmp_path: Path, newline: str) -> None:
    text = "\ufeff>a\nACGT\nAC\n>b\nGG\n".replace("\n", newline)
    (tmp_path / "a.fa").write_bytes(text.encode())
    assert read_fasta(tmp_path / "a.fa")["sequence"].tolist() == ["ACGTAC", "GG"]


@pytest.mark.parametrize("keep", [0.5, 0.9, -4])
def test_truncated_gzip_names_the_last_record(tmp_path: Path, keep: float) -> None:
    packed = gzip.compress(RECORDS.encode())
    cut = int(keep * len(packed)) if keep > 0 else int(keep)
    (tmp_path / "cut.fa.gz").write_bytes(packed[:cut])
    with pytest.raises(
        SequenceFileError,
        match=r"cut\.fa\.gz: the gzip data is truncated or damaged, after record \d+ \(read\d+\)$",
    ):
        read_fasta(tmp_path / "cut.fa.gz")


@pytest.mark.parametrize("keep", [3, 12])
def test_gzip_that_breaks_before_the_first_record(tmp_path: Path, keep: int) -> None:
    (tmp_path / "cut.fa.gz").write_bytes(gzip.compress(RECORDS.encode())[:keep])
    with pytest.raises(SequenceFileError, match=r"the gzip data is truncated or damaged$"):
        read_fasta(tmp_path / "cut.fa.gz")


def test_damaged_gzip(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(RECORDS.encode()))
    packed[len(packed) // 2 :] = b"x" * (len(packed) - len(packed) // 2)
    (tmp_path / "bad.fa.gz").write_bytes(packed)
    with pytest.raises(SequenceFileError, match=r"bad\.fa\.gz: the gzip data is truncated or dam"):
        read_fasta(tmp_path / "bad.fa.gz")


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(SequenceFileError, match=r"no\.fa: there is no such file$"):
        read_fasta(tmp_path / "no.fa")


def test_folder(tmp_path: Path) -> None:
    with pytest.raises(SequenceFileError, match="cannot be read: Is a directory"):
        read_fasta(tmp_path)


def test_bytes_that_are_not_utf_8_are_latin_1(tmp_path: Path) -> None:
    (tmp_path / "a.fa").write_bytes(b">a\xe9 \xe9 \xc3\xa9\nACGT\n>b\nGG\n")
    table = read_fasta(tmp_path / "a.fa")
    assert table["name"].tolist() == ["a\u00e9", "b"]
    assert table["description"][0] == "a\u00e9 \u00e9 \u00e9"
    assert table["sequence"].tolist() == ["ACGT", "GG"]
    (tmp_path / "a.tsv").write_bytes(b"name\tsequence\n\xe9\tACGT\n")
    assert read_table(tmp_path / "a.tsv")["name"].tolist() == ["\u00e9"]


def test_binary_files(tmp_path: Path) -> None:
    (tmp_path / "a.fa").write_bytes(b">a\nAC\xff\xfe\x00")
    with pytest.raises(SequenceFileError, match=r"record 1 \(a\): '\u00ff' at position 3 is not a"):
        read_fasta(tmp_path / "a.fa")
    (tmp_path / "b.fa").write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(SequenceFileError, match=r"b\.fa is not a FASTA file"):
        read_fasta(tmp_path / "b.fa")


@pytest.mark.parametrize("read", [read_fasta, read_table])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_of_spreadsheets(tmp_path: Path, read: Any, encoding: str) -> None:
    (tmp_path / "a").write_bytes("\ufeff>a\nACGT\n".encode(encoding))
    with pytest.raises(SequenceFileError, match="text in UTF-16; save it as UTF-8"):
        read(tmp_path / "a")


def test_protein_is_named_by_record_and_letter(tmp_path: Path) -> None:
    (tmp_path / "p.fa").write_text(">a\nACGT\n>sp|P12345 kinase\nMKVLAAGIV\n")
    with pytest.raises(
        SequenceFileError,
        match=r"p\.fa, record 2 \(sp\|P12345\): 'L' at position 4 is not a letter of DNA; is it a "
        r"protein\?$",
    ):
        read_fasta(tmp_path / "p.fa")


def test_gap_is_named_without_guessing_at_a_protein(tmp_path: Path) -> None:
    (tmp_path / "p.fa").write_text(">a\nAC-T\n")
    with pytest.raises(SequenceFileError, match=r"'-' at position 3 is not a letter of DNA$"):
        read_fasta(tmp_path / "p.fa")


def test_the_error_is_a_value_error() -> None:
    assert issubclass(SequenceFileError, ValueError)


def test_nearest_name() -> None:
    assert nearest("seq", ["label", "Sequence"]) == (
        "did you mean 'Sequence'? there are: label, Sequence"
    )
    assert nearest("xyz", ["label"]) == "there are: label"
    assert nearest("xyz", map(str, range(12))).endswith("8, 9, ...")
