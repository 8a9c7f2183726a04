"""The motifs that the filters of the first convolution have learned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Literal, get_args

import torch
from Bio.motifs import Motif
from Bio.motifs.jaspar import calculate_pseudocounts
from torch import Tensor

from rcseq import alphabet
from rcseq.inspection._first_layer import FirstLayer, first_layers
from rcseq.nn import reverse_complement
from rcseq.prediction import network_of

__all__ = ["FilterMotif", "FilterMotifs", "filters_to_motifs"]

Strands = Literal["both", "given"]

_BATCH_ENTRIES = 2**22  # responses held at once: 16 MiB in float32


class FilterMotif(Motif):
    """The motif of one learned filter; a :class:`Bio.motifs.Motif` in all that it can do.

    Attributes
    ----------
    name : str
        ``"filter3"``.
    counts : Bio.motifs.matrix.FrequencyPositionMatrix
        How often each base stands at each position of the sites.
    filter : int
        Which learned filter it is.
    n_sites : int
        Number of sites.
    threshold : float
        The response that a site exceeds.
    max_response : float
        The largest response.
    background : dict
        Share of each base in the sequences.
    pseudocounts : dict
        The square root of the number of sites, shared out by the background, as JASPAR has it.
    """

    def __init__(
        self,
        counts: dict[str, list[int]],
        *,
        filter: int,
        n_sites: int,
        threshold: float,
        max_response: float,
        background: dict[str, float],
    ) -> None:
        super().__init__(alphabet=alphabet.NUCLEOTIDES, counts=counts)
        self.name = f"filter{filter}"
        self.filter = filter
        self.n_sites = self.num_occurrences = n_sites  # the latter is Biopython's word for it
        self.threshold, self.max_response = threshold, max_response
        self.background = background
        self.pseudocounts = calculate_pseudocounts(self)

    @property
    def information(self) -> float:
        """Information content in bits: the relative entropy to the background, summed."""
        return float(self.relative_entropy.sum())

    def __repr__(self) -> str:
        return (
            f"<{self.name} {self.degenerate_consensus}: {self.n_sites} sites, "
            f"{self.information:.1f} bits>"
        )

    def __str__(self, masked: bool = False) -> str:
        return repr(self)  # Biopython prints the sites, which are not kept


class FilterMotifs(list[FilterMotif]):
    """The motifs of a layer: a list of them, and what became of the other filters.

    Attributes
    ----------
    n_filters : int
        Number of learned filters.
    silent : tuple of int
        Filters without a site: those that never respond.
    layer : str
        Name of the layer in the network; several that lie side by side have commas between, and
        their filters are numbered on.
    """

    def __init__(
        self, motifs: list[FilterMotif], *, n_filters: int, silent: tuple[int, ...], layer: str
    ) -> None:
        super().__init__(motifs)
        self.n_filters, self.silent, self.layer = n_filters, silent, layer


def filters_to_motifs(
    model: Any,
    sequences: Any,
    *,
    threshold: float = 0.5,
    strands: Strands = "both",
    layer: str | None = None,
) -> FilterMotifs:
    """Show each learned filter as the motif that it responds to.

    The filters of the first convolution are run over the sequences; the windows to which a filter
    responds most are its sites, and their bases are counted position by position [1]_. A motif
    belongs to a *learned* filter: where the network is equivariant, the two channels of a pair
    are one filter that reads both strands, and give one motif. Filters of a conventional network
    are run over both strands just so, which makes the two comparable.

    Parameters
    ----------
    model : estimator, pipeline, search or torch.nn.Module
        A fitted :class:`~rcseq.SequenceClassifier` or :class:`~rcseq.SequenceRegressor`, a fitted
        pipeline or another wrapper around one, or a network that takes one-hot of shape (n, 4, L).
    sequences : list, array or Series of str, or array of shape (n, 4, L) or (n, L)
        What the model takes; a thousand are plenty. Windows with an unknown base are left out.
    threshold : float, default 0.5
        A site has a response above this share of the way up to the filter's maximum; the way
        begins at its mean response, or at zero where that is higher, for a ReLU lets nothing below
        zero pass. At least 0, below 1.
    strands : {"both", "given"}, default "both"
        ``"given"`` runs the filters over the sequences as they are: right for conventional
        networks on data whose strand has a meaning, such as RNA.
    layer : str, optional
        Name of the convolution, as in ``module.named_modules()``; by default the first that runs
        and those that read the same beside it, filters of other widths. It has to read the one-hot
        sequence itself.

    Returns
    -------
    FilterMotifs
        A list with a :class:`FilterMotif`, a :class:`Bio.motifs.Motif`, for each filter that has
        a site, in the order of the filters. Its attributes ``n_filters`` and ``silent`` say how
        many filters there are and which have none.

    Raises
    ------
    TypeError
        If the model holds no single network, is not fitted, or its network reads more than the four
        bases.
    ValueError
        If a parameter is out of its range, no convolution reads the sequence, or the sequences
        are shorter than its filters.

    Notes
    -----
    A batch norm right behind the convolution is included, so that a filter whose sign it flips
    is shown as the network uses it.

    References
    ----------
    .. [1] Kelley, Snoek and Rinn (2016). Basset: learning the regulatory code of the accessible
       genome with deep convolutional neural networks. Genome Research 26.

    Examples
    --------
    A network whose only filter looks for GATTA, on either strand:

    >>> import torch
    >>> from rcseq.inspection import filters_to_motifs
    >>> from rcseq.nn import DNA, RCConv1d
    >>> network = RCConv1d(DNA, 1, kernel_size=5, bias=False)
    >>> pattern = torch.eye(4)[torch.tensor([2, 0, 3, 3, 0])].T
    >>> _ = network.weight.data.copy_(pattern)
    >>> motifs = filters_to_motifs(network, ["CCGATTACC", "CTAATCCCC", "CCCCCCCCC"], threshold=0.9)
    >>> motifs[0].counts["G"], str(motifs[0].consensus), motifs[0].n_sites
    ([2.0, 0.0, 0.0, 0.0, 0.0], 'GATTA', 2)
    """
    if not 0 <= threshold < 1:
        raise ValueError(f"threshold={threshold!r} is not a share of at least 0 and below 1")
    if strands not in get_args(Strands):
        raise ValueError(f"strands={strands!r} is neither 'both' nor 'given'")
    asked = network_of(model)
    asked.check_bases_alone("motifs of its filters")
    X = asked.encode(sequences)

    def batches(size: int) -> Iterator[Tensor]:
        for start in range(0, len(X), size):
            x = asked.tensor(X[start : start + size])
            yield x
            if strands == "both":
                yield reverse_complement(x)

    with asked.evaluating(), torch.no_grad():
        layers = first_layers(asked.module, asked.tensor(X[:2]), layer)
        widest = max(first.span for first in layers)
        if X.shape[-1] < widest:
            raise ValueError(
                f"the sequences have {X.shape[-1]} positions, but the filters are {widest} wide"
            )
        motifs: list[FilterMotif] = []
        silent: list[int] = []
        n_filters = 0
        for first in layers:
            size = max(1, _BATCH_ENTRIES // (max(len(first.filters), 4) * X.shape[-1]))
            found, without = _motifs_of(first, partial(batches, size), threshold, n_filters)
            motifs, silent = motifs + found, silent + without
            n_filters += len(first.filters)
    names = ", ".join(first.name for first in layers)
    return FilterMotifs(motifs, n_filters=n_filters, silent=tuple(silent), layer=names)


def _motifs_of(
    first: FirstLayer, batches: Callable[[], Iterator[Tensor]], threshold: float, number: int
) -> tuple[list[FilterMotif], list[int]]:
    """Return the motifs of a layer and the filters without one, numbered from `number` on."""
    highest, base, background = _survey(first, batches())
    limits = base + threshold * (highest - base)
    # A filter that never rises above its base has no site.
    limits = limits.where(highest > base, torch.inf)
    n_sites, counts = _collect(first, batches(), limits)
    motifs = [
        FilterMotif(
            dict(zip(alphabet.NUCLEOTIDES, counts[i].tolist(), strict=True)),
            filter=number + i,
            n_sites=int(n_sites[i]),
            threshold=float(limits[i]),
            max_response=float(highest[i]),
            background=background,
        )
        for i in torch.nonzero(n_sites).flatten().tolist()
    ]
    return motifs, (number + torch.nonzero(n_sites == 0).flatten()).tolist()


def _survey(
    first: FirstLayer, batches: Iterator[Tensor]
) -> tuple[Tensor, Tensor, dict[str, float]]:
    """Return the highest response of each filter, where its way up begins, and shares of bases."""
    n = len(first.filters)
    highest = torch.full((n,), -torch.inf, dtype=torch.float64)
    total, bases = torch.zeros(n, dtype=torch.float64), torch.zeros(4, dtype=torch.float64)
    n_windows = 0
    for x in batches:
        y, _, known = _windows(first, x)
        highest = highest.maximum(y.masked_fill(~known, -torch.inf).amax((0, 2)).cpu().double())
        total += (y * known).sum((0, 2)).cpu()
        bases += x.sum((0, 2)).cpu()
        n_windows += int(known.sum())
    if not n_windows:
        raise ValueError(f"no sequence has {first.span} known bases in a row")
    bases += 1  # so that none is impossible
    shares = dict(zip(alphabet.NUCLEOTIDES, (bases / bases.sum()).tolist(), strict=True))
    return highest, (total / n_windows).clamp(min=0), shares


def _collect(first: FirstLayer, batches: Iterator[Tensor], limits: Tensor) -> tuple[Tensor, Tensor]:
    """Count the sites of each filter, and the bases at each of their positions, (n, 4, span)."""
    n_sites = torch.zeros(len(limits), dtype=torch.int64)
    counts = torch.zeros(len(limits), 4, first.span, dtype=torch.float64)
    for x in batches:
        y, starts, known = _windows(first, x)
        sites = (y > limits.to(y)[:, None]) & known
        n_sites += sites.sum((0, 2)).cpu()
        chosen = sites.transpose(0, 1).flatten(1).to(x.dtype)  # (n, windows of all sequences)
        for j in range(first.span):  # one product of matrices for each position of the motif
            bases = x[:, :, starts + j].transpose(1, 2).flatten(0, 1)
            counts[:, :, j] += (chosen @ bases).double().cpu()
    return n_sites, counts.round()


def _windows(first: FirstLayer, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Responses, first bases of the windows, and which windows are known bases only."""
    y, starts = first.responses(x)
    unknown = (x.amax(1) != 1).cumsum(1)
    unknown = torch.nn.functional.pad(unknown, (1, 0))
    known = unknown[:, starts + first.span] == unknown[:, starts]
    return y, starts, known[:, None]
