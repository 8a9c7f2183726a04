"""One reader for every form."""

import os
import threading
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


@pytest.mark.parametrize("name", ["peaks.narrowPeak", "PEAKS.BED", "a.broadPeak", "a.bed.gz"])
def test_bed_is_known_by_its_name(tmp_path: Path, name: str) -> None:
    pytest.importorskip("pyfaidx", reason='reading a genome is the extra "genome"')
    (tmp_path / "g.fa").write_text(">chr1\nACGTACGT\n")
    rest = {"k": "\tp\t0\t.\t1\t1\t1\t1" if "narrow" in name else "\tp\t0\t.\t1\t1\t1"}
    (tmp_path / name).write_text("chr1\t0\t3" + rest.get(name[-1], "") + "\n")
    table = read_sequences(tmp_path / name, genome=tmp_path / "g.fa")
    assert table["sequence"].tolist() == ["ACG"]


@pytest.mark.parametrize("text", [">x\nACGT\n", "@x\nACGT\n+\nIIII\n", "name\tsequence\nx\tACGT\n"])
def test_pipes_are_read_once(tmp_path: Path, text: str) -> None:
    if not hasattr(os, "mkfifo"):
        pytest.skip("named pipes are of POSIX")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=[text], daemon=True)
    writer.start()
    table = read_sequences(pipe)
    writer.join(10)
    assert table[["name", "sequence"]].to_numpy().tolist() == [["x", "ACGT"]]


@pytest.mark.parametrize("name", ["a.fa", "a.csv", "a"])
def test_empty_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("\n")
    with pytest.raises(SequenceFileError, match=f"{name} holds no sequences$"):
        read_sequences(tmp_path / name)
