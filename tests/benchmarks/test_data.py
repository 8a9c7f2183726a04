"""Speed of reading, encoding, counting and simulating, beside what one would use otherwise."""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest
from Bio import SeqIO, motifs
from Bio.Seq import Seq
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
def sequences() -> np.ndarray:
    return make_motif_sequences(20_000, length=1000, random_state=0).sequences


def test_codes_cost_little_more_than_a_bare_translation(sequences: np.ndarray) -> None:
    encoder = DNAOneHotEncoder(output="codes").fit(sequences[:1])
    assert (
        ratio(
            "20 Mbp to codes, against join + encode + translate",
            lambda: encoder.transform(sequences),
            lambda: "".join(sequences).encode().translate(ENCODE_TABLE),
        )
        < 1.5
    )


def test_one_hot_is_faster_than_scikit_learns(sequences: np.ndarray) -> None:
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


def test_unequal_lengths(sequences: np.ndarray) -> None:
    cut = [sequence[: 500 + i % 500] for i, sequence in enumerate(sequences)]
    encoder = DNAOneHotEncoder(length=1000)
    assert (
        ratio(
            "sequences of unequal lengths, against equal ones (15 and 20 Mbp)",
            lambda: encoder.fit(cut[:1]).transform(cut),
            lambda: encoder.fit(cut[:1]).transform(sequences),
        )
        < 4
    )


def test_kmers_are_faster_than_a_count_vectorizer(sequences: np.ndarray) -> None:
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


def test_fasta_is_no_slower_than_biopythons_parser(sequences: np.ndarray, tmp_path: Path) -> None:
    path = tmp_path / "a.fa"

    def parse() -> list[tuple[str, str]]:
        with path.open() as text:
            return [(record.id, str(record.seq)) for record in SeqIO.parse(text, "fasta")]

    path.write_text("".join(f">read{i}\n{sequence}\n" for i, sequence in enumerate(sequences)))
    assert (
        ratio(
            "20 MB of FASTA, against Bio.SeqIO.parse",
            lambda: read_fasta(path),
            parse,
        )
        < 1
    )


def test_simulating_30_000_sequences_of_1_000_bp() -> None:
    took = seconds(lambda: make_zhou2022(1000, random_state=0))
    print(f"\n30,000 x 1,000 bp with motifs: {took:.2f} s")
    assert took < 20


def test_motif_scores_are_faster_than_biopythons(sequences: np.ndarray) -> None:
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
