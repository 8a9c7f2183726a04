"""Files that are read some sequences at a time."""

import gzip
import io
import sys
from pathlib import Path

import pytest

from rcseq.io import SequenceFileError, iter_sequences, read_fasta

RECORDS = [(f"s{i}", "ACGTN"[i % 5] * (i % 7 + 1)) for i in range(100)]


@pytest.fixture
def fasta(tmp_path: Path) -> Path:
    path = tmp_path / "reads.fa"
    path.write_text("".join(f">{name} of a read\n{sequence}\n" for name, sequence in RECORDS))
    return path


def taken(*args, **options):
    parts = list(iter_sequences(*args, **options))
    return [pair for part in parts for pair in zip(part.names, part, strict=True)], len(parts)


@pytest.mark.parametrize("n_bases", [10, 2_000_000])
@pytest.mark.parametrize("block", [64, 2**17])
def test_fasta_is_what_read_fasta_reads(fasta, n_bases, block, monkeypatch):
    monkeypatch.setattr("rcseq.io._fasta._BLOCK", block)
    records, n_parts = taken(fasta, n_bases=n_bases)
    assert (
        records
        == RECORDS
        == [*read_fasta(fasta)[["name", "sequence"]].itertuples(index=False, name=None)]
    )
    assert (n_parts > 2) == (n_bases == 10 and block == 64)


def test_fastq_and_tables(tmp_path, monkeypatch):
    monkeypatch.setattr("rcseq.io._stream._ROWS", 7)
    fastq = tmp_path / "reads.fq.gz"
    text = "".join(f"@{n} x\n{s}\n+\n{'I' * len(s)}\n" for n, s in RECORDS)
    fastq.write_bytes(gzip.compress(text.encode()))
    assert taken(fastq, n_bases=10)[0] == RECORDS
    table = tmp_path / "reads.tsv"
    table.write_text("name\tsequence\n" + "".join(f"{n}\t{s}\n" for n, s in RECORDS))
    assert taken(table)[0] == RECORDS
    csv = tmp_path / "reads.csv"
    csv.write_text("id,site\n" + "".join(f'"{n}",{s}\n' for n, s in RECORDS))
    assert taken(csv, sequence_column="site", name_column="id")[0] == RECORDS
    unnamed = [(str(i), s) for i, (_, s) in enumerate(RECORDS, start=1)]
    assert taken(csv, sequence_column="site")[0] == unnamed


def test_standard_input_is_read_once(fasta, monkeypatch):
    for data in (fasta.read_bytes(), gzip.compress(fasta.read_bytes())):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        assert taken("-")[0] == RECORDS
    table = b"sequence\nACGT\n" + b"\n" + b"ACXT\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(table)))
    with pytest.raises(SequenceFileError, match="standard input, line 4: 'X' at position 3"):
        taken("-")


def test_intervals_of_a_genome(tmp_path):
    pytest.importorskip("pyfaidx")
    genome, bed = tmp_path / "genome.fa", tmp_path / "sites.bed"
    genome.write_text(">chr1\nACGTTGACTCATAACG\n")
    bed.write_text("chr1\t4\t9\tsite\t0\t-\nchr1\t0\t4\nchr1\t3\t6\n")
    expected = [("site", "AGTCA"), ("chr1:0-4", "ACGT"), ("chr1:3-6", "TTG")]
    assert taken(bed, genome=genome) == (expected, 1)
    assert taken(bed, genome=genome, n_bases=6) == (expected, 3)
    assert [len(s) for _, s in taken(bed, genome=genome, width=3)[0]] == [3, 3, 3]
    with pytest.raises(SequenceFileError, match=r"sites\.bed holds intervals; their genome"):
        taken(bed)
    genome.write_text(">chr1\nACGTTGAXTCATAACG\n")
    with pytest.raises(SequenceFileError, match=r"an interval of .*: 'X' at position 3"):
        taken(bed, genome=genome)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no sequences"),
        ("\n \n", "holds no sequences"),
        (">a\nACGT\n>b\n\n>c\nA\n", r"record 2 \(b\): the sequence is empty"),
        (">a\nACGT\n>b\nACZT\n", r"record 2 \(b\): 'Z' at position 3"),
        ("@a\nACGT\n+\nII\n", "Lengths of sequence and quality"),
        ("@a\nAC!T\n+\nIIII\n", r"record 1 \(a\): '!' at position 3"),
        ("name\tseq\na\tACGT\n", "has no column 'sequence'; did you mean 'seq'?"),
        ("name\tsequence\n", "holds no sequences"),
        ("sequence,label\nACGT,1\n,1\n", "line 3: the column 'sequence' is empty"),
        ('sequence\tlabel\nAC\t1\nA"\t1\nA\t1\n', "line 3: '\"' at position 2"),
        ("sequence,label\nACGT,1,2\n", "columns"),
    ],
)
def test_what_is_wrong_names_the_place(tmp_path, text, message):
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(SequenceFileError, match=message) as caught:
        taken(path)
    assert str(path) in str(caught.value)


def test_damage_far_into_the_file(fasta, tmp_path):
    packed = gzip.compress(b"".join(b">s%d\n%s\n" % (i, b"ACGT" * 50) for i in range(5000)))
    path = tmp_path / "half.fa.gz"
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(SequenceFileError, match="truncated or damaged"):
        taken(path)
    path.write_bytes(b"\xff\xfe>a\nA\n")
    with pytest.raises(SequenceFileError, match="UTF-16"):
        taken(path)
