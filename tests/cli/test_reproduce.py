"""``rcseq reproduce``: what it writes, and what it refuses in one sentence."""

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from rcseq.cli import main
from rcseq.datasets import make_genome
from rcseq.experiments import EXPERIMENTS

QUICK = ["--max-epochs", "1", "--strategies", "standard,rcps", "--seeds", "1", "--jobs", "1"]
WRITTEN = ["curves.csv", "fits", "pairs.csv", "published.csv", "report.html", "results.csv"]


@pytest.fixture
def run(tmp_path):
    pytest.importorskip("matplotlib")

    def invoke(*arguments):
        out = [] if "--help" in arguments else ["--out", str(tmp_path / "out"), "--device", "cpu"]
        return CliRunner().invoke(main, ["reproduce", *arguments, *out], catch_exceptions=False)

    return invoke


def table_of(path, label=(0, 1)):
    rng = np.random.default_rng(0)
    rows = {
        "sequence": ["".join(row) for row in rng.choice(list("ACGT"), (24, 80))],
        "label": [*label] * 12,
        "split": ["train"] * 12 + ["valid"] * 6 + ["test"] * 6,
    }
    pd.DataFrame(rows).to_csv(path, sep="\t", index=False)
    return str(path)


def test_simulation_in_report_out(run, tmp_path):
    result = run("zhou2022-sim200", *QUICK, "--n-samples", "300")
    assert result.exit_code == 0, result.stderr
    out = tmp_path / "out"
    assert sorted(path.name for path in out.iterdir()) == WRITTEN
    results = pd.read_csv(out / "results.csv")
    assert results["strategy"].tolist() == ["standard", "rcps"]
    published = pd.read_csv(out / "published.csv", index_col="strategy")
    assert published.loc["rcps", "published_mean"] == pytest.approx(0.9609, abs=1e-4)
    assert "knows the simulation" in result.stdout
    assert "not a reproduction: --n-samples and --max-epochs changed it" in result.stdout
    assert "120 to train, 90 to validate, 90 to test" in result.stderr
    assert "[2/2] rcps, seed 0" in result.stderr
    report = (out / "report.html").read_text("utf-8")
    assert "rcseq reproduce zhou2022-sim200 --seeds 1" in report
    assert "not a reproduction: --n-samples and --max-epochs changed it" in report
    again = run("zhou2022-sim200", *QUICK, "--n-samples", "300")
    assert "rcps, seed 0" not in again.stderr
    assert again.stdout == result.stdout


def test_networks_side_by_side(run, tmp_path):
    small = ["zhou2022-sim200", *QUICK, "--n-samples", "300"]
    run(*small, "--network", "pooled")
    first = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "--network published and --network default" in first
    result = run(*small)
    assert result.exit_code == 0, result.stderr
    second = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "Run the experiment with --network default into the same folder" in second
    assert second.count("(1 seed)") == 4


def test_chip_seq_of_a_user(run, tmp_path):
    table = table_of(tmp_path / "max.tsv")
    result = run("zhou2022-max", *QUICK, "--table", table)
    assert result.exit_code == 0, result.stderr
    assert "true motifs" not in result.stdout
    assert "not a reproduction: --max-epochs changed it" in result.stdout
    assert "MAX ChIP-seq" in (tmp_path / "out" / "report.html").read_text("utf-8")


def test_help_names_every_experiment(run):
    text = " ".join(run("--help").stdout.split())
    assert all(name in text for name in EXPERIMENTS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["zhou2022-sim20"], "there are zhou2022-sim200"),
        (["zhou2022-ctcf"], "give them by --peaks and --genome, or by --table"),
        (["zhou2022-chip", "--peaks", "x.bed"], "--peaks and --genome go together"),
        (["zhou2022-chip", "--peaks", "x.bed", "--genome", "x.fa"], "x.fa: there is no such file"),
        (["zhou2022-sim200", "--table", "x.tsv"], "leave out --table"),
        (["zhou2022-ctcf", "--table", "missing.tsv"], "missing.tsv"),
        (["zhou2022-sim200", "--strategies", "both"], "both"),
        (["zhou2022-sim200", "--n-samples", "3"], "use more samples"),
    ],
)
def test_mistakes_are_said_in_one_sentence(run, arguments, message):
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_labels_have_to_be_0_and_1(run, tmp_path):
    table = table_of(tmp_path / "max.tsv", label=("no", "yes"))
    result = run("zhou2022-max", "--table", table)
    assert result.exit_code == 2
    assert "use 0 and 1" in result.stderr


def test_out_that_is_a_file(run, tmp_path):
    (tmp_path / "out").write_text("")
    result = run("zhou2022-sim200")
    assert result.exit_code == 2
    assert "is a file" in result.stderr


def test_peaks_and_a_genome_in_place_of_a_table(run, tmp_path):
    pytest.importorskip("pyfaidx", reason='reading a genome is the extra "genome"')
    sizes = {"chr1": 30_000, "chr2": 30_000, "chr3": 60_000}
    truth = make_genome(tmp_path / "truth", chromosomes=sizes, n_sites=24, random_state=0)
    data = ["--peaks", str(truth.peaks), "--genome", str(truth.genome)]
    result = run("zhou2022-chip", *QUICK, *data, "--negatives", "dinucleotide")
    assert result.exit_code == 0, result.output
    assert "shuffles with the same dinucleotides" in result.stderr
