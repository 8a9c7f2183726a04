"""The command: what it writes, what it says, and what it refuses in one sentence."""

import gzip
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from rcseq import __version__
from rcseq.cli import main
from rcseq.datasets import load_nfe2, load_splice
from rcseq.model_selection import StrategyComparison

QUICK = ["--cv", "2", "--max-epochs", "1", "--strategies", "standard,rcps", "--jobs", "1"]
WRITTEN = ["curves.csv", "predictions.csv.gz", "report.html", "results.csv", "summary.csv"]


def fasta(path: Path, sequences: Any, name: Callable[[int], str] = "chr{}:1-60".format) -> Path:
    text = "".join(f">{name(i % 4 + 1)}\n{s}\n" for i, s in enumerate(sequences))
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text)
    return path


@pytest.fixture(scope="module")
def sequences() -> dict[str, list[str]]:
    data = load_nfe2(subset="test")
    return {
        name: [s[:60] for s in data.sequences[data.target == label][:24]]
        for name, label in [("positives", 1), ("negatives", 0)]
    }


@pytest.fixture
def files(tmp_path: Path, sequences: dict[str, list[str]]) -> list[str]:
    positives = fasta(tmp_path / "bound.fa", sequences["positives"])
    negatives = fasta(tmp_path / "unbound.fa.gz", sequences["negatives"])
    return ["--positives", str(positives), "--negatives", str(negatives)]


def run(tmp_path: Path, *arguments: str) -> Result:
    pytest.importorskip("matplotlib")
    out = ["--out", str(tmp_path / "out")]
    return CliRunner().invoke(main, ["compare", *arguments, *out], catch_exceptions=False)


def test_fasta_in_report_out(tmp_path: Path, files: list[str]) -> None:
    result = run(tmp_path, *files, *QUICK, "--seeds", "2")
    assert result.exit_code == 0, result.stderr
    out = tmp_path / "out"
    assert sorted(p.name for p in out.iterdir()) == WRITTEN
    table = pd.read_csv(out / "results.csv")
    assert len(table) == 3 * 2 * 2  # standard, rcps and the k-mers; folds; seeds
    assert table["strategy"].unique().tolist() == ["standard", "rcps", "kmer"]
    assert table.loc[table["strategy"] != "kmer", "n_epochs"].eq(1).all()
    html = (out / "report.html").read_text("utf-8")
    assert "bound.fa (24 positives) and" in html
    assert "rcseq compare --positives" in html
    assert "--cv 2" in html
    # the summary on standard output, progress on standard error as plain lines
    assert re.search(r"^rcps +0\.\d{4} ± ", result.stdout, re.MULTILINE)
    assert "report.html" in result.stdout
    assert len(re.findall(r"^\[ ?\d+/12\] \w+, seed", result.stderr, re.MULTILINE)) == 12
    assert "12 fits of 3 models, 1 at a time" in result.stderr


def test_predictions_give_back_the_scores(tmp_path: Path, files: list[str]) -> None:
    from sklearn.metrics import roc_auc_score

    run(tmp_path, *files, *QUICK)
    table = StrategyComparison(pd.read_csv(tmp_path / "out" / "results.csv"))
    predictions = pd.read_csv(tmp_path / "out" / "predictions.csv.gz")
    for row in table.itertuples():
        own = predictions.query("strategy == @row.strategy and fold == @row.fold")
        assert roc_auc_score(own["y_true"], own["y_score"]) == pytest.approx(row.test_roc_auc)
    summary = pd.read_csv(tmp_path / "out" / "summary.csv", index_col="strategy")
    pd.testing.assert_frame_equal(summary, table.summary(), check_dtype=False)


def test_embedded_set_and_chromosomes(tmp_path: Path) -> None:
    result = run(tmp_path, *QUICK, "--groups", "chromosome", "--no-baseline")
    assert result.exit_code == 0, result.stderr
    data = load_nfe2(subset="all")
    predictions = pd.read_csv(tmp_path / "out" / "predictions.csv.gz")
    by_fold = predictions.groupby("fold")["index"].agg(lambda i: set(data.groups[i]))
    assert not by_fold[0] & by_fold[1]
    assert by_fold[0] | by_fold[1] == set(data.groups)
    assert set(predictions["strategy"]) == {"standard", "rcps"}


def test_table_with_columns_of_the_user(tmp_path: Path) -> None:
    data = load_splice()
    rows = np.r_[0:40, 1000:1040, 2000:2040]
    table = pd.DataFrame(
        {"junction": data.sequences[rows], "kind": data.target[rows], "gene": rows // 4}
    )
    path = tmp_path / "splice.tsv"
    table.to_csv(path, sep="\t", index=False)
    columns = ["--sequence-column", "junction", "--label-column", "kind"]
    result = run(
        tmp_path, "--table", str(path), *columns, "--group-column", "gene", *QUICK, "--no-baseline"
    )
    assert result.exit_code == 0, result.stderr
    predictions = pd.read_csv(tmp_path / "out" / "predictions.csv.gz")
    assert set(predictions["output"]) == set(table["kind"])
    genes = predictions.groupby("fold")["index"].agg(lambda i: set(table["gene"].iloc[i]))
    assert not genes[0] & genes[1]


def test_table_of_measurements_is_a_regression(
    tmp_path: Path, sequences: dict[str, list[str]]
) -> None:
    path = tmp_path / "activity.csv"
    rng = np.random.default_rng(0)
    pd.DataFrame({"sequence": sequences["positives"], "label": rng.normal(size=24)}).to_csv(
        path, index=False
    )
    result = run(tmp_path, "--table", str(path), *QUICK)
    assert result.exit_code == 0, result.stderr
    assert "test_r2" in pd.read_csv(tmp_path / "out" / "results.csv")
    assert "ROC curves" not in (tmp_path / "out" / "report.html").read_text("utf-8")


def test_families_stay_together(tmp_path: Path, sequences: dict[str, list[str]]) -> None:
    twice = [s for sequence in sequences["positives"][:12] for s in (sequence, sequence)]
    positives = fasta(tmp_path / "twice.fa", twice)
    negatives = fasta(tmp_path / "unbound.fa", sequences["negatives"])
    files = ["--positives", str(positives), "--negatives", str(negatives)]
    result = run(tmp_path, *files, *QUICK, "--groups", "family", "--no-baseline")
    assert result.exit_code == 0, result.stderr
    predictions = pd.read_csv(tmp_path / "out" / "predictions.csv.gz").drop_duplicates("index")
    fold = predictions.set_index("index")["fold"]
    assert all(fold[i] == fold[i + 1] for i in range(0, 24, 2))


def test_sizes_of_training_sets_and_budget(tmp_path: Path, files: list[str]) -> None:
    result = run(tmp_path, *files, *QUICK, "--train-sizes", "0.5,1", "--budget", "channels")
    assert result.exit_code == 0, result.stderr
    table = pd.read_csv(tmp_path / "out" / "results.csv")
    assert table.groupby("train_size")["n_train"].first().to_dict() == {0.5: 12, 1.0: 24}
    counts = table.groupby("strategy")["n_parameters"].first()
    assert counts["standard"] > 1.9 * counts["rcps"]
    assert "Sample efficiency" in (tmp_path / "out" / "report.html").read_text("utf-8")


def test_folder_that_is_there_keeps_what_else_is_in_it(tmp_path: Path, files: list[str]) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    (out / "results.csv").write_text("old")
    result = run(tmp_path, *files, *QUICK, "--no-baseline")
    assert result.exit_code == 0, result.stderr
    assert sorted(p.name for p in out.iterdir()) == sorted([*WRITTEN, "notes.txt"])
    assert (out / "notes.txt").read_text() == "mine"
    assert (out / "results.csv").read_text() != "old"


def bad_files(tmp_path: Path, sequences: dict[str, list[str]]) -> dict[str, tuple[Path, str]]:
    """For each mistake a file of positives, and what must be said of it."""
    good = sequences["positives"]
    packed = gzip.compress("".join(f">r{i}\n{s}\n" for i, s in enumerate(good)).encode())
    (tmp_path / "empty.fa").touch()
    (tmp_path / "cut.fa.gz").write_bytes(packed[: len(packed) // 2])
    fasta(tmp_path / "protein.fa", [*good[:3], "MKVLAAGIFQPEDW"], "prot{}".format)
    fasta(tmp_path / "few.fa", good[:1])
    return {
        "empty": (tmp_path / "empty.fa", "empty.fa holds no sequences"),
        "truncated": (tmp_path / "cut.fa.gz", "cut.fa.gz: the gzip data is truncated"),
        "protein": (tmp_path / "protein.fa", "protein.fa, record 4 (prot4)"),
        "missing": (tmp_path / "nowhere.fa", "nowhere.fa: there is no such file"),
        "few": (tmp_path / "few.fa", "few.fa holds 1 sequence, fewer than the 2 folds"),
    }


@pytest.mark.parametrize("mistake", ["empty", "truncated", "protein", "missing", "few"])
def test_bad_files_are_refused_in_one_sentence(
    tmp_path: Path, sequences: dict[str, list[str]], mistake: str
) -> None:
    path, message = bad_files(tmp_path, sequences)[mistake]
    negatives = fasta(tmp_path / "unbound.fa", sequences["negatives"])
    result = run(tmp_path, "--positives", str(path), "--negatives", str(negatives), *QUICK)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".out")]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"sequence": ["ACGT"] * 4, "label": ["open"] * 4}, "holds one class only, 'open'"),
        ({"sequence": ["ACGT"] * 4, "label": [1, 1, 1, 0]}, "holds 1 sequence of class 0, fewer"),
        ({"seq": ["ACGT"] * 4, "label": [1, 0] * 2}, "has no column 'sequence'"),
        ({"sequence": ["ACGT"] * 4, "label": [1, 0, None, 1]}, "line 4: the column 'label'"),
    ],
)
def test_bad_tables_are_refused_in_one_sentence(
    tmp_path: Path, rows: dict[str, Any], message: str
) -> None:
    path = tmp_path / "table.tsv"
    pd.DataFrame(rows).to_csv(path, sep="\t", index=False)
    result = run(tmp_path, "--table", str(path), *QUICK)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {path}")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--positives", "a.fa"], "--positives and --negatives go together"),
        (["--table", "a.tsv", "--positives", "a.fa"], "not both"),
        (["--group-column", "gene"], "--group-column names a column of --table"),
        (["--table", "a", "--group-column", "g", "--groups", "family"], "not both"),
        (["--strategies", "rcsp"], "Did you mean 'rcps'?"),
        (["--strategies", ","], "names no strategy"),
        (["--train-sizes", "a,b"], "is no list of numbers"),
        (["--train-sizes", "0.1,2"], "shares lie between 0 and 1"),
        (["--cv", "1"], "--cv"),
        (["--jobs", "0"], "--jobs"),
    ],
)
def test_bad_options_are_refused(tmp_path: Path, arguments: list[str], message: str) -> None:
    result = run(tmp_path, *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not (tmp_path / "out").exists()


def test_names_that_tell_no_chromosome(tmp_path: Path, sequences: dict[str, list[str]]) -> None:
    files = [fasta(tmp_path / f"{n}.fa", s, "peak_{}".format) for n, s in sequences.items()]
    options = ["--positives", str(files[0]), "--negatives", str(files[1]), "--groups", "chromosome"]
    result = run(tmp_path, *options, *QUICK)
    assert result.exit_code == 2
    assert "record 1 is named 'peak_1', which tells no chromosome" in result.stderr


def test_too_few_chromosomes_for_the_folds(tmp_path: Path, files: list[str]) -> None:
    result = run(tmp_path, *files, "--groups", "chromosome", "--cv", "5", "--jobs", "1")
    assert result.exit_code == 2
    assert "cv=5 folds need as many groups; there are 4" in result.stderr
    assert not (tmp_path / "out").exists()


def test_sequences_in_both_classes_are_pointed_out(
    tmp_path: Path, sequences: dict[str, list[str]]
) -> None:
    positives = fasta(tmp_path / "bound.fa", sequences["positives"])
    negatives = fasta(tmp_path / "unbound.fa", sequences["negatives"] + sequences["positives"][:3])
    files = ["--positives", str(positives), "--negatives", str(negatives)]
    result = run(tmp_path, *files, *QUICK, "--no-baseline")
    assert result.exit_code == 0
    assert "Warning: 3 sequences are in" in result.stderr


def test_out_that_is_a_file(tmp_path: Path, files: list[str]) -> None:
    (tmp_path / "out").write_text("mine")
    result = run(tmp_path, *files, *QUICK)
    assert result.exit_code == 2
    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_out_that_cannot_be_written(tmp_path: Path, files: list[str]) -> None:
    tmp_path.chmod(0o500)
    result = run(tmp_path, *files, *QUICK)
    tmp_path.chmod(0o700)
    assert result.exit_code == 2
    assert "cannot be written: Permission denied" in result.stderr


def test_nothing_is_left_when_a_fit_fails(
    tmp_path: Path, files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from rcseq import SequenceClassifier

    def fail(*arguments: Any, **options: Any) -> None:
        raise ValueError("no luck")

    monkeypatch.setattr(SequenceClassifier, "fit", fail)
    result = run(tmp_path, *files, *QUICK)
    assert result.exit_code == 2
    assert "no luck This was the fit of strategy 'standard', seed 0, fold 0." in result.stderr
    assert not (tmp_path / "out").exists()
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".out")]


def test_interrupt_leaves_nothing(
    tmp_path: Path, files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from rcseq import SequenceClassifier

    def interrupt(*arguments: Any, **options: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(SequenceClassifier, "fit", interrupt)
    result = run(tmp_path, *files, *QUICK)
    assert result.exit_code == 1
    assert "Aborted!" in result.stderr
    assert not [p for p in tmp_path.iterdir() if "out" in p.name]


def test_missing_matplotlib_is_said_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = CliRunner().invoke(main, ["compare", "--positives", "nowhere.fa"])
    assert result.exit_code == 1
    assert "pip install 'rcseq[plot]'" in result.stderr


def test_help_and_version() -> None:
    result = CliRunner().invoke(main, ["--version"])
    assert __version__ in result.stdout
    result = CliRunner().invoke(main, ["compare", "--help"])
    for option in ("--positives", "--table", "--cv", "--seeds", "--jobs", "--out", "--groups"):
        assert option in result.stdout
