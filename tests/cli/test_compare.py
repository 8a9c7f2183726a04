"""``rcseq compare``: what it writes and says."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rcseq.cli._compare import _terminal_table
from rcseq.datasets import load_nfe2, load_splice
from rcseq.model_selection import StrategyComparison
from rcseq.report import format_summary
from rcseq.strategies import default_strategies

WRITTEN = ["curves.csv", "fits", "predictions.csv.gz", "report.html", "results.csv", "summary.csv"]


def test_fasta_in_report_out(compare: Any, tmp_path: Path, files: list[str]) -> None:
    result = compare(*files, "--seeds", "2", "--strand-test")
    assert result.exit_code == 0, result.stderr
    out = tmp_path / "out"
    assert sorted(p.name for p in out.iterdir()) == WRITTEN
    table = pd.read_csv(out / "results.csv")
    assert len(table) == 3 * 2 * 2  # standard, rcps and the k-mers; folds; seeds
    assert table["strategy"].unique().tolist() == ["standard", "rcps", "kmer"]
    assert table.loc[table["strategy"] != "kmer", "n_epochs"].eq(1).all()
    html = (out / "report.html").read_text("utf-8")
    assert "bound.fa (24 positives) and" in html
    assert re.search(r"The target (depends on the strand|may be the same on both strands): ", html)
    assert "The target " in result.stderr
    assert "rcseq compare --positives" in html
    assert "--cv 2" in html
    # the summary on standard output, progress on standard error as plain lines
    assert re.search(r"^rcps +0\.\d{4} ± ", result.stdout, re.MULTILINE)
    assert "report.html" in result.stdout
    assert len(re.findall(r"^\[ ?\d+/12\] \w+, seed", result.stderr, re.MULTILINE)) == 12
    assert "12 fits of 3 models, 1 at a time" in result.stderr


@pytest.mark.parametrize("n_scores", [1, 2, 4])
def test_table_on_the_terminal_fits_80_columns(n_scores: int, make_comparison: Any) -> None:
    scores = np.linspace(0.90, 0.99, 100)  # as many pairs as make the columns wide
    comparison = make_comparison(
        {**dict.fromkeys(default_strategies(), scores), "kmer": scores}, baselines=("kmer",)
    )
    names = ["average_precision", "matthews_corrcoef", "neg_log_loss"][: n_scores - 1]
    extra = {f"test_{name}": comparison.table["test_roc_auc"] for name in names}
    wide = StrategyComparison(
        pd.concat([comparison.table, pd.DataFrame(extra)], axis=1), baselines=["kmer"]
    )
    lines = _terminal_table(format_summary(wide)).splitlines()
    assert len(lines) == len(default_strategies()) + 3  # head, name of the index, baseline
    assert max(map(len, lines)) <= 80
    assert lines[0].split()[0] == "auROC"
    if n_scores < 3:
        assert {"difference", "wins", "p"} <= set(lines[0].split())


def test_predictions_give_back_the_scores(compare: Any, tmp_path: Path, files: list[str]) -> None:
    from sklearn.metrics import roc_auc_score

    compare(*files)
    table = StrategyComparison(pd.read_csv(tmp_path / "out" / "results.csv"))
    predictions = pd.read_csv(tmp_path / "out" / "predictions.csv.gz")
    for row in table.table.itertuples():
        own = predictions.query("strategy == @row.strategy and fold == @row.fold")
        assert roc_auc_score(own["y_true"], own["y_score"]) == pytest.approx(row.test_roc_auc)
    summary = pd.read_csv(tmp_path / "out" / "summary.csv", index_col="strategy")
    pd.testing.assert_frame_equal(summary, table.summary(), check_dtype=False)


def test_bundled_set_and_chromosomes(compare: Any, tmp_path: Path) -> None:
    result = compare("--groups", "chromosome", "--no-baseline")
    assert result.exit_code == 0, result.stderr
    data = load_nfe2(subset="all")
    predictions = pd.read_csv(tmp_path / "out" / "predictions.csv.gz")
    by_fold = predictions.groupby("fold")["index"].agg(lambda i: set(data.groups[i]))
    assert not by_fold[0] & by_fold[1]
    assert by_fold[0] | by_fold[1] == set(data.groups)
    assert set(predictions["strategy"]) == {"standard", "rcps"}


def test_bundled_set_whose_label_depends_on_the_strand(compare: Any, tmp_path: Path) -> None:
    result = compare("--dataset", "splice", "--no-baseline")
    assert result.exit_code == 0, result.stderr
    assert "3,190 sequences, donors, acceptors and neither" in result.stderr
    groups = load_splice().groups
    predictions = pd.read_csv(tmp_path / "out" / "predictions.csv.gz")
    by_fold = predictions.groupby("fold")["index"].agg(lambda i: set(groups[i]))
    assert not by_fold[0] & by_fold[1]


def test_sizes_of_training_sets_and_budget(compare: Any, tmp_path: Path, files: list[str]) -> None:
    result = compare(*files, "--train-sizes", "0.5,1", "--budget", "channels")
    assert result.exit_code == 0, result.stderr
    table = pd.read_csv(tmp_path / "out" / "results.csv")
    assert table.groupby("train_size")["n_train"].first().to_dict() == {0.5: 12, 1.0: 24}
    counts = table.groupby("strategy")["n_parameters"].first()
    assert counts["standard"] > 1.9 * counts["rcps"]
    assert "Sample efficiency" in (tmp_path / "out" / "report.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--positives", "a.fa"], "--positives and --negatives go together"),
        (["--table", "a.tsv", "--positives", "a.fa"], "not both"),
        (["--dataset", "splice", "--table", "a.tsv"], "give --dataset or sequences of your own"),
        (["--dataset", "splices"], "'splices' is not one of 'nfe2', 'splice'"),
        (["--group-column", "gene"], "--group-column names a column of --table"),
        (["--table", "a", "--group-column", "g", "--groups", "family"], "give one of"),
        (["--strategies", "rcsp"], "Did you mean 'rcps'?"),
        (["--strategies", ","], "names no strategy"),
        (["--train-sizes", "a,b"], "is not a list of numbers"),
        (["--train-sizes", "0.1,2"], "shares lie between 0 and 1"),
        (["--cv", "1"], "--cv"),
        (["--split-column", "split"], "--split-column names a column of --table"),
        (["--scoring", "auc"], "'auc' is not a scorer of scikit-learn"),
        (["--jobs", "0"], "--jobs"),
    ],
)
def test_bad_options_are_refused(
    compare: Any, tmp_path: Path, arguments: list[str], message: str
) -> None:
    result = compare(*arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not (tmp_path / "out").exists()


def test_too_few_chromosomes_for_the_folds(compare: Any, tmp_path: Path, files: list[str]) -> None:
    result = compare(*files, "--groups", "chromosome", "--cv", "5", "--jobs", "1")
    assert result.exit_code == 2
    assert "cv=5 folds need as many groups; there are 4" in result.stderr
    assert not (tmp_path / "out").exists()


def test_network_by_name(compare: Any, tmp_path: Path, files: list[str]) -> None:
    result = compare(*files, "--no-baseline", "--network", "dilatedconvnet")
    assert result.exit_code == 0, result.stderr
    assert "module=dilatedconvnet" in (tmp_path / "out" / "report.html").read_text("utf-8")
    misspelt = compare(*files, "--network", "dilatedconvnett")
    assert misspelt.exit_code == 2
    assert "Did you mean 'dilatedconvnet'" in misspelt.stderr


def test_the_best_preset_compares_strategies(
    compare: Any, tmp_path: Path, files: list[str]
) -> None:
    small = ["n_members=2", "module__n_filters=3", "partner__gappedkmervectorizer__n_landmarks=20"]
    options = [option for setting in small for option in ("--set", setting)]
    result = compare(*files, "--preset", "best", *options, "--no-baseline")
    assert result.exit_code == 0, result.stderr
    table = pd.read_csv(tmp_path / "out" / "results.csv")
    assert set(table["strategy"]) == {"standard", "rcps"}
    apart = table.groupby("strategy")["strand_discordance"].max()
    assert apart["rcps"] < 1e-5 < apart["standard"]
    assert "best: five networks" in (tmp_path / "out" / "report.html").read_text("utf-8")
