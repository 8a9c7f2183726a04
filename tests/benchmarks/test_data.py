"""Speed of reading, encoding, counting and simulating, beside what one would use otherwise."""

import gzip
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest
from Bio import motifs
from Bio.Seq import Seq
from Bio.SeqIO.FastaIO import SimpleFastaParser
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import OneHotEncoder

from rcseq.alphabet import ENCODE_TABLE
from rcseq.datasets import make_motif_sequences, make_zhou2022
from rcseq.io import read_fasta
from rcseq.preprocessing import DNAOneHotEncoder, KmerVectorizer, MotifScorer


def seconds(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def ratio(name: str, ours: Callable[[], Any], other: Callable[[], Any], repeats: int = 5) -> float:
    """Median time of ours over that of the other, in turns."""
    times = np.array([(seconds(ours), seconds(other)) for _ in range(repeats)])
    mine, theirs = median(times[:, 0]), median(times[:, 1])
    print(f"\n{name}: {mine * 1e3:.1f} ms against {theirs * 1e3:.1f} ms: {mine / theirs:.3f}")
    return mine / theirs


@pytest.fixture(scope="module")
def sequences() -> list[str]:
    return make_motif_sequences(20_000, length=1000, random_state=0).sequences.tolist()


def test_codes_cost_little_more_than_a_bare_translation(sequences: list[str]) -> None:
    encoder = DNAOneHotEncoder(output="codes").fit(sequences[:1])
    assert (
        ratio(
            "20 Mbp to codes, against join + encode + translate",
            lambda: encoder.transform(sequences),
            lambda: "".join(sequences).encode().translate(ENCODE_TABLE),
        )
        < 1.5
    )


def test_one_hot_is_faster_than_scikit_learns(sequences: list[str]) -> None:
    few = sequences[:500]
    other = OneHotEncoder(categories=[list("ACGT")] * 1000, sparse_output=False, dtype=np.uint8)
    other.fit([list(few[0])])
    assert (
        ratio(
            "0.5 Mbp to one-hot, against OneHotEncoder on letters",
            lambda: DNAOneHotEncoder(length=1000).fit_transform(few),
            lambda: other.transform([list(sequence) for sequence in few]),
            repeats=3,
        )
        < 0.05
    )


@pytest.mark.parametrize(("shortest", "longest"), [(500, 1000), (100, 200), (20, 40)])
def test_unequal_lengths(sequences: list[str], shortest: int, longest: int) -> None:
    span = longest - shortest
    cut = [sequence[: shortest + i % span] for i, sequence in enumerate(sequences)]
    equal = [sequence[:longest] for sequence in sequences]
    encoder = DNAOneHotEncoder(length=longest, output="codes").fit(cut[:1])
    n_bases = sum(map(len, cut))
    times = [seconds(lambda: encoder.transform(cut)) for _ in range(5)]
    print(f"\n{shortest} to {longest} bases: {n_bases / median(times) / 1e9:.2f} Gbp/s")
    assert (
        ratio(
            f"sequences of {shortest} to {longest} bases to codes, against equal lengths",
            lambda: encoder.transform(cut),
            lambda: encoder.transform(equal),
        )
        < 4
    )


def test_kmers_are_faster_than_a_count_vectorizer(sequences: list[str]) -> None:
    few = sequences[:2000]
    other = CountVectorizer(analyzer="char", ngram_range=(6, 6), lowercase=False)
    assert (
        ratio(
            "6-mers of 2 Mbp, against CountVectorizer",
            lambda: KmerVectorizer(6, canonical=False).fit_transform(few),
            lambda: other.fit_transform(few),
            repeats=3,
        )
        < 0.5
    )


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzipped"])
@pytest.mark.parametrize("width", [1000, 60])
def test_fasta_is_no_slower_than_biopythons_parser(
    sequences: list[str], tmp_path: Path, width: int, packed: bool
) -> None:
    path = tmp_path / "a.fa"
    lines = ("\n".join(textwrap.wrap(sequence, width)) for sequence in sequences)
    text = "".join(f">read{i}\n{line}\n" for i, line in enumerate(lines)).encode()
    path.write_bytes(gzip.compress(text, 6) if packed else text)

    def parse() -> list[tuple[str, str]]:
        with gzip.open(path, "rt") if packed else path.open() as file:
            return list(SimpleFastaParser(file))

    assert (
        ratio(
            "20 MB of FASTA to a table of checked sequences, against Bio's SimpleFastaParser",
            lambda: read_fasta(path),
            parse,
        )
        < 1
    )


def test_simulating_30_000_sequences_of_1_000_bp() -> None:
    took = seconds(lambda: make_zhou2022(1000, random_state=0))
    print(f"\n30,000 x 1,000 bp with motifs: {took:.2f} s")
    assert took < 20


def test_motif_scores_are_faster_than_biopythons(sequences: list[str]) -> None:
    few = sequences[:200]
    motif = motifs.create(["ACGTACGTAC", "TCGTACGATC"], alphabet="ACGT")
    pssm = motif.counts.normalize(pseudocounts=0.5).log_odds()
    both = pssm, pssm.reverse_complement()
    assert (
        ratio(
            "a motif in 0.2 Mbp, against Biopython's",
            lambda: MotifScorer([motif]).fit_transform(few),
            lambda: [max(p.calculate(Seq(s)).max() for p in both) for s in few],
        )
        < 1
    )
