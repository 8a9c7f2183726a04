"""One HTML file with everything in it: words, tables and pictures."""

from __future__ import annotations

import base64
import io
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from importlib import metadata
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from rcseq import __version__
from rcseq._files import atomic_write
from rcseq.plotting import import_pyplot, strategy_label
from rcseq.report._template import render
from rcseq.strategies import STRATEGIES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Picture", "Table", "figure_uri", "render_report", "versions", "write_report"]


_PIXELS = 88  # on the page for an inch of a figure: two of five inches side by side


class Picture(NamedTuple):
    """A picture of a report; `width` is how wide it is shown, in CSS pixels."""

    title: str
    caption: str
    uri: str
    width: int | None = None

    @classmethod
    def of(cls, title: str, caption: str, figure: Figure) -> Picture:
        """Make one of a figure, and close the figure.

        Parameters
        ----------
        title, caption : str
        figure : matplotlib Figure

        Returns
        -------
        Picture
        """
        width = round(float(figure.get_size_inches()[0]) * _PIXELS)
        return cls(title, caption, figure_uri(figure), width)


class Table(NamedTuple):
    """A table of a report: formatted cells, and what is in the first column."""

    title: str
    caption: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]
    heading: str = "strategy"

    @classmethod
    def of(cls, title: str, caption: str, table: pd.DataFrame) -> Table:
        """Make one of a data frame of text, whose index has a name if it is not of strategies.

        Parameters
        ----------
        title, caption : str
        table : DataFrame of str

        Returns
        -------
        Table
        """
        heading = str(table.index.name or "strategy")
        name = strategy_label if heading == "strategy" else str
        rows = [(name(index), [str(cell) for cell in row]) for index, *row in table.itertuples()]
        return cls(title, caption, [str(column) for column in table.columns], rows, heading)


def figure_uri(figure: Figure, *, dpi: int = 160) -> str:
    """Turn a figure into a data URI, and close it.

    Parameters
    ----------
    figure : matplotlib Figure
    dpi : int, default=160

    Returns
    -------
    str
        ``data:image/png;base64,...``
    """
    buffer = io.BytesIO()
    # Without the version of matplotlib in it the same picture is the same bytes.
    figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None}, facecolor="white")
    import_pyplot().close(figure)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def versions(packages: Iterable[str] = ("torch", "skorch", "scikit-learn", "numpy")) -> str:
    """Name the versions that made a report.

    Parameters
    ----------
    packages : iterable of str

    Returns
    -------
    str
    """
    named = [f"{package} {metadata.version(package)}" for package in packages]
    return ", ".join([f"rcseq {__version__}", f"Python {platform.python_version()}", *named])


def render_report(
    title: str,
    *,
    headline: str = "",
    verdict: str | None = None,
    findings: Sequence[str] = (),
    cautions: Sequence[str] = (),
    strategies: Sequence[str] = (),
    tables: Sequence[Table] = (),
    pictures: Sequence[Picture] = (),
    about: Mapping[str, Any] | None = None,
    about_data: Sequence[str] = (),
) -> str:
    """Render a report.

    Parameters
    ----------
    title : str
    headline : str
        The answer, at the top.
    verdict : {"better", "worse", "undecided"}, optional
        The colour of the answer.
    findings, cautions : sequence of str
    strategies : sequence of str
        Names; those that are registered are explained, with their colour and reference.
    tables : sequence of Table
    pictures : sequence of Picture
    about : mapping of str to str, optional
        How the results were made, for the end.
    about_data : sequence of str
        What is wrong with the data, or must be known of them, for the top.

    Returns
    -------
    str
        HTML that needs no other file and no network. Everything is escaped.
    """
    return render(
        "report.html",
        title=title,
        headline=headline,
        verdict=verdict or "none",
        findings=findings,
        cautions=cautions,
        strategies=[STRATEGIES[name] for name in strategies if name in STRATEGIES],
        tables=tables,
        pictures=pictures,
        about={**(about or {}), "Made": date.today().isoformat(), "With": versions()},
        about_data=about_data,
    )


def write_report(path: str | os.PathLike[str], html: str) -> None:
    """Write a report, whole or not at all.

    Parameters
    ----------
    path : path-like
    html : str
    """
    with atomic_write(path, "w") as file:
        file.write(html)
