"""The one door: everything that counts as sequences, and everything that scikit-learn does to X."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from Bio.Seq import MutableSeq, Seq
from Bio.SeqRecord import SeqRecord
from joblib import Parallel, delayed
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import resample, shuffle

from rcseq import DNAOneHotEncoder, KmerVectorizer
from rcseq.alphabet import ONE_HOT, encode, reverse_complement
from rcseq.sequences import Sequences, as_sequences

TEXTS = ["acgu", "GGNT", "RTTA"]
OTHER = [reverse_complement(text) for text in TEXTS]
CODES = np.stack([encode(text) for text in TEXTS])
ONE_HOTS = ONE_HOT[CODES].transpose(0, 2, 1)
CONTAINERS = [
    TEXTS,
    tuple(TEXTS),
    np.array(TEXTS),
    np.array(TEXTS, dtype=object),
    np.array([[text] for text in TEXTS]),
    pd.Series(TEXTS, index=[7, 3, 5], name="s"),
    pd.Series(TEXTS, dtype=object),
    pd.DataFrame({"sequence": TEXTS}, index=[7, 3, 5]),
    [text.encode() for text in TEXTS],
    np.array([text.encode() for text in TEXTS]),
    [Seq(text) for text in TEXTS],
    [MutableSeq(text) for text in TEXTS],
    [SeqRecord(Seq(text), id=f"r{i}") for i, text in enumerate(TEXTS)],
    pd.Series([Seq(text) for text in TEXTS]),
    CODES,
    torch.from_numpy(CODES),
    ONE_HOTS,
    torch.from_numpy(ONE_HOTS),
]
every_container = pytest.mark.parametrize(
    "X", CONTAINERS, ids=lambda X: f"{type(X).__name__}-{getattr(X, 'dtype', '')}"
)


def plain(sequences: Any) -> list[str]:
    return [s.upper().replace("U", "T") for s in sequences]


@every_container
def test_every_container(X: Any) -> None:
    sequences = as_sequences(X)
    assert plain(sequences) == plain(TEXTS)
    assert sequences.shape == (3,)
    assert sequences.lengths.tolist() == [4, 4, 4]
    codes, offsets = sequences.codes()
    np.testing.assert_array_equal(codes, CODES.ravel())
    assert offsets.tolist() == [0, 4, 8, 12]
    assert sequences.native() is X
    assert as_sequences(sequences) is sequences


@every_container
def test_views_are_of_the_same_sort(X: Any) -> None:
    view = as_sequences(X)[[2, 0]]
    assert plain(view) == plain([TEXTS[2], TEXTS[0]])
    np.testing.assert_array_equal(view.codes().codes, CODES[[2, 0]].ravel())
    native = view.native()
    assert type(native) is type(X)
    assert plain(as_sequences(native)) == plain(view)
    if hasattr(X, "dtype"):
        assert native.dtype == X.dtype
    if hasattr(X, "index") and hasattr(X, "iloc"):
        assert native.index.tolist() == X.index[[2, 0]].tolist()


@every_container
def test_other_strand(X: Any) -> None:
    other = as_sequences(X)[1:].reverse_complement()
    assert plain(other) == plain(OTHER[1:])
    np.testing.assert_array_equal(other.codes().codes, np.concatenate([*map(encode, OTHER[1:])]))
    assert type(other.native()) is type(X)
    assert plain(as_sequences(other.native())) == plain(OTHER[1:])
    assert plain(other.reverse_complement()) == plain(TEXTS[1:])
    assert plain(other[[1]]) == plain(OTHER[2:])


@every_container
def test_pickle(X: Any) -> None:
    copy = pickle.loads(pickle.dumps(as_sequences(X)[1:]))
    assert plain(copy) == plain(TEXTS[1:])
    np.testing.assert_array_equal(copy.codes().codes, CODES[1:].ravel())
    native = copy.native()
    assert type(native) is type(X)
    assert plain(as_sequences(native)) == plain(TEXTS[1:])
    assert plain(pickle.loads(pickle.dumps(copy))) == plain(TEXTS[1:])


@pytest.mark.parametrize(
    ("key", "rows"),
    [
        (slice(None, None, -1), [2, 1, 0]),
        (slice(5, 9), []),
        ([0, 2], [0, 2]),
        ([], []),
        ([True, False, True], [0, 2]),
        (np.array([-1, 0], np.int32), [2, 0]),
        (([1, 0], ...), [1, 0]),
        (range(2), [0, 1]),
        (pd.Series([2, 1]), [2, 1]),
    ],
)
def test_index(key: Any, rows: list[int]) -> None:
    sequences = as_sequences(TEXTS)[key]
    assert isinstance(sequences, Sequences)
    assert sequences.tolist() == [TEXTS[i] for i in rows]
    assert len(sequences) == len(rows)


def test_index_of_one() -> None:
    sequences = as_sequences(TEXTS)
    assert sequences[np.int64(1)] == sequences[1, ...] == sequences[-2] == "GGNT"
    assert sequences.reverse_complement()[1] == "ANCC"
    with pytest.raises(IndexError):
        sequences[3]
    with pytest.raises(IndexError, match="one axis"):
        sequences[1, 2]


def test_names_go_with_the_sequences() -> None:
    records = as_sequences([SeqRecord(Seq("AC"), id="a"), SeqRecord(Seq("GG"), id="b")])
    assert records[[1]].names.tolist() == ["b"]
    assert as_sequences(TEXTS).names is None
    named = as_sequences(TEXTS)[[2, 0]].with_names(["x", "y"])
    assert named[1:].reverse_complement().names.tolist() == ["y"]
    assert pickle.loads(pickle.dumps(named)).names.tolist() == ["x", "y"]
    with pytest.raises(ValueError, match="2 names for 3 sequences"):
        as_sequences(TEXTS).with_names(["x", "y"])


def test_arrays_are_not_copied(tmp_path: Path) -> None:
    CODES.tofile(tmp_path / "codes")
    mapped = np.memmap(tmp_path / "codes", np.uint8, "r", shape=CODES.shape)
    sequences = as_sequences(mapped)
    assert sequences.kind == "codes"
    assert np.shares_memory(sequences.codes().codes, mapped)
    assert sequences.encoded() is mapped
    assert sequences[:2].tolist() == plain(TEXTS[:2])
    assert as_sequences(TEXTS).encoded() is None


def test_as_array() -> None:
    assert np.asarray(as_sequences(TEXTS)).tolist() == TEXTS
    assert np.asarray(as_sequences(TEXTS)).dtype == object
    np.testing.assert_array_equal(np.asarray(as_sequences(CODES)[1:]), CODES[1:])
    assert pd.Series(as_sequences(TEXTS)).tolist() == TEXTS
    assert pd.DataFrame({"s": as_sequences(TEXTS)})["s"].tolist() == TEXTS
    assert "the first acgu" in repr(as_sequences(TEXTS))


def test_parts_are_the_whole() -> None:
    sequences = as_sequences(["ACGT" * i for i in range(1, 9)])
    parts = list(sequences.parts(20))
    assert len(parts) > 3
    whole = np.concatenate([part.codes for part in parts])
    np.testing.assert_array_equal(whole, sequences.codes().codes)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ("ACGT", r"X is a single str; give a list of sequences, here \[X\]"),
        (np.zeros((5, 3)), r"X of shape \(5, 3\) and dtype float64 is not a set of DNA sequences"),
        (np.zeros((5, 3, 4)), r"X of shape \(5, 3, 4\)"),
        (pd.DataFrame({"a": [1], "b": [2]}), r"X of shape \(1, 2\)"),
        (np.arange(5), r"X of shape \(5,\)"),
        ([1, 2], "a sequence is a int; str"),
        ({"ACGT"}, "X is a set; pass a list"),
        (7, "X is a int; pass a list"),
        (None, "X is a NoneType"),
    ],
)
def test_what_is_no_sequences_is_refused(X: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        as_sequences(X)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (["ACGT", "ACET"], r"sequence 1 has 'E' at position 2 \(from 0\)"),
        (["ACGT", ""], "sequence 1 is empty"),
        (["ACGT", None], "sequence 1 is None, of type NoneType"),
        ([], "minimum of 1"),
        (np.full((2, 3), 15, np.uint8), r"X\[0, 0\] is 15, which is not a base code"),
        (np.ones((2, 4, 3)), "which encodes no base"),
    ],
)
def test_codes_name_what_is_wrong(X: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        as_sequences(X).codes()


RNG = np.random.default_rng(0)
MANY = ["".join(RNG.choice(list("ACGT"), 20)) for _ in range(60)]
TARGET = np.array([text.count("A") > 4 for text in MANY]).astype(int)


def pipelines() -> list[Any]:
    flat = make_pipeline(DNAOneHotEncoder(), FunctionTransformer(lambda x: x.reshape(len(x), -1)))
    first = [KmerVectorizer(k=2), CountVectorizer(analyzer="char", lowercase=False), flat]
    return [make_pipeline(step, LogisticRegression()) for step in first]


@pytest.mark.parametrize("model", pipelines(), ids=["kmers", "letters", "onehot"])
@pytest.mark.parametrize("X", [MANY, np.stack([encode(s) for s in MANY])], ids=["text", "codes"])
def test_it_is_X_for_scikit_learn(model: Any, X: Any) -> None:  # noqa: N802
    sequences = as_sequences(X)
    np.testing.assert_array_equal(
        cross_val_score(model, sequences, TARGET, cv=3), cross_val_score(model, MANY, TARGET, cv=3)
    )
    train, test, y_train, _ = train_test_split(sequences, TARGET, random_state=0)
    assert isinstance(train, Sequences)
    expected = model.fit(train.tolist(), y_train).predict_proba(test.tolist())
    np.testing.assert_allclose(model.fit(train, y_train).predict_proba(test), expected)


def test_search_in_other_processes() -> None:
    search = GridSearchCV(pipelines()[0], {"kmervectorizer__k": [1, 2]}, cv=3, n_jobs=2)
    search.fit(as_sequences(MANY), TARGET)
    one = GridSearchCV(pipelines()[0], {"kmervectorizer__k": [1, 2]}, cv=3).fit(MANY, TARGET)
    np.testing.assert_allclose(
        search.cv_results_["mean_test_score"], one.cv_results_["mean_test_score"]
    )


def test_a_job_maps_the_letters_into_memory() -> None:
    sequences = as_sequences(["ACGT" * 5000] * 100)

    def letters(part: Sequences) -> tuple[str, list[str]]:
        return type(part._store._items.letters).__name__, part.tolist()

    found = Parallel(n_jobs=2)(delayed(letters)(sequences[i::2]) for i in range(2))
    assert found == [("memmap", sequences[i::2].tolist()) for i in range(2)]


def test_helpers_of_scikit_learn() -> None:
    sequences = as_sequences(MANY)
    assert shuffle(sequences, random_state=0).tolist() == shuffle(MANY, random_state=0)
    assert resample(sequences, random_state=0).tolist() == resample(MANY, random_state=0)
    assert len(list(KFold(3).split(sequences))) == 3
