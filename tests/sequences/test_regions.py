"""Regions of a genome, read when they are asked for."""

import gzip
import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from joblib import Parallel, delayed

from rcseq import DNAOneHotEncoder, KmerVectorizer
from rcseq.alphabet import reverse_complement
from rcseq.sequences import Regions, as_sequences

pytest.importorskip("pyfaidx", reason='reading a genome is the extra "genome"')

CHR1 = "ACGTTGCAAC" * 10
CHR2 = "GGGGCCAATT"


@pytest.fixture
def genome(tmp_path: Path) -> Path:
    path = tmp_path / "genome.fa"
    lines = "\n".join(CHR1[start : start + 30] for start in range(0, 100, 30))
    path.write_text(f">chr1 first\n{lines}\n>chr2\n{CHR2}\n")
    return path


def table(*rows: tuple[Any, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["chrom", "start", "end", "strand", "name"])


ROWS = table(("chr1", 25, 45, "+", ""), ("chr2", 3, 8, "-", "peak"), ("chr2", 0, 10, ".", None))
TEXTS = [CHR1[25:45], reverse_complement(CHR2[3:8]), CHR2]


def test_regions(genome: Path) -> None:
    sequences = as_sequences(Regions(genome, ROWS))
    assert sequences.kind == "regions"
    assert sequences.tolist() == TEXTS
    assert sequences.lengths.tolist() == [20, 5, 10]
    assert sequences.names.tolist() == ["chr1:25-45", "peak", "chr2:0-10"]
    assert sequences.groups.tolist() == ["chr1", "chr2", "chr2"]
    assert sequences.native() is sequences
    other = sequences[[2, 0]].reverse_complement()
    assert other.tolist() == [reverse_complement(CHR2), reverse_complement(CHR1[25:45])]
    np.testing.assert_array_equal(other.codes().codes, as_sequences(other.tolist()).codes().codes)
    assert other.names.tolist() == ["chr2:0-10", "chr1:25-45"]
    assert [len(part.codes) for part in sequences.parts(10)] == [20, 5, 10]


def test_width_is_around_the_middle_and_padded_past_the_ends(genome: Path) -> None:
    rows = table(("chr1", 40, 50, "+", ""), ("chr2", 0, 4, "+", ""), ("chr2", 8, 10, "-", ""))
    found = as_sequences(Regions(genome, rows, width=6)).tolist()
    assert found == [CHR1[42:48], "N" + CHR2[:5], reverse_complement(CHR2[6:] + "NN")]
    assert as_sequences(Regions(genome, rows[:1], width=300)).lengths.tolist() == [300]


def test_width_is_around_the_summit(genome: Path) -> None:
    rows = table(("chr1", 40, 50, "+", ""), ("chr1", 40, 50, "-", ""), ("chr1", 40, 50, "+", ""))
    peaks = rows.assign(summit=[42, 42, -1])
    for width, (first, last) in {1: (42, 43), 4: (40, 44), 5: (40, 45)}.items():
        found = as_sequences(Regions(genome, peaks, width=width)).tolist()
        around = CHR1[first:last]
        middle = CHR1[45 - (width + 1) // 2 : 45 + width // 2]
        assert found == [around, reverse_complement(around), middle]
    whole = as_sequences(Regions(genome, peaks))
    assert whole.tolist() == as_sequences(Regions(genome, rows)).tolist()


def test_table_is_what_is_read(genome: Path) -> None:
    regions = Regions(genome, ROWS, width=4)
    again = Regions(genome, regions.table)
    assert as_sequences(again).tolist() == as_sequences(regions).tolist()
    assert again.names.tolist() == regions.names.tolist()


def test_transformers_read_regions(genome: Path) -> None:
    sequences = as_sequences(Regions(genome, ROWS))
    for transformer in (DNAOneHotEncoder(), DNAOneHotEncoder(output="codes"), KmerVectorizer(2)):
        found, expected = (transformer.fit_transform(X) for X in (sequences, TEXTS))
        np.testing.assert_array_equal(*(getattr(X, "toarray", X.copy)() for X in (found, expected)))


def test_processes_open_the_genome_themselves(genome: Path) -> None:
    sequences = as_sequences(Regions(genome, ROWS))
    assert pickle.loads(pickle.dumps(sequences)).tolist() == TEXTS
    found = Parallel(n_jobs=2)(delayed(list)(sequences[[i]]) for i in range(3))
    assert found == [[text] for text in TEXTS]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("Chr1", 0, 5), r"region 0: there is no 'Chr1' in .*genome.fa.* Did you mean 'chr1'\?"),
        (("chr2", 5, 11), "region 0: the interval ends at 11, but chr2 in .*genome.fa has 10"),
        (("chr2", 5, 5), "region 0: the interval 5-5 is empty"),
        (("chr2", -1, 5), "region 0: the interval begins at -1"),
    ],
)
def test_bad_regions(genome: Path, row: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Regions(genome, table((*row, "+", "")))


def test_bad_width(genome: Path) -> None:
    with pytest.raises(ValueError, match="width=0 is not a number of bases"):
        Regions(genome, ROWS, width=0)


def test_bad_genomes(tmp_path: Path, genome: Path) -> None:
    with pytest.raises(ValueError, match=r"none\.fa: there is no such file"):
        Regions(tmp_path / "none.fa", ROWS)
    (tmp_path / "packed.fa.gz").write_bytes(gzip.compress(genome.read_bytes()))
    with pytest.raises(ValueError, match=r"packed\.fa\.gz is packed with gzip.*bgzip"):
        Regions(tmp_path / "packed.fa.gz", ROWS)
    (tmp_path / "protein.fa").write_text(">chr1\nMKVLAAGIV\n")
    regions = Regions(tmp_path / "protein.fa", table(("chr1", 0, 5, "+", "")))
    with pytest.raises(ValueError, match=r"protein\.fa, the interval chr1:0-5 has 'L' at pos"):
        as_sequences(regions).codes()


def test_without_pyfaidx_the_error_says_what_to_install(
    genome: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyfaidx", None)
    with pytest.raises(ImportError, match=r'pip install "rcseq\[genome\]"'):
        Regions(genome, ROWS)
