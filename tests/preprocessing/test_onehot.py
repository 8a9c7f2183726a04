"""One-hot encoding: strand exactness on strings, the contract, the errors."""

import pickle
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from Bio.Seq import MutableSeq, Seq
from Bio.SeqRecord import SeqRecord
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import NotFittedError, SkipTestWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator

from rcseq.alphabet import LETTERS, reverse_complement
from rcseq.datasets import load_nfe2, load_splice
from rcseq.preprocessing import DNAOneHotEncoder
from rcseq.sequences import Windows, window_starts

dna = st.text(LETTERS + LETTERS.lower() + "Uu", min_size=1, max_size=30)


def same_on_both_strands(sequence: str) -> bool:
    """Whether there is only one string for the two strands."""
    as_dna = sequence.upper().replace("U", "T")
    return reverse_complement(as_dna) == as_dna


@given(dna, st.integers(1, 40), st.sampled_from(["zeros", "fractions"]))
def test_both_strands_of_a_string_are_both_strands_of_the_array(
    sequence: str, length: int, ambiguous: Any
) -> None:
    encoder = DNAOneHotEncoder(length, ambiguous=ambiguous, dtype="float64")
    forward, backward = encoder.fit_transform([sequence, reverse_complement(sequence)])
    if same_on_both_strands(sequence):
        np.testing.assert_array_equal(backward, forward)
    else:
        np.testing.assert_array_equal(backward, forward[::-1, ::-1])


@given(dna, st.integers(1, 40))
def test_codes_expand_to_the_one_hot(sequence: str, length: int) -> None:
    codes = DNAOneHotEncoder(length, output="codes").fit_transform([sequence])
    onehot = DNAOneHotEncoder(length).fit_transform([sequence])
    assert codes.shape == (1, length)
    assert codes.dtype == np.uint8
    np.testing.assert_array_equal(np.eye(5, 4, dtype=np.uint8)[codes].transpose(0, 2, 1), onehot)


@given(st.lists(dna, min_size=1, max_size=5))
def test_inverse_transform_gives_the_sequences_back(sequences: list[str]) -> None:
    encoder = DNAOneHotEncoder(ambiguous="fractions", dtype="float32").fit(sequences)
    back = encoder.inverse_transform(encoder.transform(sequences))
    expected = [sequence.upper().replace("U", "T").strip("N") for sequence in sequences]
    assert [sequence.strip("N") for sequence in back] == expected
    codes = encoder.set_params(output="codes").transform(sequences)
    assert encoder.inverse_transform(codes).tolist() == back.tolist()


@pytest.mark.parametrize(
    ("align", "length", "expected"),
    [
        ("left", 6, "AACGNN"),
        ("right", 6, "NNAACG"),
        ("center", 6, "NAACGN"),
        ("center", 5, "AACGN"),  # AACG comes before CGTT, so that the odd one is on the right
        ("left", 2, "AA"),
        ("right", 2, "CG"),
        ("center", 2, "AC"),
        ("center", 4, "AACG"),
    ],
)
def test_alignment(align: Any, length: int, expected: str) -> None:
    encoder = DNAOneHotEncoder(length, align=align, longer="crop").fit(["A"])
    assert encoder.inverse_transform(encoder.transform(["AACG"])) == [expected]


@pytest.mark.parametrize(
    "X",
    [
        ["acgu", "GGNT"],
        ("acgu", "GGNT"),
        np.array(["acgu", "GGNT"]),
        np.array(["acgu", "GGNT"], dtype=object),
        np.array([b"acgu", b"GGNT"]),
        np.array([["acgu"], ["GGNT"]]),
        pd.Series(["acgu", "GGNT"], index=[7, 3]),
        pd.Series(["acgu", "GGNT"], dtype=object),
        pd.Series(["acgu", "GGNT"], dtype="string"),
        pd.Series(["acgu", "GGNT"], dtype="category"),
        pd.array(["acgu", "GGNT"], dtype="string"),
        pd.Index(["acgu", "GGNT"]),
        pd.DataFrame({"sequence": ["acgu", "GGNT"]}),
        [Seq("acgu"), MutableSeq("GGNT")],
        [SeqRecord(Seq("acgu"), id="one"), "GGNT"],
        pd.Series([SeqRecord(Seq("acgu")), SeqRecord(Seq("GGNT"))]),
    ],
    ids=lambda X: f"{type(X).__name__}-{getattr(X, 'dtype', '')}",
)
def test_every_container_of_sequences(X: Any) -> None:
    expected = [
        [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
        [[0, 0, 0, 0], [0, 0, 0, 0], [1, 1, 0, 0], [0, 0, 0, 1]],
    ]
    np.testing.assert_array_equal(DNAOneHotEncoder().fit_transform(X), expected)


@pytest.mark.parametrize("dtype", ["uint8", "int64", "float32", np.float64])
def test_dtype(dtype: Any) -> None:
    encoded = DNAOneHotEncoder(dtype=dtype).fit_transform(["ACGT"])
    assert encoded.dtype == dtype
    np.testing.assert_array_equal(encoded[0], np.eye(4))


def test_fractions() -> None:
    encoder = DNAOneHotEncoder(ambiguous="fractions", dtype="float32")
    encoded = encoder.fit_transform(["RNB"])
    assert encoded.dtype == np.float32
    expected = [[0.5, 0, 0.5, 0], [0, 0, 0, 0], [0, 1 / 3, 1 / 3, 1 / 3]]
    np.testing.assert_allclose(encoded[0].T, expected, atol=1e-7)
    codes = DNAOneHotEncoder(ambiguous="fractions", output="codes").fit_transform(["RNB"])
    assert codes.tolist() == [[LETTERS.index(letter) for letter in "RNB"]]


def test_codes_are_taken_as_input() -> None:
    sequences = ["ACGTN", "GGCAT"]
    codes = DNAOneHotEncoder(output="codes").fit_transform(sequences)
    encoder = DNAOneHotEncoder().fit(codes)
    assert encoder.n_features_in_ == 5
    np.testing.assert_array_equal(
        encoder.transform(codes), DNAOneHotEncoder().fit_transform(sequences)
    )
    np.testing.assert_array_equal(
        encoder.transform(sequences), DNAOneHotEncoder().fit_transform(sequences)
    )
    with pytest.raises(ValueError, match="expecting 5 features"):
        encoder.transform(codes[:, :4])
    assert not hasattr(encoder.fit(sequences), "n_features_in_")


def test_real_data() -> None:
    data = load_nfe2()
    encoder = DNAOneHotEncoder().fit(data.sequences)
    assert encoder.length_ == 247
    forward = encoder.transform(data.sequences)
    backward = encoder.transform([reverse_complement(s) for s in data.sequences])
    assert forward.shape == (1288, 4, 247)
    np.testing.assert_array_equal(backward, forward[:, ::-1, ::-1])
    np.testing.assert_array_equal(forward.sum((1, 2)), [len(s) for s in data.sequences])


def test_real_data_with_ambiguous_letters() -> None:
    sequences = load_splice().sequences
    ambiguous = np.array([bool(set(sequence) - set("ACGT")) for sequence in sequences])
    assert ambiguous.sum() == 15
    complete = DNAOneHotEncoder().fit_transform(sequences).sum((1, 2)) == 60
    np.testing.assert_array_equal(complete, ~ambiguous)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (["ACGT", "ACET"], r"sequence 1 has 'E' at position 2 \(from 0\), which is not a letter"),
        (
            [SeqRecord(Seq("AC")), SeqRecord(Seq("A-"), id="x7")],
            r"sequence 1 \(record x7\) has '-'",
        ),
        (["ACGT", "AC T"], "sequence 1 has ' ' at position 2"),
        (["ACé"], "sequence 0 has 'é' at position 2"),
        (["ACGT", ""], "sequence 1 is empty"),
        (["ACGT", None], "sequence 1 is None, of type NoneType; str, Bio.Seq.Seq"),
        (["ACGT", float("nan")], "sequence 1 is nan, of type float.* Leave out the samples that"),
        (pd.Series(["ACGT", None], dtype="string"), "sequence 1 is <NA>, of .* Leave out the samp"),
        (pd.Series([None], dtype="string"), "sequence 0 is <NA>, of type NAType"),
        (pd.DataFrame({"s": ["A", pd.NA]}), "sequence 1 is (nan|<NA>), of type"),
        ([None, None], "sequence 0 is None, of type NoneType"),
        ("ACGT", r"X is a single str; give a list of sequences, here \[X\]"),
        (SeqRecord(Seq("ACGT")), "X is a single SeqRecord"),
        ([], "minimum of 1 is required"),
        (np.array([], dtype=object), "minimum of 1 is required"),
        (pd.Series([], dtype=str), "minimum of 1 is required"),
        (np.zeros((2, 4, 9)), r"has the shape \(2, 4, 9\), as if it were one-hot already"),
        (np.array([[0, 1], [2, 15]]), r"X\[1, 1\] is 15, which is not a base code"),
        (np.array([[0, 1], [2, 256]]), r"X\[1, 1\] is 256, which is not a base code"),
        (np.array([[0.5, 1]]), r"X\[0, 0\] is 0.5, which is not a base code"),
        (np.array([[0, -1]]), "Negative values in data passed to DNAOneHotEncoder"),
        (np.array([[1e300, 1]]), r"X\[0, 0\] is 1e\+300, which is not a base code"),
        (np.array([["AC", "GT"]]), "X is a table of 2 columns with text"),
        (pd.DataFrame({"name": ["a"], "seq": ["AC"]}), "give its column of sequences alone"),
        (csr_matrix([[1], [2]]), "dense data is required"),
        (np.arange(4), "Expected 2D array, got 1D array instead"),
    ],
)
def test_bad_input_is_named(X: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        DNAOneHotEncoder().fit(X)
    with pytest.raises((TypeError, ValueError), match=message):
        DNAOneHotEncoder().fit(["ACGT"]).transform(X)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"length": 0}, r"'length' .* must be an int in the range \[1, inf\) or None. Got 0"),
        ({"length": 2.5}, "'length' .* Got 2.5 instead"),
        ({"length": True}, "'length' .* Got True instead"),
        ({"align": "centre"}, "'align' .* among .*'center'.* Got 'centre'"),
        ({"ambiguous": "drop"}, "'ambiguous' .* among .*'error'.* Got 'drop'"),
        ({"longer": "split"}, "'longer' .* among .*'scan'.* Got 'split'"),
        ({"output": "int"}, "'output' .* among .*'codes'.* Got 'int'"),
        ({"ambiguous": "fractions"}, "set dtype='float32'"),
    ],
)
def test_bad_parameters_are_named_in_fit(params: dict[str, Any], message: str) -> None:
    encoder = DNAOneHotEncoder(**params)
    with pytest.raises(ValueError, match=message):
        encoder.fit(["ACGT"])


LONG = ["ACGTA", "CCGTACGTAA", "AC", "AAAAAAAA"]  # two of them longer than five bases


def test_longer_sequences_are_cropped_with_one_warning_that_has_numbers() -> None:
    encoder = DNAOneHotEncoder(output="codes").fit(["ACGTA", "AC"])
    with pytest.warns(UserWarning, match="longer") as seen:
        cropped = encoder.transform(LONG)
    assert len(seen) == 1
    message = str(seen[0].message)
    assert message.startswith("2 of 4 sequences are longer than the 5 bases that the encoder reads")
    assert "the first is sequence 1 with 10)" in message
    assert "cropped to their middle, and 8 of 25 bases are not read" in message
    assert seen[0].filename == __file__
    silent = clone(encoder).set_params(longer="crop").fit(["ACGTA"])
    np.testing.assert_array_equal(silent.transform(LONG), cropped)
    left = DNAOneHotEncoder(align="left").fit(["ACGTA"])
    with pytest.warns(UserWarning, match="cropped to their left end"):
        left.transform(LONG)


def test_what_fit_has_cropped_as_well_is_no_news() -> None:
    encoder = DNAOneHotEncoder(5).fit(LONG)  # warnings are errors here
    assert (encoder.length_, encoder.longest_) == (5, 10)
    assert encoder.transform(LONG).shape == (4, 4, 5)
    with pytest.warns(UserWarning, match="1 of 1 sequences .* 6 of 11 bases are not read"):
        encoder.transform(["A" * 11])


@pytest.mark.parametrize("longer", ["raise", "scan"])
def test_longer_sequences_are_refused_in_fit(longer: Any) -> None:
    encoder = DNAOneHotEncoder(5, longer=longer)
    with pytest.raises(ValueError, match=f"has 10 bases, but length=5; to fit with .*{longer}"):
        encoder.fit(LONG)
    assert encoder.fit(LONG[:1]).transform(LONG[:1]).shape == (1, 4, 5)


def test_longer_sequences_are_refused_in_transform() -> None:
    encoder = DNAOneHotEncoder(longer="raise").fit(LONG[:1])
    with pytest.raises(ValueError, match=r"2 of 4 sequences .*; pass shorter ones, or set longer"):
        encoder.transform(LONG)


@pytest.mark.parametrize("align", ["center", "left", "right"])
def test_scanned_windows_are_those_of_the_sequences(align: Any) -> None:
    encoder = DNAOneHotEncoder(longer="scan", align=align).fit(LONG[:1])
    windows = encoder.transform(LONG)
    assert isinstance(windows, Windows)
    assert len(windows) == 4
    for i, sequence in enumerate(LONG):
        found = encoder.inverse_transform(
            windows.codes[windows.offsets[i] : windows.offsets[i + 1]]
        )
        starts = window_starts(len(sequence), 5)
        cut = [sequence[start : start + 5] for start in starts]
        short = DNAOneHotEncoder(5, align=align).fit(LONG[:1])
        assert found.tolist() == short.inverse_transform(short.transform(cut)).tolist()


def test_scanned_fractions() -> None:
    encoder = DNAOneHotEncoder(longer="scan", ambiguous="fractions", dtype="float32").fit(["AC"])
    assert encoder.transform(["ACR"]).codes.tolist() == [[0, 1], [1, LETTERS.index("R")]]
    assert DNAOneHotEncoder(longer="scan").fit(["AC"]).transform(["ACR"]).codes.max() == 4


def test_ambiguous_error_names_the_letter_and_allows_padding() -> None:
    encoder = DNAOneHotEncoder(6, ambiguous="error").fit(["ACGT"])
    assert encoder.transform(["ACGU"]).sum() == 4
    with pytest.raises(ValueError, match=r"sequence 1 has 'N' at position 2 \(from 0\)"):
        encoder.transform(["ACGT", "ACNT"])


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.zeros((1, 4)), None),
        (np.zeros((1, 5, 4)), r"has the shape \(1, 5, 4\)"),
        (np.full((1, 4, 2), 0.25), r"X\[0, :, 0\] is \[0.25 0.25 0.25 0.25\], which encodes no"),
        (np.array([[[1], [0.5], [0], [0]]]), "encodes no base"),
    ],
)
def test_inverse_transform_refuses_what_is_no_encoding(X: Any, message: str | None) -> None:
    encoder = DNAOneHotEncoder()
    if message is None:
        assert encoder.inverse_transform(X.astype(np.uint8)) == ["AAAA"]
        return
    with pytest.raises(ValueError, match=message):
        encoder.inverse_transform(X)


def test_unfitted() -> None:
    with pytest.raises(NotFittedError):
        DNAOneHotEncoder(length=5).transform(["ACGT"])


def test_feature_names_are_in_the_order_of_the_flat_array() -> None:
    encoder = DNAOneHotEncoder().fit(["ACG"])
    names = encoder.get_feature_names_out()
    flat = encoder.transform(["ACG"]).reshape(-1)
    assert names[flat == 1].tolist() == ["A0", "C1", "G2"]
    assert len(names) == 12
    codes = clone(encoder).set_params(output="codes").fit(["ACG"])
    assert codes.get_feature_names_out().tolist() == ["position0", "position1", "position2"]


def test_output_stays_an_array() -> None:
    with config_context(transform_output="pandas"):
        assert isinstance(DNAOneHotEncoder().fit_transform(["ACG"]), np.ndarray)
    flat = FunctionTransformer(lambda x: x.reshape(len(x), -1))
    make_pipeline(DNAOneHotEncoder(), flat).set_output(transform="default")
    with pytest.raises(ValueError, match="data frame has two"):
        DNAOneHotEncoder().set_output(transform="pandas")


def test_clone_and_pickle() -> None:
    encoder = DNAOneHotEncoder(length=7, output="codes").fit(["ACGT"])
    assert clone(encoder).get_params() == encoder.get_params()
    copy = pickle.loads(pickle.dumps(encoder))
    np.testing.assert_array_equal(copy.transform(["ACGT"]), encoder.transform(["ACGT"]))


@pytest.mark.parametrize(
    "encoder",
    [
        DNAOneHotEncoder(),
        DNAOneHotEncoder(output="codes"),
        DNAOneHotEncoder(length=7, align="left", longer="crop"),
        DNAOneHotEncoder(ambiguous="fractions", dtype="float32"),
    ],
    ids=str,
)
def test_scikit_learns_own_checks(encoder: DNAOneHotEncoder) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkipTestWarning)
        results = check_estimator(encoder)  # raises on a failure; none is expected to fail
    passed = [result["check_name"] for result in results if result["status"] == "passed"]
    # The checks are silently left out for estimators whose tags exclude two-dimensional input.
    assert len(passed) >= 45
    others = {r["check_name"] for r in results if r["status"] != "passed"}
    assert others <= {"check_array_api_input"}  # skipped unless SCIPY_ARRAY_API is set
