"""K-mer counts against counting by hand, and on real data."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from sklearn import config_context
from sklearn.exceptions import SkipTestWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

from rcseq.alphabet import LETTERS, reverse_complement
from rcseq.datasets import load_nfe2, load_splice
from rcseq.preprocessing import DNAOneHotEncoder, KmerVectorizer

sequences = st.lists(st.text("ACGTN" + LETTERS, min_size=1, max_size=20), min_size=1, max_size=4)


def count_by_hand(sequence: str, k: int, *, canonical: bool) -> dict[str, int]:
    counts: dict[str, int] = {}
    for start in range(len(sequence) - k + 1):
        word = sequence[start : start + k]
        if set(word) <= set("ACGT"):
            name = min(word, reverse_complement(word)) if canonical else word
            counts[name] = counts.get(name, 0) + 1
    return counts


@given(sequences, st.integers(1, 5), st.booleans())
def test_counts_are_those_of_a_plain_loop(X: list[str], k: int, canonical: bool) -> None:
    vectorizer = KmerVectorizer(k, canonical)
    counts = vectorizer.fit_transform(X)
    names = vectorizer.get_feature_names_out()
    assert counts.shape == (len(X), len(names))
    for sequence, row in zip(X, counts.toarray(), strict=True):
        found = {name: int(count) for name, count in zip(names, row, strict=True) if count}
        assert found == count_by_hand(sequence, k, canonical=canonical)


@given(sequences, st.integers(1, 5))
def test_canonical_counts_are_the_same_on_both_strands(X: list[str], k: int) -> None:
    vectorizer = KmerVectorizer(k)
    forward = vectorizer.transform(X)
    backward = vectorizer.transform([reverse_complement(sequence) for sequence in X])
    assert (forward != backward).nnz == 0


@pytest.mark.parametrize("k", [1, 2, 3, 4, 6])
def test_number_and_order_of_the_features(k: int) -> None:
    # Words that are their own reverse complement exist for even k only: 4 ** (k / 2) of them.
    palindromes = 4 ** (k // 2) if k % 2 == 0 else 0
    names = KmerVectorizer(k).get_feature_names_out().tolist()
    assert len(names) == (4**k + palindromes) // 2
    assert names == sorted(names)
    assert all(name <= reverse_complement(name) for name in names)
    assert len(KmerVectorizer(k, canonical=False).get_feature_names_out()) == 4**k


def test_palindrome_is_counted_once() -> None:
    vectorizer = KmerVectorizer(4)
    row = vectorizer.transform(["ACGT"])
    assert row.sum() == 1
    assert vectorizer.get_feature_names_out()[row.indices].tolist() == ["ACGT"]


def test_result_is_canonical_csr_without_duplicates() -> None:
    counts = KmerVectorizer(2).transform(["ACACACAC", "A", "TTTTTT"])
    assert sp.issparse(counts)
    assert counts.format == "csr"
    assert counts.has_canonical_format
    assert counts.dtype == np.float64
    assert counts.sum(axis=1).ravel().tolist() == [[7, 0, 5]]


def test_sequences_shorter_than_k_count_nothing() -> None:
    assert KmerVectorizer(5).transform(["ACG"]).nnz == 0


def test_codes_case_and_u() -> None:
    X = ["acguu", "GGNTA"]
    codes = DNAOneHotEncoder(output="codes").fit_transform(X)
    vectorizer = KmerVectorizer(2)
    assert (vectorizer.transform(codes) != vectorizer.transform(["ACGTT", "GGNTA"])).nnz == 0
    assert (vectorizer.transform(codes) != vectorizer.transform(X)).nnz == 0


def test_dense_output_and_data_frames() -> None:
    dense = KmerVectorizer(2, sparse_output=False, dtype="float32").transform(["ACGT"])
    assert isinstance(dense, np.ndarray)
    assert dense.dtype == np.float32
    frame = (
        KmerVectorizer(2, sparse_output=False).set_output(transform="pandas").transform(["AACG"])
    )
    assert isinstance(frame, pd.DataFrame)
    assert frame.columns[(frame == 1).to_numpy()[0]].tolist() == ["AA", "AC", "CG"]
    with config_context(transform_output="pandas"), pytest.raises(ValueError, match="sparse"):
        KmerVectorizer(2).fit_transform(["ACGT"])


@pytest.mark.parametrize("k", [0, 13, 2.5, "6", True])
def test_bad_k_is_named(k: Any) -> None:
    with pytest.raises(ValueError, match=r"'k' .* in the range \[1, 12\]. Got"):
        KmerVectorizer(k).fit(["ACGT"])


def test_bad_letter_is_named() -> None:
    with pytest.raises(ValueError, match="sequence 1 has 'E' at position 1"):
        KmerVectorizer(2).fit(["ACGT", "AE"])


def auroc(vectorizer: KmerVectorizer, X: Any, y: Any) -> float:
    model = make_pipeline(vectorizer, LogisticRegression(solver="liblinear"))
    return float(cross_val_score(model, X, y, scoring="roc_auc").mean())


def test_baseline_on_chip_seq_reaches_what_is_known_for_it() -> None:
    data = load_nfe2()
    assert auroc(KmerVectorizer(6), data.sequences, data.target) == pytest.approx(0.978, abs=0.01)


def test_sharing_between_the_strands_hurts_where_the_label_depends_on_the_strand() -> None:
    data = load_splice()
    keep = data.target != "N"
    X, y = data.sequences[keep], data.target[keep] == "EI"
    assert auroc(KmerVectorizer(4, canonical=False), X, y) > auroc(KmerVectorizer(4), X, y) + 0.05


@pytest.mark.parametrize(
    "vectorizer", [KmerVectorizer(), KmerVectorizer(2, False, sparse_output=False)], ids=str
)
def test_scikit_learns_own_checks(vectorizer: KmerVectorizer) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkipTestWarning)
        results = check_estimator(vectorizer)
    passed = [result["check_name"] for result in results if result["status"] == "passed"]
    assert len(passed) >= 45
    others = {r["check_name"] for r in results if r["status"] != "passed"}
    assert others <= {"check_array_api_input"}
