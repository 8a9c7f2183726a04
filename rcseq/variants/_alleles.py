"""One allele in the genome around it."""

from __future__ import annotations

from typing import NamedTuple

from rcseq.alphabet import reverse_complement
from rcseq.sequences import Genome

__all__ = ["REASONS", "AlleleWindows", "Unscored", "allele_windows", "why_not"]

_BASES = frozenset("ACGT")

# Why an allele has no score.
REASONS = {
    "star": "the allele is *: it is missing because of a deletion that another record describes",
    "symbolic": "the allele is symbolic, such as <DEL>: its bases are not given",
    "breakend": "the allele is a breakend: it joins two places of the genome",
    "unknown_base": "the allele, or the genome there, has another letter than A, C, G and T",
    "reference_mismatch": "the genome has other bases there than the column REF says",
    "too_long": "the allele, or the repeat in which it lies, is longer than what the model reads",
}


class Unscored(Exception):  # noqa: N818 - it is caught where it is expected, and is not an error
    """An allele that has no score; its text is the reason."""


class AlleleWindows(NamedTuple):
    """What a model reads with the reference allele, and with the other."""

    reference: str
    alternative: str


def why_not(ref: str, alt: str) -> str | None:
    """Return why an allele cannot be put into the genome, None where it can."""
    if alt in ("*", "<*>"):
        return "star"
    if alt.startswith("<"):
        return "symbolic"
    if set("[].") & set(alt):
        return "breakend"
    if not set(ref.upper() + alt.upper()) <= _BASES or not ref or not alt:
        return "unknown_base"
    return None


def allele_windows(
    genome: Genome, chrom: str, position: int, ref: str, alt: str, width: int
) -> AlleleWindows:
    """Cut the window of each allele out of the genome, the change in its middle.

    What is the same change has the same windows, however it is written: bases that both alleles
    have at their ends are taken off, and an insertion or a deletion in a repeat, which could be
    anywhere in it, is in the middle of the repeat. The windows of the same change written on the
    other strand are the reverse complements. Where the change cannot be exactly in the middle, the
    sequence itself says which side gets one base more, as it is a different one for each strand.

    Parameters
    ----------
    genome : Genome
    chrom : str
    position : int
        Of the first base of `ref`, from 0.
    ref, alt : str
        A, C, G and T.
    width : int
        Bases of a window. What lies beyond the end of the chromosome is N.

    Returns
    -------
    AlleleWindows

    Raises
    ------
    Unscored
        If the genome has other bases there, or the change does not fit into the window.
    """
    ref, alt = ref.upper(), alt.upper()
    found = genome.read(chrom, position, position + len(ref)).upper()
    if found != ref:
        raise Unscored("reference_mismatch" if set(found) <= _BASES else "unknown_base")
    start, ref, alt = _trimmed(position, ref, alt)
    end = start + len(ref)
    if max(len(ref), len(alt)) > width:
        raise Unscored("too_long")
    first, last = _placements(genome, chrom, start, end, ref, alt, width)
    size = last - first
    sizes = size, size + len(alt) - len(ref)
    if max(sizes) > width:
        raise Unscored("too_long")
    flank = (width - min(sizes) + 1) // 2
    around = genome.read(chrom, first - flank, last + flank).upper()
    left, middle, right = around[:flank], around[flank : flank + size], around[flank + size :]
    changed = middle[: start - first] + alt + middle[end - first :]
    turned = _comes_later(left + middle + right, left + changed + right)
    return AlleleWindows(
        *(_window(left, inside, right, width, turned) for inside in (middle, changed))
    )


def _trimmed(start: int, ref: str, alt: str) -> tuple[int, str, str]:
    """Take off what both alleles have at their ends."""
    while ref and alt and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    same = 0
    while same < min(len(ref), len(alt)) and ref[same] == alt[same]:
        same += 1
    return start + same, ref[same:], alt[same:]


def _placements(
    genome: Genome, chrom: str, start: int, end: int, ref: str, alt: str, width: int
) -> tuple[int, int]:
    """Return the stretch in which an insertion or deletion could be written as well."""
    unit = ref or alt
    if (ref and alt) or not unit:
        return start, end
    before = genome.read(chrom, start - width, start).upper()[::-1]
    after = genome.read(chrom, end, end + width).upper()
    return start - _repeats(before, unit[::-1]), end + _repeats(after, unit)


def _repeats(bases: str, unit: str) -> int:
    """Count the bases that go on as the unit does."""
    n = 0
    while n < len(bases) and bases[n] == unit[n % len(unit)]:
        n += 1
    return n


def _comes_later(*contexts: str) -> bool:
    """Return whether the first of them that is not a palindrome comes after its other strand."""
    for context in contexts:
        other = reverse_complement(context)
        if other != context:
            return other < context
    return False


def _window(left: str, inside: str, right: str, width: int, turned: bool) -> str:
    n_left, odd = divmod(width - len(inside), 2)
    n_left += odd and turned
    n_right = width - len(inside) - n_left
    return left[len(left) - n_left :] + inside + right[:n_right]
