"""One reader for every form."""

from pathlib import Path

import pytest

from rcseq.io import SequenceFileError, read_sequences


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.fa", ">x\nACGT\n"),
        ("a.txt", "\n>x\nACGT\n"),
        ("a.fq", "@x\nACGT\n+\nIIII\n"),
        ("a.tsv", "name\tsequence\nx\tACGT\n"),
        ("a.csv", "name,sequence\nx,ACGT\n"),
    ],
)
def test_form_is_recognised(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    table = read_sequences(tmp_path / name)
    assert table["name"].tolist() == ["x"]
    assert table["sequence"].tolist() == ["ACGT"]


def test_options_go_to_the_reader(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("dna,y\nACGT,1\n")
    assert read_sequences(tmp_path / "a.csv", sequence_column="dna")["y"].tolist() == [1]
    (tmp_path / "a.fa").write_text(">x\nACGT\n")
    with pytest.raises(TypeError, match="sequence_column"):
        read_sequences(tmp_path / "a.fa", sequence_column="dna")


def test_bed(tmp_path: Path) -> None:
    pytest.importorskip("pyfaidx", reason='reading a genome is the extra "genome"')
    (tmp_path / "g.fa").write_text(">chr1\nACGTACGT\n")
    (tmp_path / "a.bed").write_text("chr1\t0\t3\n")
    table = read_sequences(tmp_path / "a.bed", genome=tmp_path / "g.fa")
    assert table["sequence"].tolist() == ["ACG"]


@pytest.mark.parametrize("name", ["a.fa", "a.csv", "a.bed", "a"])
def test_empty_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("\n")
    with pytest.raises(SequenceFileError, match=f"{name} holds no sequences$"):
        read_sequences(tmp_path / name)
