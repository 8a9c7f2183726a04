"""Sequence logos."""

import sys
from typing import Any

import numpy as np
import pytest
import torch
from Bio import motifs
from torch import nn

from rcseq.inspection import filters_to_motifs, saliency
from rcseq.nn import ConvNet
from rcseq.plotting import FilterLogosDisplay, LogoDisplay

pytest.importorskip("logomaker")

EYE = np.eye(4)
PATTERNS = ["GATTACA", "CCCGGTT", "GATTACC"]


def matrix(pattern: str) -> np.ndarray:
    return EYE[["ACGT".index(base) for base in pattern]]


@pytest.fixture
def filters() -> Any:
    layer = nn.Conv1d(4, 3, 7, bias=False)
    layer.weight.data = torch.stack([torch.tensor(matrix(p).T).float() for p in PATTERNS])
    rng = np.random.default_rng(0)
    background = ["".join(rng.choice(list("ACGT"), 60)) for _ in range(50)]
    return filters_to_motifs(layer, background + [pattern * 8 + "ACGT" for pattern in PATTERNS])


def letters(ax: Any) -> int:
    return len(ax.patches)


def test_motif_in_bits() -> None:
    motif = motifs.create(["GATA", "GATC"])
    motif.name = "GATA"
    display = LogoDisplay.from_motif(motif)
    np.testing.assert_allclose(display.heights.sum(axis=1), [2, 2, 2, 1])
    np.testing.assert_allclose(display.heights.loc[3], [0.5, 0.5, 0, 0])
    assert display.ax_.get_ylabel() == "bits"
    assert display.ax_.get_title("left") == "GATA"
    assert display.ax_.get_ylim() == (0, 2)
    assert letters(display.ax_) > 0


def test_information_is_relative_to_the_background() -> None:
    background = (0.3, 0.2, 0.2, 0.3)
    display = LogoDisplay.from_motif(np.array([background, [0, 1, 0, 0]]), background=background)
    np.testing.assert_allclose(display.heights.sum(axis=1), [0, np.log2(5)], atol=1e-12)
    assert display.ax_.get_ylim()[1] == pytest.approx(np.log2(5))


def test_attributions() -> None:
    values = saliency(ConvNet(n_filters=4), ["ACGTACGTACGT"], multiply_by_input=True)[0]
    display = LogoDisplay.from_attributions(values, name="peak 1")
    np.testing.assert_array_equal(display.heights.T, values.astype(float))
    assert display.ax_.get_title("left") == "peak 1"


def test_shapes_are_checked() -> None:
    with pytest.raises(ValueError, match=r"shape \(4, 10\); \(length, 4\) is needed"):
        LogoDisplay(np.zeros((4, 10)))


def test_filters_beside_the_true_motifs(filters: Any) -> None:
    turned = matrix("GATTACA")[::-1, ::-1]
    truth = {"first": turned, "second": np.concatenate([np.full((2, 4), 0.25), matrix("CCCGGTT")])}
    display = FilterLogosDisplay.from_filters(filters, truth)
    assert display.ax_.shape == (3, 2)
    titles = [ax.get_title("left") for ax in display.ax_.flat]
    assert titles[0] in ("filter0", "filter1")
    assert {titles[0], titles[2]} == {"filter0", "filter1"}  # the best of each motif come first
    assert titles[4] == "filter2"
    rows = {row["name"]: row for row in display.rows}
    np.testing.assert_array_equal(rows["filter0"]["true_motif"], matrix("GATTACA"))
    assert rows["filter0"]["offset"] == 0
    assert rows["filter1"]["offset"] == -2
    for left, right in display.ax_:
        assert left.get_xlim() == right.get_xlim()


def test_filters_alone(filters: Any) -> None:
    display = FilterLogosDisplay.from_filters(filters, n_filters=2)
    assert display.ax_.shape == (2, 1)
    information = [row["information"] for row in display.rows]
    assert information == sorted((motif.information for motif in filters), reverse=True)[:2]


def test_given_axes(filters: Any) -> None:
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(3, 1)
    display = FilterLogosDisplay.from_filters(filters, ax=axes)
    assert display.figure_ is axes[0].figure
    with pytest.raises(ValueError, match=r"2 filters need axes of shape \(2, 1\); got \(3,\)"):
        FilterLogosDisplay.from_filters(filters, n_filters=2, ax=axes)


def test_nothing_to_draw(filters: Any) -> None:
    filters.clear()
    with pytest.raises(ValueError, match="no filter has a motif"):
        FilterLogosDisplay.from_filters(filters)


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "logomaker", None)
    with pytest.raises(ImportError, match=r"pip install 'rcseq\[plot\]'"):
        LogoDisplay(np.eye(4)).plot()
