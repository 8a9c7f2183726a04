"""Labelled sets of files; what is wrong with a file is tested with its reader."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from rcseq.io import SequenceFileError, read_labelled_fasta, read_labelled_table


def test_two_files(tmp_path: Path) -> None:
    (tmp_path / "p.fa").write_text(">a\nACGT\n>b x\nGG\n")
    (tmp_path / "n.fa").write_text(">c\nTTT\n")
    data = read_labelled_fasta(tmp_path / "p.fa", tmp_path / "n.fa")
    assert data.sequences.tolist() == ["ACGT", "GG", "TTT"]
    assert data.target.tolist() == [1, 1, 0]
    assert data.names.tolist() == ["a", "b", "c"]
    assert data.description.endswith("p.fa (2 positives) and " + f"{tmp_path}/n.fa (1 negatives)")
    assert data.places == {1: (f"{tmp_path}/p.fa", ""), 0: (f"{tmp_path}/n.fa", "")}


def table(tmp_path: Path, **columns: Any) -> Path:
    path = tmp_path / "t.tsv"
    rows = {"sequence": ["ACGT", "GG", "TTT", "CA"], "label": [1, 0, 1, 1], **columns}
    pd.DataFrame(rows).to_csv(path, sep="\t", index=False)
    return path


def test_table(tmp_path: Path) -> None:
    path = table(tmp_path, fold=["01", "1", "1", "2"], part=["Training", "dev", "test", "train"])
    data = read_labelled_table(path, group_column="fold", split_column="part")
    assert data.sequences.tolist() == ["ACGT", "GG", "TTT", "CA"]
    assert data.target.tolist() == [1, 0, 1, 1]
    assert data.groups.tolist() == ["01", "1", "1", "2"]
    assert data.split.tolist() == ["train", "valid", "test", "train"]
    assert data.names is None
    assert data.description == f"{path}: 4 sequences of 2 classes (3 of 1, 1 of 0)"
    assert data.places == {k: (f"{path}: the column 'label'", f" of class {k}") for k in (0, 1)}


def test_words_numbers_and_names(tmp_path: Path) -> None:
    data = read_labelled_table(table(tmp_path, label=list("abab"), name=[1, 2, 3, 4]))
    assert data.target.tolist() == ["a", "b", "a", "b"]
    assert data.names.tolist() == ["1", "2", "3", "4"]
    assert set(data.places) == {"a", "b"}
    measured = read_labelled_table(table(tmp_path, label=[0.5, 1.25, -1, 2]))
    assert measured.places == {}
    assert measured.description.endswith("4 sequences with measurements from -1 to 2")


def labels(tmp_path: Path, words: list[str]) -> Path:
    path = tmp_path / "t.csv"
    path.write_text("sequence,label\n" + "".join(f"ACGT,{word}\n" for word in words), "utf-8")
    return path


@pytest.mark.parametrize(
    ("words", "task", "target", "taken"),
    [
        (["1", "0"], None, [1, 0], "classification"),
        (["1.0", "0.0"], None, [1, 0], "classification"),
        (["1", "0.5"], None, [1.0, 0.5], "regression"),
        (["1", "01", "0.5"], None, [1.0, 1.0, 0.5], "regression"),
        (["a", "01", "1"], None, ["a", "01", "1"], "classification"),
        (["True", "False"], None, [True, False], "classification"),
        ([*map(str, range(20))], None, [*range(20)], "classification"),
        ([*map(str, range(21))], "regression", [*map(float, range(21))], "regression"),
        ([*map(str, range(21))], "classification", [*range(21)], "classification"),
        (["3", "4"], "regression", [3.0, 4.0], "regression"),
        (["1", "01"], "regression", [1.0, 1.0], "regression"),
        (["0.5", "1"], "classification", ["0.5", "1"], "classification"),
        (["9007199254740993", "9007199254740992"], None, [2**53 + 1, 2**53], "classification"),
    ],
)
def test_what_labels_are_taken_for(
    tmp_path: Path, words: list[str], task: Any, target: list[Any], taken: str
) -> None:
    data = read_labelled_table(labels(tmp_path, words), task=task)
    assert data.target.tolist() == target
    assert data.target.dtype != float or taken == "regression"
    assert data.task == taken
    assert ("measurements" if taken == "regression" else "classes (") in data.description


@pytest.mark.parametrize(
    ("words", "task", "message"),
    [
        (
            [*map(str, range(21))],
            None,
            "holds 21 different whole numbers, which can be .* say which",
        ),
        (["1", "01"], None, "holds '1' and '01', one number written in two ways"),
        (["1", "1.0"], "classification", "holds '1' and '1.0', one number"),
        (["9007199254740993", "9007199254740992.0"], None, "one number written in two ways"),
        (["0.5", "high"], "regression", "line 3: .* holds 'high', which is not a number"),
        (["0.5", "inf"], None, "line 3: .* holds inf, which is not a finite number"),
        (["1", "9" * 400], None, "line 3: .* holds 9+, which is not a finite number"),
        (["0.5", "nan"], None, "line 3: the column 'label' is empty"),
    ],
)
def test_labels_that_are_not_clear(
    tmp_path: Path, words: list[str], task: Any, message: str
) -> None:
    with pytest.raises(SequenceFileError, match=message):
        read_labelled_table(labels(tmp_path, words), task=task)


def test_unknown_task(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="task='ranking' is not one of classification, regression"):
        read_labelled_table(labels(tmp_path, ["1"]), task="ranking")  # type: ignore[arg-type]


def test_names_are_text(tmp_path: Path) -> None:
    path = table(tmp_path, name=["01", "1", "2", "3"])
    assert read_labelled_table(path).names.tolist() == ["01", "1", "2", "3"]


def test_records_of_the_ucsc_browser_are_named_by_their_places(tmp_path: Path) -> None:
    for name in "pn":
        (tmp_path / name).write_text(f">hg38_dna range=chr{'pn'.index(name)}:1-4 5'pad=0\nACGT\n")
    data = read_labelled_fasta(tmp_path / "p", tmp_path / "n")
    assert data.names.tolist() == ["chr0:1-4", "chr1:1-4"]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_chromosome_is_refused_before_it_is_read(tmp_path: Path, newline: str) -> None:
    (tmp_path / "n.fa").write_text(">c\nACGT\n")
    (tmp_path / "p.fa").write_text(f">chr1 x{newline}{'ACGT' * 2**18}{newline}")
    assert len(read_labelled_fasta(tmp_path / "p.fa", tmp_path / "n.fa")) == 2
    for times in (1, 20):
        line = "A" + "ACGT" * 2**18
        (tmp_path / "p.fa").write_text(f">a\nA\n>chr1 x\n{line * times}\n>b\nA\n", newline=newline)
        with pytest.raises(SequenceFileError, match=r"chr1\)?: the sequence has .*`rcseq scan`"):
            read_labelled_fasta(tmp_path / "p.fa", tmp_path / "n.fa")
    (tmp_path / "t.csv").write_text(f"sequence,label\nA,1\n{line},0\n")
    with pytest.raises(SequenceFileError, match=r"line 3: the sequence has 1,048,577 bases"):
        read_labelled_table(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("split", "message"),
    [
        (["train", "test", "holdout", "dev"], "line 4: the column 'split' holds 'holdout'; train,"),
        (["train", "train", "dev", "dev"], "t.tsv: the column 'split' holds no 'test'"),
        (["test", "test", "dev", "dev"], "t.tsv: the column 'split' holds no 'train'"),
    ],
)
def test_bad_splits(tmp_path: Path, split: list[str], message: str) -> None:
    with pytest.raises(SequenceFileError, match=message):
        read_labelled_table(table(tmp_path, split=split), split_column="split")


def test_blank_lines_are_counted(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("sequence,label,split\n\n\nA,1,train\nC,0,nowhere\n")
    with pytest.raises(SequenceFileError, match="line 5: the column 'split' holds 'nowhere'"):
        read_labelled_table(tmp_path / "t.csv", split_column="split")


def test_column_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SequenceFileError, match="no column 'fold'; there are: sequence, label"):
        read_labelled_table(table(tmp_path), split_column="fold")
