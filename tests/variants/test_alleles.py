"""Alleles in the genome around them."""

import numpy as np
import pytest

from rcseq.alphabet import reverse_complement
from rcseq.variants._alleles import REASONS, Unscored, allele_windows, why_not


@pytest.mark.parametrize(
    ("ref", "alt", "reason"),
    [
        ("A", "C", None),
        ("a", "ct", None),
        ("A", "*", "star"),
        ("A", "<*>", "star"),
        ("A", "<DEL>", "symbolic"),
        ("A", "A[chr2:5[", "breakend"),
        ("A", ".AC", "breakend"),
        ("N", "A", "unknown_base"),
        ("A", "R", "unknown_base"),
    ],
)
def test_what_cannot_be_put_into_a_genome(ref, alt, reason):
    assert why_not(ref, alt) == reason
    assert reason is None or reason in REASONS


@pytest.mark.parametrize("width", [9, 10, 30])
def test_a_substitution_is_in_the_middle(genome, bases, width):
    alt = "ACGT"["CGTA".index(bases[100])]
    windows = allele_windows(genome, "chr1", 100, bases[100], alt, width)
    different = [i for i, pair in enumerate(zip(*windows, strict=True)) if len(set(pair)) > 1]
    assert len(windows.reference) == len(windows.alternative) == width
    assert different in ([(width - 1) // 2], [width // 2])
    (at,) = different
    assert windows.reference == bases[100 - at : 100 - at + width].upper()


def test_the_flanks_stay_around_an_insertion_and_a_deletion(genome, bases):
    text = bases.upper()
    inserted = allele_windows(genome, "chr1", 100, text[100], text[100] + "ACGTACGT", 20)
    assert "ACGTACGT" in inserted.alternative
    deleted = allele_windows(genome, "chr1", 100, text[100:111], text[100], 20)
    assert len(deleted.alternative) == 20
    haplotype = text[:101] + text[111:]
    assert deleted.alternative in haplotype[85:120]
    assert deleted.reference in text[85:125]


def test_beyond_the_ends_of_a_chromosome_is_n(genome, bases):
    first = allele_windows(genome, "chr2", 0, bases[0], "T" if bases[0] != "T" else "G", 20)
    assert first.reference.startswith("N" * 9)
    last = allele_windows(genome, "chr2", 299, bases[299], "T" if bases[299] != "T" else "G", 20)
    assert last.alternative.endswith("N" * 9)


def test_one_change_has_one_pair_of_windows_however_it_is_written(genome, bases):
    text = bases.upper()
    # one A less in a run of 15, at any place, with any bases around it
    ways = {
        allele_windows(genome, "chr1", start, text[start:end], text[start : end - 1], 40)
        for start in range(500, 510)
        for end in range(start + 2, 515)
    }
    assert len(ways) == 1
    # one CAG more
    more = {
        allele_windows(genome, "chr1", i, text[i], text[i : i + 1] + text[i + 1 : i + 4], 60)
        for i in range(899, 930)
    }
    assert len(more) == 1


@pytest.mark.parametrize("width", [20, 21, 30])
def test_the_other_strand_has_the_other_windows(genome, other_genome, bases, width):
    rng = np.random.default_rng(width)
    size, text, n_tested = len(bases), bases.upper(), 0
    for _ in range(400):
        position = int(rng.integers(0, size - 8))
        ref = text[position : position + int(rng.integers(1, 7))]
        alt = "".join(rng.choice(list("ACGT"), int(rng.integers(1, 7))))
        if why_not(ref, alt) or ref == alt:
            continue
        given = allele_windows(genome, "chr1", position, ref, alt, width)
        place = size - position - len(ref)
        turned = allele_windows(
            other_genome, "chr1", place, reverse_complement(ref), reverse_complement(alt), width
        )
        for window, other in zip(given, turned, strict=True):
            assert window == reverse_complement(other)
        n_tested += 1
    assert n_tested > 300


@pytest.mark.parametrize(
    ("position", "ref", "alt", "width", "reason"),
    [
        (100, "X", "A", 20, "reference_mismatch"),
        (1210, "A", "C", 20, "unknown_base"),  # the genome has N there
        (100, None, "A" * 30, 20, "too_long"),
        (100, 25, "A", 20, "too_long"),
        (502, "A", "AA", 10, "too_long"),  # a run of 15 in a window of 10
    ],
)
def test_what_has_no_windows(genome, bases, position, ref, alt, width, reason):
    text = bases.upper()
    if ref == "X":
        ref = "ACGT"["CGTA".index(text[position])]
    elif not isinstance(ref, str):
        ref = text[position : position + (ref or 1)]
    with pytest.raises(Unscored, match=f"^{reason}$"):
        allele_windows(genome, "chr1", position, ref, alt, width)
