"""Intervals of a genome."""

import gzip
import sys
from pathlib import Path

import pytest

from rcseq.alphabet import reverse_complement
from rcseq.io import SequenceFileError, chromosomes, read_bed, read_regions

pytest.importorskip("pyfaidx", reason='reading a genome is the extra "genome"')

CHR1 = "ACGTTGCAAC" * 10
CHR2 = "GGGGCCAATT"


@pytest.fixture
def genome(tmp_path: Path) -> Path:
    path = tmp_path / "genome.fa"
    lines = "\n".join(CHR1[start : start + 30] for start in range(0, 100, 30))
    path.write_text(f">chr1 first\n{lines}\n>chr2\n{CHR2}\n")
    return path


def bed(folder: Path, text: str) -> Path:
    path = folder / "peaks.bed"
    path.write_text(text)
    return path


def test_intervals_and_strands(tmp_path: Path, genome: Path) -> None:
    lines = (
        'track name="x"\n# a comment\nchr1\t25\t45\n\nchr2 3 8 peak7 0 -\nchr2\t0\t10\t.\t0\t+\n'
    )
    table = read_bed(bed(tmp_path, lines), genome)
    assert table["sequence"].tolist() == [CHR1[25:45], reverse_complement(CHR2[3:8]), CHR2]
    assert table["name"].tolist() == ["chr1:25-45", "peak7", "chr2:0-10"]
    assert table["group"].tolist() == ["chr1", "chr2", "chr2"]
    assert table[["start", "end"]].to_numpy().tolist() == [[25, 45], [3, 8], [0, 10]]
    assert table["strand"].tolist() == [".", "-", "+"]
    unnamed = table["name"].iloc[[0, 2]]
    assert chromosomes(unnamed).tolist() == ["chr1", "chr2"]


def test_gzipped_bed_without_a_last_newline(tmp_path: Path, genome: Path) -> None:
    path = tmp_path / "peaks.bed.gz"
    path.write_bytes(gzip.compress(b"chr2\t0\t4"))
    assert read_bed(path, genome)["sequence"].tolist() == ["GGGG"]


def test_width_is_around_the_middle_and_padded_past_the_ends(tmp_path: Path, genome: Path) -> None:
    path = bed(tmp_path, "chr1\t40\t50\nchr2\t0\t4\nchr2\t8\t10\t.\t0\t-\n")
    sequences = read_bed(path, genome, width=6)["sequence"].tolist()
    assert sequences == [CHR1[42:48], "N" + CHR2[:5], reverse_complement(CHR2[6:] + "NN")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "peaks.bed holds no intervals$"),
        ("# nothing\n", "peaks.bed holds no intervals$"),
        ("chr1\t5\n", r"line 1: 'chr1\\t5' is not an interval; chromosome, start and end are need"),
        ("chr1\t0\t5\nchr1\tx\t5\n", "peaks.bed, line 2: .* is not an interval"),
        ("chr1\t-5\t5\n", "line 1: .* is not an interval"),
        ("chr1\t5\t5\n", "line 1: the interval 5-5 is empty$"),
        ("chr1\t5\t9\ta\t0\t?\n", r"line 1: the strand is '\?', not \+, - or \.$"),
        ("Chr1\t0\t5\n", "no 'Chr1' in .*genome.fa. Did you mean 'chr1'. It has chr1, chr2$"),
        ("chr2\t5\t11\n", "the interval ends at 11, but chr2 in .*genome.fa has 10 bases$"),
    ],
)
def test_bad_intervals(tmp_path: Path, genome: Path, text: str, message: str) -> None:
    with pytest.raises(SequenceFileError, match=message):
        read_bed(bed(tmp_path, text), genome)


def test_regions_are_what_read_bed_reads(tmp_path: Path, genome: Path) -> None:
    path = bed(tmp_path, "chr1\t40\t50\tpeak\nchr2\t8\t10\t.\t0\t-\n")
    table, regions = read_bed(path, genome, width=6), read_regions(path, genome, width=6)
    assert regions.kind == "regions"
    for column, values in (
        ("sequence", regions),
        ("name", regions.names),
        ("group", regions.groups),
    ):
        assert table[column].tolist() == list(values)


def test_bad_width(tmp_path: Path, genome: Path) -> None:
    with pytest.raises(ValueError, match="width=0 is not a number of bases"):
        read_bed(bed(tmp_path, "chr1\t0\t5\n"), genome, width=0)


def test_bad_genomes(tmp_path: Path, genome: Path) -> None:
    path = bed(tmp_path, "chr1\t0\t5\n")
    with pytest.raises(SequenceFileError, match=r"none\.fa: there is no such file"):
        read_bed(path, tmp_path / "none.fa")
    (tmp_path / "packed.fa.gz").write_bytes(gzip.compress(genome.read_bytes()))
    with pytest.raises(SequenceFileError, match=r"packed\.fa\.gz is packed with gzip.*bgzip"):
        read_bed(path, tmp_path / "packed.fa.gz")
    (tmp_path / "text.fa").write_text("hello\n")
    with pytest.raises(SequenceFileError, match=r"text\.fa cannot be indexed"):
        read_bed(path, tmp_path / "text.fa")
    (tmp_path / "protein.fa").write_text(">chr1\nMKVLAAGIV\n")
    with pytest.raises(SequenceFileError, match=r"protein\.fa, the interval chr1:0-5: 'L' at pos"):
        read_bed(path, tmp_path / "protein.fa")


def test_without_pyfaidx_the_error_says_what_to_install(
    tmp_path: Path, genome: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyfaidx", None)
    with pytest.raises(ImportError, match=r'pip install "rcseq\[genome\]"'):
        read_bed(bed(tmp_path, "chr1\t0\t5\n"), genome)
