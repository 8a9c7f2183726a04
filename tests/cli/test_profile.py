"""``rcseq reproduce zhou2022-profile``."""

import functools

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from rcseq.cli import main

QUICK = ["--max-epochs", "1", "--seeds", "1", "--jobs", "1", "--device", "cpu"]


def run(*arguments):
    return CliRunner().invoke(main, ["reproduce", *arguments], catch_exceptions=False)


def test_the_simulation_becomes_a_table_and_a_page(tmp_path):
    out = tmp_path / "out"
    options = [*QUICK, "--strategies", "standard,rcps", "--n-samples", "50", "--out", str(out)]
    done = run("zhou2022-profile", *options)
    assert done.exit_code == 0, done.output
    table = pd.read_csv(out / "results.csv").set_index("strategy")
    discordance = table["profile_discordance"]
    assert discordance["rcps"] < 1e-5 < discordance["standard"]
    assert "true rates" in done.stdout
    assert "50 simulated sequences of 200 bases" in done.stderr
    html = (out / "report.html").read_text()
    assert "zhou2022-profile --seeds 1" in html
    for text in (done.stdout, html):
        assert "This is not a reproduction: --n-samples and --max-epochs changed it." in text
    assert "The test sequence with the most reads" in html


def test_peaks_with_two_tracks(tmp_path, monkeypatch):
    pytest.importorskip("pyfaidx", reason='reading a genome is the extra "genome"')
    from rcseq import experiments

    small = functools.partial(experiments.profiles_from_tracks, width=40)
    monkeypatch.setattr(experiments, "profiles_from_tracks", small)
    names, rng = ("chr1", "chr2", "chr3"), np.random.default_rng(0)
    genome = "".join(f">{name}\n{''.join(rng.choice(list('ACGT'), 200))}\n" for name in names)
    (tmp_path / "genome.fa").write_text(genome)
    places = [(name, start) for name in names for start in range(50, 130, 20)]
    (tmp_path / "peaks.bed").write_text("".join(f"{n}\t{p}\t{p + 9}\n" for n, p in places))
    reads = "".join(f"{name}\t0\t200\t3\n" for name in names)
    for strand in ("plus", "minus"):
        (tmp_path / f"{strand}.bedgraph").write_text(reads)
    files = {"peaks": "peaks.bed", "genome": "genome.fa"}
    files |= {strand: f"{strand}.bedgraph" for strand in ("plus", "minus")}
    given = [word for name, file in files.items() for word in (f"--{name}", str(tmp_path / file))]
    options = [*QUICK, "--strategies", "rcps", "--out", str(tmp_path / "out")]
    done = run("zhou2022-profile", *given, *options)
    assert done.exit_code == 0, done.output
    assert "peaks.bed (12 peaks of 40 bases" in done.stderr
    assert "true rates" not in done.stdout
    missing = [*given[:-1], str(tmp_path / "missing.bedgraph")]
    done = run("zhou2022-profile", *missing, *options)
    assert done.exit_code == 2
    assert "missing.bedgraph" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["zhou2022-profile", "--plus", "x.bw"], "--peaks and --genome and --minus is missing"),
        (
            ["zhou2022-profile", "--table", "x.tsv"],
            "--table is for other experiments, not for zhou",
        ),
        (["zhou2022-profile", "--n-samples", "5"], "the valid subset holds 1 sequences"),
        (["zhou2022-profile", "--preset", "fast"], "--preset is for tfbs-suite, not for zhou2022-"),
        (["zhou2022-ctcf", "--minus", "x.bw"], "--minus is for zhou2022-profile, not for zhou"),
        (["zhou2022-profile", "--network", "pooled"], "--network is for other experiments"),
        (["tfbs-suite", "--label-column", "y"], "--label-column is for other experiments"),
        (["tfbs-suite", "--plus", "x.bw"], "--plus is for zhou2022-profile, not for tfbs-suite"),
    ],
)
def test_mistakes_are_said_in_one_sentence(arguments, message, tmp_path):
    done = run(*arguments, "--out", str(tmp_path / "out"))
    assert done.exit_code == 2
    assert message in " ".join(done.stderr.split())
