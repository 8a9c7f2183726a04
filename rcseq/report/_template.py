"""The templates: sentences in text files, the page in an HTML file."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from rcseq.plotting import strategy_label
from rcseq.report._format import format_p, signed

__all__ = ["captioned", "render", "sentences"]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("rcseq.report"),
        autoescape=select_autoescape(["html"]),  # sentences are escaped when they come to the page
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "label": strategy_label,
        "labels": lambda names: ", ".join(strategy_label(name) for name in names),
        "signed": signed,
        "p_value": lambda p: f"p = {format_p(p)}".replace("= <", "<"),
    }
    environment.tests["missing"] = pd.isna
    return environment


def render(template: str, **facts: Any) -> str:
    """Render a template.

    Parameters
    ----------
    template : str
        Name of a file in the folder ``templates``.
    **facts
        What the template names; one that is missing is an error.

    Returns
    -------
    str
    """
    return _environment().get_template(template).render(**facts)


def sentences(template: str, **facts: Any) -> list[str]:
    """Render a template of sentences, which blank lines separate.

    Parameters
    ----------
    template : str
    **facts
        As for :func:`render`.

    Returns
    -------
    list of str
        Each on one line.
    """
    return _blocks(render(template, **facts))


def captioned(block: str, **facts: Any) -> tuple[str, str]:
    """Render the title and the caption of a table or picture.

    Parameters
    ----------
    block : str
        Name of a block in ``captions.txt``.
    **facts
        As for :func:`render`.

    Returns
    -------
    title, caption : str
    """
    template = _environment().get_template("captions.txt")
    title, caption = _blocks("".join(template.blocks[block](template.new_context(facts))))
    return title, caption


def _blocks(text: str) -> list[str]:
    blocks = re.split(r"\n[ \t]*\n", text)
    return [" ".join(block.split()) for block in blocks if block.strip()]
