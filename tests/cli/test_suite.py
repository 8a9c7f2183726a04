"""``rcseq reproduce tfbs-suite``."""

import numpy as np
import pandas as pd
from click.testing import CliRunner

from rcseq.cli import main


def test_a_folder_of_sets_becomes_a_table_and_a_page(tmp_path):
    rng = np.random.default_rng(0)
    sequences = ["".join(row) for row in rng.choice(list("ACGT"), (60, 30))]
    split = ["train"] * 45 + ["test"] * 15
    table = pd.DataFrame({"seq": sequences, "label": np.arange(60) % 2, "split": split})
    table.to_csv(tmp_path / "one.tsv", sep="\t", index=False)
    arguments = ["reproduce", "tfbs-suite", "--data", str(tmp_path), "--seeds", "1", "--jobs", "1"]
    arguments += ["--strategies", "standard,rcps", "--max-epochs", "1", "--preset", "fast"]
    done = CliRunner().invoke(main, [*arguments, "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert set(pd.read_csv(tmp_path / "out" / "results.csv")["strategy"]) == {
        "standard",
        "rcps",
        "kmer",
        "gapped_kmer",
    }
    assert "rcps" in (tmp_path / "out" / "report.html").read_text()


def test_what_is_refused(tmp_path):
    run = CliRunner().invoke
    assert "give their folder by --data" in run(main, ["reproduce", "tfbs-suite"]).output
    arguments = ["--data", str(tmp_path), "--out", str(tmp_path / "out")]
    assert "holds no set" in run(main, ["reproduce", "tfbs-suite", *arguments]).output
    assert "--data is for" in run(main, ["reproduce", "zhou2022-sim200", *arguments]).output
    arguments = ["zhou2022-sim200", "--preset", "fast"]
    assert "--preset is for tfbs-suite" in run(main, ["reproduce", *arguments]).output
    arguments = ["tfbs-suite", "--data", str(tmp_path), "--table", str(tmp_path)]
    assert "--table is for other experiments" in run(main, ["reproduce", *arguments]).output
