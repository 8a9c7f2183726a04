"""One colour for each strategy, and names as people write them."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from rcseq.plotting import _style, colors_of, import_pyplot, metric_label, strategy_label
from rcseq.strategies import STRATEGIES


def test_every_strategy_has_a_colour_of_its_own() -> None:
    colors = colors_of([*STRATEGIES, "kmer", "mine", "another"])
    assert len(set(colors.values())) == len(colors)
    assert all(colors[name] == strategy.colour for name, strategy in STRATEGIES.items())


def test_strategies_of_a_user_are_drawn_in_their_colour_and_under_their_label(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mine = SimpleNamespace(colour="#123456", label="Mine, with care")
    plain = SimpleNamespace(colour="", label="")
    more = {"mine": mine, "plain": plain, "twin": mine}
    monkeypatch.setattr(_style, "STRATEGIES", {**STRATEGIES, **more})
    assert strategy_label("mine") == "Mine, with care"
    assert strategy_label("plain") == "plain"
    colors = colors_of(["plain", "mine", "twin"])
    assert colors["mine"] == "#123456"
    assert len(set(colors.values())) == 3


def test_colour_does_not_depend_on_the_company() -> None:
    assert colors_of(["rcps"])["rcps"] == colors_of(["mine", "standard", "rcps"])["rcps"]
    assert len(colors_of([f"model {i}" for i in range(20)])) == 20


def test_colours_differ_in_the_eye_of_the_colour_blind() -> None:
    """Distances after the projection of Viénot, Brettel and Mollon (1999) for deuteranopes."""
    rgb_to_lms = np.array(
        [[17.8824, 43.5161, 4.11935], [3.45565, 27.1554, 3.86714], [0.0299566, 0.184309, 1.46709]]
    )
    deuteranope = np.array([[1, 0, 0], [0.494207, 0, 1.24827], [0, 0, 1]])
    seen = [
        np.linalg.inv(rgb_to_lms) @ deuteranope @ rgb_to_lms @ np.array(to_rgb(c)) ** 2.2
        for c in colors_of([*STRATEGIES, "kmer"]).values()
    ]
    seen = [np.clip(s, 0, 1) ** (1 / 2.2) for s in seen]
    distances = [np.linalg.norm(a - b) for i, a in enumerate(seen) for b in seen[:i]]
    assert min(distances) > 0.15


def test_names_of_scores() -> None:
    assert metric_label("roc_auc") == metric_label("test_roc_auc") == "auROC"
    assert metric_label("top_k_accuracy") == "top k accuracy"


def test_missing_matplotlib_is_said_with_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"pip install 'rcseq\[plot\]'"):
        import_pyplot()
