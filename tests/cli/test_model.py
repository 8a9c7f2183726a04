"""The model file that a command is given."""

import pickle
from pathlib import Path

import pytest

import rcseq
from rcseq import DNAOneHotEncoder, KmerVectorizer
from rcseq.cli._common import InputError
from rcseq.cli._model import load_model


def test_a_model_that_was_saved(model_file: Path) -> None:
    assert load_model(model_file).predict(["ACGT" * 15]).shape == (1,)


def test_what_is_no_model(tmp_path: Path, model_file: Path) -> None:
    path = tmp_path / "file.rcseq"
    with pytest.raises(InputError, match=r"file\.rcseq: there is no such file"):
        load_model(path)
    path.mkdir()
    with pytest.raises(InputError, match="regular file"):
        load_model(path)
    path.rmdir()
    for data in (b"", pickle.dumps({}), b">fasta\nACGT\n", model_file.read_bytes()[:-9]):
        path.write_bytes(data)
        with pytest.raises(InputError, match=r"file\.rcseq is damaged, or not a model file"):
            load_model(path)


def test_what_does_not_predict(tmp_path: Path) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    path = tmp_path / "file.rcseq"
    rcseq.save(DNAOneHotEncoder().fit(["ACGT"]), path)
    with pytest.raises(InputError, match="holds a DNAOneHotEncoder, which predicts nothing"):
        load_model(path)
    rcseq.save(make_pipeline(KmerVectorizer(), LogisticRegression()), path)
    with pytest.raises(InputError, match="holds a Pipeline that is not fitted"):
        load_model(path)
