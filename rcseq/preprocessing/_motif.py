"""Scores of known motifs."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from numbers import Real
from typing import Any, ClassVar, Literal, Self, get_args

import numpy as np
import numpy.typing as npt
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from rcseq import alphabet
from rcseq.motifs import as_motif
from rcseq.preprocessing._base import SequenceTransformer

Strand = Literal["both", "forward"]

_UNIFORM = (0.25, 0.25, 0.25, 0.25)
_PART = 100_000  # bases scored at once: windows of 20 bases then take 32 MB


class MotifScorer(SequenceTransformer):
    """Score known motifs: the best match of each in a sequence, on either strand.

    The score of a match is its log-odds in bits: how much likelier its bases are under the motif
    than in the background. With ``strand="both"`` a sequence and its reverse complement have the
    same scores, if the background gives A as much as T and C as much as G.

    Parameters
    ----------
    motifs : sequence of Bio.motifs.Motif or array-like, or dict of str to these
        Counts or probabilities of A, C, G and T, ``(width, 4)``; the keys of a dict are the names
        of the features.
    strand : {"both", "forward"}, default="both"
        Where to look for matches.
    background : array-like of shape (4,), default=(0.25, 0.25, 0.25, 0.25)
        Probabilities of A, C, G and T outside the motifs.
    pseudocount : float, default=0.01
        Share of the background mixed into each position of a motif, above 0, so that a base that
        was never seen has a finite score.

    Attributes
    ----------
    motif_names_ : list of str
    log_odds_ : list of ndarray of shape (width, 4)
        Scores of the bases of each motif, in bits.
    n_features_in_ : int
        Columns seen in :meth:`fit`, where it was given an array of base codes.

    Notes
    -----
    An ambiguous base scores the mean of its bases, and N scores 0. Input is the same as for
    :class:`DNAOneHotEncoder`.

    Examples
    --------
    >>> from rcseq.preprocessing import MotifScorer
    >>> scorer = MotifScorer({"CAT": [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]]})
    >>> scorer.fit_transform(["GGCATG", "TTATGCC", "TTTTTTT"]).round(1)
    array([[  6. ],
           [  6. ],
           [-11.3]], dtype=float32)
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        "motifs": "no_validation",
        "strand": [StrOptions(set(get_args(Strand)))],
        "background": "no_validation",
        "pseudocount": [Interval(Real, 0, 1, closed="right")],
    }

    def __init__(
        self,
        motifs: Sequence[Any] | Mapping[str, Any],
        *,
        strand: Strand = "both",
        background: npt.ArrayLike = _UNIFORM,
        pseudocount: float = 0.01,
    ) -> None:
        self.motifs = motifs
        self.strand = strand
        self.background = background
        self.pseudocount = pseudocount

    @property
    def strand_exact(self) -> bool:
        """Whether a sequence and its reverse complement have the same features."""
        return self.strand == "both"

    def fit(self, X: Any, y: Any = None) -> Self:
        """Make score matrices of the motifs; nothing is learned from the sequences.

        Parameters
        ----------
        X : sequences of shape (n_samples,), or array of base codes of shape (n_samples, L)
        y : None
            Ignored.

        Returns
        -------
        self : MotifScorer

        Raises
        ------
        ValueError
            If there is no motif, two have the same name, one is no matrix of probabilities, or
            another parameter is out of its range; or a sequence is no DNA.
        """
        self._longest(X)
        background = np.asarray(self.background, dtype=float)
        if background.shape != (4,) or not (background > 0).all():
            raise ValueError(f"background={self.background!r} is not four probabilities above 0")
        background = background / background.sum()
        named = self.motifs if isinstance(self.motifs, Mapping) else None
        pairs = named.items() if named is not None else ((None, motif) for motif in self.motifs)
        motifs = [as_motif(motif, name) for name, motif in pairs]
        names = [motif.name for motif in motifs]
        if not names:
            raise ValueError("motifs holds no motif")
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(
                f"more than one motif is named {', '.join(repeated)}; give a dict of names"
            )
        self.motif_names_ = names
        self.log_odds_ = []
        for motif in motifs:
            mixed = (1 - self.pseudocount) * motif.matrix + self.pseudocount * background
            self.log_odds_.append(np.log2(mixed / background))
        return self

    def transform(self, X: Any) -> npt.NDArray[np.float32]:
        """Score the motifs.

        Parameters
        ----------
        X : sequences of shape (n_samples,), or array of base codes of shape (n_samples, L)

        Returns
        -------
        scores : ndarray of float32, shape (n_samples, n_motifs)

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If called before :meth:`fit`.
        ValueError
            If a sequence is shorter than a motif, or not DNA.
        """
        check_is_fitted(self)
        filters = list(self._filters())
        shares = alphabet.ONE_HOT.astype(np.float32)
        scores: list[npt.NDArray[np.float32]] = []
        for part in self._parts(X, _PART):
            self._refuse_short(part.lengths, sum(map(len, scores)))
            # One base more than there is, so that the end of the last sequence is an index too.
            onehot = shares[np.append(part.codes, np.uint8(alphabet.N_CODE))]
            scores.append(np.empty((len(part.lengths), len(self.log_odds_)), np.float32))
            for columns, weights in filters:
                scores[-1][:, columns] = _best(onehot, part.offsets, weights)
        return np.concatenate(scores)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Return the names of the motifs.

        Parameters
        ----------
        input_features : None
            Ignored.

        Returns
        -------
        names : ndarray of str, shape (n_motifs,)
        """
        check_is_fitted(self)
        return np.array(self.motif_names_, dtype=object)

    def _refuse_short(self, lengths: npt.NDArray[np.intp], n_before: int) -> None:
        widths = [len(matrix) for matrix in self.log_odds_]
        shortest = int(lengths.argmin())
        if lengths[shortest] < max(widths):
            raise ValueError(
                f"sequence {n_before + shortest} has {lengths[shortest]} bases, fewer than the "
                f"motif {self.motif_names_[int(np.argmax(widths))]} ({max(widths)}); leave one of "
                "them out"
            )

    def _filters(self) -> Iterator[tuple[list[int], npt.NDArray[np.float32]]]:
        """Yield motifs of one width together: their columns, and weights ``(strands, m, w, 4)``."""

        def width(column: int) -> int:
            return len(self.log_odds_[column])

        for _, group in groupby(sorted(range(len(self.log_odds_)), key=width), key=width):
            columns = list(group)
            forward = np.stack([self.log_odds_[column] for column in columns])
            strands = [forward, forward[:, ::-1, ::-1]] if self.strand == "both" else [forward]
            yield columns, np.stack(strands).astype(np.float32)


def _best(
    onehot: npt.NDArray[np.float32],
    offsets: npt.NDArray[np.intp],
    weights: npt.NDArray[np.float32],
) -> npt.NDArray[np.float32]:
    """Best score in each sequence, over positions and strands, of motifs of one width."""
    n_strands, n_motifs, width, _ = weights.shape
    windows = np.lib.stride_tricks.sliding_window_view(onehot.ravel(), 4 * width)[::4]
    # Rows that overlap in memory are copied apart first: BLAS does not take them as they are.
    scores = np.ascontiguousarray(windows) @ weights.reshape(n_strands * n_motifs, -1).T
    for strand in range(1, n_strands):
        mine = scores[:, strand * n_motifs : (strand + 1) * n_motifs]
        np.maximum(scores[:, :n_motifs], mine, out=scores[:, :n_motifs])
    # Between the last window of a sequence and the first of the next are those that cross over.
    bounds = np.column_stack([offsets[:-1], offsets[1:] - width + 1]).ravel()
    best: npt.NDArray[np.float32] = np.maximum.reduceat(scores[:, :n_motifs], bounds, axis=0)
    return best[::2]
