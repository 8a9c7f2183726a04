"""Pictures are drawn into memory, and closed."""

from collections.abc import Iterator
from typing import Any

import pytest

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("agg")


@pytest.fixture(autouse=True)
def closed_figures() -> Iterator[None]:
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


@pytest.fixture
def comparison(make_comparison: Any) -> Any:
    return make_comparison(
        {
            "standard": [0.90, 0.91, 0.92, 0.93, 0.94],
            "rcps": [0.92, 0.94, 0.94, 0.96, 0.95],
            "kmer": [0.89, 0.90, 0.91, 0.93, 0.92],
        },
        discordance={"standard": 0.3},
        speed={"standard": 0.5},
        fit_time={"standard": 2.0, "rcps": 3.0, "kmer": 0.01},
        baselines=("kmer",),
    )
