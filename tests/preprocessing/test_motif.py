"""Motif scores against Biopython's own, and on real data."""

import gzip
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from Bio import motifs
from Bio.Seq import Seq
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError, SkipTestWarning
from sklearn.metrics import roc_auc_score
from sklearn.utils.estimator_checks import check_estimator

from rcseq.alphabet import reverse_complement
from rcseq.datasets import load_nfe2, load_simulation_motifs, make_motif_sequences
from rcseq.preprocessing import DNAOneHotEncoder, MotifScorer

SITES = ["ACGTA", "ACGCA", "TCGTA", "ACCTA"]


def biopython_motif() -> motifs.Motif:
    motif = motifs.create(SITES, alphabet="ACGT")
    motif.name = "mine"
    return motif


@pytest.mark.parametrize("strand", ["both", "forward"])
def test_scores_are_biopythons(strand: Any) -> None:
    sequences = make_motif_sequences(20, length=60, random_state=0).sequences
    scorer = MotifScorer([biopython_motif()], strand=strand, pseudocount=0.2)
    scores = scorer.fit_transform(sequences)
    # A share of 0.2 is 4 sites and 4 * 0.2 / 0.8 = 1 pseudocount.
    pssm = biopython_motif().counts.normalize(pseudocounts=0.25).log_odds()
    for sequence, score in zip(sequences, scores[:, 0], strict=True):
        best = max(pssm.calculate(Seq(sequence)))
        if strand == "both":
            best = max(best, *pssm.reverse_complement().calculate(Seq(sequence)))
        assert score == pytest.approx(best, abs=1e-4)


@given(st.lists(st.text("ACGTNRYB", min_size=12, max_size=40), min_size=1, max_size=6))
def test_scores_are_the_same_on_both_strands(sequences: list[str]) -> None:
    known = load_simulation_motifs()
    scorer = MotifScorer({name: known[name] for name in ("ELF1_known2", "GATA_disc1")})
    forward = scorer.fit_transform(sequences)
    backward = scorer.transform([reverse_complement(sequence) for sequence in sequences])
    np.testing.assert_allclose(forward, backward, atol=1e-4)


def test_each_sequence_is_scored_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    scorer = MotifScorer([biopython_motif()])
    # The motif is in neither, but it would be in the two together.
    apart = scorer.fit_transform(["GGGAC", "GTAGG"])
    assert apart.max() < scorer.transform(["ACGTA"])
    sequences = make_motif_sequences(40, length=30, random_state=0).sequences
    together = scorer.transform(sequences)
    one_by_one = np.concatenate([scorer.transform([sequence]) for sequence in sequences])
    np.testing.assert_allclose(together, one_by_one, atol=1e-5)
    monkeypatch.setattr("rcseq.preprocessing._motif._PART", 100)
    np.testing.assert_allclose(scorer.transform(sequences), together, atol=1e-5)


def test_motifs_of_different_widths_keep_their_columns() -> None:
    known = load_simulation_motifs()
    sequences = make_motif_sequences(10, length=40, random_state=0).sequences
    together = MotifScorer(known).fit_transform(sequences)
    for column, (name, matrix) in enumerate(known.items()):
        alone = MotifScorer({name: matrix}).fit_transform(sequences)
        np.testing.assert_allclose(together[:, column], alone[:, 0], atol=1e-4)


def test_ambiguous_bases_score_the_mean() -> None:
    scorer = MotifScorer({"R": [[3, 0, 1, 0]]}, strand="forward").fit(["A"])
    scores = scorer.transform(["A", "G", "R", "N"])[:, 0]
    assert scores[2] == pytest.approx((scores[0] + scores[1]) / 2)
    assert scores[3] == 0


def test_background() -> None:
    scorer = MotifScorer([[[1, 1, 1, 1]]], background=(1, 2, 3, 4), strand="forward")
    scores = scorer.fit_transform(["A", "C", "G", "T"])[:, 0]
    shares = 0.99 * 0.25 + 0.01 * np.array([0.1, 0.2, 0.3, 0.4])
    np.testing.assert_allclose(scores, np.log2(shares / [0.1, 0.2, 0.3, 0.4]), rtol=1e-5)


def test_known_motif_tells_peaks_from_background(shared_dir: Path) -> None:
    with gzip.open(shared_dir / "data/jaspar2024_vertebrates.transfac.gz", "rt") as text:
        collection = motifs.parse(text, "TRANSFAC", strict=False)
    chosen = {m["ID"]: m for m in collection if m["ID"] in ("USF2", "NFE2")}
    data = load_nfe2()
    scores = MotifScorer(chosen).fit_transform(data.sequences)
    found = {
        name: roc_auc_score(data.target, column)
        for name, column in zip(chosen, scores.T, strict=True)
    }
    # What the description of the data set says.
    assert found == pytest.approx({"USF2": 0.971, "NFE2": 0.552}, abs=0.01)


def test_embedded_motif_is_found_on_both_strands() -> None:
    data = make_motif_sequences(400, classes=[[], ["CTCF_known1"]], random_state=0)
    both = MotifScorer(data.motifs).fit_transform(data.sequences)
    forward = MotifScorer(data.motifs, strand="forward").fit_transform(data.sequences)
    assert roc_auc_score(data.target, both) > 0.99
    assert roc_auc_score(data.target, forward) < 0.9


def test_names_and_data_frames() -> None:
    scorer = MotifScorer([biopython_motif(), [[1, 0, 0, 0], [0, 1, 0, 0]]])
    frame = scorer.set_output(transform="pandas").fit_transform(["ACGTACG"])
    assert isinstance(frame, pd.DataFrame)
    assert frame.columns.tolist() == ["mine", "AC"]
    assert frame.dtypes.unique().tolist() == [np.float32]


def test_codes() -> None:
    codes = DNAOneHotEncoder(output="codes").fit_transform(["ACGTAC", "GGGGGG"])
    scorer = MotifScorer([biopython_motif()])
    np.testing.assert_array_equal(
        scorer.fit_transform(codes), scorer.fit_transform(["ACGTAC", "GGGGGG"])
    )


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"motifs": []}, "motifs holds no motif"),
        ({"motifs": [np.ones((2, 3))]}, r"has the shape \(2, 3\)"),
        ({"motifs": [np.eye(4), np.eye(4)]}, "more than one motif is named ACGT; give a dict"),
        ({"motifs": [np.eye(4)], "strand": "+"}, "'strand' .* among .*'forward'.* Got"),
        (
            {"motifs": [np.eye(4)], "pseudocount": 0},
            r"'pseudocount' .* in the range \(0.0, 1.0\]. Got 0",
        ),
        ({"motifs": [np.eye(4)], "background": (1, 0, 0, 1)}, "not four probabilities above 0"),
    ],
)
def test_bad_parameters(params: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MotifScorer(**params).fit(["ACGTACGT"])


def test_sequence_shorter_than_a_motif() -> None:
    scorer = MotifScorer({"short": np.eye(4)[:2], "long": np.eye(4)}).fit(["ACGT"])
    with pytest.raises(
        ValueError, match=r"sequence 1 has 3 bases, fewer than the motif long \(4\)"
    ):
        scorer.transform(["ACGT", "ACG"])


def test_unfitted_and_clone() -> None:
    scorer = MotifScorer([np.eye(4)], strand="forward")
    with pytest.raises(NotFittedError):
        scorer.transform(["ACGT"])
    assert clone(scorer).strand == "forward"


def test_scikit_learns_own_checks() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkipTestWarning)
        # Some of the checks have one column: a motif of one base fits in.
        results = check_estimator(MotifScorer({"A": [[1, 0, 0, 0]], "S": [[0, 1, 1, 0]]}))
    passed = [result["check_name"] for result in results if result["status"] == "passed"]
    assert len(passed) >= 45
    others = {r["check_name"] for r in results if r["status"] != "passed"}
    assert others <= {"check_array_api_input"}
