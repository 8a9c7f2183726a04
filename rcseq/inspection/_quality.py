"""How clean learned filters are, in numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from rcseq import alphabet
from rcseq.inspection._filters import FilterMotifs
from rcseq.motifs import as_matrices, similarity_on_strands

__all__ = ["FilterQuality", "filter_quality"]


@dataclass(frozen=True)
class FilterQuality:
    """How clean the filters of a layer are; all counts are of learned filters.

    Attributes
    ----------
    n_filters : int
        Learned filters.
    n_active : int
        Filters that have a motif; the others never respond.
    matched : float
        Share of the learned filters whose motif is a true one. NaN without true motifs.
    redundancy : float
        Share of the active filters that could be left out without losing a motif: those beyond the
        first of each group of near-copies, on the same strand or on opposite ones.
    reverse_redundancy : float
        Share of the active filters whose reverse complement is another learned filter.
    information : float
        Mean information content of the motifs, in bits.
    n_motifs, n_found : int
        True motifs, and those that some filter has learned.
    filters : DataFrame
        One row a learned filter: ``n_sites``, ``information`` (bits), ``motif`` and ``similarity``
        (the true motif that it resembles most), ``matched``, ``nearest`` and
        ``nearest_similarity`` (the most similar other filter), ``nearest_strand`` and ``group``
        (of near-copies; -1 for silent filters).
    """

    n_filters: int
    n_active: int
    matched: float
    redundancy: float
    reverse_redundancy: float
    information: float
    n_motifs: int
    n_found: int
    filters: pd.DataFrame = field(repr=False, compare=False)

    def to_dict(self) -> dict[str, float]:
        """Return the measures by their names, for a row of a table.

        Returns
        -------
        dict
        """
        measures = asdict(self)
        del measures["filters"]
        return measures


def filter_quality(
    filters: FilterMotifs, true_motifs: Any = None, *, min_similarity: float = 0.7
) -> FilterQuality:
    """Measure how clean the learned filters of a network are.

    Equivariant and conventional networks are measured alike: by learned filters, each with the
    motif that it finds on both strands. That an equivariant network sees a filter on two strands
    is not held against it as redundancy; that a conventional one has learned a motif once for each
    strand is.

    Parameters
    ----------
    filters : FilterMotifs
        What :func:`filters_to_motifs` gives.
    true_motifs : path, list of Bio.motifs.Motif, or mapping of names to matrices, optional
        The motifs that were embedded: ``data.motifs`` of a simulation; matrices are (width, 4).
    min_similarity : float, default 0.7
        Two motifs are one from this :func:`rcseq.motifs.motif_similarity` on, to the background of
        the sequences. Of the filters of untrained networks, and of the motifs of JASPAR, about one
        in a hundred comes so near to one of three motifs by chance.

    Returns
    -------
    FilterQuality

    Raises
    ------
    TypeError
        If `filters` is not what :func:`filters_to_motifs` gives.
    ValueError
        If `min_similarity` is out of range.

    Examples
    --------
    Two filters, GATTA and its reverse complement TAATC:

    >>> import torch
    >>> from torch import nn
    >>> from rcseq.inspection import filter_quality, filters_to_motifs
    >>> network = nn.Conv1d(4, 2, 5, bias=False)
    >>> pattern = torch.eye(4)[torch.tensor([2, 0, 3, 3, 0])].T
    >>> _ = network.weight.data.copy_(torch.stack([pattern, pattern.flip(0, 1)]))
    >>> motifs = filters_to_motifs(network, ["CCGATTACCTACATTG", "CTAATCCCCGCTAGCA"], threshold=0.9)
    >>> quality = filter_quality(motifs, {"GATTA": pattern.T.numpy()})
    >>> quality.matched, quality.redundancy, quality.n_found
    (1.0, 0.5, 1)
    """
    if not isinstance(filters, FilterMotifs):
        raise TypeError(f"filters is a {type(filters).__name__}; filters_to_motifs gives them")
    if not 0 < min_similarity <= 1:
        raise ValueError(f"min_similarity={min_similarity!r} is not above 0 and at most 1")
    matrices = list(as_matrices(filters).values())
    table = pd.DataFrame(
        {
            "n_sites": [motif.n_sites for motif in filters],
            "information": [motif.information for motif in filters],
        },
        index=pd.Index([motif.filter for motif in filters], name="filter"),
    )
    background = _background(filters)
    truth = {} if true_motifs is None else as_matrices(true_motifs)
    n_found = _compare_with_truth(table, matrices, truth, background, min_similarity)
    n_groups, n_reverse = _compare_filters(table, matrices, background, min_similarity)
    n_active = len(filters)
    table = table.reindex(range(filters.n_filters))
    table["n_sites"] = table["n_sites"].fillna(0).astype(int)
    table["group"] = table["group"].fillna(-1).astype(int)
    table["matched"] = table["matched"].eq(True)
    return FilterQuality(
        n_filters=filters.n_filters,
        n_active=n_active,
        matched=float(table["matched"].mean()) if truth else np.nan,
        redundancy=1 - n_groups / n_active if n_active else np.nan,
        reverse_redundancy=n_reverse / n_active if n_active else np.nan,
        information=float(table["information"].mean()),
        n_motifs=len(truth),
        n_found=n_found,
        filters=table,
    )


def _background(filters: FilterMotifs) -> list[float]:
    if not filters:
        return [0.25] * 4
    return [filters[0].background[base] for base in alphabet.NUCLEOTIDES]


def _compare_with_truth(
    table: pd.DataFrame,
    matrices: list[NDArray[np.float64]],
    truth: dict[str, NDArray[np.float64]],
    background: list[float],
    min_similarity: float,
) -> int:
    """Add the nearest true motif of each filter; count the true motifs that were found."""
    table["motif"], table["similarity"], table["matched"] = None, np.nan, False
    if not truth or not matrices:
        return 0
    similarity = similarity_on_strands(matrices, list(truth.values()), background).max(axis=0)
    table["motif"] = np.array(list(truth), dtype=object)[similarity.argmax(axis=1)]
    table["similarity"] = similarity.max(axis=1)
    table["matched"] = table["similarity"] >= min_similarity
    return int((similarity.max(axis=0) >= min_similarity).sum())


def _compare_filters(
    table: pd.DataFrame,
    matrices: list[NDArray[np.float64]],
    background: list[float],
    min_similarity: float,
) -> tuple[int, int]:
    """Add the nearest other filter of each; count groups of near-copies, and reverse copies."""
    both = similarity_on_strands(matrices, matrices, background)
    both[:, range(len(matrices)), range(len(matrices))] = -1  # a filter is not its own copy
    similarity = both.max(axis=0)
    n_groups, table["group"] = connected_components(similarity >= min_similarity, directed=False)
    table["nearest"], table["nearest_similarity"], table["nearest_strand"] = -1, np.nan, None
    if len(matrices) > 1:
        nearest = similarity.argmax(axis=1)
        table["nearest"] = table.index[nearest]
        table["nearest_similarity"] = similarity.max(axis=1)
        turned = both.max(axis=2).argmax(axis=0) == 1
        table["nearest_strand"] = np.where(turned, "-", "+")
    return int(n_groups), int((both[1] >= min_similarity).any(axis=1).sum())
