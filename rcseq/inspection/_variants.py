"""Effects of variants: what a model says of a sequence with one allele and with the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rcseq import alphabet
from rcseq.prediction import check_output, direct_network, reads, scores
from rcseq.sequences import as_sequences

__all__ = ["Variant", "variant_effects"]


class Variant(NamedTuple):
    """A variant in one of several sequences.

    Attributes
    ----------
    position : int
        Of the first base of `ref` in the sequence, from 0. (VCF counts from 1, and on the
        chromosome.)
    ref, alt : str
        What stands there, and what replaces it. Of different lengths for an insertion or a
        deletion; one of them may be empty.
    sequence : int, default 0
        Index of the sequence.

    Examples
    --------
    >>> from rcseq.inspection import Variant
    >>> Variant(4, "A", "G")
    Variant(position=4, ref='A', alt='G', sequence=0)
    """

    position: int
    ref: str
    alt: str
    sequence: int = 0


def variant_effects(
    model: Any,
    sequences: str | Sequence[str],
    variants: Iterable[Variant | tuple[Any, ...]] | pd.DataFrame,
    *,
    output: int | None = None,
    batch_size: int = 256,
) -> pd.DataFrame:
    """Compute the difference that each variant makes to an output.

    Alleles are put into the sequence as strings and go through the model's own encoder, so
    insertions and deletions are taken as they are.

    Parameters
    ----------
    model : fitted estimator or torch.nn.Module
        Any model that takes strings and predicts. Where its answers are the outputs of one
        network, the network is asked (without an encoder, for sequences of one length); else, for
        example for a vote, a calibrated classifier, a transformed target or a model on k-mers, its
        predictions.
    sequences : str, or list, array or Series of str
        One sequence or several.
    variants : iterable of Variant or tuple, or DataFrame
        ``(position, ref, alt)``, with the index of the sequence as a fourth where there are
        several; a data frame has them as columns ``position``, ``ref``, ``alt``, ``sequence``.
        Positions count from 0.
    output : int, optional
        Index of the output; a model with several needs it.
    batch_size : int, default 256
        Sequences at a time.

    Returns
    -------
    DataFrame
        One row a variant: ``sequence``, ``position``, ``ref``, ``alt``; ``ref_output`` and
        ``alt_output``, logits of a classifier (of its probability, log p / (1 - p), where
        predictions are asked) or a regressor's values; and ``effect``, the second minus the first.
        A model that is the same for both strands gives the same effect to a variant written on the
        other strand, at ``len(sequence) - position - len(ref)``.

    Raises
    ------
    TypeError
        If the model is not fitted or predicts nothing that could be subtracted, or the sequences
        are not strings.
    ValueError
        If a variant lies outside its sequence or outside what the model reads of it, does not find
        its `ref` there, or is not DNA; the message names it.

    Examples
    --------
    >>> from rcseq.inspection import variant_effects
    >>> from rcseq.nn import ConvNet
    >>> variants = [(4, "A", "G"), (0, "A", "C")]
    >>> effects = variant_effects(ConvNet(n_filters=4), "ACGTACGTAC", variants)
    >>> effects[["sequence", "position", "ref", "alt"]]
       sequence  position ref alt
    0         0         4   A   G
    1         0         0   A   C
    """
    references = _strings(sequences)
    listed = _variants(variants, several=not isinstance(sequences, str))
    alternatives = [_apply(variant, references) for variant in listed]
    read = _check_read(model, listed, [references[v.sequence] for v in listed], "ref")
    alternatives = _check_read(model, listed, alternatives, "alt")
    of_sequence = {variant.sequence: part for variant, part in zip(listed, read, strict=True)}
    used = sorted(of_sequence)
    outputs = _outputs(model, [of_sequence[i] for i in used], output, batch_size)
    before = dict(zip(used, outputs, strict=True))
    after = _outputs(model, alternatives, output, batch_size)
    table = pd.DataFrame(listed, columns=Variant._fields)
    table = table[["sequence", "position", "ref", "alt"]]
    table["ref_output"] = [before[variant.sequence] for variant in listed]
    table["alt_output"] = after
    table["effect"] = table["alt_output"] - table["ref_output"]
    return table


def _strings(sequences: Any) -> list[str]:
    taken = as_sequences([sequences] if isinstance(sequences, str) else sequences)
    if taken.encoded() is not None:
        raise TypeError("variants are put into strings; give sequences as str, not encoded")
    return taken.tolist()


def _variants(variants: Any, *, several: bool) -> list[Variant]:
    if isinstance(variants, pd.DataFrame):
        missing = {"position", "ref", "alt"} - set(variants.columns)
        if missing:
            raise ValueError(f"the table of variants has no column {sorted(missing)}")
        columns = [name for name in Variant._fields if name in variants]
        variants = list(variants[columns].itertuples(index=False, name=None))
    listed = []
    for row in variants:
        fields = tuple(row)
        if len(fields) < 3 or len(fields) > 4:
            raise ValueError(f"the variant {fields} is not (position, ref, alt[, sequence])")
        if several and len(fields) == 3:
            raise ValueError(
                f"the variant {fields} does not say which of the sequences it is in; add the "
                "index, (position, ref, alt, sequence)"
            )
        position, ref, alt, *rest = fields
        listed.append(Variant(int(position), str(ref), str(alt), int(rest[0]) if rest else 0))
    if not listed:
        raise ValueError("there are no variants")
    return listed


def _apply(variant: Variant, references: list[str]) -> str:
    """Return the sequence with the variant, after a look whether it fits."""
    position, ref, alt, index = variant
    if not 0 <= index < len(references):
        raise ValueError(f"{variant}: there are {len(references)} sequences, from 0")
    reference = references[index]
    end = position + len(ref)
    if not 0 <= position <= end <= len(reference):
        raise ValueError(f"{variant}: the sequence has {len(reference)} bases, from 0")
    found = reference[position:end]
    if found.upper().replace("U", "T") != ref.upper().replace("U", "T"):
        raise ValueError(
            f"{variant}: the sequence has {found!r} at position {position}, not {ref!r}; positions "
            "count from 0, on the strand given"
        )
    if alphabet.find_invalid([alt]) is not None:
        raise ValueError(f"{variant}: alt={alt!r} is not DNA")
    changed = reference[:position] + alt + reference[end:]
    if not changed:
        raise ValueError(f"{variant}: nothing is left of the sequence")
    return changed


def _check_read(
    model: Any, variants: list[Variant], sequences: list[str], allele: str
) -> list[str]:
    """Return what the model reads of each sequence, after a look whether the allele is in it."""
    spans = reads(model, sequences).tolist()
    for variant, sequence, (start, stop) in zip(variants, sequences, spans, strict=True):
        end = variant.position + len(getattr(variant, allele))
        if not start <= variant.position <= end <= stop:
            raise ValueError(
                f"{variant}: of the {len(sequence)} bases of the sequence with {allele} the model "
                f"reads {stop - start}, positions {start} to {stop - 1}, and {allele} is not among "
                f"them; pass a sequence of at most {stop - start} bases around the variant"
            )
    pairs = zip(sequences, spans, strict=True)
    return [sequence[start:stop] for sequence, (start, stop) in pairs]


def _outputs(
    model: Any, sequences: list[str], output: int | None, batch_size: int
) -> NDArray[np.float64]:
    network = direct_network(model)
    if network is None:
        predicted = scores(model, sequences, kind="logit", batch_size=batch_size)
        if predicted.ndim > 2:
            raise ValueError(
                f"the model's output has the shape {predicted.shape}; one number for each sequence "
                "and output, (n, n_outputs), can be compared"
            )
        return predicted[:, check_output(predicted.shape[1], output)].astype(np.float64)
    outputs = network.predict(sequences, batch_size)
    return outputs[:, check_output(outputs.shape[1], output)]
