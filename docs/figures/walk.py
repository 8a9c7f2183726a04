"""Pictures of the page "From peaks to answer": its walk, on a genome a fourth as long.

The steps are those of the commands, by the functions behind them, with the same model. They run
once for all pictures of a build, which takes about half a minute.
"""

import tempfile
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from rcseq import DNAOneHotEncoder, make_model
from rcseq.datasets import SimulatedGenome, load_peaks, make_genome
from rcseq.inspection import deeplift
from rcseq.io import read_track
from rcseq.motifs import align, as_motif, discover_motifs
from rcseq.plotting import LogoDisplay
from rcseq.scan import scan_genome
from rcseq.variants import score_variants

HELD_OUT = "chr5"
INK, SITE, BESIDE = "#333333", "#d55e00", "#0072b2"


class Walk(NamedTuple):
    """What the steps have given."""

    truth: SimulatedGenome
    motif: Any
    track: pd.DataFrame
    effects: pd.DataFrame


@cache
def walk() -> Walk:
    """Go from the files of a genome to a motif, scores of variants and a track."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sizes = {f"chr{number}": 50_000 for number in range(1, 6)}
        truth = make_genome(folder, chromosomes=sizes, n_sites=200, random_state=0)
        data = load_peaks(truth.peaks, truth.genome, width=200, negatives="gc")
        train = data.groups != HELD_OUT
        model = make_model(random_state=0, device="cpu")
        model.fit(data.sequences[train], data.target[train])

        peaks = data.sequences[train & (data.target == 1)][:80].tolist()
        contributions = deeplift(model, peaks, hypothetical=True, n_references=3)
        motif = discover_motifs(DNAOneHotEncoder().fit_transform(peaks), contributions)[0]

        scan_genome(model, truth.genome, folder / "track.bedgraph", chromosomes=[HELD_OUT])
        blocks = list(read_track(folder / "track.bedgraph"))
        track = pd.concat(
            [pd.DataFrame({"start": b.start, "end": b.end, "value": b.value}) for b in blocks]
        )
        variants = pd.read_csv(truth.variants, sep="\t", comment="#", header=None)
        variants = variants[[0, 1, 2, 3, 4]].set_axis(["chrom", "pos", "id", "ref", "alt"], axis=1)
        return Walk(truth, motif, track, score_variants(model, variants, truth.genome))


def draw_motif() -> None:
    """Draw the motif that was planted, and below it the one that was found."""
    done = walk()
    [(name, planted)] = done.truth.motifs.items()
    found = as_motif(done.motif).matrix
    similarity, offset, turned = align(planted, found)
    found = found[::-1, ::-1] if turned else found
    _, axes = plt.subplots(2, 1, figsize=(6, 3.4), sharex=True, sharey=True, layout="constrained")
    LogoDisplay.from_motif(planted, name=f"planted: {name}", ax=axes[0])
    aligned = np.full_like(planted, 0.25)  # no information where the one that was found ends
    start, stop = max(0, offset), min(len(planted), offset + len(found))
    aligned[start:stop] = found[start - offset : stop - offset]
    title = f"found: {done.motif.name}, {done.motif.n_sites} sites, similarity {similarity:.2f}"
    LogoDisplay.from_motif(aligned, name=title, ax=axes[1])
    axes[1].set(xlabel="position", xticks=range(0, len(planted), 5))


def draw_track() -> None:
    """Draw the predictions along a part of the chromosome that was held out."""
    done = walk()
    first, last = 10_000, 30_000
    sites = done.truth.sites.query("chrom == @HELD_OUT and @first < start < @last")
    part = done.track.query("@first < start < @last")
    _, ax = plt.subplots(figsize=(8, 2.4), layout="constrained")
    ax.fill_between(part["start"] / 1000, part["value"], step="post", color=BESIDE, linewidth=0)
    ax.plot(sites["start"] / 1000, np.full(len(sites), 1.06), "v", color=SITE, label="planted site")
    ax.set(ylim=(0, 1.12), xlim=(first / 1000, last / 1000))
    ax.set(xlabel=f"{HELD_OUT}, thousands of bases", ylabel="probability of a peak")
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), frameon=False)
    ax.spines[["top", "right"]].set_visible(False)


def draw_variants() -> None:
    """Draw the scores of variants that break a site, and of those beside one."""
    effects = walk().effects
    _, ax = plt.subplots(figsize=(6, 2.8), layout="constrained")
    bins = np.linspace(effects["logit_delta"].min(), effects["logit_delta"].max(), 50)
    kinds = {"site": ("in a site", SITE), "beside": ("100 bases beside one", BESIDE)}
    for kind, (label, colour) in kinds.items():
        values = effects.loc[effects["id"].str.startswith(kind), "logit_delta"]
        ax.hist(values, bins, color=colour, alpha=0.8, label=label)
    ax.axvline(0, color=INK, linewidth=0.8)
    ax.set(xlabel="log-odds with the variant minus without", ylabel="variants")
    ax.legend(frameon=False)
    ax.spines[["top", "right"]].set_visible(False)
