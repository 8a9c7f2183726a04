"""Damaged files of every form: read as Biopython reads them, or refused in one sentence.

``pytest -m extended -s tests/io/test_fuzz.py`` reads 100,000 files; it prints its seeds, and how
many files were read and how many refused. ``docs/user_guide/data.md`` lists what differs from
Biopython.
"""

import csv
import gzip
import io
import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from Bio import SeqIO
from Bio.bgzf import BgzfWriter
from Bio.Seq import Seq
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from rcseq.io import (
    SequenceFileError,
    iter_sequences,
    read_bed,
    read_fasta,
    read_fastq,
    read_labelled_table,
    read_motifs,
    read_peaks,
    read_table,
)
from rcseq.sequences import Genome

FASTA = [
    b">chr1:1-5 a b\nACGTN\nacgu\n>x\nRYKM\n",
    b"\xef\xbb\xbf\n> one\tz\nAC GT\n>two\nA\n\n>three\n\tTTGA\n",
]
FASTQ = [b"@r1 x\nACGT\n+\nIIII\n@r2\nGGN\n+r2\n@@@\n", b"@a\nAC\nGT\n+a\n!!\n~~\n"]
TABLE = [
    b"name\tsequence\tlabel\tsplit\na\tACGT\t1\ttrain\nb\tGG\t0\tdev\nc\tTT\t1\ttest\n",
    b'name,sequence,label,split\n"a, b",ACGT,0.5,train\nb,GG,2,test\n\n"say ""x""",T,-1e3,test\n',
    b'"name"\t"sequence"\t"label"\n"1"\t"ACGT"\t"open"\n"2"\t"GG"\t"shut"\n',
]
BED = [
    b"chr1\t0\t5\nchr2\t3\t9\tp\t0\t-\n",
    b"#c\ntrack name=x\nchr1\t2\t12\ta\t900\t.\t5.5\t-1\t3\t2\nchr2\t0\t10\tb\t1\t-\t1\t1\t1\t-1\n",
    b"chr1 1 4 n 0 +\nchr1 1.0 4 n 0 +\nchr2 0 1e+01\n",
]
GENOME = [
    b">chr1 first\nACGTTGCAACACGT\nTGCAACACGTTGCA\nACGT\n>chr2\nGGGGCCAATT\n>chr3\nAC\n",
    b">chr1\r\nACGTTGCAAC\r\nACGTTG\r\n>chr2\r\nGGCC\r\n",
    b";comment\n>chr1\nACGTTGCAAC\n\n>chr2\nGGCCA\nAGGCC\nA",
]
MOTIFS = [
    b"MEME version 4\n\nALPHABET= ACGT\n\nMOTIF M1 foo\n"
    b"letter-probability matrix: alength= 4 w= 2\n0.7 0.1 0.1 0.1\n0.1 0.1 0.7 0.1\n",
    b">MA1 foo\nA [ 14  2  1 ]\nC [  2  2  1 ]\nG [  2 14  2 ]\nT [  2  2 16 ]\n",
    b">AGT\tfoo\t6.05\n0.7\t0.1\t0.1\t0.1\n0.1\t0.1\t0.7\t0.1\n0.1\t0.1\t0.1\t0.7\n",
    b"AC  M1\nXX\nP0      A      C      G      T\n01     14      2      2      2\nXX\n//\n",
]
PIECES = [
    *(bytes([byte]) for byte in b'\n\t ,;">@+[]#=-.0129aACGTNUEe\0\x0b\x0c\x1c\x1a\x7f\r\\~'),
    *("\u00b2\u2028\u00a0\u0085\ufeff\u00e9\u0661".encode()[i : i + 2] for i in range(0, 16, 2)),
    *(b"\xff", b"\xe9", b"\xff\xfe", b"\n\n", b"\r\n", b"\n>", b"\n@", b"\n+\n", b'""', b"\n\t\n"),
    *(b"9" * 400, b"1e5", b"1e+05", b"-1", b"nan", b"inf", b"1_0", b"0x1", b"01", b"\xef\xbb\xbf"),
    *(
        b"chr1",
        b"\nchr1\t0\t5",
        b"track",
        b">chr1\n",
        b">x\nACGT\n",
        b"//\n",
        b"MOTIF ",
        b"NA",
        b"P0",
    ),
]
LETTERS = re.compile("[ACGTUNRYSWKMBDHVacgtunryswkmbdhv]+")

Check = Callable[[Path, bytes], bool]


def text_of(data: bytes) -> str:
    """Decode as the readers do: UTF-8, or else Latin-1."""
    return data.decode("utf-8", "rcseq-latin-1")


def refusal(read: Callable[[], Any], *paths: Path) -> tuple[Any, str]:
    """Return what was read, or how it was refused: in one sentence that names the file."""
    try:
        return read(), ""
    except ValueError as error:
        message, kind = str(error), type(error)
    assert kind is SequenceFileError or (kind is ValueError and paths[0].name.startswith("g."))
    assert any(str(path) in message for path in paths), message
    assert "\n" not in message.replace(str(paths[0]), "")
    return None, message or "refused"


def biopython(text: str, form: str) -> list[tuple[str, str, str]] | None:
    """Return names, sequences and titles, or None if a record is not one of DNA."""
    try:
        found = list(SeqIO.parse(io.StringIO(text, newline=None), form))
        records = [(record.id, str(record.seq), record.description) for record in found]
    except (ValueError, IndexError):  # the latter for a read without a name
        return None
    good = records and all(LETTERS.fullmatch(sequence) for _, sequence, _ in records)
    return records if good else None


def check_records(path: Path, data: bytes, form: str) -> bool:
    text = text_of(data.removeprefix(b"\xef\xbb\xbf"))
    if form == "fasta":
        text = text.lstrip(" \t\n\r\x0b\x0c")
    read = read_fasta if form == "fasta" else read_fastq
    table, refused = refusal(lambda: read(path), path)
    expected = biopython(text, form)
    found = None if refused else [*table.itertuples(index=False, name=None)]
    if expected is None:
        assert refused, found
        return False
    assert [(name, sequence, title) for name, sequence, title in found or ()] == expected, refused
    return True


def check_fasta(path: Path, data: bytes) -> bool:
    return check_records(path, data, "fasta")


def check_fastq(path: Path, data: bytes) -> bool:
    return check_records(path, data, "fastq")


def check_stream(path: Path, data: bytes) -> bool:
    """What is read some at a time is what is read at once."""
    parts, refused = refusal(lambda: list(iter_sequences(path, n_bases=4)), path)
    start = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    read: Any = {b">": read_fasta, b"@": read_fastq}.get(start, read_table)
    table, refused_too = refusal(lambda: read(path), path)
    assert bool(refused) == bool(refused_too), (refused, refused_too)
    if not refused:
        assert [s for part in parts for s in part] == table["sequence"].tolist()
    return not refused


def cells(data: bytes) -> list[list[str]] | None:
    """Cut a table with the standard library; None if a quote goes over several lines."""
    text = text_of(data.removeprefix(b"\xef\xbb\xbf"))
    lines = io.StringIO(text, newline=None).read().split("\n")
    kept = [line for line in lines if line.strip()]
    if "\t" in lines[0]:
        rows = [line.split("\t") for line in kept]
        return [
            [re.sub(r'(?s)^"(.*)"$', lambda m: m[1].replace('""', '"'), w) for w in r] for r in rows
        ]
    try:
        rows = list(csv.reader([f"{line}\n" for line in kept], strict=True))
    except csv.Error:
        return None
    return None if any("\n" in word for row in rows for word in row) else rows


def check_table(path: Path, data: bytes) -> bool:
    table, refused = refusal(lambda: read_table(path, target_column="label"), path)
    labelled, refused_too = refusal(lambda: read_labelled_table(path), path)
    if refused:
        assert refused_too
        return False
    rows = cells(data)
    assert rows is not None
    header, *rows = rows
    assert list(table) == header
    at = header.index("sequence")
    assert table["sequence"].tolist() == [row[at] for row in rows]
    assert all(LETTERS.fullmatch(sequence) for sequence in table["sequence"])
    words = [row[header.index("label")] for row in rows]
    of_label: dict[Any, set[str]] = {}
    for label, word in zip(table["label"].tolist(), words, strict=True):
        of_label.setdefault(label, set()).add(word)
    if labelled is not None:
        assert labelled.sequences.tolist() == table["sequence"].tolist()
        if labelled.task == "classification":
            pairs = set(zip(labelled.target.tolist(), words, strict=True))
            assert len(pairs) == len({word for _, word in pairs}) == len({c for c, _ in pairs})
        else:
            np.testing.assert_array_equal(labelled.target, [float(word) for word in words])
    return True


def check_bed(path: Path, data: bytes) -> bool:
    genome = path.with_name("genome.fa")
    if not genome.exists():
        genome.write_bytes(GENOME[0])
    text = io.StringIO(GENOME[0].decode())
    bases = {record.id: record.seq for record in SeqIO.parse(text, "fasta")}
    table, refused = refusal(lambda: read_bed(path, genome), path, genome)
    peaks, refused_too = refusal(lambda: read_peaks(path), path)
    assert not refused_too or refused
    if refused:
        return False
    lines = (
        io.StringIO(text_of(data.removeprefix(b"\xef\xbb\xbf")), newline=None).read().split("\n")
    )
    kept = [
        n
        for n, s in enumerate(lines, 1)
        if s.strip() and not re.match(r"#|(track|browser)([ \t]|$)", s)
    ]
    assert peaks["line"].tolist() == kept
    for number, sequence, start, end in zip(
        kept, table["sequence"], table["start"], table["end"], strict=True
    ):
        line = lines[number - 1]
        chrom, first, last, *rest = line.split("\t") if "\t" in line else line.split()
        assert (float(first), float(last)) == (start, end)
        expected: Seq = bases[chrom][start:end]
        minus = len(rest) > 2 and rest[2] == "-"
        assert sequence == str(expected.reverse_complement() if minus else expected)
    return True


def check_genome(path: Path, data: bytes) -> bool:
    """A damaged genome beside whatever index: its places are those of Biopython, or refused."""
    genome, refused = refusal(lambda: Genome(path), path)
    if refused:
        return False
    text = text_of(data)
    text = "\n".join(line for line in text.split("\n") if not line.startswith(";")).lstrip()
    parsed = SeqIO.parse(io.StringIO(text, newline=None), "fasta")
    records = {record.id: text_of(bytes(record.seq)) for record in parsed}
    whole = {name: re.sub(r"[\t ]", "", bases) == bases for name, bases in records.items()}
    sizes = genome.sizes.items()
    found, refused = refusal(lambda: {n: genome.read(n, 0, size) for n, size in sizes}, path)
    middle, _ = refusal(lambda: {n: genome.read(n, size // 3, size) for n, size in sizes}, path)
    genome.close()
    if refused:
        return False
    assert list(found) == list(records)
    for name, bases in found.items():
        if LETTERS.fullmatch(bases) and whole[name]:
            assert bases == records[name]
            assert middle[name] == bases[len(bases) // 3 :]
    return True


def check_motifs(path: Path, data: bytes) -> bool:
    found, refused = refusal(lambda: read_motifs(path), path)
    for motif in found or ():
        counts = np.array([motif.counts[base] for base in "ACGT"])
        assert motif.name
        assert (counts >= 0).all()
        assert (counts.sum(axis=0) > 0).all()
    return not refused


CHECKS: dict[str, tuple[Check, Callable[[Path], Any], list[bytes]]] = {
    "a.fa": (check_fasta, read_fasta, FASTA),
    "a.fq": (check_fastq, read_fastq, FASTQ),
    "a.tsv": (check_table, read_table, TABLE),
    "a.stream": (check_stream, lambda path: list(iter_sequences(path)), [*FASTA, *FASTQ, *TABLE]),
    "a.bed": (check_bed, read_peaks, BED),
    "a.narrowPeak": (check_bed, read_peaks, BED[1:2]),
    "g.fa": (check_genome, Genome, GENOME),
    "g.fa.gz": (check_genome, Genome, GENOME),
    "m.txt": (check_motifs, read_motifs, MOTIFS),
}


def damaged(rng: random.Random, data: bytes) -> bytes:
    """Change the line ends at times, and up to four places."""
    data = data.replace(b"\n", rng.choice([b"\n", b"\n", b"\n", b"\r\n", b"\r"]))
    for _ in range(rng.randrange(5)):
        start = rng.randrange(len(data) + 1)
        data = data[:start] + rng.choice(PIECES) + data[start + rng.choice([0, 0, 1, 2, 9]) :]
    return data


def written(path: Path, data: bytes, rng: random.Random) -> bool:
    """Write a file, packed at times, and damage its index at times; tell whether it is whole."""
    if path.name == "g.fa.gz":
        packed = io.BytesIO()
        with BgzfWriter(fileobj=_Kept(packed)) as file:
            file.write(data)
        content = packed.getvalue()
    else:
        content = gzip.compress(data, 1) if path.name != "g.fa" and rng.random() < 0.2 else data
    whole = content is data or rng.random() < 0.7
    if not whole:
        cut = rng.randrange(len(content))
        rest = rng.choice([b"", rng.randbytes(3) + content[cut + 3 :]])
        content = content[:cut] + rest
    path.write_bytes(content)
    index = Path(f"{path}.fai")
    if index.exists() and rng.random() < 0.3:
        old = index.read_bytes()
        cut = rng.randrange(len(old) + 1)
        index.write_bytes(old[:cut] + rng.choice(PIECES) + old[cut + rng.randrange(4) :])
    if path.name.startswith("g.") and rng.random() < 0.2:
        os.utime(path, (1, 1))
    return whole


class _Kept(io.BytesIO):
    """A file of which the bytes are there after it was closed."""

    def __init__(self, into: io.BytesIO) -> None:
        super().__init__()
        self.into = into

    def close(self) -> None:
        if not self.closed:
            self.into.write(self.getvalue())
        super().close()


def examine(path: Path, number: int) -> str:
    """Make and check one file, and return what became of it."""
    rng = random.Random(number)
    check, read, valid = CHECKS[path.name]
    data = damaged(rng, rng.choice(valid))
    if written(path, data, rng):
        return "read" if check(path, data) else "refused"
    try:
        read(path)
    except ValueError as error:
        said = str(error)
    else:
        check(path, data)  # as the whole file would be
        return "read, packing damaged"
    assert str(path) in said
    return "refused, packing damaged"


def run(folder: Path, name: str, n: int, number: int) -> Counter[str]:
    path = folder / name
    counts: Counter[str] = Counter()

    @seed(number)
    @settings(max_examples=n, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(number=st.integers(0, 2**63))
    def each(number: int) -> None:
        counts[examine(path, number)] += 1

    each()
    return counts


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return


@pytest.mark.parametrize("name", [name for name in CHECKS if name != "m.txt"])
def test_damaged_files(tmp_path: Path, name: str) -> None:
    counts = run(tmp_path, name, 150, 20261128)
    assert counts["read"] > 10
    assert counts["refused"] > 10


@pytest.mark.extended
@pytest.mark.parametrize("number", range(int(os.environ.get("RCSEQ_FUZZ_SEEDS", "4"))))
@pytest.mark.parametrize("name", CHECKS)
def test_100_000_damaged_files(tmp_path: Path, name: str, number: int) -> None:
    counts = run(tmp_path, name, 2800, number)
    print(f"\n{name}, seed {number}: {sum(counts.values()):,} files, {dict(counts)}")
