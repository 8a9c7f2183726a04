"""Sequence logos: of motifs, of attributions, and of filters beside the true motifs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from rcseq import alphabet
from rcseq.motifs import align, as_matrices, as_motif
from rcseq.plotting._display import Display
from rcseq.plotting._style import import_pyplot, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["FilterLogosDisplay", "LogoDisplay"]

_UNIFORM = (0.25, 0.25, 0.25, 0.25)
_WIDTH, _HEIGHT = 0.22, 1.0  # inches a position, inches a logo


class LogoDisplay(Display):
    """Letters whose heights are numbers: a motif in bits, or what each base contributes.

    Drawn by logomaker [1]_, in colours that people with any colour vision tell apart.

    Parameters
    ----------
    heights : array-like of shape (length, 4)
        Height of A, C, G and T at each position; negative ones hang below the line.
    ylabel : str, default ""
        What the heights are.
    title : str, default ""

    Attributes
    ----------
    heights : DataFrame of shape (length, 4)

    References
    ----------
    .. [1] Tareen and Kinney (2020). Logomaker: beautiful sequence logos in Python. Bioinformatics
       36.

    Examples
    --------
    >>> from Bio import motifs
    >>> from rcseq.plotting import LogoDisplay
    >>> display = LogoDisplay.from_motif(motifs.create(["GATAA", "GATAG"]), name="GATA")
    >>> display.heights["G"].tolist()
    [2.0, 0.0, 0.0, 0.0, 0.5]
    """

    def __init__(self, heights: ArrayLike, *, ylabel: str = "", title: str = "") -> None:
        array = np.asarray(heights, dtype=float)
        if array.ndim != 2 or array.shape[1] != 4 or not len(array):
            raise ValueError(f"heights have the shape {array.shape}; (length, 4) is needed")
        self.heights = pd.DataFrame(array, columns=list(alphabet.NUCLEOTIDES))
        self.ylabel, self.title = ylabel, title
        self.figsize = (max(2.5, _WIDTH * len(array)), 1.6 * _HEIGHT)

    @classmethod
    def from_motif(
        cls,
        motif: Any,
        *,
        background: ArrayLike = _UNIFORM,
        name: str | None = None,
        ax: Axes | None = None,
    ) -> Self:
        """Draw a motif: the height of a column is its information.

        Parameters
        ----------
        motif : Bio.motifs.Motif or array-like of shape (width, 4)
            Counts or probabilities of A, C, G and T.
        background : sequence of four floats, default uniform
            What the information is relative to.
        name : str, optional
            Title; by default the name of the motif, if it has one.
        ax : matplotlib Axes, optional

        Returns
        -------
        display
        """
        matrix = as_motif(motif).matrix
        title = name if name is not None else getattr(motif, "name", None) or ""
        return cls(_in_bits(matrix, background), ylabel="bits", title=title).plot(ax)

    @classmethod
    def from_attributions(
        cls, values: ArrayLike, *, name: str = "", ax: Axes | None = None
    ) -> Self:
        """Draw the contributions of the bases of one sequence.

        Parameters
        ----------
        values : array-like of shape (4, length)
            One sequence of what :func:`rcseq.inspection.saliency` gives, best with
            ``multiply_by_input=True``, or :func:`rcseq.inspection.in_silico_mutagenesis`.
        name : str, default ""
            Title.
        ax : matplotlib Axes, optional

        Returns
        -------
        display
        """
        return cls(np.asarray(values, dtype=float).T, ylabel="contribution", title=name).plot(ax)

    def _draw(self, ax: Axes) -> None:
        _logo(self.heights, ax)
        ax.set_ylabel(self.ylabel)
        ax.set_title(self.title, loc="left", fontsize="medium")
        if self.ylabel == "bits":
            ax.set_ylim(0, max(2.0, float(self.heights.sum(axis=1).max())))


class FilterLogosDisplay(Display):
    """Learned filters, each with the true motif that it resembles most beside it.

    Parameters
    ----------
    rows : list of dict
        For each filter ``name``, ``motif`` (its probabilities), ``true_name``, ``true_motif``
        (turned to the filter's strand; None without truth), ``offset`` and ``similarity``.
    background : sequence of four floats, default uniform
        What the information is relative to.
    """

    def __init__(self, rows: list[dict[str, Any]], background: ArrayLike = _UNIFORM) -> None:
        self.rows, self.background = rows, np.asarray(background, dtype=float)

    @classmethod
    def from_filters(
        cls, filters: Any, true_motifs: Any = None, *, n_filters: int = 6, ax: Any = None
    ) -> Self:
        """Draw filters.

        Parameters
        ----------
        filters : FilterMotifs
            What :func:`rcseq.inspection.filters_to_motifs` gives.
        true_motifs : path, list of Bio.motifs.Motif, or mapping of names to matrices, optional
            The embedded motifs.
        n_filters : int, default 6
            How many filters to draw: those most like each of the true motifs in turn, or without
            truth those with the most information.
        ax : array of matplotlib Axes of shape (n_filters, 2), optional
            With one column where there is no truth.

        Returns
        -------
        display
        """
        if not len(filters):
            raise ValueError("no filter has a motif, so there is nothing to draw")
        truth = {} if true_motifs is None else as_matrices(true_motifs)
        background = np.array([filters[0].background[base] for base in alphabet.NUCLEOTIDES])
        rows: list[dict[str, Any]] = []
        for motif in filters:
            matrix = as_motif(motif).matrix
            row = {"name": motif.name, "motif": matrix, "information": motif.information}
            row |= {"true_name": None, "true_motif": None, "offset": 0, "similarity": np.nan}
            if truth:
                found = {name: align(matrix, other, background) for name, other in truth.items()}
                best = max(found, key=lambda name: found[name].similarity)
                similarity, offset, turned = found[best]
                other = truth[best][::-1, ::-1] if turned else truth[best]
                row |= {"true_name": best, "true_motif": other}
                row |= {"offset": offset, "similarity": similarity}
            rows.append(row)
        return cls(_first(rows, n_filters), background).plot(ax)

    def plot(self, ax: Any = None, **kwargs: Any) -> Self:
        """Draw.

        Parameters
        ----------
        ax : array of matplotlib Axes, optional
            A new figure by default.
        **kwargs
            None are taken.

        Returns
        -------
        display
            Itself.
        """
        n_columns = 1 if self.rows[0]["true_motif"] is None else 2
        shape = (len(self.rows), n_columns)
        if ax is None:
            width = n_columns * max(2.5, _WIDTH * max(len(row["motif"]) for row in self.rows))
            figure, axes = import_pyplot().subplots(
                *shape,
                figsize=(width, _HEIGHT * shape[0] + 0.4),
                layout="constrained",
                squeeze=False,
            )
        else:
            axes = np.asarray(ax, dtype=object)
            if axes.size != shape[0] * shape[1]:
                raise ValueError(f"{shape[0]} filters need axes of shape {shape}; got {axes.shape}")
            axes = axes.reshape(shape)
            figure = axes[0, 0].figure
        for row, beside in zip(self.rows, axes, strict=True):
            self._draw_row(row, beside, **kwargs)
        self.ax_, self.figure_ = axes, figure
        return self

    def _draw_row(self, row: dict[str, Any], axes: NDArray[Any]) -> None:
        logos = [(row["motif"], 0, row["name"])]
        if row["true_motif"] is not None:
            title = f"{row['true_name']}, similarity {row['similarity']:.2f}"
            logos.append((row["true_motif"], row["offset"], title))
        # Both on the positions of the filter, so that what is one above the other belongs together.
        start = min(offset for _, offset, _ in logos)
        stop = max(offset + len(matrix) for matrix, offset, _ in logos)
        for ax, (matrix, offset, title) in zip(axes, logos, strict=True):
            heights = pd.DataFrame(
                _in_bits(matrix, self.background),
                columns=list(alphabet.NUCLEOTIDES),
                index=range(offset, offset + len(matrix)),
            )
            _logo(heights, ax)
            ax.set(xlim=(start - 0.5, stop - 0.5), xticks=[])
            ax.set(ylim=(0, -np.log2(self.background.min())), yticks=[0, 1, 2])
            ax.set_title(title, loc="left", fontsize="small")


def _first(rows: list[dict[str, Any]], n: int) -> list[dict[str, Any]]:
    """Choose the filters to show: the best of each true motif first, then the second best."""
    if rows[0]["true_name"] is None:
        return sorted(rows, key=lambda row: -row["information"])[:n]
    rows = sorted(rows, key=lambda row: -row["similarity"])
    seen: dict[str, int] = {}
    turns = []
    for row in rows:
        turns.append(seen.get(row["true_name"], 0))
        seen[row["true_name"]] = turns[-1] + 1
    order = sorted(range(len(rows)), key=lambda i: (turns[i], i))
    return [rows[i] for i in order[:n]]


def _in_bits(matrix: NDArray[np.float64], background: ArrayLike) -> NDArray[np.float64]:
    """Probabilities times the information of their column."""
    shares = np.asarray(background, dtype=float)
    logs = np.log2(np.where(matrix > 0, matrix, 1) / shares)
    return matrix * (matrix * np.where(matrix > 0, logs, 0)).sum(axis=1, keepdims=True)


def _logo(heights: pd.DataFrame, ax: Axes) -> None:
    try:
        import logomaker
    except ImportError as error:
        raise ImportError(
            "sequence logos need logomaker, which is not installed: pip install 'rcseq[plot]'"
        ) from error
    logomaker.Logo(heights, ax=ax, color_scheme="colorblind_safe")
    tidy(ax, grid=None)
