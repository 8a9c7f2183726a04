"""Look at a labelled set before a model is trained on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import rankdata, spearmanr
from sklearn.utils.multiclass import type_of_target

from rcseq.alphabet import COMPLEMENT_CODES
from rcseq.io import intervals
from rcseq.model_selection._families import sequence_families
from rcseq.sequences import LabelledSequences, Sequences, composition

__all__ = ["DataAudit", "Finding", "check_data"]

_LOOKED_AT = 100_000  # sequences that are read, of more a random part
_NEAR_BASES = 4_000_000  # bases among which near-duplicates are looked for
_TELLS = 0.2  # beyond an auROC of 0.5: a feature that alone tells the class
_CORRELATES = 0.5  # rank correlation with a measurement
_SURE = 4.0  # standard errors beyond chance
_RARE = 0.2  # of the share that a class has among as many equal ones
_WORDS = {
    "length": "Length",
    "gc": "GC content",
    "unknown": "Share of unknown bases (N)",
    "soft_masked": "Share of lower-case (soft-masked) bases",
}
_CURES = {
    "length": "give all sequences one length (--width for peaks)",
    "gc": "choose negatives with the same GC content (--negatives gc for peaks)",
    "unknown": "leave out sequences with N, or choose negatives with as many",
    "soft_masked": "the networks here do not see case, but repeats differ between the classes",
}


class Finding(NamedTuple):
    """One thing that was found.

    Attributes
    ----------
    kind : str
    severity : {"warning", "note"}
        A warning is about something that makes scores better than they are, or about another
        question than the one that was asked.
    message : str
        One sentence with the numbers.
    number : float
        How many sequences it is about, the auROC, or the p-value of a test.
    """

    kind: str
    severity: Literal["warning", "note"]
    message: str
    number: float


@dataclass(frozen=True)
class DataAudit:
    """What was found by :func:`check_data`.

    Attributes
    ----------
    findings : list of Finding
        Warnings first.
    features : DataFrame
        For ``length``, ``gc``, ``unknown`` and ``soft_masked`` the median of each class and the
        ``auroc`` of the feature alone (of one class against the others, the one that it tells
        best), or its rank ``correlation`` with a measurement.
    """

    findings: list[Finding]
    features: pd.DataFrame

    @property
    def warnings(self) -> list[str]:
        """The messages of the warnings."""
        return [found.message for found in self.findings if found.severity == "warning"]

    @property
    def notes(self) -> list[str]:
        """The messages of the notes."""
        return [found.message for found in self.findings if found.severity == "note"]

    def table(self) -> pd.DataFrame:
        """Return the findings as a table.

        Returns
        -------
        DataFrame
            Columns ``kind``, ``severity``, ``number`` and ``message``.
        """
        table = pd.DataFrame(self.findings, columns=Finding._fields)
        return table[["kind", "severity", "number", "message"]]


def check_data(
    X: Any,
    y: Any = None,
    *,
    groups: Any = None,
    split: Any = None,
    random_state: int = 0,
) -> DataAudit:
    """Look for what would make a model seem better than it is.

    Copies of a sequence, on either strand and in any case, near-copies and overlapping intervals,
    where they are in both classes or can be on both sides of a split; and whether length, GC
    content, unknown bases or lower case alone tell the class.

    Parameters
    ----------
    X : LabelledSequences, or sequences of shape (n,)
    y : array-like of shape (n,), optional
        The target, if `X` has none.
    groups : array-like of shape (n,), optional
        Which sequences stay together in folds, if `X` does not say so.
    split : array-like of str of shape (n,), optional
        ``"train"``, ``"valid"`` or ``"test"``, if `X` does not say so.
    random_state : int, default=0
        Draws the part that is read of more than 100,000 sequences, and the part among which
        near-copies are looked for, 4 million bases.

    Returns
    -------
    DataAudit

    Examples
    --------
    >>> from rcseq.model_selection import check_data
    >>> audit = check_data(["ACGTTGCA", "acgttgca", "GGGCATCA", "TTTTTTTT"], [1, 0, 1, 0])
    >>> audit.warnings[0]
    '1 sequence is of class 0 and the same as one of another class.'
    """
    data = X
    if not isinstance(data, LabelledSequences):
        target = np.zeros(len(X), int) if y is None else y
        data = LabelledSequences(X, target, groups=groups, split=split)
    rng = np.random.default_rng(random_state)
    rows = np.arange(len(data))
    findings: list[Finding] = []
    if len(rows) > _LOOKED_AT:
        rows = np.sort(rng.choice(rows, _LOOKED_AT, replace=False))
        findings.append(
            Finding(
                "sample",
                "note",
                f"{len(rows):,} random sequences of {len(data):,} were looked at.",
                len(rows),
            )
        )
    part = data if len(rows) == len(data) else data.subset(rows)
    labels = _labels(part)
    sides = _Sides(part, labels)
    table = composition(part.sequences)
    findings += _classes(data)
    same, strand = _equal(part.sequences)
    turned = " (some on the other strand)" if _meets_another(same, strand).any() else ""
    findings += sides.tell("copies", same, "the same as", "--groups family", turned)
    findings += _near_copies(part.sequences, sides, rng)
    findings += _overlaps(part.sequences, same, sides)
    features, told = _features(table, part, labels)
    findings += told
    findings += _lengths(table["length"])
    findings.sort(key=lambda found: found.severity != "warning")
    return DataAudit(findings, features)


class _Sides:
    """Which sequences must not be alike: those of two classes, or on two sides of a split."""

    def __init__(self, data: LabelledSequences, labels: NDArray[Any] | None) -> None:
        self.labels, self.split, self.groups = labels, data.split, data.groups

    def tell(
        self, kind: str, same: NDArray[np.int64], alike: str, cure: str, detail: str = ""
    ) -> Iterator[Finding]:
        """Report sequences that share a number in `same` and must not be alike."""
        several = np.bincount(same)[same] > 1
        mixed = several if self.labels is None else several & _meets_another(same, self.labels)
        if self.labels is not None and mixed.any():
            counts = pd.Series(self.labels[mixed]).value_counts()
            least, n = counts.index[-1], int(counts.iloc[-1])
            yield Finding(
                f"{kind} between classes",
                "warning",
                f"{_are(n)} of class {least} and {alike} one of another class{detail}.",
                n,
            )
        if self.split is not None:
            for part in ("valid", "test"):
                ours = self.split == part
                n = int((np.isin(same, same[self.split == "train"]) & ours).sum())
                if n:
                    yield Finding(
                        f"{kind} between splits",
                        "warning",
                        f"{n:,} of the {ours.sum():,} {part} sequences {_verb(n)} {alike} one of "
                        f"the training set{detail}; a model that remembers is rewarded.",
                        n,
                    )
            return
        if self.groups is not None:
            several &= _meets_another(same, pd.factorize(self.groups)[0])
        n = int(several.sum())
        if n:
            other = "one of another group" if self.groups is not None else "another one"
            yield Finding(
                f"{kind} between folds",
                "warning",
                f"{_are(n)} {alike} {other}{detail}; folds can part them, unless {cure} keeps them "
                "together.",
                n,
            )


def _are(n: int) -> str:
    return f"{n:,} sequence{'s' * (n != 1)} {_verb(n)}"


def _verb(n: int) -> str:
    return "is" if n == 1 else "are"


def _meets_another(same: NDArray[np.int64], labels: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which items share their number with an item of another label."""
    pairs = pd.DataFrame({"same": same, "label": labels}).drop_duplicates()
    counts = pairs["same"].value_counts()
    return np.asarray(np.isin(same, counts.index[counts > 1]))


def _labels(data: LabelledSequences) -> NDArray[np.object_] | None:
    """Return the name of the class of each sequence; None where there are no classes."""
    if data.task == "regression" or data.target.ndim > 1:
        return None
    if data.task is None and str(type_of_target(data.target)).startswith("continuous"):
        return None
    classes, index = np.unique(data.target, return_inverse=True)
    if len(classes) < 2:
        return None
    names = classes.tolist() if data.target_names is None else data.target_names.tolist()
    return np.array([str(name) for name in names], dtype=object)[index]


def _classes(data: LabelledSequences) -> Iterator[Finding]:
    labels = _labels(data)
    if labels is None:
        return
    counts = pd.Series(labels).value_counts()
    if data.positive is not None:
        n = int(counts[str(data.positive)])
        yield Finding(
            "positive class",
            "note",
            f"The positive class is {data.positive}: {n:,} of {len(labels):,} sequences "
            f"({n / len(labels):.0%}), so that chance is an auPRC of {n / len(labels):.2f}.",
            n,
        )
    rarest = int(counts.min())
    if rarest < _RARE * len(labels) / len(counts):
        yield Finding(
            "balance",
            "note",
            f"Of class {counts.idxmin()} there are {rarest:,} sequences of {len(labels):,}; look "
            "at the auPRC or the balanced accuracy, not at the accuracy.",
            rarest,
        )


def _equal(sequences: Sequences) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return one number for what is equal on either strand, in any case, and the strand."""
    numbers: dict[bytes, int] = {}
    same, strand = [], []
    for codes, offsets in sequences.parts():
        for start, end in zip(offsets.tolist(), offsets[1:].tolist(), strict=False):
            plus = codes[start:end]
            forward, other = plus.tobytes(), COMPLEMENT_CODES[plus[::-1]].tobytes()
            same.append(numbers.setdefault(min(forward, other), len(numbers)))
            strand.append(forward <= other)
    return np.array(same, np.int64), np.array(strand, bool)


def _near_copies(
    sequences: Sequences, sides: _Sides, rng: np.random.Generator
) -> Iterator[Finding]:
    """Look for sequences that share much, among as many as can be compared in a moment."""
    n = min(len(sequences), max(2, _NEAR_BASES // max(1, int(np.median(sequences.lengths)))))
    rows = np.sort(rng.choice(len(sequences), n, replace=False))
    families = np.arange(len(sequences)) + n  # each on its own
    families[rows] = sequence_families(sequences[rows])
    detail = "" if n == len(sequences) else f" (of {n:,} that were compared)"
    yield from sides.tell("near-copies", families, "much like", "--groups family", detail)


def _overlaps(sequences: Sequences, equal: NDArray[np.int64], sides: _Sides) -> Iterator[Finding]:
    """Report intervals that are linked by overlaps."""
    regions = sequences.regions
    table = intervals(sequences.names) if regions is None else regions.table
    if table is None:
        return
    place = table["chrom"].to_numpy(object)
    if regions is None and sides.labels is not None:
        exactly = pd.factorize(pd.MultiIndex.from_frame(table[["chrom", "start", "end"]]))[0]
        if _meets_another(exactly, equal).any():
            # Shuffles that have the name of what was shuffled are not where their name says.
            place = np.array([f"{a} {b}" for a, b in zip(place, sides.labels, strict=True)], object)
    place, start = pd.factorize(place)[0], table["start"].to_numpy()
    order = np.lexsort((start, place))
    # The furthest end so far on a chromosome: chromosomes are laid one behind the other.
    span = int(table["end"].max()) + 1 - min(0, int(start.min()))
    first = (place * span + start)[order]
    last = np.maximum.accumulate((place * span + table["end"].to_numpy())[order])
    same = np.empty(len(table), np.int64)
    same[order] = np.cumsum(np.append(True, first[1:] >= last[:-1])) - 1
    yield from sides.tell("overlaps", same, "overlapping with", "--groups chromosome")


def _features(
    table: pd.DataFrame, data: LabelledSequences, labels: NDArray[np.object_] | None
) -> tuple[pd.DataFrame, list[Finding]]:
    """Score each feature as if it were a model, by itself."""
    rows, found = {}, []
    for name in table:
        values = table[name].to_numpy(float)
        if labels is not None:
            score, sure = _auroc(values, labels)
            rows[name] = {**table[name].groupby(labels).median(), "auroc": score}
            tells, what = abs(score - 0.5) > _TELLS and sure, f"an auROC of {score:.2f}"
            what += f" (medians: {_medians(rows[name])})"
        elif data.target.ndim == 1 and min(np.ptp(values), np.ptp(data.target)) > 0:
            score = float(spearmanr(values, data.target).statistic)
            rows[name] = {"correlation": score}
            tells = abs(score) > _CORRELATES and abs(score) * np.sqrt(len(values)) > _SURE
            what = f"a rank correlation of {score:.2f}"
        else:
            continue
        if tells:
            target = "class" if labels is not None else "measurement"
            found.append(
                Finding(
                    str(name),
                    "warning",
                    f"{_WORDS[str(name)]} alone tells the {target} with {what}; "
                    f"{_CURES[str(name)]}.",
                    score,
                )
            )
    return pd.DataFrame.from_dict(rows, orient="index"), found


def _medians(row: dict[Any, float]) -> str:
    return ", ".join(f"{name} {value:.3g}" for name, value in row.items() if name != "auroc")


def _auroc(values: NDArray[np.float64], labels: NDArray[np.object_]) -> tuple[float, bool]:
    """Return the auROC of the class that is told best, and whether it is beyond chance."""
    ranks, best, sure = rankdata(values), 0.5, False
    classes = np.unique(labels)
    for label in classes[1:] if len(classes) == 2 else classes:
        ours = labels == label
        n, m = int(ours.sum()), int((~ours).sum())
        score = float((ranks[ours].sum() - n * (n + 1) / 2) / (n * m))
        if abs(score - 0.5) > abs(best - 0.5):
            best = score
            sure = abs(score - 0.5) > _SURE * np.sqrt((n + m + 1) / (12 * n * m))
    return best, bool(sure)


def _lengths(lengths: pd.Series[int]) -> Iterator[Finding]:
    shortest, median, longest = (int(lengths.quantile(q)) for q in (0, 0.5, 1))
    if shortest == longest:
        return
    many = longest > 4 * median
    yield Finding(
        "lengths",
        "warning" if many else "note",
        f"Sequences have {shortest:,} to {longest:,} bases, half of them up to {median:,}; a "
        f"network reads {longest:,}, and shorter ones are padded"
        + ("; leave out or cut the longest." if many else "."),
        longest,
    )
