"""Facts of a comparison, from which the sentences are made."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rcseq.report import _facts, describe, relation
from rcseq.report._facts import Facts, speed_facts
from rcseq.strategies import STRATEGIES

LOW = np.array([0.90, 0.91, 0.92, 0.91, 0.90])
NOISE = np.array([0.001, -0.001, 0.002, 0.0, -0.002])


@pytest.mark.parametrize(
    ("difference", "p", "expected"),
    [
        (0.1, 0.01, "better"),
        (-0.1, 0.01, "worse"),
        (0.1, 0.2, "undecided"),
        (0.1, float("nan"), "undecided"),
        (0.0, 0.0, "undecided"),
    ],
)
def test_relation(difference: float, p: float, expected: str) -> None:
    assert relation({"difference": difference, "p_corrected_t_holm": p}) == expected


def test_the_answer_is_about_the_strategy_that_shares(make_comparison: Any) -> None:
    scores = {"standard": LOW, "posthoc": LOW + 0.05 + NOISE, "rcps": LOW - 0.05 + NOISE}
    facts = Facts.of(make_comparison(scores))
    assert (facts.reference, facts.sharing, facts.verdict) == ("standard", "rcps", "worse")
    assert (facts.best, facts.level) == ("posthoc", [])
    assert facts.others == {"better": ["posthoc"], "worse": [], "undecided": []}
    assert facts.pairs == [5, 5]


def test_nothing_is_said_of_sharing_where_both_share_or_nothing_does(make_comparison: Any) -> None:
    scores = {"standard": LOW, "rcps": LOW + 0.05 + NOISE}
    against = Facts.of(make_comparison(scores), "rcps")
    assert (against.sharing, against.verdict) == ("rcps", None)
    assert against.others["worse"] == ["standard"]
    without = Facts.of(make_comparison({"standard": LOW, "posthoc": LOW}))
    assert (without.sharing, without.verdict) == (None, None)


def test_a_strategy_of_a_user_that_shares_is_answered_for(
    make_comparison: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = SimpleNamespace(equivariant=True, strand_exact=True, colour="", label="Mine")
    monkeypatch.setattr(_facts, "STRATEGIES", {**STRATEGIES, "mine": mine})
    comparison = make_comparison(
        {"standard": LOW, "mine": LOW + 0.05 + NOISE},
        speed={"mine": 2.0},
        discordance={"mine": 0.2},
    )
    facts = Facts.of(comparison)
    assert (facts.sharing, facts.verdict) == ("mine", "better")
    assert facts.strands["broken"] == ["mine"]
    assert [one["name"] for one in facts.speed] == ["mine"]
    assert "mine reaches a mean auROC" in describe(comparison)["headline"]


def test_speed_is_compared_where_both_have_curves(make_comparison: Any) -> None:
    scores = {"standard": LOW, "rcps": LOW}
    comparison = make_comparison(scores, speed={"rcps": 2.0}, fit_time={"rcps": 2.5})
    [fact] = speed_facts(comparison, "standard")
    assert fact["known"]
    assert fact["cost"] == pytest.approx(2.5)
    assert fact["row"]["step_ratio"] < 1
    assert speed_facts(comparison, "rcps") == []
    comparison.curves = pd.DataFrame()
    assert speed_facts(comparison, "standard") == []
