"""What would make a model seem better than it is, is found and counted."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from rcseq.alphabet import reverse_complement
from rcseq.datasets import load_nfe2, load_splice
from rcseq.model_selection import check_data
from rcseq.sequences import LabelledSequences, as_sequences


def draw(n: int, length: int = 60, seed: int = 0, shares: Any = None) -> list[str]:
    rng = np.random.default_rng(seed)
    return ["".join(row) for row in rng.choice(list("ACGT"), (n, length), p=shares)]


POSITIVES, NEGATIVES = draw(40, seed=1), draw(40, seed=2)
LABELS = [1] * 40 + [0] * 40


def numbers(audit: Any) -> dict[str, float]:
    return {found.kind: found.number for found in audit.findings if found.severity == "warning"}


def test_clean_data_have_no_warnings() -> None:
    audit = check_data(POSITIVES + NEGATIVES, LABELS)
    assert audit.warnings == []
    assert audit.notes == [
        "The positive class is 1: 40 of 80 sequences (50%), so that chance is an auPRC of 0.50."
    ]
    assert audit.features.index.tolist() == ["length", "gc", "unknown", "soft_masked"]
    assert audit.table().columns.tolist() == ["kind", "severity", "number", "message"]


@pytest.mark.parametrize(
    "change",
    [
        str.lower,
        str.upper,
        reverse_complement,
        lambda s: s.replace("T", "U"),
        lambda s: reverse_complement(s).lower(),
        lambda s: s[:30] + s[30:].lower(),
    ],
)
def test_copies_between_classes(change: Any) -> None:
    negatives = [change(s) for s in POSITIVES[:20]] + NEGATIVES[:19]
    audit = check_data(POSITIVES + negatives, LABELS[:79])
    assert numbers(audit)["copies between classes"] == 20
    first = audit.warnings[0]
    assert first.startswith("20 sequences are of class 0 and the same as one of another class")
    assert ("other strand" in first) is (change("ACG").upper() == "CGT")


def test_copies_between_splits() -> None:
    split = ["train"] * 80 + ["test"] * 80 + ["valid"] * 2
    sequences = (POSITIVES + NEGATIVES) * 2 + draw(2, seed=5)
    audit = check_data(sequences, [*LABELS, *LABELS, 0, 1], split=split)
    assert numbers(audit)["copies between splits"] == 80
    assert audit.warnings[0].startswith("80 of the 80 test sequences are the same as one of the tr")
    turned = [reverse_complement(s).lower() for s in POSITIVES[:3]]
    valid = check_data(
        POSITIVES + NEGATIVES + turned,
        [*LABELS, 1, 1, 1],
        split=["train"] * 79 + ["test"] + ["valid"] * 3,
    )
    assert "3 of the 3 valid sequences are the same" in valid.warnings[0]


def test_copies_between_folds_unless_groups_keep_them_together() -> None:
    sequences, labels = POSITIVES[:20] * 2 + NEGATIVES, LABELS
    audit = check_data(sequences, labels)
    assert numbers(audit)["copies between folds"] == 40
    assert "--groups family" in audit.warnings[0]
    groups = np.r_[np.arange(20), np.arange(20), np.arange(20, 60)]
    assert check_data(sequences, labels, groups=groups).warnings == []
    apart = check_data(sequences, labels, groups=np.arange(80))
    assert "the same as one of another group" in apart.warnings[0]


def test_near_copies() -> None:
    changed = [s[:25] + "ACG"[i % 3] + s[26:] for i, s in enumerate(POSITIVES[:10])]
    changed += [reverse_complement(s[5:]) for s in POSITIVES[10:15]]
    different = sum(a not in POSITIVES for a in changed)
    audit = check_data(POSITIVES + changed + NEGATIVES[:25], LABELS)
    assert different >= 10
    assert numbers(audit)["near-copies between classes"] == 15
    assert "15 sequences are of class 0 and much like one of another class" in "".join(
        audit.warnings
    )


def test_overlapping_places() -> None:
    names = [f"chr{i % 4}:{100 * i}-{100 * i + 120}" for i in range(40)]  # none overlaps
    names += [f"chr{i % 4}:{100 * i + 60}-{100 * i + 180}(-)" for i in range(40)]
    data = LabelledSequences(POSITIVES + NEGATIVES, LABELS, names=names)
    found = numbers(check_data(data))
    assert found == {"overlaps between classes": 40, "overlaps between folds": 80}
    chroms = [name.split(":")[0] for name in names]
    assert "overlaps between folds" not in numbers(check_data(data.with_groups(chroms)))
    names = [f"peak{i}" for i in range(80)]
    unnamed = LabelledSequences(POSITIVES + NEGATIVES, LABELS, names=names)
    assert numbers(check_data(unnamed)) == {}


def test_shuffles_with_the_name_of_their_positive_do_not_overlap_it() -> None:
    names = [f"chr1:{1000 * i}-{1000 * i + 60}" for i in range(40)] * 2
    data = LabelledSequences(POSITIVES + NEGATIVES, LABELS, names=names)
    assert check_data(data).warnings == []
    assert check_data(load_nfe2(subset="all")).warnings == []


@pytest.mark.parametrize(
    ("feature", "negatives", "words"),
    [
        ("length", draw(100, 90, 2), "Length alone tells the class with an auROC of 0.00"),
        ("gc", draw(100, 60, 2, [0.4, 0.1, 0.1, 0.4]), "GC content alone tells the class"),
        ("unknown", [s[:-6] + "N" * 6 for s in draw(100, 60, 2)], "Share of unknown bases (N)"),
        ("soft_masked", [s.lower() for s in draw(100, 60, 2)], "Share of lower-case"),
    ],
)
def test_a_feature_that_tells_the_class(feature: str, negatives: list[str], words: str) -> None:
    audit = check_data(draw(100, 60, 1) + negatives, [1] * 100 + [0] * 100)
    warned = {found.kind: found for found in audit.findings if found.severity == "warning"}
    assert set(warned) == {feature}
    assert words in warned[feature].message
    from sklearn.metrics import roc_auc_score

    values = {
        "length": [60] * 100 + [90] * 100,
        "gc": [(s.count("G") + s.count("C")) / 60 for s in draw(100, 60, 1) + negatives],
        "unknown": [0] * 100 + [0.1] * 100,
        "soft_masked": [0] * 100 + [1] * 100,
    }[feature]
    expected = roc_auc_score([1] * 100 + [0] * 100, values)
    assert audit.features.loc[feature, "auroc"] == pytest.approx(expected)


def test_few_sequences_are_no_proof() -> None:
    assert check_data(["ACGT", "ACGTAAAC", "ACGCTTA"], [0, 1, 1]).warnings == []


def test_measurements_and_several_classes() -> None:
    sequences = draw(50, 60, 1, [0.4, 0.1, 0.1, 0.4]) + draw(50, 60, 2, [0.1, 0.4, 0.4, 0.1])
    gc = [(s.count("G") + s.count("C")) / 60 for s in sequences]
    audit = check_data(sequences, np.array(gc) + np.linspace(0, 0.01, 100))
    assert "GC content alone tells the measurement with a rank correlation of" in audit.warnings[0]
    three = check_data(sequences + draw(50, 60, 3), ["a"] * 50 + ["b"] * 50 + ["c"] * 50)
    assert "GC content alone tells the class" in three.warnings[0]
    assert not [note for note in three.notes if "positive class" in note]
    assert "1 sequence is of class" in check_data(load_splice()).warnings[0]


def test_positive_class_balance_and_lengths_are_noted() -> None:
    labels = ["active"] * 4 + ["inactive"] * 76
    notes = check_data(LabelledSequences(POSITIVES + NEGATIVES, labels)).notes
    assert "The positive class is inactive: 76 of 80 sequences (95%)" in notes[0]
    assert notes[1].startswith("Of class active there are 4 sequences of 80")
    short = check_data([s[:50] for s in POSITIVES[:20]] + POSITIVES[20:] + NEGATIVES, LABELS)
    said = "Sequences have 50 to 60 bases, half of them up to 60; a network reads 60"
    assert said in short.notes[-1]
    long = check_data([*POSITIVES, *NEGATIVES[1:], draw(1, 1000)[0]], LABELS)
    assert "a network reads 1,000, and shorter ones are padded; leave out" in long.warnings[0]


def test_of_many_a_part_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    from rcseq.model_selection import _audit

    monkeypatch.setattr(_audit, "_LOOKED_AT", 50)
    audit = check_data(POSITIVES + POSITIVES, LABELS)
    assert audit.notes[0] == "50 random sequences of 80 were looked at."
    monkeypatch.setattr(_audit, "_NEAR_BASES", 600)
    changed = [s[:59] + "A" for s in POSITIVES]
    near = check_data(changed + POSITIVES, LABELS)
    assert not near.warnings or "(of 10 that were compared)" in near.warnings[-1]


def test_one_class_codes_and_labels_of_several_columns() -> None:
    codes = as_sequences(POSITIVES).codes().codes.reshape(40, 60)
    assert check_data(codes).warnings == []
    both = np.column_stack([LABELS, LABELS])
    assert check_data(POSITIVES + POSITIVES, both).warnings[0].startswith("80 sequences are the sa")
    assert isinstance(check_data(POSITIVES).features, pd.DataFrame)
