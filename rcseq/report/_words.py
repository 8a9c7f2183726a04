"""What a comparison says, in words that come from its numbers, also where the answer is no."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from rcseq.report._facts import Facts, speed_facts
from rcseq.report._template import sentences

__all__ = ["describe", "speed_findings"]


def describe(comparison: Any, reference: str | None = None) -> dict[str, Any]:
    """Put a comparison into sentences.

    Parameters
    ----------
    comparison : StrategyComparison
    reference : str, optional
        As in ``StrategyComparison.summary``.

    Returns
    -------
    dict
        ``headline``: the answer, one or two sentences. ``verdict``: how the first strategy that
        shares parameters between the strands stands to the reference ("better", "worse",
        "undecided"), or None where the two were not compared. ``reference``: the strategy that the
        others are compared with. ``findings``: a list of sentences. ``cautions``: a list of what
        the numbers do not say.
    """
    facts = Facts.of(comparison, reference)
    given = {field.name: getattr(facts, field.name) for field in fields(facts)}
    return {
        "headline": " ".join(sentences("headline.txt", **given)),
        "verdict": facts.verdict,
        "reference": facts.reference,
        "findings": sentences("findings.txt", **given),
        "cautions": sentences("cautions.txt", **given),
    }


def speed_findings(comparison: Any, reference: str) -> list[str]:
    """Return whether the strategies that share parameters learn faster than another strategy.

    Parameters
    ----------
    comparison : StrategyComparison
    reference : str

    Returns
    -------
    list of str
        One sentence for each of them; none where the reference has no learning curves.
    """
    return sentences("speed.txt", speed=speed_facts(comparison, reference), reference=reference)
