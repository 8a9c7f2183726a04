"""The bundled sets against the files they were made from, and against what is known of them."""

import gzip
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from rcseq.datasets import load_nfe2, load_splice
from rcseq.io import chromosomes, read_fasta
from rcseq.sequences import LabelledSequences


def test_nfe2_is_the_published_set(shared_dir: Path) -> None:
    for subset in ("train", "test"):
        parts = [read_fasta(shared_dir / f"data/nfe2.{subset}.{k}.fa.gz") for k in ("pos", "neg")]
        data = load_nfe2(subset=subset)
        for field in ("name", "sequence"):
            expected = np.concatenate([part[field] for part in parts])
            np.testing.assert_array_equal(getattr(data, f"{field}s"), expected)
        np.testing.assert_array_equal(data.target, [1] * len(parts[0]) + [0] * len(parts[1]))
        np.testing.assert_array_equal(data.groups, chromosomes(data.names))


@pytest.mark.parametrize(("subset", "n"), [("train", 1288), ("test", 138), ("all", 1426)])
def test_nfe2_subsets(subset: str, n: int) -> None:
    data = load_nfe2(subset=subset)
    assert isinstance(data, LabelledSequences)
    for field in ("sequences", "target", "groups", "names", "split"):
        assert getattr(data, field).shape == (n,)
    assert data.target.mean() == 0.5
    assert data.target_names.tolist() == ["background", "NF-E2"]
    assert set(data.groups) <= {f"chr{i}" for i in [*range(1, 23), "X", "Y"]}
    lengths = {len(sequence) for sequence in data.sequences}
    assert min(lengths) >= 59
    assert max(lengths) <= 247
    assert "ENCODE" in data.DESCR


def test_all_is_train_then_test() -> None:
    parts = [load_nfe2(subset=subset).names for subset in ("train", "test")]
    np.testing.assert_array_equal(load_nfe2(subset="all").names, np.concatenate(parts))


def test_default_is_the_training_set_as_a_pair() -> None:
    X, y = load_nfe2(return_X_y=True)
    data = load_nfe2(subset="train")
    np.testing.assert_array_equal(X, data.sequences)
    np.testing.assert_array_equal(y, data.target)


def test_unknown_subset_is_refused() -> None:
    with pytest.raises(ValueError, match="subset='valid' is not one of train, test, all"):
        load_nfe2(subset="valid")


def test_splice_is_the_published_set(shared_dir: Path) -> None:
    with gzip.open(shared_dir / "data/uci_splice.tsv.gz", "rt") as text:
        rows = [line.rstrip("\n").split("\t") for line in text][1:]
    data = load_splice()
    for column, field in enumerate(("sequences", "target", "names")):
        assert getattr(data, field).tolist() == [row[column] for row in rows]


def test_splice() -> None:
    data = load_splice()
    assert {len(sequence) for sequence in data.sequences} == {60}
    counts = dict(zip(*np.unique(data.target, return_counts=True), strict=True))
    assert counts == {"EI": 767, "IE": 768, "N": 1655}
    assert data.target_names.tolist() == ["EI", "IE", "N"]
    assert "CC BY 4.0" in data.DESCR
    X, y = load_splice(return_X_y=True)
    np.testing.assert_array_equal(X, data.sequences)
    np.testing.assert_array_equal(y, data.target)


def test_repeats_of_a_splice_sequence_are_one_group() -> None:
    data = load_splice()
    assert len(data.sequences) - len(set(data.groups)) == 185
    pairs = set(zip(data.sequences, data.groups, strict=True))
    assert len(pairs) == len(set(data.sequences)) == len(set(data.groups))


def test_bundled_files_are_small() -> None:
    sizes = {p.name: len(p.read_bytes()) for p in (files("rcseq.datasets") / "data").iterdir()}
    assert sizes["nfe2.tsv.gz"] < 200_000
    assert sum(sizes.values()) < 400_000
