"""Labelled sets: parts, groups and what goes with them."""

import pickle
from typing import Any

import numpy as np
import pytest

from rcseq.sequences import LabelledSequences, split_names


def labelled(**options: Any) -> LabelledSequences:
    return LabelledSequences(["AACG", "TTT", "CCA"], [1, 0, 1], names=["a", "b", "c"], **options)


def test_parts_take_everything_along() -> None:
    data = labelled(
        split=["train", "test", "train"], groups=[5, 6, 7], true_target=[1, 1, 1], name="mine"
    )
    part = data.subset("train")
    assert part.sequences.tolist() == ["AACG", "CCA"]
    assert part.target.tolist() == part.true_target.tolist() == [1, 1]
    assert part.groups.tolist() == [5, 7]
    assert part.names.tolist() == ["a", "c"]
    assert set(part.split) == {"train"}
    assert part.name == "mine"
    assert data.subset([2, 0]).names.tolist() == ["c", "a"]
    assert data.subset([False, True, False]).names.tolist() == ["b"]
    assert len(part) == 2
    assert "mine: 3" in repr(data)
    assert pickle.loads(pickle.dumps(part)).names.tolist() == ["a", "c"]


def test_groups_are_found_when_they_are_asked_for() -> None:
    asked = []

    def by_first_base(data: LabelledSequences) -> list[str]:
        asked.append(len(data))
        return [sequence[0] for sequence in data.sequences]

    data = labelled().with_groups(by_first_base)
    assert labelled().groups is None
    assert not asked
    assert data.groups.tolist() == data.groups.tolist() == ["A", "T", "C"]
    assert asked == [3]


def test_set_without_a_split() -> None:
    with pytest.raises(ValueError, match="there is no split, so no rows are 'train'"):
        labelled().subset("train")


@pytest.mark.parametrize("field", ["target", "split", "groups", "true_target"])
def test_rows_that_do_not_match_are_refused(field: str) -> None:
    options = {"target": [1, 0, 1], field: ["train"] * 2}
    with pytest.raises(ValueError, match=f"{field} has 2 rows for 3 sequences"):
        LabelledSequences(["A", "C", "G"], **options)


def test_words_of_a_split() -> None:
    words = ["Training", "dev", "val", "validation", "test", "holdout"]
    expected = ["train", "valid", "valid", "valid", "test", None]
    assert split_names(words).tolist() == expected
    assert np.asarray(split_names([])).tolist() == []


def test_positive_class() -> None:
    data = LabelledSequences(
        ["A", "C", "G"], ["x", "y", "x"], places={"x": ("f", ""), "y": ("g", "")}
    )
    assert data.positive == "y"
    assert data.with_positive("y") is data
    other = data.with_positive("x")
    assert other.positive == "x"
    assert other.target.tolist() == [1, 0, 1]
    assert other.target_names.tolist() == ["y", "x"]
    assert other.description == "1 is x, 0 is y"
    assert other.places == {1: ("f", ""), 0: ("g", "")}
    again = other.with_positive("y")
    assert (again.positive, again.target.tolist()) == ("y", [0, 1, 0])
    assert LabelledSequences(["A", "C"], [0, 1]).with_positive("0").target.tolist() == [1, 0]
    assert LabelledSequences(["A", "C"], [0, 1]).subset([0, 1]).with_positive(0).positive == "0"


@pytest.mark.parametrize(
    ("target", "task", "label", "message"),
    [
        ([0, 1, 2], None, "1", "one of two, and there are 3 classes"),
        ([0.5, 1.5], "regression", "1", "one of two, and there are 0 classes"),
        (
            ["open", "shut"],
            None,
            "Open",
            r"no class 'Open'. Did you mean 'open'\? There are open and",
        ),
    ],
)
def test_no_positive_class(target: list[Any], task: Any, label: str, message: str) -> None:
    data = LabelledSequences(["A"] * len(target), target, task=task)
    assert data.positive is None or label == "Open"
    with pytest.raises(ValueError, match=message):
        data.with_positive(label)
