"""Miniature experiments."""

import numpy as np
import pytest

from rcseq.experiments import EXPERIMENTS, reproduce, simulated_data


@pytest.fixture(scope="session")
def small_data():
    return simulated_data(EXPERIMENTS["zhou2022-sim200"], 300)


@pytest.fixture
def mini(small_data, tmp_path):
    """Run the experiment in miniature, two epochs on 120 sequences."""

    def run(folder=tmp_path, **options):
        settings = {"data": small_data, "max_epochs": 2, "seeds": 2, "device": "cpu"} | options
        return reproduce("zhou2022-sim200", folder, **settings)

    return run


@pytest.fixture
def comparison(make_comparison):
    """Ten seeds of made-up results."""
    rng = np.random.default_rng(0)
    means = {"standard": 0.92, "posthoc": 0.965, "rcps": 0.97}
    scores = {name: mean + rng.normal(0, 0.003, 10) for name, mean in means.items()}
    return make_comparison(scores, n_folds=1)
