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
    assert data.description == f"{path}: 4 sequences (3 of 1, 1 of 0)"
    assert data.places == {k: (f"{path}: the column 'label'", f" of class {k}") for k in (0, 1)}


def test_words_numbers_and_names(tmp_path: Path) -> None:
    data = read_labelled_table(table(tmp_path, label=list("abab"), name=[1, 2, 3, 4]))
    assert data.target.tolist() == ["a", "b", "a", "b"]
    assert data.names.tolist() == ["1", "2", "3", "4"]
    assert set(data.places) == {"a", "b"}
    measured = read_labelled_table(table(tmp_path, label=[0.5, 1.25, -1, 2]))
    assert measured.places == {}
    assert measured.description.endswith("4 sequences")


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


def test_column_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SequenceFileError, match="no column 'fold'; there are: sequence, label"):
        read_labelled_table(table(tmp_path), split_column="fold")
