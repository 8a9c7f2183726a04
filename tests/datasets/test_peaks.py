"""Peaks and a genome as a labelled set."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rcseq.alphabet import reverse_complement
from rcseq.datasets import SimulatedGenome, load_peaks, make_genome
from rcseq.io import SequenceFileError, read_peaks
from rcseq.sequences import overlapping

pytest.importorskip("pyfaidx", reason='reading a genome is the extra "genome"')

rng = np.random.default_rng(0)
CHR1, CHR2 = ("".join(rng.choice(list("ACGT"), n)) for n in (4000, 2000))


@pytest.fixture
def genome(tmp_path: Path) -> Path:
    path = tmp_path / "genome.fa"
    path.write_text(f">chr1\n{CHR1}\n>chr2\n{CHR2}\n")
    return path


def peaks(folder: Path, *rows: str, name: str = "x.narrowPeak") -> Path:
    (folder / name).write_text("".join(row.replace(" ", "\t") + "\n" for row in rows))
    return folder / name


ROWS = (
    "chr1 100 200 a 0 . 5 -1 -1 20",
    "chr1 1000 1100 b 0 - 9 -1 -1 -1",
    "chr2 500 560 c 0 . 7 -1 -1 10",
)


def test_windows_are_around_summits(tmp_path: Path, genome: Path) -> None:
    data = load_peaks(peaks(tmp_path, *ROWS), genome, width=40)
    bound = data.sequences[data.target == 1]
    assert bound.tolist() == [
        CHR1[100:140],
        reverse_complement(CHR1[1030:1070]),
        CHR2[490:530],
    ]
    assert data.names[:3].tolist() == ["a", "b", "c"]
    assert data.groups.tolist() == ["chr1", "chr1", "chr2"] * 2
    assert data.target.tolist() == [1, 1, 1, 0, 0, 0]
    assert data.sequences.kind == "regions"
    assert (
        "3 peaks of 40 bases; around their summits, 1 without one around their middles) and "
        in (data.description)
    )
    middle = load_peaks(peaks(tmp_path, *ROWS), genome, width=40, center="middle")
    assert middle.sequences[0] == CHR1[130:170]
    whole = load_peaks(peaks(tmp_path, *ROWS), genome)
    assert whole.sequences.lengths.tolist() == [100, 100, 60] * 2


def test_what_is_left_out_is_said(tmp_path: Path, genome: Path) -> None:
    rows = (
        *ROWS,
        "chr1 100 180 again 0 . 6 -1 -1 20",  # the window of a, and a better score
        "chr1 0 50 edge 0 . 6 -1 -1 5",
        "chr2 510 570 near 0 . 3 -1 -1 10",  # overlaps c
        "chr2 1500 1560 black 0 . 3 -1 -1 30",
    )
    black = peaks(tmp_path, "chr2 1540 1550", name="black.bed")
    found = load_peaks(peaks(tmp_path, *rows), genome, width=40, blacklist=black)
    assert found.names[:5].tolist() == ["b", "c", "again", "edge", "near"]
    assert "NNNNNNNNNNNNNNN" + CHR1[:25] in found.sequences.tolist()
    for words in (
        "5 peaks of 40 bases",
        "1 on the blacklist left out",
        "1 padded by N past the end of a chromosome",
        "1 with the window of another left out",
        "1 that overlap a stronger one kept",
    ):
        assert words in found.description
    few = load_peaks(
        peaks(tmp_path, *rows), genome, width=40, edges="drop", overlaps="drop", blacklist=black
    )
    assert few.names[:3].tolist() == ["b", "c", "again"]
    assert "1 past the end of a chromosome left out" in few.description


def test_chromosomes_are_chosen(tmp_path: Path, genome: Path) -> None:
    path = peaks(tmp_path, *ROWS)
    assert load_peaks(path, genome, chromosomes=["chr2"]).names[0] == "c"
    found = load_peaks(path, genome, exclude_chromosomes=["chr2"])
    assert found.names[:2].tolist() == ["a", "b"]
    assert "1 on other chromosomes left out" in found.description
    with pytest.raises(SequenceFileError, match=r"x\.narrowPeak: no interval is left; 3 on oth"):
        load_peaks(path, genome, chromosomes=["chr2"], exclude_chromosomes=["chr2"])
    with pytest.raises(SequenceFileError, match=r"there is no '2' in .* It calls it 'chr2'"):
        load_peaks(path, genome, chromosomes=["2"])


def test_negatives_of_every_kind(tmp_path: Path, genome: Path) -> None:
    path = peaks(tmp_path, *ROWS)
    fasta = tmp_path / "negatives.fa"
    fasta.write_text(">chr2:5-9\nACGT\n>chr1:1-5\nGGGG\n")
    bed = peaks(tmp_path, "chr1 3000 3100", "chr2 10 20", name="negatives.bed")
    for negatives, kind, groups in (
        ("gc", "regions", ["chr1", "chr1", "chr2"]),
        ("flanks", "regions", ["chr1", "chr1", "chr2"]),
        ("dinucleotide", "text", ["chr1", "chr1", "chr2"]),
        (fasta, "text", ["chr2", "chr1"]),
        (bed, "regions", ["chr1", "chr2"]),
    ):
        data = load_peaks(path, genome, width=40, negatives=negatives)
        assert data.sequences.kind == kind
        assert data.groups[3:].tolist() == groups
        assert len(data.names) == len(data) == 3 + len(groups)
        assert data.sequences[:3].tolist()[0] == CHR1[100:140]
    assert data.sequences.tolist()[3:] == [CHR1[3030:3070], "N" * 5 + CHR2[:35]]
    assert "negatives.bed (2 negatives; around their middles, 1 padded" in data.description
    fasta.write_text(">x\nACGT\n")
    assert load_peaks(path, genome, negatives=fasta).groups is None


def test_seed_of_the_negatives(tmp_path: Path, genome: Path) -> None:
    path = peaks(tmp_path, *ROWS)
    first = load_peaks(path, genome).sequences.tolist()
    assert first == load_peaks(path, genome).sequences.tolist()
    assert first != load_peaks(path, genome, random_state=1).sequences.tolist()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("chr3 1 5", "line 1: there is no 'chr3' in .*genome.fa. Did you mean 'chr"),
        ("1 1 5", "line 1: there is no '1' in .* It calls it 'chr1'"),
        ("chr2 1990 2001", "line 1: the interval ends at 2001, but chr2 in .* has 2000 bases"),
        ("# nothing", "x.bed holds no intervals"),
        ("chr2 a b", "line 1: 'a' is not an interval's start or end"),
    ],
)
def test_bad_peaks(tmp_path: Path, genome: Path, row: str, message: str) -> None:
    with pytest.raises(SequenceFileError, match=message):
        load_peaks(peaks(tmp_path, row, name="x.bed"), genome)


@pytest.mark.parametrize("options", [{"center": "x"}, {"edges": "x"}, {"overlaps": "x"}])
def test_bad_parameters(tmp_path: Path, genome: Path, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w+='x' is not '\w+' or '\w+'"):
        load_peaks(peaks(tmp_path, *ROWS), genome, **options)


def test_peaks_of_a_simulated_genome_hold_their_sites(tmp_path: Path) -> None:
    truth: SimulatedGenome = make_genome(tmp_path, n_sites=50, random_state=0)
    data = load_peaks(truth.peaks, truth.genome, width=100)
    windows = data.sequences.regions.table
    assert overlapping(windows, truth.sites).tolist() == (data.target == 1).tolist()
    assert len(read_peaks(truth.peaks)) == 50
