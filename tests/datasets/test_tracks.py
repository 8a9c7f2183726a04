"""Peaks with the reads of two tracks."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rcseq.alphabet import reverse_complement
from rcseq.datasets import load_stranded_profiles
from rcseq.io import SequenceFileError, TrackBlock, write_track

pytest.importorskip("pyfaidx", reason='reading a genome is the extra "genome"')

RNG = np.random.default_rng(0)
GENOME = {name: "".join(RNG.choice(list("ACGT"), 300)) for name in ("chr1", "chr2")}
READS = {name: RNG.poisson(0.8, (2, 300)).astype(np.float32) for name in GENOME}
PEAKS = "chr1\t100\t120\tone\t5\t+\nchr2\t200\t240\ttwo\t4\t-\nchr1\t2\t8\tedge\t3\t+\n"


def write(path: Path, strand: int, sign: float = 1.0) -> Path:
    blocks = []
    for chrom, reads in READS.items():
        there = np.flatnonzero(reads[strand])
        blocks.append(TrackBlock(chrom, there, there + 1, sign * reads[strand][there]))
    write_track(path, dict.fromkeys(GENOME, 300), blocks)
    return path


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    (tmp_path / "genome.fa").write_text("".join(f">{n}\n{s}\n" for n, s in GENOME.items()))
    (tmp_path / "peaks.bed").write_text(PEAKS)
    return [tmp_path / "peaks.bed", tmp_path / "genome.fa"]


@pytest.mark.parametrize("ending", ["bw", "bedgraph"])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_reads_lie_along_the_sequences_as_they_are_read(
    files: list[Path], tmp_path: Path, ending: str, sign: float
) -> None:
    if ending == "bw":
        pytest.importorskip("pybigtools", reason='bigWig is the extra "tracks"')
    plus = write(tmp_path / f"plus.{ending}", 0)
    minus = write(tmp_path / f"minus.{ending}", 1, sign)
    data = load_stranded_profiles(*files, plus, minus, width=60, output_length=40)
    one, two = GENOME["chr1"][80:140], GENOME["chr2"][190:250]
    assert data.sequences.tolist() == [one, reverse_complement(two)]
    np.testing.assert_array_equal(data.target[0], READS["chr1"][:, 90:130])
    np.testing.assert_array_equal(data.target[1], READS["chr2"][::-1, 200:240][:, ::-1])
    assert not np.signbit(data.target).any()
    assert data.groups is not None
    assert data.groups.tolist() == ["chr1", "chr2"]
    assert "1 past the end of a chromosome left out" in data.description


def test_what_is_no_number_of_reads_is_refused(files: list[Path], tmp_path: Path) -> None:
    plus, minus = write(tmp_path / "plus.bedgraph", 0, -1.0), write(tmp_path / "minus.bedgraph", 1)
    with pytest.raises(SequenceFileError, match=r"plus.bedgraph: the value at chr1:\d+ is -\d"):
        load_stranded_profiles(*files, plus, minus, width=60)
    with pytest.raises(ValueError, match="output_length=41 must be from 1 to width=60"):
        load_stranded_profiles(*files, plus, minus, width=60, output_length=41)
    blacklist: Any = tmp_path / "black.bed"
    blacklist.write_text("chr1\t0\t300\nchr2\t0\t300\n")
    with pytest.raises(SequenceFileError, match="no interval is left"):
        load_stranded_profiles(*files, minus, minus, width=60, blacklist=blacklist)
    with pytest.raises(SequenceFileError, match="no such file"):
        load_stranded_profiles(files[0], tmp_path / "none.fa", minus, minus)
