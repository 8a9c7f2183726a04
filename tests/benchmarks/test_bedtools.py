"""Windows around summits, byte for byte those of bedtools; shuffles keep dinucleotides.

``pytest tests/benchmarks/test_bedtools.py -s`` on 28 November 2026, bedtools 2.30.0:
1,000 windows of 201 and 1,000 of 200 bases of a simulated genome of 1 Mb, on both strands, all the
same; 10,000 shuffles of 200 bases in 1.0 s, all with the same dinucleotides.
"""

import shutil
import subprocess
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rcseq.datasets import make_genome, shuffle_dinucleotides
from rcseq.io import read_regions


@pytest.mark.skipif(shutil.which("bedtools") is None, reason="bedtools is not installed")
@pytest.mark.parametrize("width", [200, 201])
def test_windows_are_those_of_bedtools(tmp_path: Path, width: int) -> None:
    truth = make_genome(tmp_path, random_state=0)
    rng = np.random.default_rng(width)
    n = 1000
    start, length = rng.integers(1000, 198_000, n), rng.integers(100, 900, n)
    peaks = pd.DataFrame(
        {
            "chrom": rng.choice(["chr1", "chr2", "chr5"], n),
            "start": start,
            "end": start + length,
            "name": [f"peak_{row}" for row in range(n)],
            "score": 0,
            "strand": rng.choice(["+", "-"], n),
            "signal": 1.0,
            "p": -1,
            "q": -1,
            "summit": rng.integers(0, length),
        }
    )
    path, summits = tmp_path / "random.narrowPeak", tmp_path / "summits.bed"
    peaks.to_csv(path, sep="\t", header=False, index=False)
    at = peaks["start"] + peaks["summit"]
    columns = ["chrom", "start", "end", "name", "score", "strand"]
    peaks.assign(start=at, end=at + 1)[columns].to_csv(summits, sep="\t", header=False, index=False)

    def bedtools(*arguments: str) -> str:
        command = ["bedtools", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    sizes = tmp_path / "sizes"
    sizes.write_text("".join(f"chr{number}\t200000\n" for number in range(1, 6)))
    sides = ["-l", str(width // 2), "-r", str((width - 1) // 2)]
    windows = tmp_path / "windows.bed"
    windows.write_text(bedtools("slop", "-i", str(summits), "-g", str(sizes), *sides))
    genome = ["-fi", str(truth.genome), "-bed", str(windows)]
    theirs = bedtools("getfasta", *genome, "-s").splitlines()[1::2]
    ours = read_regions(path, truth.genome, width=width).tolist()
    same = sum(a == b for a, b in zip(ours, theirs, strict=True))
    print(f"\n{width} bases: {same} of {n} windows are the same")
    assert same == n


def test_ten_thousand_shuffles() -> None:
    rng = np.random.default_rng(0)
    texts = ["".join(row) for row in rng.choice(list("ACGT"), (10_000, 200))]
    begin = time.perf_counter()
    shuffled = shuffle_dinucleotides(texts, random_state=0)
    seconds = time.perf_counter() - begin
    same = sum(
        Counter(pairwise(a)) == Counter(pairwise(b)) for a, b in zip(texts, shuffled, strict=True)
    )
    print(f"\n{same:,} of 10,000 have the same dinucleotides ({seconds:.1f} s)")
    assert same == 10_000
