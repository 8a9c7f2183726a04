"""Backgrounds: like the positives in all that is no signal, and nowhere on them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

from rcseq.datasets import SimulatedGenome, make_background, make_genome
from rcseq.io import read_peaks, read_regions
from rcseq.sequences import Regions, Sequences, as_sequences, composition, overlapping

pytest.importorskip("pyfaidx", reason='reading a genome is the extra "genome"')


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> SimulatedGenome:
    return make_genome(tmp_path_factory.mktemp("genome"), n_sites=400, random_state=0)


@pytest.fixture(scope="module", params=[200, None], ids=["one width", "many lengths"])
def positives(request: pytest.FixtureRequest, truth: SimulatedGenome) -> Sequences:
    return read_regions(truth.peaks, truth.genome, width=request.param)


def self_overlaps(table: pd.DataFrame) -> int:
    table = table.sort_values(["chrom", "start"])
    same = table["chrom"].shift(-1) == table["chrom"]
    return int((same & (table["start"].shift(-1) < table["end"])).sum())


def test_windows_are_matched_and_free(positives: Sequences, truth: SimulatedGenome) -> None:
    blacklist = pd.DataFrame({"chrom": ["chr2"], "start": [50_000], "end": [150_000]})
    background = make_background(positives, exclude=blacklist, random_state=0)
    ours, theirs = composition(background), composition(positives)
    assert ours["length"].tolist() == theirs["length"].tolist()
    assert background.groups.tolist() == positives.groups.tolist()
    for feature in ("gc", "unknown"):
        assert ks_2samp(ours[feature], theirs[feature], method="asymp").statistic < 0.02
    assert ks_2samp(ours["soft_masked"], theirs["soft_masked"], method="asymp").statistic < 0.1
    table = background.regions.table
    assert not overlapping(table, pd.concat([positives.regions.table, blacklist])).any()
    assert not self_overlaps(table)
    sizes = table["chrom"].map(positives.regions.genome.sizes)
    assert ((table["start"] >= 0) & (table["end"] <= sizes)).all()


def test_random_windows_would_not_be_matched(truth: SimulatedGenome) -> None:
    positives = read_regions(truth.peaks, truth.genome, width=200)
    start = np.random.default_rng(0).integers(2000, 190_000, 400)
    table = pd.DataFrame({"chrom": positives.groups, "start": start, "end": start + 200})
    random = composition(as_sequences(Regions(truth.genome, table)))
    assert ks_2samp(random["gc"], composition(positives)["gc"]).statistic > 0.1


def test_seed_and_ratio(positives: Sequences) -> None:
    some = positives[:40]
    twice = make_background(some, ratio=2, random_state=0)
    assert len(twice) == 80
    assert twice.groups.tolist() == some.groups.tolist() * 2
    assert twice.lengths.tolist() == some.lengths.tolist() * 2
    assert not self_overlaps(twice.regions.table)
    assert twice.tolist() == make_background(some, ratio=2, random_state=0).tolist()
    assert twice.tolist() != make_background(some, ratio=2, random_state=1).tolist()


def test_strand_is_that_of_the_positive(truth: SimulatedGenome) -> None:
    table = read_peaks(truth.peaks)[:6].assign(strand=["+", "-"] * 3)
    background = make_background(as_sequences(Regions(truth.genome, table)), random_state=0)
    assert background.regions.minus.tolist() == [False, True] * 3


def test_flanks_lie_beside_their_peaks(positives: Sequences) -> None:
    background = make_background(positives, "flanks", random_state=0)
    ours, theirs = background.regions.table, positives.regions.table
    lengths = (theirs["end"] - theirs["start"]).tolist()
    assert (ours["end"] - ours["start"]).tolist() == lengths
    assert ours["chrom"].tolist() == theirs["chrom"].tolist()
    steps = (ours["start"] - theirs["start"]) / np.array(lengths)
    assert set(np.sign(steps)) == {1, -1}
    assert steps.abs().median() <= 2
    assert not overlapping(ours, theirs).any()
    assert not self_overlaps(ours)


def test_shuffles_of_any_sequences() -> None:
    background = make_background(["ACGTTGAC", "GATTACA"], "dinucleotide", ratio=2, random_state=0)
    assert background.lengths.tolist() == [8, 7, 8, 7]
    assert background.names is None
    named = as_sequences(["ACGTTGAC"]).with_names(["a"])
    assert make_background(named, "dinucleotide").names.tolist() == ["a_shuffled"]


def test_a_genome_too_small_is_refused_and_a_poor_match_is_told(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    at, gc = ("".join(rng.choice(list(letters), 3000)) for letters in ("AT", "GC"))
    (tmp_path / "g.fa").write_text(f">chr1\n{at}{gc}\n")
    table = pd.DataFrame({"chrom": "chr1", "start": range(3000, 5000, 100)})
    positives = as_sequences(Regions(tmp_path / "g.fa", table.assign(end=table["start"] + 100)))
    with pytest.warns(UserWarning, match=r"g\.fa has too few windows .* 1\.000 in the positives"):
        make_background(positives, random_state=0)
    with pytest.raises(ValueError, match=r"g\.fa has room for \d+ windows .* but 60 are wanted"):
        make_background(positives, ratio=3, random_state=0)
    crowded = pd.DataFrame({"chrom": ["chr1"], "start": [0], "end": [6000]})
    with pytest.raises(ValueError, match="chr1:3000-3100: all 25 windows on either side of it"):
        make_background(positives, "flanks", exclude=crowded)


def test_bad_parameters(positives: Sequences) -> None:
    with pytest.raises(ValueError, match="kind='at' is not 'gc', 'dinucleotide' or 'flanks'"):
        make_background(positives, "at")
    with pytest.raises(ValueError, match="ratio=0 is not a number of sequences"):
        make_background(positives, ratio=0)
    with pytest.raises(TypeError, match=r"the positives are text; read them by rcseq\.io\.read_"):
        make_background(["ACGT"], "gc")
