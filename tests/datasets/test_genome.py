"""The truth about a simulated genome is the truth."""

from pathlib import Path

import numpy as np
import pytest

from rcseq.alphabet import reverse_complement
from rcseq.datasets import SimulatedGenome, load_simulation_motifs, make_genome
from rcseq.io import read_fasta, read_motifs, read_peaks

CHROMOSOMES = {"chr1": 60_000, "chrX": 30_000}


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> SimulatedGenome:
    folder = tmp_path_factory.mktemp("genome")
    return make_genome(folder, chromosomes=CHROMOSOMES, n_sites=30, random_state=0)


def genome(truth: SimulatedGenome) -> dict[str, str]:
    table = read_fasta(truth.genome)
    return dict(zip(table["name"], table["sequence"], strict=True))


def test_sites_are_where_they_are_said_to_be(truth: SimulatedGenome) -> None:
    bases = genome(truth)
    assert {chrom: len(text) for chrom, text in bases.items()} == CHROMOSOMES
    [matrix] = truth.motifs.values()
    for site in truth.sites.itertuples():
        found = bases[site.chrom][site.start : site.end].upper()
        assert site.instance == (found if site.strand == "+" else reverse_complement(found))
        assert len(site.instance) == len(matrix)
    assert set(truth.sites["strand"]) == {"+", "-"}
    apart = truth.sites.groupby("chrom")["start"].diff().dropna()
    assert apart.min() >= 600


def test_what_was_planted_is_among_known_motifs(truth: SimulatedGenome, tmp_path: Path) -> None:
    names = [motif.name for motif in read_motifs(truth.known)]
    assert names == list(load_simulation_motifs())
    mine = make_genome(tmp_path, chromosomes=CHROMOSOMES, motif=np.eye(4), n_sites=2)
    [planted] = mine.motifs
    assert [motif.name for motif in read_motifs(mine.known)] == [*names, planted]


def test_peaks_have_their_summits_near_the_sites(truth: SimulatedGenome) -> None:
    peaks = read_peaks(truth.peaks)
    middle = (truth.sites["start"] + truth.sites["end"]) // 2
    assert (peaks["summit"] - middle).abs().max() <= 10
    assert (peaks["end"] - peaks["start"]).nunique() > 10


def test_variants_break_sites_or_lie_beside_them(truth: SimulatedGenome) -> None:
    bases, sites = genome(truth), truth.sites
    lines = [line for line in truth.variants.read_text().splitlines() if line[0] != "#"]
    assert len(lines) == 2 * len(sites)
    [matrix] = truth.motifs.values()
    for line in lines:
        chrom, pos, name, ref, alt, *_ = line.split("\t")
        at = int(pos) - 1
        assert bases[chrom][at].upper() == ref != alt
        kind, number = name.split("_")
        site = sites.iloc[int(number) - 1]
        assert bool(site.start <= at < site.end) is (kind == "site")
        if kind == "site":
            column = at - site.start if site.strand == "+" else site.end - 1 - at
            new = alt if site.strand == "+" else reverse_complement(alt)
            assert matrix[column].max() > 0.9
            assert matrix[column]["ACGT".index(new)] < 0.1


def test_background_has_what_confounds(truth: SimulatedGenome) -> None:
    text = genome(truth)["chr1"]
    assert text.upper().startswith("N" * 2000)
    assert 0.1 < np.mean([base.islower() for base in text]) < 0.5
    windows = [text[i : i + 2000].upper() for i in range(2000, len(text) - 2000, 2000)]
    gc = [(w.count("G") + w.count("C")) / len(w) for w in windows]
    assert max(gc) - min(gc) > 0.1


def test_seed_makes_the_files_again(truth: SimulatedGenome, tmp_path: Path) -> None:
    again = make_genome(tmp_path, chromosomes=CHROMOSOMES, n_sites=30, random_state=0)
    other = make_genome(tmp_path / "new", chromosomes=CHROMOSOMES, n_sites=30, random_state=1)
    for name in ("genome", "peaks", "variants"):
        text = getattr(truth, name).read_text()
        assert getattr(again, name).read_text() == text != getattr(other, name).read_text()


def test_bad_genomes(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="n_sites=99, but the chromosomes have room for"):
        make_genome(tmp_path, chromosomes={"chr1": 20_000}, n_sites=99)
    with pytest.raises(ValueError, match="chromosomes is not a length"):
        make_genome(tmp_path, chromosomes={"chr1": 0})
    with pytest.raises(ValueError, match="there is no motif 'x'"):
        make_genome(tmp_path, motif="x")
    assert not list(tmp_path.iterdir())
