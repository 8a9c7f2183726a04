"""A report is one file: whole or not at all, and nothing in it is code of somebody else's."""

import base64
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from rcseq import __version__
from rcseq.report import (
    Picture,
    Table,
    _html,
    figure_uri,
    render_report,
    versions,
    write_report,
)


class Outline(HTMLParser):
    """Tags and their attributes, with a check that they are closed in order."""

    VOID = frozenset({"meta", "img", "br"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, Any]]] = []
        self.open: list[str] = []
        self.feed(html)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, Any]]:
        return [attributes for name, attributes in self.found if name == tag]


def test_document_needs_nothing_else() -> None:
    figure, ax = plt.subplots()
    ax.plot([0, 1])
    picture = Picture("A line", "It goes up.", figure_uri(figure))
    html = render_report("Title", headline="Yes.", verdict="better", pictures=[picture])
    outline = Outline(html)
    [image] = outline.all("img")
    head, data = image["src"].split(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(data)[1:4] == b"PNG"
    assert image["alt"] == "A line. It goes up."
    assert not outline.all("script")
    assert not outline.all("link")
    assert "http" not in html.replace(data, "")
    assert not plt.fignum_exists(figure.number)


def test_what_comes_from_the_user_is_escaped() -> None:
    evil = "<script>alert('x')</script>"
    table = Table.of(evil, evil, pd.DataFrame({evil: [evil]}, index=[evil]))
    html = render_report(
        evil,
        headline=evil,
        findings=[evil],
        cautions=[evil],
        tables=[table],
        pictures=[Picture(evil, evil, "data:,")],
        about={evil: evil},
    )
    assert "<script" not in html
    assert html.count("&lt;script&gt;") >= 12
    Outline(html)


def test_tables_keep_rows_and_columns() -> None:
    frame = pd.DataFrame({"auROC": ["0.98", "0.97"], "wins": ["5", "–"]}, index=["rcps", "kmer"])
    html = render_report("T", tables=[Table.of("Summary", "Means.", frame)])
    assert '<th scope="row">kmer</th><td>0.97</td><td>–</td>' in html
    assert (
        '<th scope="col">strategy</th><th scope="col">auROC</th><th scope="col">wins</th>' in html
    )
    named = Table.of("Summary", "Means.", frame.rename_axis("network"))
    assert '<th scope="col">network</th>' in render_report("T", tables=[named])


def test_tables_scroll_by_hand_and_by_key_and_say_so_on_a_narrow_screen() -> None:
    frame = pd.DataFrame({"auROC": ["0.98"]}, index=["rcps"])
    html = render_report("T", tables=[Table.of("Summary", "Means.", frame)])
    [scroll] = [a for a in Outline(html).all("div") if a.get("class") == "scroll"]
    assert scroll["tabindex"] == "0"
    assert scroll["aria-label"] == "Summary"
    [hint] = [a for a in Outline(html).all("p") if "hint" in a.get("class", "")]
    assert hint["aria-hidden"] == "true"


def test_there_is_a_dark_page_and_a_printed_one() -> None:
    html = render_report("T")
    assert "@media screen and (prefers-color-scheme: dark)" in html
    assert "@media print" in html
    assert "break-inside: avoid" in html


def test_rows_of_strategies_bear_their_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_html, "strategy_label", str.upper)
    frame = pd.DataFrame({"auROC": ["0.98"]}, index=["rcps"])
    assert Table.of("Summary", "Means.", frame).rows == [("RCPS", ["0.98"])]
    assert Table.of("Summary", "Means.", frame.rename_axis("filter")).rows == [("rcps", ["0.98"])]


def test_same_picture_is_the_same_bytes() -> None:
    def draw() -> str:
        figure, ax = plt.subplots()
        ax.plot([0, 1, 4])
        return figure_uri(figure)

    assert draw() == draw()


def test_versions_are_named() -> None:
    assert f"rcseq {__version__}" in versions()
    assert "torch" in versions()


def test_report_is_written_whole(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_report(path, "first")
    write_report(path, "second µ")
    assert path.read_text("utf-8") == "second µ"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_failed_write_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_report(path, "first")
    with pytest.raises(UnicodeEncodeError):
        write_report(path, "\ud800")
    assert path.read_text("utf-8") == "first"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
