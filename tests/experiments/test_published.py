"""The published figures that come with the package."""

import pytest
from pandas.testing import assert_frame_equal

from rcseq.experiments import EXPERIMENTS, load_published
from rcseq.model_selection import paired_wilcoxon
from rcseq.strategies import default_strategies


def test_figures_are_those_of_the_reference(shared_dir):
    import pandas as pd

    reference = pd.read_csv(shared_dir / "reference" / "zhou2022_published.csv")
    assert_frame_equal(load_published(), reference)


@pytest.mark.parametrize("task", [e.task for e in EXPERIMENTS.values() if e.task is not None])
def test_every_experiment_has_ten_figures_for_every_strategy(task):
    counts = load_published(task)["strategy"].value_counts()
    assert (counts == 10).all()
    assert set(default_strategies()) <= set(counts.index)


@pytest.mark.parametrize(
    ("task", "other", "wins"),
    [
        ("sim_200", "standard", 10),
        ("sim_1000", "standard", 10),
        ("MAX", "standard", 10),
        ("MAX", "posthoc", 0),
    ],
)
def test_published_pairs(task, other, wins):
    scores = load_published(task).pivot(index="seed_or_run", columns="strategy", values="auroc")
    assert (scores["rcps"] > scores[other]).sum() == wins
    assert paired_wilcoxon(scores["rcps"], scores[other]).pvalue == pytest.approx(2 / 2**10)


def test_unknown_task_is_refused():
    with pytest.raises(ValueError, match=r"sim_201.*sim_200, sim_1000"):
        load_published("sim_201")
