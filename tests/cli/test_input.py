"""The user's sequences: what is read, and what is refused in one sentence."""

import gzip
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rcseq.datasets import load_splice


def test_table_with_columns_of_the_user(compare: Any, tmp_path: Path) -> None:
    data = load_splice()
    rows = np.r_[0:40, 1000:1040, 2000:2040]
    table = pd.DataFrame(
        {"junction": data.sequences[rows], "kind": data.target[rows], "gene": rows // 4}
    )
    path = tmp_path / "splice.tsv"
    table.to_csv(path, sep="\t", index=False)
    columns = ["--sequence-column", "junction", "--label-column", "kind"]
    result = compare("--table", str(path), *columns, "--group-column", "gene", "--no-baseline")
    assert result.exit_code == 0, result.stderr
    predictions = pd.read_csv(tmp_path / "out" / "predictions.csv.gz")
    assert set(predictions["output"]) == set(table["kind"])
    genes = predictions.groupby("fold")["index"].agg(lambda i: set(table["gene"].iloc[i]))
    assert not genes[0] & genes[1]


def test_table_of_measurements_is_a_regression(
    compare: Any, tmp_path: Path, sequences: dict[str, list[str]]
) -> None:
    path = tmp_path / "activity.csv"
    rng = np.random.default_rng(0)
    pd.DataFrame({"sequence": sequences["positives"], "label": rng.normal(size=24)}).to_csv(
        path, index=False
    )
    result = compare("--table", str(path))
    assert result.exit_code == 0, result.stderr
    assert "test_r2" in pd.read_csv(tmp_path / "out" / "results.csv")
    assert "ROC curves" not in (tmp_path / "out" / "report.html").read_text("utf-8")


def write_table(path: Path, sequences: dict[str, list[str]], labels: list[Any]) -> Path:
    every = [*sequences["positives"], *sequences["negatives"]][: len(labels)]
    pd.DataFrame({"sequence": every, "label": labels}).to_csv(path, sep="\t", index=False)
    return path


def test_whole_numbers_are_measurements_where_the_task_says_so(
    compare: Any, tmp_path: Path, sequences: dict[str, list[str]]
) -> None:
    path = write_table(tmp_path / "counts.tsv", sequences, [*range(40)])
    unclear = compare("--table", str(path))
    assert unclear.exit_code == 2
    assert "holds 40 different whole numbers" in unclear.stderr
    assert "--task" in unclear.stderr
    result = compare(
        "--table", str(path), "--task", "regression", "--no-baseline", "--strategies", "rcps"
    )
    assert result.exit_code == 0, result.stderr
    assert "40 sequences with measurements from 0 to 39" in result.stderr
    assert "test_r2" in pd.read_csv(tmp_path / "out" / "results.csv")
    few = write_table(tmp_path / "few.tsv", sequences, [0, 0, 1, 1, 2])
    taken = compare("--table", str(few))
    assert "holds 1 sequence of class 2" in taken.stderr
    assert "Whole numbers are taken as classes; --task regression" in taken.stderr


def test_the_positive_class_is_named_and_chosen(
    compare: Any, tmp_path: Path, sequences: dict[str, list[str]]
) -> None:
    path = write_table(tmp_path / "t.tsv", sequences, ["active"] * 12 + ["inactive"] * 24)
    one = ["--table", str(path), "--no-baseline", "--strategies", "rcps"]
    result = compare(*one)
    assert "The positive class is 'inactive' (--positive-class)." in result.stderr
    report = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "<dt>Positive class</dt><dd>inactive</dd>" in report
    out = tmp_path / "out"
    shutil.rmtree(out)
    chosen = compare(*one, "--positive-class", "active")
    assert "The positive class is 'active'" in chosen.stderr
    assert "1 is active, 0 is inactive" in chosen.stderr
    assert "<dt>Positive class</dt><dd>active</dd>" in (out / "report.html").read_text("utf-8")
    predictions = pd.read_csv(out / "predictions.csv.gz").drop_duplicates("index")
    assert predictions.set_index("index")["y_true"].sort_index().tolist() == [1] * 12 + [0] * 24


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--positive-class", "Active"], "no class 'Active'. Did you mean 'active'?"),
        (["--task", "regression"], "line 2: the column 'label' holds 'active', which is not a num"),
    ],
)
def test_labels_that_are_not_there(
    compare: Any, tmp_path: Path, sequences: dict[str, list[str]], options: list[str], message: str
) -> None:
    path = write_table(tmp_path / "t.tsv", sequences, ["active", "inactive"] * 12)
    result = compare("--table", str(path), *options)
    assert result.exit_code == 2
    assert message in result.stderr
    alone = compare("--dataset", "splice", *options)
    assert f"{options[0]} is about the labels of --table" in alone.stderr


def test_a_genome_is_refused_with_a_word_about_scan(
    compare: Any, tmp_path: Path, sequences: dict[str, list[str]], fasta: Any
) -> None:
    genome = fasta(tmp_path / "genome.fa", ["ACGT" * 2**19], "chr{}")
    negatives = fasta(tmp_path / "unbound.fa", sequences["negatives"])
    result = compare("--positives", str(genome), "--negatives", str(negatives))
    assert result.exit_code == 2
    assert "one of at most 1,048,576 is read. Is it a genome?" in result.stderr
    assert "`rcseq scan`" in result.stderr
    assert not (tmp_path / "out").exists()


def test_ucsc_and_ensembl_names_are_one_chromosome(
    compare: Any, tmp_path: Path, sequences: dict[str, list[str]], fasta: Any
) -> None:
    positives = fasta(
        tmp_path / "p.fa", sequences["positives"], "hg38_dna range=chr{}:1-60 strand=+"
    )
    negatives = fasta(tmp_path / "n.fa", sequences["negatives"], "{}:1-60")
    files = ["--positives", str(positives), "--negatives", str(negatives)]
    with pytest.warns(UserWarning, match="both are taken as one chromosome"):
        result = compare(*files, "--groups", "chromosome", "--no-baseline")
    assert result.exit_code == 0, result.stderr
    fold = pd.read_csv(tmp_path / "out" / "predictions.csv.gz").drop_duplicates("index")
    fold = fold.set_index("index")["fold"]
    n = len(sequences["positives"])
    assert all(fold[i] == fold[n + i] for i in range(len(sequences["negatives"])))


@pytest.fixture
def given_split(tmp_path: Path, sequences: dict[str, list[str]]) -> Path:
    rows = [
        {"sequence": s, "label": label, "split": split}
        for label, name in [(1, "positives"), (0, "negatives")]
        for s, split in zip(
            sequences[name], ["test"] * 6 + ["train"] * 12 + ["dev"] * 6, strict=True
        )
    ]
    path = tmp_path / "given.tsv"
    pd.DataFrame(rows).to_csv(path, sep="\t", index=False)
    return path


def test_given_split(compare: Any, tmp_path: Path, given_split: Path) -> None:
    scoring = ["--scoring", "matthews_corrcoef,roc_auc"]
    options = ["--table", str(given_split), "--split-column", "split", "--seeds", "2", *scoring]
    result = compare(*options)
    assert result.exit_code == 0, result.stderr
    table = pd.read_csv(tmp_path / "out" / "results.csv")
    assert len(table) == 3 * 2
    assert table["test_matthews_corrcoef"].between(-1, 1).all()
    assert table["n_test"].eq(12).all()
    rows = pd.read_csv(given_split, sep="\t")
    predictions = pd.read_csv(tmp_path / "out" / "predictions.csv.gz")
    assert set(predictions["index"]) == set(rows.index[rows["split"] == "test"])


def test_given_validation_rows_stop_the_training(
    compare: Any, given_split: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rcseq import SequenceClassifier

    seen = []
    split = SequenceClassifier.get_split_datasets

    def watch(self: Any, X: Any, y: Any = None, **options: Any) -> Any:
        train, valid = split(self, X, y, **options)
        seen.append((len(train), len(valid)))
        return train, valid

    monkeypatch.setattr(SequenceClassifier, "get_split_datasets", watch)
    compare("--table", str(given_split), "--split-column", "split", "--no-baseline")
    assert seen == [(24, 12)] * 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dev": "holdout"}, "line 20: the column 'split' holds 'holdout'"),
        ({"test": "train"}, "the column 'split' holds no 'test'"),
    ],
)
def test_bad_splits_are_refused(
    compare: Any, given_split: Path, change: dict[str, str], message: str
) -> None:
    rows = pd.read_csv(given_split, sep="\t")
    rows.assign(split=rows["split"].replace(change)).to_csv(given_split, sep="\t", index=False)
    result = compare("--table", str(given_split), "--split-column", "split")
    assert result.exit_code == 2
    assert message in result.stderr
    other = compare("--table", str(given_split), "--split-column", "fold")
    assert "has no column 'fold'; there are: sequence, label, split" in other.stderr


def test_families_stay_together(
    compare: Any, tmp_path: Path, sequences: dict[str, list[str]], fasta: Any
) -> None:
    twice = [s for sequence in sequences["positives"][:12] for s in (sequence, sequence)]
    positives = fasta(tmp_path / "twice.fa", twice)
    negatives = fasta(tmp_path / "unbound.fa", sequences["negatives"])
    files = ["--positives", str(positives), "--negatives", str(negatives)]
    result = compare(*files, "--groups", "family", "--no-baseline")
    assert result.exit_code == 0, result.stderr
    predictions = pd.read_csv(tmp_path / "out" / "predictions.csv.gz").drop_duplicates("index")
    fold = predictions.set_index("index")["fold"]
    assert all(fold[i] == fold[i + 1] for i in range(0, 24, 2))


def bad_files(
    tmp_path: Path, sequences: dict[str, list[str]], fasta: Any
) -> dict[str, tuple[Path, str]]:
    """For each mistake a file of positives, and what must be said of it."""
    good = sequences["positives"]
    packed = gzip.compress("".join(f">r{i}\n{s}\n" for i, s in enumerate(good)).encode())
    (tmp_path / "empty.fa").touch()
    (tmp_path / "cut.fa.gz").write_bytes(packed[: len(packed) // 2])
    fasta(tmp_path / "protein.fa", [*good[:3], "MKVLAAGIFQPEDW"], "prot{}")
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
    compare: Any, tmp_path: Path, sequences: dict[str, list[str]], mistake: str, fasta: Any
) -> None:
    path, message = bad_files(tmp_path, sequences, fasta)[mistake]
    negatives = fasta(tmp_path / "unbound.fa", sequences["negatives"])
    result = compare("--positives", str(path), "--negatives", str(negatives))
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
    compare: Any, tmp_path: Path, rows: dict[str, Any], message: str
) -> None:
    path = tmp_path / "table.tsv"
    pd.DataFrame(rows).to_csv(path, sep="\t", index=False)
    result = compare("--table", str(path))
    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: {path}")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_names_that_tell_no_chromosome(
    compare: Any, tmp_path: Path, sequences: dict[str, list[str]], fasta: Any
) -> None:
    files = [fasta(tmp_path / f"{n}.fa", s, "peak_{}") for n, s in sequences.items()]
    options = ["--positives", str(files[0]), "--negatives", str(files[1]), "--groups", "chromosome"]
    result = compare(*options)
    assert result.exit_code == 2
    assert "record 1 is named 'peak_1', which tells no chromosome" in result.stderr
