"""A genome in a file."""

import gzip
import os
import pickle
import struct
import sys
from pathlib import Path

import numpy as np
import pytest

from rcseq.alphabet import reverse_complement
from rcseq.sequences import Genome, Regions, as_sequences

pytest.importorskip("pyfaidx", reason='reading a genome is the extra "genome"')

CHR1 = "ACGTTGCAAC" * 3


@pytest.fixture
def fasta(tmp_path: Path) -> Path:
    path = tmp_path / "genome.fa"
    path.write_text(f">chr1 the first\n{CHR1[:20]}\n{CHR1[20:]}\n>chr2\nggNN\n")
    return path


def write_two_bit(path: Path, records: dict[str, str]) -> Path:
    """Write the format of UCSC: https://genome.ucsc.edu/FAQ/FAQformat.html#format7."""

    def blocks(found: list[tuple[int, int]]) -> bytes:
        starts, sizes = [s for s, _ in found], [n for _, n in found]
        return struct.pack(f"<I{2 * len(found)}I", len(found), *starts, *sizes)

    def runs(mask: list[bool]) -> list[tuple[int, int]]:
        edges = np.flatnonzero(np.diff([0, *mask, 0])).reshape(-1, 2)
        return [(int(a), int(b - a)) for a, b in edges]

    body, index = b"", b""
    offset = 16 + sum(1 + len(name) + 4 for name in records)
    for name, bases in records.items():
        index += bytes([len(name)]) + name.encode() + struct.pack("<I", offset + len(body))
        letters = [("TCAG".find(base) & 3) for base in bases.upper().replace("N", "T")]
        letters += [0] * (-len(letters) % 4)
        packed = bytes(
            a << 6 | b << 4 | c << 2 | d for a, b, c, d in np.array(letters).reshape(-1, 4).tolist()
        )
        unknown = blocks(runs([base in "Nn" for base in bases]))
        masked = blocks(runs([base.islower() for base in bases]))
        body += struct.pack("<I", len(bases)) + unknown + masked + bytes(4) + packed
    path.write_bytes(struct.pack("<IIII", 0x1A412743, 0, len(records), 0) + index + body)
    return path


@pytest.fixture(params=["fa", "2bit"])
def genome(request: pytest.FixtureRequest, tmp_path: Path, fasta: Path) -> Genome:
    if request.param == "fa":
        return Genome(fasta)
    pytest.importorskip("py2bit", reason='reading .2bit is the extra "twobit"')
    return Genome(write_two_bit(tmp_path / "genome.2bit", {"chr1": CHR1, "chr2": "ggNN"}))


def test_places(genome: Genome) -> None:
    assert genome.sizes == {"chr1": 30, "chr2": 4}
    assert genome.read("chr1", 18, 23) == CHR1[18:23]
    assert genome.read("chr2", 0, 4) == "ggNN"
    assert genome.read("chr1", -2, 3) == "NN" + CHR1[:3]
    assert genome.read("chr1", 28, 33) == CHR1[28:] + "NNN"
    assert genome.read("chr2", -2, 6) == "NNggNNNN"
    assert genome.read("chr1", 40, 43) == genome.read("chr1", -9, -6) == "NNN"


def test_a_copy_opens_the_file_itself(genome: Genome) -> None:
    copy = pickle.loads(pickle.dumps(genome))
    genome.close()
    assert copy.read("chr1", 0, 4) == genome.read("chr1", 0, 4) == "ACGT"


def test_regions_take_an_open_genome(genome: Genome) -> None:
    import pandas as pd

    table = pd.DataFrame({"chrom": ["chr1"], "start": [2], "end": [8], "strand": ["-"]})
    assert as_sequences(Regions(genome, table)).tolist() == [reverse_complement(CHR1[2:8])]


def test_chromosomes_that_are_not_there(genome: Genome) -> None:
    genome.require(["chr1"])
    with pytest.raises(ValueError, match=r"no 'Chr1' in .*\. Did you mean 'chr1'\? It has chr1, "):
        genome.require(["chr2", "Chr1"])
    with pytest.raises(ValueError, match=r"no '1' in .* It calls it 'chr1': name the chromosomes"):
        genome.require(["1"])


def test_packed_files(tmp_path: Path, fasta: Path) -> None:
    packed = tmp_path / "genome.fa.gz"
    packed.write_bytes(gzip.compress(fasta.read_bytes()))
    with pytest.raises(ValueError, match=r"gunzip -c \S*genome.fa.gz > \S*genome.fa && bgzip \S*"):
        Genome(packed)
    hidden = tmp_path / "hidden.fa"
    hidden.write_bytes(packed.read_bytes())
    with pytest.raises(ValueError, match=r"its name does not say so; unpack it: mv \S+hidden.fa "):
        Genome(hidden)
    from Bio.bgzf import BgzfWriter

    with BgzfWriter(str(packed)) as file:
        file.write(fasta.read_bytes())
    assert Genome(packed).read("chr1", 0, 30) == CHR1
    hidden.write_bytes(packed.read_bytes())
    with pytest.raises(ValueError, match=r"packed with bgzip, but its name .* mv \S+ \S+\.fa\.gz"):
        Genome(hidden)


def test_files_that_are_no_genome(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match=r"none\.fa: there is no such file"):
        Genome(tmp_path / "none.fa")
    (tmp_path / "text.fa").write_text("hello\n")
    with pytest.raises(ValueError, match=r"text\.fa cannot be indexed"):
        Genome(tmp_path / "text.fa")
    pytest.importorskip("py2bit", reason='reading .2bit is the extra "twobit"')
    (tmp_path / "text.2bit").write_text("hello\n")
    with pytest.raises(ValueError, match=r"text\.2bit is not a \.2bit file, or is damaged"):
        Genome(tmp_path / "text.2bit")


@pytest.mark.parametrize(("library", "extra"), [("pyfaidx", "genome"), ("py2bit", "twobit")])
def test_without_the_library_the_error_says_what_to_install(
    tmp_path: Path, fasta: Path, monkeypatch: pytest.MonkeyPatch, library: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    path = fasta if library == "pyfaidx" else fasta.rename(tmp_path / "genome.2bit")
    with pytest.raises(ImportError, match=rf'pip install "rcseq\[{extra}\]"'):
        Genome(path)


@pytest.mark.parametrize("header", [">chr1 another first", ">chr1"])
def test_a_genome_that_is_replaced_while_it_is_open(fasta: Path, header: str) -> None:
    genome = Genome(fasta)
    assert genome.read("chr1", 18, 22) == CHR1[18:22]
    bases = CHR1.translate(str.maketrans("ACGT", "TGCA"))
    fasta.write_text(f"{header}\n{bases[:20]}\n{bases[20:]}\n>chr2\nggNN\n")
    os.utime(fasta, (1, 1))
    assert genome.read("chr1", 18, 22) == bases[18:22]
    fasta.write_text(f">chr1\n{bases[:20]}\n>chr2\nggNN\n")
    for held in (genome, pickle.loads(pickle.dumps(genome))):
        with pytest.raises(ValueError, match=r"genome\.fa has changed since it was opened"):
            held.read("chr1", 0, 4)
    fasta.unlink()
    with pytest.raises(ValueError, match="there is no such file"):
        genome.read("chr1", 0, 4)
