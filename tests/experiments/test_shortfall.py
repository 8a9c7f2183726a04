"""The networks beside each other, and the explanation."""

from rcseq.experiments import get_experiment
from rcseq.experiments._shortfall import shortfall_table


def test_weights_are_those_of_the_network(comparison):
    table = shortfall_table(get_experiment("zhou2022-sim1000"), {"published": comparison}, 0.9988)
    assert "reads 49 windows" in table.caption
    assert "2,940 of them" in table.caption
    assert "has 120 such weights" in table.caption
    rows = dict(table.rows)
    assert rows["(knows the simulation)"][0] == "0.9988"
    assert rows["published"][table.columns.index("rcps")].startswith("0.97")


def test_networks_that_were_not_run_are_named(comparison):
    experiment = get_experiment("zhou2022-sim200")
    table = shortfall_table(experiment, {"published": comparison})
    assert "--network pooled and --network default" in table.caption
    rcps = comparison.select(comparison.table["strategy"] == "rcps")
    whole = {"published": comparison, "pooled": rcps, "default": rcps}
    table = shortfall_table(experiment, whole)
    assert "--network" not in table.caption
    assert [name for name, _ in table.rows] == list(whole)
    assert dict(table.rows)["pooled"][table.columns.index("standard")] == "–"
