"""The commands of the page "From peaks to answer" run as they stand there."""

import gzip
import re
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from rcseq.cli import main
from rcseq.datasets import make_genome
from rcseq.sequences import Genome

PAGE = Path(__file__).parents[1] / "docs" / "user_guide" / "peaks_to_answer.md"
TOY = Path(__file__).parents[2] / "shared" / "data" / "toy_genome"
QUICK = {
    "compare": "--cv 2 --max-epochs 1 --strategies standard,rcps --jobs 1 --no-baseline "
    "--no-strand-test",
    "fit": "--max-epochs 1 --jobs 1 --no-report",
    "scan": "--jobs 1",
}

pytest.importorskip("pyfaidx", reason='reading a genome is the extra "genome"')
pytest.importorskip("pysam", reason='variants are the extra "variants"')
pytest.importorskip("matplotlib", reason='the report is the extra "plot"')


def run_page(without: str = "") -> None:
    """Run what the page shows, in the current folder, with as little training as there can be."""
    [block] = re.findall(r"```bash\n(.*?)```", PAGE.read_text("utf-8"), flags=re.DOTALL)
    for line in block.splitlines():
        _, verb, *arguments = shlex.split(line.replace(without, "") if without else line)
        command = [verb, *arguments, *QUICK.get(verb, "").split()]
        result = CliRunner().invoke(main, command, catch_exceptions=False)
        assert result.exit_code == 0, f"{line}\n{result.stderr}"


def test_on_a_simulated_genome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {f"chr{number}": 15_000 for number in range(1, 6)}
    make_genome(tmp_path, chromosomes=sizes, n_sites=40, random_state=0)
    monkeypatch.chdir(tmp_path)
    run_page()
    assert "About the data" in Path("results/report.html").read_text("utf-8")
    assert len(pd.read_csv("predictions.tsv", sep="\t")) == 40
    records = [line for line in Path("scored.vcf").read_text().splitlines() if line[0] != "#"]
    assert len(records) == 80
    assert all("RCSEQ_DELTA" in record for record in records)
    track = pd.read_csv("track.bedgraph", sep="\t", header=None, comment="t")
    assert set(track[0]) == set(sizes)


@pytest.mark.extended
@pytest.mark.skipif(not TOY.is_dir(), reason="shared data are not here")
def test_on_a_piece_of_the_human_genome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "genome.fa").write_bytes(gzip.decompress((TOY / "hg38_1m.fa.gz").read_bytes()))
    genome = Genome(tmp_path / "genome.fa")
    start = np.sort(np.random.default_rng(0).choice(np.arange(20_000, 980_000, 1000), 60, False))
    rows = [f"chr1\t{s}\t{s + 300}\tp{s}\t0\t.\t1\t-1\t-1\t150\n" for s in start]
    (tmp_path / "peaks.narrowPeak").write_text("".join(rows))
    variants = ["##fileformat=VCFv4.2", "##contig=<ID=chr1>"]
    variants += ["\t".join(["#CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO"])]
    for at in (start + 150).tolist():
        old = genome.read("chr1", at, at + 1).upper()
        new = "C" if old == "A" else "A"
        variants += ["\t".join(["chr1", str(at + 1), ".", old, new, ".", ".", "."])]
    (tmp_path / "variants.vcf").write_text("\n".join(variants) + "\n")
    monkeypatch.chdir(tmp_path)
    run_page(without="--groups chromosome")  # it has one chromosome
    assert len(pd.read_csv("predictions.tsv", sep="\t")) == 60
