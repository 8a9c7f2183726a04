"""Equal budgets: what is equal afterwards is measured, not assumed."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from rcseq import DNAOneHotEncoder, SequenceClassifier, SequenceRegressor
from rcseq.datasets import load_nfe2
from rcseq.estimators import SequenceEnsembleClassifier
from rcseq.model_selection import compare_strategies, equal_budget, training_cost
from rcseq.model_selection._budget import _nearest
from rcseq.strategies import default_strategies

X, Y = load_nfe2(subset="test", return_X_y=True)
KEY = "sequenceclassifier__module__n_filters"


def model(**options: Any) -> Any:
    return make_pipeline(DNAOneHotEncoder(), SequenceClassifier("convnet", **options))


def two_layers() -> Any:
    return model(module__n_filters=[8, 12], module__n_layers=2, module__kernel_size=[10, 5])


def costs(estimator: Any, budget: Any) -> dict[str, Any]:
    candidates = equal_budget(estimator, X, Y, budget=budget)
    return {
        name: training_cost(estimator.set_params(**parameters), X, Y)
        for name, parameters in candidates.items()
    }


def test_same_specification_costs_what_it_costs() -> None:
    found = costs(model(module__n_filters=16), "filters")
    assert len({cost.n_parameters for cost in found.values()}) == 1
    standard = found["standard"].flops
    for name in ("augmented", "conjoined", "posthoc"):
        assert found[name].flops == 2 * standard
    assert found["rcps"].flops == pytest.approx(2 * standard, rel=0.01)


def test_same_channels() -> None:
    candidates = equal_budget(two_layers(), X, Y, budget="channels")
    assert candidates["rcps"][KEY] == [8, 12]
    assert all(candidates[name][KEY] == [16, 24] for name in default_strategies() if name != "rcps")
    other = equal_budget(model(module__n_filters=7), X, Y, budget="channels", reference="standard")
    assert (other["standard"][KEY], other["rcps"][KEY]) == (7, 3)


@pytest.mark.parametrize(("budget", "field"), [("parameters", 0), ("compute", 1)])
def test_nearest_number_of_filters(budget: str, field: int) -> None:
    found = {name: cost[field] for name, cost in costs(two_layers(), budget).items()}
    for name, cost in found.items():
        assert cost == pytest.approx(found["rcps"], rel=0.15), name
    plain = {name: cost[field] for name, cost in costs(two_layers(), "filters").items()}
    assert abs(found["standard"] - found["rcps"]) < abs(plain["standard"] - plain["rcps"])


def test_cost_is_that_of_the_longest_sequence() -> None:
    short = training_cost(model(module__n_filters=4), [s[:60] for s in X], Y)
    mixed = [s[:60] for s in X]
    mixed[40] = X[40]
    assert training_cost(model(module__n_filters=4), mixed, Y).flops > short.flops


def test_containers_and_targets() -> None:
    codes = DNAOneHotEncoder(output="codes").fit_transform(X)
    named = np.array(["off", "on"])[Y]
    classifier = SequenceClassifier("convnet", module__n_filters=4)
    expected = training_cost(classifier, codes, Y)
    assert training_cost(model(module__n_filters=4), pd.Series(X), named) == expected
    real = training_cost(SequenceRegressor("convnet", module__n_filters=4), codes, Y * 0.5)
    assert real.n_parameters == expected.n_parameters


def test_comparison_with_a_budget(strand_data: Any) -> None:
    comparison = compare_strategies(
        model(module__n_filters=4, max_epochs=1),
        *strand_data,
        strategies=["standard", "rcps"],
        budget="channels",
        cv=2,
    )
    counts = comparison.table.groupby("strategy")["n_parameters"].first()
    assert counts["standard"] > 1.9 * counts["rcps"]


def test_default_filters_are_those_of_the_network() -> None:
    candidates = equal_budget(model(), X, Y, budget="channels", strategies=["standard", "rcps"])
    assert candidates["standard"][KEY] == 2 * candidates["rcps"][KEY]


def test_search_finds_the_nearest() -> None:
    for wanted, nearest in [(1, 1), (49, 7), (55, 7), (58, 8), (900, 30)]:
        assert _nearest(lambda n: n**2, wanted, 5) == nearest
    with pytest.raises(ValueError, match="must grow with the parameter"):
        _nearest(lambda n: 3, 100, 5)


def test_what_has_no_budget_is_refused(strand_data: Any) -> None:
    with pytest.raises(ValueError, match="'money' is not one of filters, channels"):
        equal_budget(model(), X, Y, budget="money")  # type: ignore[arg-type]  # that is the test
    with pytest.raises(ValueError, match="strategy='rcsp'"):
        equal_budget(model(), X, Y, budget="compute", strategies=["rcsp"])
    with pytest.raises(ValueError, match="module__width is not a parameter of ConvNet"):
        equal_budget(model(), X, Y, budget="compute", parameter="module__width")
    with pytest.raises(ValueError, match="has no parameter 'strategy'"):
        equal_budget(LogisticRegression(), X, Y, budget="compute")
    with pytest.raises(ValueError, match="an ensemble is several networks"):
        equal_budget(SequenceEnsembleClassifier(model()), X, Y, budget="compute")
    with pytest.raises(ValueError, match="have a budget already"):
        compare_strategies(model(), *strand_data, strategies={"rcps": {}}, budget="compute")
