"""Scores of variants as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from rcseq.prediction import window_width
from rcseq.sequences import Genome, as_genome
from rcseq.variants._alleles import Unscored, allele_windows, why_not
from rcseq.variants._model import WindowModel

__all__ = ["SCORE_COLUMNS", "Allele", "score_alleles", "score_variants"]

SCORE_COLUMNS = ["reference", "alternative", "delta", "logit_delta", "sd", "note"]


class Allele(NamedTuple):
    """An alternative allele; its position is of the first base of `ref`, from 0."""

    chrom: str
    position: int
    ref: str
    alt: str


def score_variants(
    model: Any,
    variants: pd.DataFrame,
    genome: Any,
    *,
    width: int | None = None,
    output: int | str | None = None,
    batch_size: int = 256,
) -> pd.DataFrame:
    r"""Compute what a model says of each allele in its place in the genome.

    Parameters
    ----------
    model : fitted estimator
        Any model that takes strings and predicts numbers or probabilities: a network in a
        pipeline, a search, a vote, a calibrated classifier, a model on k-mers.
    variants : DataFrame
        Columns ``chrom``, ``pos`` (of the first base of the reference allele, from 1, as in VCF),
        ``ref`` and ``alt``, one row an alternative allele.
    genome : path-like or Genome
    width : int, optional
        Bases of a window. By default as many as the model reads; a model that reads sequences of
        any length needs it.
    output : int or str, optional
        Which output of a model with several: its index, or the class.
    batch_size : int, default=256
        Windows at a time.

    Returns
    -------
    DataFrame
        The columns of `variants`, and ``reference`` and ``alternative``, the probability (or value)
        with each allele; ``delta``, the second minus the first; ``logit_delta``, the difference of
        the log-odds, for probabilities; ``sd``, the standard deviation of ``delta`` over the
        members of an ensemble; and ``note``, one of :data:`REASONS` where an allele has no score.
        A model that is not strand-exact is asked for both strands, and its log-odds (or values)
        are averaged.

    Raises
    ------
    TypeError
        If the model predicts nothing that could be subtracted.
    ValueError
        If a variant is not in the genome; the message names it.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import pandas as pd
    >>> from rcseq import KmerVectorizer
    >>> from rcseq.variants import score_variants
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> model = make_pipeline(KmerVectorizer(k=1), LogisticRegression())
    >>> model = model.fit(["AAC", "AAA", "GCG", "CCC"], [0, 0, 1, 1])
    >>> genome = pathlib.Path(tempfile.mkdtemp(), "genome.fa")
    >>> _ = genome.write_text(">chr1\nACGTTGACTCATAACG\n")
    >>> table = pd.DataFrame({"chrom": "chr1", "pos": [7, 8], "ref": ["A", "A"], "alt": ["G", "T"]})
    >>> score_variants(model, table, genome, width=3)[["pos", "delta", "note"]].round(2)
       pos  delta                note
    0    7   0.28                 NaN
    1    8    NaN  reference_mismatch
    """
    missing = {"chrom", "pos", "ref", "alt"} - set(variants.columns)
    if missing:
        raise ValueError(f"the table of variants has no column {sorted(missing)}")
    opened = as_genome(genome)
    alleles = [
        Allele(str(chrom), int(pos) - 1, str(ref), str(alt))
        for chrom, pos, ref, alt in variants[["chrom", "pos", "ref", "alt"]].itertuples(
            index=False, name=None
        )
    ]
    for allele in alleles:
        check_place(opened, allele, f"the variant {allele.chrom}:{allele.position + 1}")
    asked = WindowModel(model, output, batch_size)
    scored = score_alleles(asked, alleles, opened, window_width(model, width))
    return pd.concat([variants, scored.set_axis(variants.index)], axis=1)


def check_place(genome: Genome, allele: Allele, where: str) -> None:
    """Check that a variant lies within a chromosome of the genome."""
    if allele.chrom not in genome.sizes:
        raise ValueError(f"{where}: {genome.missing(allele.chrom)}")
    size, end = genome.sizes[allele.chrom], allele.position + len(allele.ref)
    if not 0 <= allele.position < end <= size:
        raise ValueError(
            f"{where}: the bases {allele.position + 1} to {end} are not in {allele.chrom}, which "
            f"has {size:,} in {genome.path}; is the genome of another assembly?"
        )


def score_alleles(
    model: WindowModel, alleles: Sequence[Allele], genome: Genome, width: int
) -> pd.DataFrame:
    """Score alleles together, each window once."""
    table = pd.DataFrame(np.nan, index=range(len(alleles)), columns=SCORE_COLUMNS)
    table["note"] = table["note"].astype(object)
    number: dict[str, int] = {}  # of each window, in the order in which they came
    rows, places = [], []
    for row, allele in enumerate(alleles):
        try:
            reason = why_not(allele.ref, allele.alt)
            if reason is not None:
                raise Unscored(reason)
            windows = allele_windows(genome, *allele, width)
        except Unscored as unscored:
            table.loc[row, "note"] = str(unscored)
            continue
        rows.append(row)
        places.append([number.setdefault(window, len(number)) for window in windows])
    if not rows:
        return table
    ref, alt = np.array(places).T
    values, logits, parts = model.ask(list(number))
    table.loc[rows, "reference"], table.loc[rows, "alternative"] = values[ref], values[alt]
    table.loc[rows, "delta"] = values[alt] - values[ref]
    if logits is not None:
        table.loc[rows, "logit_delta"] = logits[alt] - logits[ref]
    if parts is not None:
        table.loc[rows, "sd"] = (parts[alt] - parts[ref]).std(axis=1, ddof=1)
    return table
