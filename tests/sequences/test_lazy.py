"""Rows that are read and encoded when they are asked for are those that would be in memory."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from rcseq import DNAOneHotEncoder, SequenceClassifier
from rcseq.preprocessing import _onehot
from rcseq.sequences import LazyEncoding, Regions, Sequences, as_sequences, check_encoded

rng = np.random.default_rng(0)
LETTERS = rng.choice(list("ACGTacgtNR"), 2000)
Y = np.arange(40) % 2


def regions(folder: Path) -> Sequences:
    pytest.importorskip("pyfaidx", reason='reading a genome is the extra "genome"')
    (folder / "g.fa").write_text(f">chr1\n{''.join(LETTERS)}\n")
    start = np.random.default_rng(1).integers(0, 1900, 40)
    table = pd.DataFrame({"chrom": "chr1", "start": start, "end": start + 31})
    table["strand"] = np.where(np.arange(40) % 3, "+", "-")
    return as_sequences(Regions(folder / "g.fa", table))


def mapped(folder: Path) -> Sequences:
    array = np.lib.format.open_memmap(folder / "x.npy", "w+", np.uint8, (40, 31))
    array[:] = np.random.default_rng(2).integers(0, 6, (40, 31))
    array.flush()
    return as_sequences(np.load(folder / "x.npy", mmap_mode="r"))


@pytest.fixture(params=[regions, mapped])
def sequences(request: pytest.FixtureRequest, tmp_path: Path) -> Sequences:
    found: Sequences = request.param(tmp_path)
    return found


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few sequences stay lazy as well."""
    monkeypatch.setattr(_onehot, "_HELD", 0)


SETTINGS: list[dict[str, Any]] = [
    {},
    {"output": "codes"},
    {"length": 40},
    {"length": 20, "align": "left", "output": "codes"},
    {"ambiguous": "fractions", "dtype": "float32"},
    {"ambiguous": "fractions", "output": "codes"},
]


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("settings", SETTINGS)
def test_rows_are_those_of_an_array(sequences: Sequences, settings: dict[str, Any]) -> None:
    encoder = DNAOneHotEncoder(**settings).fit(sequences)
    lazy = encoder.transform(sequences)
    array = DNAOneHotEncoder(**settings).fit_transform(sequences.tolist())
    assert isinstance(lazy, LazyEncoding)
    assert (lazy.shape, lazy.dtype, lazy.ndim) == (array.shape, array.dtype, array.ndim)
    assert len(lazy) == 40
    np.testing.assert_array_equal(lazy, array)
    for key in (3, -1, slice(5, 20, 3), [7, 2, 7], np.arange(40) > 30, (slice(3), ..., 2), []):
        np.testing.assert_array_equal(lazy[key], array[key])
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(lazy))[2:4], array[2:4])


@pytest.mark.usefixtures("always")
def test_other_strand_and_what_is_refused(sequences: Sequences) -> None:
    encoder = DNAOneHotEncoder().fit(sequences)
    other = encoder.transform(sequences.reverse_complement())
    np.testing.assert_array_equal(other, encoder.transform(sequences)[:][:, ::-1, ::-1])
    with pytest.raises(ValueError, match="ambiguous='error' refuses"):
        DNAOneHotEncoder(ambiguous="error").fit(sequences).transform(sequences)
    short = DNAOneHotEncoder(length=20, longer="raise")
    short.fit([text[:20] for text in sequences.tolist()])
    with pytest.raises(ValueError, match="40 of 40 sequences are longer than the 20 bases"):
        short.transform(sequences)
    with pytest.raises(ValueError, match="X has sequences of length 31, but Net was fitted on l"):
        check_encoded(encoder.transform(sequences), length=30, estimator="Net")


def test_few_are_encoded_at_once(sequences: Sequences) -> None:
    assert isinstance(DNAOneHotEncoder().fit_transform(sequences), np.ndarray)
    assert sequences.is_lazy
    assert not as_sequences(["ACGT"]).is_lazy
    assert isinstance(sequences[:3].native(), Sequences)


@pytest.mark.parametrize("strategy", ["augmented", "rcps", "posthoc"])
def test_models_are_the_same(
    sequences: Sequences, strategy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = SequenceClassifier(
        "convnet", module__n_filters=4, max_epochs=2, strategy=strategy, random_state=0
    )
    model = make_pipeline(DNAOneHotEncoder(length=40), network)
    eager = model.fit(sequences.tolist(), Y).predict_proba(sequences.tolist())
    monkeypatch.setattr(_onehot, "_HELD", 0)
    lazy = model.fit(sequences, Y).predict_proba(sequences)
    np.testing.assert_array_equal(lazy, eager)


@pytest.mark.usefixtures("always")
def test_folds_in_processes_and_models_of_scikit_learn(sequences: Sequences) -> None:
    flat = make_pipeline(DNAOneHotEncoder(output="codes"), LogisticRegression(max_iter=50))
    lazy, eager = (
        cross_val_score(flat, X, Y, cv=2, n_jobs=n_jobs)
        for X, n_jobs in ((sequences, 2), (sequences.tolist(), 1))
    )
    np.testing.assert_array_equal(lazy, eager)


@pytest.mark.usefixtures("always")
def test_a_job_carries_a_handle_and_indices(tmp_path: Path) -> None:
    found = regions(tmp_path)
    lazy = DNAOneHotEncoder().fit(found).transform(found)
    assert len(pickle.dumps(lazy)) < 5_000  # of 40 regions, and of any genome
    assert "of regions" in repr(lazy)
