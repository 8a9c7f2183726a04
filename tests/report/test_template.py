"""Sentences of the templates."""

import pytest
from jinja2 import UndefinedError

from rcseq.report._template import captioned, render, sentences


def test_blank_lines_separate_sentences_and_what_is_not_said_leaves_no_gap() -> None:
    facts = {"n_folds": 5, "n_seeds": 1, "smallest_test": None}
    assert sentences("cautions.txt", pairs=[], **{**facts, "n_folds": 1, "n_seeds": 2}) == []
    found = sentences("cautions.txt", pairs=[5, 5], **facts)
    assert len(found) == 4
    assert all(sentence.endswith(".") and "\n" not in sentence for sentence in found)


def test_fact_that_is_missing_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="pairs"):
        render("cautions.txt")


def test_title_and_caption() -> None:
    title, caption = captioned("scores", metric="auROC")
    assert title == "Scores, paired"
    assert caption.startswith("Each dot is the auROC of one fit;")
    with pytest.raises(KeyError):
        captioned("pie")


def test_sentences_are_not_escaped_but_the_page_is() -> None:
    row = {"mean": 0.9}
    words = sentences("headline.txt", verdict=None, best="a & b", metric="R²", rows={"a & b": row})
    assert words == ["a & b has a mean R² of 0.9000."]
