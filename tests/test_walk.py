"""The commands of the page "From peaks to answer" run as they stand there."""

import gzip
import re
import shlex
from collections.abc import Collection
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from rcseq.cli import main
from rcseq.datasets import make_genome
from rcseq.io import read_motifs, read_peaks, read_track
from rcseq.motifs import motif_similarity
from rcseq.scan import find_peaks
from rcseq.sequences import Genome

PAGE = Path(__file__).parents[1] / "docs" / "user_guide" / "peaks_to_answer.md"
TOY = Path(__file__).parents[2] / "shared" / "data" / "toy_genome"
QUICK = {
    "motifs": "--attributions none --max-logos 1",
    "compare": "--cv 2 --max-epochs 1 --strategies standard,rcps --jobs 1 --no-baseline "
    "--no-strand-test",
    "fit": "--max-epochs 1 --jobs 1 --no-report",
    "scan": "--jobs 1",
}

pytest.importorskip("pyfaidx", reason='reading a genome is the extra "genome"')
pytest.importorskip("pybigtools", reason='bigWig is the extra "tracks"')
pytest.importorskip("pysam", reason='variants are the extra "variants"')
pytest.importorskip("matplotlib", reason='the report is the extra "plot"')


def run_page(*without: str, quick: Collection[str] = tuple(QUICK)) -> None:
    """Run what the page shows, in the current folder, with as little work as there can be."""
    blocks = re.findall(r"```bash\n(.*?)```", PAGE.read_text("utf-8"), flags=re.DOTALL)
    for line in "".join(blocks).replace("\\\n", "").splitlines():
        for words in without:
            line = line.replace(words, "")
        _, verb, *arguments = shlex.split(line)
        options = QUICK.get(verb, "") if verb in quick else ""
        command = [verb, *arguments, *options.split()]
        result = CliRunner().invoke(main, command, catch_exceptions=False)
        assert result.exit_code == 0, f"{line}\n{result.stderr}"


def test_on_a_simulated_genome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {f"chr{number}": 15_000 for number in range(1, 6)}
    make_genome(tmp_path, chromosomes=sizes, n_sites=40, random_state=0)
    monkeypatch.chdir(tmp_path)
    run_page("--database known.meme")  # names, which compile for a minute
    assert "About the data" in Path("results/report.html").read_text("utf-8")
    assert len(pd.read_csv("predictions.tsv", sep="\t")) == 40
    records = [line for line in Path("scored.vcf").read_text().splitlines() if line[0] != "#"]
    assert len(records) == 80
    assert all("RCSEQ_DELTA" in record for record in records)
    assert {block.chrom for block in read_track("track.bw")} == set(sizes)
    assert read_motifs("motifs/motifs.meme")


@pytest.mark.extended
def test_the_answers_are_those_that_were_planted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("captum", reason='motifs of sites are the extra "motifs"')
    truth = make_genome(tmp_path, random_state=0)
    monkeypatch.chdir(tmp_path)
    run_page(quick=["compare"])
    motifs = pd.read_csv("motifs/motifs.tsv", sep="\t").set_index("motif")
    assert motifs.loc["pattern1", "match"] == "CTCF_known1"
    assert motifs.loc["pattern1", "q_value"] < 1e-6
    similarity = motif_similarity("motifs/motifs.meme", truth.motifs)
    assert similarity.loc["pattern1", "CTCF_known1"] > 0.9

    thresholds = np.arange(0.8, 1, 0.005)
    found = [recovered(truth.sites, find_peaks("track.bw", at, max_gap=50)) for at in thresholds]
    assert max(recall for recall, false in found if false <= 0.1) >= 0.9
    recall, false = recovered(truth.sites, read_peaks("called.narrowPeak"))
    assert recall >= 0.85
    assert false <= 0.15

    scores: dict[str, dict[str, float]] = {"site": {}, "beside": {}}
    for line in Path("scored.vcf").read_text().splitlines():
        if not line.startswith("#"):
            kind, number = line.split("\t")[2].split("_")
            scores[kind][number] = float(re.findall(r"RCSEQ_LOGIT=([^;]+)", line)[0])
    both = pd.DataFrame(scores)
    assert len(both) == 400
    assert (both["site"] < both["beside"]).mean() > 0.95
    assert both["site"].median() < -2
    assert abs(both["beside"].median()) < 0.2


def recovered(sites: pd.DataFrame, peaks: pd.DataFrame) -> tuple[float, float]:
    """Return the share of the sites that a peak touches, and of the peaks that touch none."""
    chrom = "chrom" if "chrom" in peaks else "group"
    touch = (
        (sites["chrom"].to_numpy()[:, None] == peaks[chrom].to_numpy())
        & (sites["start"].to_numpy()[:, None] < peaks["end"].to_numpy())
        & (sites["end"].to_numpy()[:, None] > peaks["start"].to_numpy())
    )
    return touch.any(axis=1).mean(), 1 - touch.any(axis=0).mean()


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
    # it has one chromosome, and nothing was planted
    run_page("--groups chromosome", "--database known.meme")
    assert len(pd.read_csv("predictions.tsv", sep="\t")) == 60
