"""Scores of variants as a table."""

import numpy as np
import pandas as pd
import pytest

from rcseq.alphabet import reverse_complement
from rcseq.variants import score_variants

SIZE = 4000


def variants(bases: str, n: int, *, indels: bool) -> pd.DataFrame:
    rng = np.random.default_rng(int(indels))
    rows, text = [], bases.upper()
    while len(rows) < n:
        start = int(rng.integers(0, SIZE - 12))
        ref = text[start : start + (int(rng.integers(1, 9)) if indels else 1)]
        alt = "".join(rng.choice(list("ACGT"), int(rng.integers(1, 9)) if indels else 1))
        if "N" not in ref and ref != alt and (len(ref) != len(alt)) == indels:
            rows.append(("chr1", start + 1, ref, alt))
    return pd.DataFrame(rows, columns=["chrom", "pos", "ref", "alt"])


@pytest.mark.parametrize("indels", [False, True])
def test_a_thousand_variants_on_both_strands(rcps, genome, other_genome, bases, indels):
    table = variants(bases, 1000, indels=indels)
    turned = table.assign(
        pos=SIZE + 2 - table["pos"] - table["ref"].str.len(),
        ref=table["ref"].map(reverse_complement),
        alt=table["alt"].map(reverse_complement),
    )
    given, other = score_variants(rcps, table, genome), score_variants(rcps, turned, other_genome)
    assert given["note"].isna().all()
    for column in ("reference", "alternative", "delta", "logit_delta"):
        np.testing.assert_allclose(given[column], other[column], atol=1e-5)
    assert (given["delta"].abs() > 1e-4).mean() > 0.9  # it is not that nothing happens


def test_scores_are_the_predictions_for_the_alleles(rcps, standard, genome, bases):
    table = variants(bases, 30, indels=False)
    scored = score_variants(rcps, table.set_axis(range(5, 35)), genome, batch_size=7)
    assert scored.index.tolist() == list(range(5, 35))
    proba = []
    for _, pos, ref, alt in table.itertuples(index=False):
        text = ("N" * 30 + bases + "N" * 30).upper()
        at = pos - 1 + 30
        assert text[at] == ref
        both = [text[at - 15 : at] + base + text[at + 1 : at + 16] for base in (ref, alt)]
        proba.append([rcps.predict_proba([b[1:], b[:-1]])[:, 1] for b in both])
    for row, (ref, alt) in zip(scored.itertuples(), proba, strict=True):
        assert min(abs(row.reference - p) for p in ref) < 1e-5
        assert min(abs(row.alternative - p) for p in alt) < 1e-5
    np.testing.assert_allclose(scored["delta"], scored["alternative"] - scored["reference"])
    assert scored["sd"].isna().all()


def test_notes(rcps, genome, bases):
    table = pd.DataFrame(
        {"chrom": "chr1", "pos": 101, "ref": bases[100], "alt": ["*", "<DEL>", "N", "A" * 40]}
    )
    scored = score_variants(rcps, table, genome)
    assert scored["note"].tolist() == ["star", "symbolic", "unknown_base", "too_long"]
    assert scored["delta"].isna().all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"chrom": "chr9"}, "the variant chr9:101: there is no 'chr9' in"),
        ({"chrom": "1"}, "It calls it 'chr1'"),
        ({"pos": SIZE + 1}, "the bases 4001 to 4001 are not in chr1, which has 4,000"),
        ({"pos": 0}, "the bases 0 to 0"),
    ],
)
def test_places_that_are_not_there(rcps, genome, bases, change, message):
    row = {"chrom": "chr1", "pos": 101, "ref": bases[100], "alt": "A"} | change
    with pytest.raises(ValueError, match=message):
        score_variants(rcps, pd.DataFrame([row]), genome)


def test_table_without_a_column(rcps, genome):
    with pytest.raises(ValueError, match=r"no column \['alt'\]"):
        score_variants(rcps, pd.DataFrame({"chrom": [], "pos": [], "ref": []}), genome)
