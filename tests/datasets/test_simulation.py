"""Simulated sequences: the truth that is returned is the truth."""

from typing import Any

import numpy as np
import pytest

from rcseq.alphabet import reverse_complement
from rcseq.datasets import (
    MarkovBackground,
    MotifEmbedding,
    Normal,
    Poisson,
    make_motif_sequences,
)

CAT = np.eye(4)[[1, 0, 3]]  # C A T


def assert_truth_is_in_the_sequences(data: Any) -> None:
    for row in data.embeddings.itertuples():
        sequence = data.sequences[row.sequence]
        found = sequence[row.position : row.position + len(row.instance)]
        assert row.instance == (found if row.strand == "+" else reverse_complement(found))


def test_embeddings_are_where_they_are_said_to_be() -> None:
    embeddings = [
        MotifEmbedding("ELF1_known2", number=(0, 3)),
        MotifEmbedding("SPI1_known1", partner="GATA_disc1", spacing=(2, 9), zero_probability=0.3),
        MotifEmbedding("CTCF_known1", position=Normal(15)),
    ]
    data = make_motif_sequences(
        300, length=180, classes=[embeddings[:2], embeddings[1:], []], random_state=0
    )
    assert_truth_is_in_the_sequences(data)
    rows = data.embeddings
    assert set(rows["strand"]) == {"+", "-"}
    assert set(data.true_target[rows["sequence"]]) == {0, 1}  # nothing in the third class
    assert set(rows.loc[data.true_target[rows["sequence"]] == 1, "motif"]) == {
        "SPI1_known1",
        "GATA_disc1",
        "CTCF_known1",
    }
    # No two overlap.
    following = rows.groupby("sequence")["position"].shift(-1)
    assert not (rows["position"] + rows["instance"].str.len() > following).any()


def test_target_is_the_class_and_the_classes_are_balanced() -> None:
    data = make_motif_sequences(
        301, classes=[[], ["GATA_disc1"], ["GATA_disc1", "TAL1_known1"]], random_state=0
    )
    assert sorted(np.bincount(data.target)) == [100, 100, 101]
    assert data.target_names.tolist() == ["background", "GATA_disc1", "GATA_disc1 and TAL1_known1"]
    n_instances = data.embeddings.groupby("sequence").size().reindex(range(301), fill_value=0)
    np.testing.assert_array_equal(n_instances, data.target)
    assert len(set(data.target[:20])) == 3  # in random order


def test_weights() -> None:
    data = make_motif_sequences(200, weights=(9, 1), random_state=0)
    assert np.bincount(data.target).tolist() == [180, 20]


def test_multilabel_target_says_what_each_sequence_holds() -> None:
    several = MotifEmbedding("GATA_disc1", number=2, zero_probability=0.5)
    data = make_motif_sequences(
        200, classes=[[several, "TAL1_known1"], [several]], multilabel=True, random_state=0
    )
    assert data.target_names.tolist() == ["GATA_disc1", "TAL1_known1"]
    assert data.target.shape == (200, 2)
    for column, name in enumerate(data.target_names):
        holders = set(data.embeddings.loc[data.embeddings["motif"] == name, "sequence"])
        assert set(np.flatnonzero(data.target[:, column])) == holders
    assert 0.4 < data.target[:, 0].mean() < 0.6
    assert data.target[:, 1].sum() == 100


@pytest.mark.parametrize("probability", [0.0, 0.25, 1.0])
def test_strand_probability(probability: float) -> None:
    embedding = MotifEmbedding("GATA_disc1", reverse_probability=probability)
    data = make_motif_sequences(2000, classes=[[embedding]], random_state=0)
    minus = (data.embeddings["strand"] == "-").mean()
    assert minus == pytest.approx(probability, abs=0 if probability in (0, 1) else 0.03)


@pytest.mark.parametrize(
    ("spacing", "gaps"), [(4, {4}), ((0, 2), {0, 1, 2}), (Poisson(3, low=2, high=4), {2, 3, 4})]
)
def test_pairs_keep_their_spacing_and_order_on_both_strands(spacing: Any, gaps: set[int]) -> None:
    pair = MotifEmbedding("SPI1_known1", partner="TAL1_known1", spacing=spacing)
    data = make_motif_sequences(200, classes=[[pair]], random_state=0)
    assert_truth_is_in_the_sequences(data)
    seen = set()
    for _, rows in data.embeddings.groupby("sequence"):
        left, right = rows.sort_values("position").to_dict("records")
        assert left["strand"] == right["strand"]
        first = left if left["strand"] == "+" else right
        assert first["motif"] == "SPI1_known1"
        seen.add((right["position"] - left["position"] - len(left["instance"]), left["strand"]))
    assert seen == {(gap, strand) for gap in gaps for strand in "+-"}


def test_label_noise_is_in_the_training_labels_alone() -> None:
    data = make_motif_sequences(
        {"train": 400, "test": 200},
        classes=[[], ["GATA_disc1"], ["TAL1_known1"]],
        label_noise=0.2,
        random_state=0,
    )
    wrong = data.target != data.true_target
    assert wrong[data.split == "train"].sum() == 80
    assert wrong[data.split == "test"].sum() == 0
    assert data.split.tolist() == ["train"] * 400 + ["test"] * 200
    assert set(data.target[wrong]) == {0, 1, 2}
    holders = set(data.embeddings["sequence"])
    assert holders == set(np.flatnonzero(data.true_target))


def test_label_noise_of_a_matrix_is_a_share_of_its_entries() -> None:
    data = make_motif_sequences(
        500,
        classes=[["GATA_disc1"], ["TAL1_known1"]],
        multilabel=True,
        label_noise=0.1,
        random_state=0,
    )
    assert (data.target != data.true_target).sum() == 100
    assert data.split is None
    assert set(np.unique(data.target)) == {0, 1}


def test_background() -> None:
    data = make_motif_sequences(50, classes=[[]], background=(1, 0, 0, 1), random_state=0)
    assert set("".join(data.sequences)) == {"A", "T"}
    assert len(data.embeddings) == 0
    chain = MarkovBackground.fit(["ACACACAC"], order=1, pseudocount=0)
    cat = MotifEmbedding(CAT, reverse_probability=0, pseudocount=0)
    data = make_motif_sequences(50, length=30, classes=[[cat]], background=chain, random_state=0)
    for start, sequence in zip(data.embeddings["position"], data.sequences, strict=True):
        around = sequence[:start], sequence[start + 3 :]
        assert all(part in "AC" * 20 for part in around)


def test_matrix_as_motif_and_its_name() -> None:
    embedding = MotifEmbedding(CAT, pseudocount=0, name="cat")
    data = make_motif_sequences(20, classes=[[], [embedding]], random_state=0)
    assert set(data.embeddings["instance"]) == {"CAT"}
    assert data.target_names.tolist() == ["background", "cat"]
    np.testing.assert_array_equal(data.motifs["CAT"], CAT)


def test_random_state() -> None:
    first, same, other = (make_motif_sequences(20, random_state=seed) for seed in (1, 1, 2))
    assert first.sequences.tolist() == same.sequences.tolist()
    assert first.embeddings.equals(same.embeddings)
    assert first.sequences.tolist() != other.sequences.tolist()
    state = np.random.get_state()[1].tolist()  # noqa: NPY002 - that it is not touched is tested
    make_motif_sequences(5, random_state=0)
    assert np.random.get_state()[1].tolist() == state  # noqa: NPY002 - the same


def test_return_x_y() -> None:
    X, y = make_motif_sequences(20, length=30, random_state=0, return_X_y=True)
    assert X.shape == y.shape == (20,)
    assert {len(sequence) for sequence in X} == {30}
    assert set("".join(X)) == set("ACGT")


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"n_samples": 0}, "n_samples=0 and length=200 have to be from 1 up"),
        ({"n_samples": {"train": -1, "test": 5}}, "have to be from 1 up"),
        ({"length": 0}, "length=0 have to be from 1 up"),
        ({"length": 15}, "16 bp are to be embedded in a sequence of 15 bp"),
        ({"classes": ["GATA_disc1"]}, "is not a list with, for each class, a list"),
        ({"classes": []}, "is not a list with, for each class, a list"),
        ({"classes": [["GATA"]]}, "there is no motif 'GATA'"),
        ({"weights": (1, 2, 3)}, "is not a share from 0 up for each class of 2"),
        ({"background": "uniform"}, "background='uniform' is neither four probabilities"),
        ({"label_noise": 2}, "label_noise=2 is not from 0 to 1"),
        ({"label_noise": 0.1, "classes": [[]]}, "label_noise needs two classes or more"),
        ({"label_noise": 0.1, "n_samples": {"test": 9}}, "is for the subset 'train'"),
    ],
)
def test_errors(params: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_motif_sequences(**params)
