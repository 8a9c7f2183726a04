"""FASTA of which any place is read."""

import gzip
import os
import pickle
from pathlib import Path

import pytest
from Bio.bgzf import BgzfWriter

from rcseq.sequences._indexed import IndexedFasta

pytest.importorskip("pyfaidx", reason='reading a genome is the extra "genome"')

TEXT = ">chr1 a\nACGTAC\nGTTTGC\nAA\n>chr2\nGGCC\n"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "folder" / "genome.fa"
    path.parent.mkdir()
    path.write_text(TEXT)
    return path


def packed(path: Path, text: str = TEXT) -> Path:
    path = path.with_name("genome.fa.gz")
    with BgzfWriter(str(path)) as file:
        file.write(text.encode())
    return path


def read(path: Path) -> tuple[dict[str, int], str, str]:
    genome = IndexedFasta(path)
    try:
        return genome.sizes, genome.read("chr1", 4, 13), genome.read("chr2", 0, 4)
    finally:
        genome.close()


RIGHT = {"chr1": 14, "chr2": 4}, "ACGTTTGCA", "GGCC"


@pytest.mark.parametrize("plain", [True, False])
def test_places(path: Path, plain: bool) -> None:
    path = path if plain else packed(path)
    assert read(path) == RIGHT
    kept = {p.name: p.stat().st_mtime_ns for p in path.parent.iterdir()}
    assert {f"{path.name}.fai"} | (set() if plain else {f"{path.name}.gzi"}) <= set(kept)
    assert read(path) == RIGHT
    assert {p.name: p.stat().st_mtime_ns for p in path.parent.iterdir()} == kept


@pytest.mark.parametrize("age", [1, 2 * 10**9])
@pytest.mark.parametrize("plain", [True, False])
def test_a_genome_that_was_replaced(path: Path, plain: bool, age: int) -> None:
    """Its date says nothing: ``cp -p``, ``rsync -t`` and ``tar`` keep that of the source."""
    other = TEXT.replace("ACGTAC\nGTTTGC\nAA", "ACGTACG\nTTTGCAA")
    path = path if plain else packed(path)
    assert read(path) == RIGHT
    path.write_text(other) if plain else packed(path, other)
    os.utime(path, (age, age))
    assert read(path) == RIGHT
    assert read(path) == RIGHT


@pytest.mark.parametrize("index", [b"", b"hello\n", b"chr1\t4\t8\t4\t5\n", b"\xff\x00", b"\n" * 9])
@pytest.mark.parametrize("suffix", [".fai", ".gzi"])
def test_damaged_indices_are_made_anew(path: Path, index: bytes, suffix: str) -> None:
    path = packed(path)
    assert read(path) == RIGHT
    Path(f"{path}{suffix}").write_bytes(index)
    os.utime(f"{path}{suffix}", (2 * 10**9, 2 * 10**9))
    assert read(path) == RIGHT
    assert Path(f"{path}.fai").read_text().startswith("chr1\t14\t8\t6\t7\n")


def test_a_folder_that_cannot_be_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(target: Path, *args: object) -> object:
        if Path(target).parent == path.parent:
            raise PermissionError(13, "Permission denied")
        return write(target, *args)

    from rcseq.sequences import _indexed

    write = _indexed.atomic_write
    monkeypatch.setattr(_indexed, "atomic_write", refuse)
    assert read(path) == RIGHT
    assert [p.name for p in path.parent.iterdir()] == ["genome.fa"]
    (kept,) = (path.parent.parent / "cache" / "rcseq" / "genomes").iterdir()
    made = kept.stat().st_mtime_ns
    assert read(path) == RIGHT
    assert kept.stat().st_mtime_ns == made
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")
    assert read(path) == RIGHT  # an index that is kept nowhere


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"hello\n", "does not contain a valid sequence|Unexpected text"),
        (b"", "does not contain a valid sequence"),
        (b">chr1\nA\n>chr2\nA\n>chr1\nA\n", "two records are named 'chr1'"),
        (b">chr1 \xe9\nA\n", "the byte 0xe9 is not text in UTF-8"),
        (b">chr1\nACGT\nA\nACGT\n", "not consistent"),
        (b">chr1\nACGTA\nACGT\r\nACGTA\nAC\n>chr2\nGG\n", "lines of a record are of unequal len"),
        (b">chr1\nACGT\n>\nA\n", "Bad sequence name"),
    ],
)
def test_files_that_have_no_index(path: Path, content: bytes, message: str) -> None:
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"genome\.fa cannot be indexed: .*({message})"):
        IndexedFasta(path)
    assert [p.name for p in path.parent.iterdir()] == ["genome.fa"]


def test_damaged_packing(path: Path) -> None:
    path = packed(path)
    whole = path.read_bytes()
    for content in (whole[:60], whole[:-40], gzip.compress(TEXT.encode()), whole[:20] + b"x" * 60):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"genome\.fa\.gz cannot be indexed: "):
            IndexedFasta(path)


def test_a_file_that_changes_while_it_is_read(path: Path) -> None:
    genome = IndexedFasta(path)
    path.write_text(">chr1 a\nACG\n")
    with pytest.raises(ValueError, match=r"chr1:2-14 holds \d letters; the file has changed"):
        genome.read("chr1", 2, 14)


def test_an_index_is_not_kept_in_a_pickle(path: Path) -> None:
    from rcseq.sequences import Genome

    assert len(pickle.dumps(Genome(path))) < 1000


LINES = ">chr1\nACGTAC\nGTTTGC\nAACCGG\nTTAACC\n"
MOVED = ">chr1\nACGTAC\nGTTT\nGCAACCGG\nTTAACC\n"  # as long, and its first and last lines fit


@pytest.mark.parametrize("plain", [True, False])
def test_lines_that_moved_under_an_index_are_noticed(path: Path, plain: bool) -> None:
    path.write_text(LINES)
    path = path if plain else packed(path, LINES)
    IndexedFasta(path).close()
    path.write_text(MOVED) if plain else packed(path, MOVED)
    os.utime(path, (2 * 10**9, 2 * 10**9))
    with pytest.raises(ValueError, match=r"cannot be indexed: .*not consistent"):
        IndexedFasta(path)


@pytest.mark.parametrize("plain", [True, False])
def test_bases_that_changed_under_an_index_are_read(path: Path, plain: bool) -> None:
    path = path if plain else packed(path)
    assert read(path) == RIGHT
    other = TEXT.replace("GTTTGC", "GAAAGC").replace("GGCC", "TTTT")
    path.write_text(other) if plain else packed(path, other)
    os.utime(path, (2 * 10**9, 2 * 10**9))
    assert read(path) == (RIGHT[0], "ACGAAAGCA", "TTTT")


def test_an_index_older_than_its_genome_is_looked_at_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rcseq.sequences import _indexed

    looks = []

    def fits(rows: object, raw: object, *, every_line: bool) -> bool:
        looks.append(every_line)
        return True

    assert read(path) == RIGHT
    monkeypatch.setattr(_indexed, "fits", fits)
    os.utime(f"{path}.fai", (1, 1))
    assert read(path) == read(path) == RIGHT
    assert looks == [True, False]
