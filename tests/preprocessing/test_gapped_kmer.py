"""Gapped k-mers against comparing words letter by letter, and on real data."""

import itertools
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError, SkipTestWarning
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

import rcseq
from rcseq.alphabet import reverse_complement
from rcseq.datasets import load_nfe2
from rcseq.preprocessing import DNAOneHotEncoder, GappedKmerVectorizer

sequences = st.lists(st.text("ACGTNR", min_size=1, max_size=16), min_size=1, max_size=4)


def similarity(one: str, other: str, k: int) -> int:
    matches = sum(a == b and a in "ACGT" for a, b in zip(one, other, strict=True))
    return max(0, matches - k + 1) ** 4


def windows(sequence: str, length: int) -> list[str]:
    return [sequence[i : i + length] for i in range(len(sequence) - length + 1)]


@settings(max_examples=20)
@given(sequences)
def test_features_are_the_kernel_of_a_plain_loop(X: list[str]) -> None:
    vectorizer = GappedKmerVectorizer(5, 3, random_state=0)
    vectorizer.fit(["ACGTTGCATTGACC", "TTGACCATTTAC"])
    marks = ["".join("ACGT"[i] for i in word) for word in vectorizer.landmarks_]

    def against(words: list[str]) -> Any:
        return [
            [
                sum(similarity(w, s, 3) for w in words for s in (m, reverse_complement(m)))
                for m in marks
            ]
        ]

    gram = np.array([against([mark])[0] for mark in marks], dtype=float)
    gram += 1e-2 * np.trace(gram) / len(gram) * np.eye(len(gram))
    factor = np.linalg.cholesky(gram)
    for sequence, row in zip(X, vectorizer.transform(X), strict=True):
        expected = np.linalg.solve(factor, np.array(against(windows(sequence, 5))).T)[:, 0]
        size = np.linalg.norm(expected)
        np.testing.assert_allclose(row, expected / (size or 1), atol=2e-4)


def test_both_strands_have_the_same_features_to_the_bit() -> None:
    X = [str(sequence) for sequence in load_nfe2().sequences[:20]]
    vectorizer = GappedKmerVectorizer(n_landmarks=300, random_state=0).fit(X)
    backward = vectorizer.transform([reverse_complement(sequence) for sequence in X])
    np.testing.assert_array_equal(vectorizer.transform(X), backward)


@settings(max_examples=25)
@given(sequences, st.sampled_from([(3, 2), (4, 2), (4, 4), (1 + 2, 1)]))
def test_counts_are_those_of_a_plain_loop(X: list[str], size: tuple[int, int]) -> None:
    length, k = size
    vectorizer = GappedKmerVectorizer(length, k, form="counts")
    counts = vectorizer.fit_transform(X).toarray()
    names = vectorizer.get_feature_names_out().tolist()
    assert counts.shape == (len(X), len(names))
    assert len(set(names)) == len(names)
    for sequence, row in zip(X, counts, strict=True):
        expected = dict.fromkeys(names, 0)
        for rest in itertools.combinations(range(1, length), k - 1):
            pattern = (0, *rest)
            for word in windows(sequence, pattern[-1] + 1):
                kept = "".join(b if i in pattern else "N" for i, b in enumerate(word))
                if all(word[i] in "ACGT" for i in pattern):
                    name = kept if kept in expected else reverse_complement(kept)
                    expected[name] += 1
        assert dict(zip(names, row, strict=True)) == expected
    backward = vectorizer.transform([reverse_complement(sequence) for sequence in X])
    np.testing.assert_array_equal(backward.toarray(), counts)


def test_landmarks_are_words_of_the_training_sequences_and_follow_the_seed() -> None:
    X = ["ACGTTGCATTGACCAA" * 3, "GGGATATTACCAGG" * 4]
    one, same, other = (
        GappedKmerVectorizer(6, 4, n_landmarks=5, random_state=s).fit(X) for s in (0, 0, 1)
    )
    np.testing.assert_array_equal(one.landmarks_, same.landmarks_)
    assert not np.array_equal(one.landmarks_, other.landmarks_)
    both = X + [reverse_complement(sequence) for sequence in X]
    names = one.get_feature_names_out().tolist()
    assert len(names) <= 5
    assert all(any(name in sequence for sequence in both) for name in names)


@pytest.mark.parametrize(("n", "expected"), [(3, 10), (20, 20), (40, 30)])
def test_more_sequences_have_more_landmarks(
    n: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rcseq.preprocessing._gapped_kmer._FEWEST_LANDMARKS", 10)
    monkeypatch.setattr("rcseq.preprocessing._gapped_kmer._MOST_LANDMARKS", 30)
    X = ["".join(word) for word in np.random.default_rng(0).choice(list("ACGT"), (n, 60))]
    assert len(GappedKmerVectorizer(random_state=0).fit(X).landmarks_) == expected


def test_codes_and_strings_are_read_alike() -> None:
    X = ["ACGTTGCATTGACCAA", "ACGNTGCARTGACCAA"]
    codes = DNAOneHotEncoder(output="codes").fit_transform(X)
    one, two = (
        GappedKmerVectorizer(6, 4, random_state=0).fit_transform(data) for data in (X, codes)
    )
    np.testing.assert_array_equal(one, two)


def test_saved_and_loaded(tmp_path: Any) -> None:
    X = ["ACGTTGCATTGACCAA", "GGGATATTACCAGGTT"] * 5
    model = make_pipeline(GappedKmerVectorizer(6, 4, random_state=0), LogisticRegression())
    model.fit(X, [0, 1] * 5)
    loaded = rcseq.load(rcseq.save(model, tmp_path / "model.rcseq"))
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    assert "_factor" not in model[0].__getstate__()


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"length": 5, "k": 6}, "k=6 letters do not fit into words of length=5"),
        ({"length": 11, "k": 7, "form": "counts"}, "gapped k-mers; take shorter words"),
        ({"form": "tree"}, "form"),
        ({"length": 15, "k": 4}, "no landmark to draw; take a shorter length"),
    ],
)
def test_unusable_parameters_are_refused(params: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GappedKmerVectorizer(**params).fit(["ACGTNACGT"])


def test_what_was_not_fitted_is_refused() -> None:
    with pytest.raises(NotFittedError):
        GappedKmerVectorizer().transform(["ACGTACGTACGT"])


@pytest.mark.parametrize("form", ["landmarks", "counts"])
def test_scikit_learns_checks(form: str) -> None:
    vectorizer = GappedKmerVectorizer(2, 1, form=form, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkipTestWarning)
        results = check_estimator(vectorizer, on_fail=None)
    failed = [result for result in results if result["status"] == "failed"]
    # some checks have numbers of which no two in a row are bases, so there is no word to draw
    assert all("no landmark" in str(result["exception"]) for result in failed)
    assert sum(result["status"] == "passed" for result in results) >= 30


def test_as_good_as_k_mers_on_real_data() -> None:
    data = load_nfe2()
    X, y = [str(sequence) for sequence in data.sequences], np.asarray(data.target)
    model = make_pipeline(
        GappedKmerVectorizer(n_landmarks=500, random_state=0), LogisticRegression(C=3)
    )
    model.fit(X[::4], y[::4])
    assert model.score(X[1::8], y[1::8]) > 0.88
