"""Sequences without labels, as commands take them."""

from pathlib import Path

import click
import pytest

from rcseq.cli._common import InputError
from rcseq.cli._sequences import check_lengths, progress, read_sequence_chunks, source_name


def options(path: object, **given: object) -> dict[str, object]:
    names = {"sequence_column": "sequence", "name_column": "name", "genome": None, "width": None}
    return {**names, "sequences": path, "model": "m.rcseq", **given}


def test_chunks_have_names(tmp_path: Path) -> None:
    path = tmp_path / "a.fa"
    path.write_text(">a\nACGT\n>b\nAC\n")
    ((names, sequences),) = read_sequence_chunks(options(path))
    assert (names, sequences.tolist()) == (["a", "b"], ["ACGT", "AC"])


def test_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.fa"
    path.write_text(">a\nACXT\n")
    with pytest.raises(InputError, match=r"a\.fa, record 1 \(a\): 'X'"):
        list(read_sequence_chunks(options(path)))
    with pytest.raises(click.UsageError, match="--width goes with"):
        list(read_sequence_chunks(options(path, width=5)))
    assert source_name(options("-")) == "standard input"


def test_longer_than_the_model_reads() -> None:
    from sklearn.dummy import DummyClassifier
    from sklearn.pipeline import make_pipeline

    from rcseq import DNAOneHotEncoder
    from rcseq.sequences import as_sequences

    model = make_pipeline(DNAOneHotEncoder(length=4).fit(["A"]), DummyClassifier())
    chunk = as_sequences(["ACGT", "ACGTA"]).with_names(["a", "b"])
    check_lengths(model, chunk[:1], options("x.fa"), 7)
    with pytest.raises(InputError, match=r"x\.fa, record 9 \(b\): it has 5 bases, but m\.rcseq"):
        check_lengths(model, chunk, options("x.fa"), 7)


def test_progress_is_silent_in_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("sequence") as update:
        update(3)
    assert capsys.readouterr().err == ""
