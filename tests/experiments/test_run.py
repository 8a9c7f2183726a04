"""Runs that can be killed: what is finished is kept, and the table is the same."""

import os
import subprocess
import sys
import time

import numpy as np
import pytest
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal
from sklearn.metrics import roc_auc_score

from rcseq.experiments import finished
from rcseq.experiments._data import codes_of
from rcseq.sequences import as_sequences

SECONDS = ["fit_time", "score_time"]


def results(comparison):
    return comparison.table.drop(columns=SECONDS)


def test_table_and_curves(mini):
    comparison = mini(strategies=["standard", "rcps"])
    assert comparison.table[["strategy", "seed"]].to_numpy().tolist() == [
        ["standard", 0],
        ["standard", 1],
        ["rcps", 0],
        ["rcps", 1],
    ]
    assert comparison.table["test_roc_auc"].between(0.3, 0.9).all()
    assert comparison.table["best_epoch"].isin((1, 2)).all()
    assert comparison.table[["n_train", "n_test"]].to_numpy().tolist() == [[120, 90]] * 4
    assert len(comparison.curves) == 8
    assert comparison.chance["roc_auc"] == 0.5
    assert comparison.summary()["n_pairs"]["rcps"] == 2
    assert comparison.summary()["strand_discordance"]["rcps"] < 1e-5


def test_posthoc_is_the_augmented_model_on_both_strands(mini, small_data):
    together = mini(strategies=["augmented", "posthoc"], seeds=1, max_epochs=30)
    table = together.table
    assert table["best_epoch"].max() < 30  # or the last epoch would be taken for the best
    assert table["best_epoch"].nunique() == table["n_epochs"].nunique() == 1
    augmented, posthoc = together.estimators.values()
    assert (augmented.strategy, posthoc.strategy) == ("augmented", "posthoc")
    X = codes_of(small_data.subset("test"))
    other = as_sequences(X).reverse_complement().native()
    assert_allclose(posthoc.predict_proba(X), posthoc.predict_proba(other))
    strands = [augmented.decision_function(x) for x in (X, other)]
    assert_allclose(posthoc.decision_function(X), np.mean(strands, axis=0), atol=1e-6)
    y = small_data.target[-len(X) :]
    score = roc_auc_score(y, posthoc.predict_proba(X))
    assert table["test_roc_auc"].iloc[1] == pytest.approx(score, abs=1e-9)


def test_posthoc_alone_trains_what_it_is_made_of(mini, tmp_path):
    done = []
    alone = mini(tmp_path / "a", strategies=["posthoc"], progress=done.append)
    assert [row["strategy"] for row in done] == ["augmented", "augmented"]
    assert list(alone.estimators) == [("posthoc", 0, 0, 1.0), ("posthoc", 1, 0, 1.0)]
    together = mini(tmp_path / "b", strategies=["posthoc", "augmented"])
    assert together.strategies == ["posthoc", "augmented"]
    assert_frame_equal(results(alone), results(together).iloc[:2])
    times = together.table.pivot(index="seed", columns="strategy", values="fit_time")
    assert (times["posthoc"] == times["augmented"]).all()
    again = mini(tmp_path / "b", strategies=["posthoc", "augmented"], progress=done.append)
    assert len(done) == 2
    assert_frame_equal(together.table, again.table)
    losses = [rows["valid_loss"].tolist() for _, rows in together.curves.groupby("strategy")]
    assert losses[0] == losses[1]


def test_predictions_of_both_strands_are_kept(mini):
    comparison = mini(strategies=["standard", "rcps"], seeds=1)
    table = comparison.predictions
    assert len(table) == 2 * 90 * 3
    apart = (table["y_score"] - table["y_score_rc"]).abs().groupby(table["strategy"]).max()
    assert apart["rcps"] < 1e-6 < apart["standard"]


def test_what_is_finished_can_be_read(mini, tmp_path, small_data):
    whole = mini(strategies=["rcps", "standard"], seeds=2)
    read = finished("zhou2022-sim200", tmp_path, small_data, max_epochs=2, device="cpu")
    assert_frame_equal(read.table, whole.table, check_dtype=False, rtol=1e-12)
    for other in ({"network": "default"}, {"max_epochs": 3}):
        settings = {"max_epochs": 2, "device": "cpu"} | other
        assert finished("zhou2022-sim200", tmp_path, small_data, **settings) is None


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"a,b\n1,2\n", b"strategy,seed\nrcps\n"])
def test_damaged_table_is_named_and_left_out(mini, tmp_path, small_data, content):
    mini(strategies=["rcps"], seeds=1)
    (table,) = (tmp_path / "fits").glob("*/table.csv")
    table.write_bytes(content)
    with pytest.warns(UserWarning, match=r"table\.csv is damaged .* left out"):
        read = finished("zhou2022-sim200", tmp_path, small_data, max_epochs=2, device="cpu")
    assert read is None


def test_finished_fits_are_not_repeated(mini):
    done = []
    first = mini(strategies=["rcps"], progress=done.append)
    again = mini(strategies=["rcps"], progress=done.append)
    assert len(done) == 2
    assert_frame_equal(first.table, again.table)
    more = mini(strategies=["rcps"], seeds=3, progress=done.append)
    assert [row["seed"] for row in done] == [0, 1, 2]
    assert_frame_equal(more.table.iloc[:2], first.table)


@pytest.mark.parametrize(
    "other", [{"max_epochs": 1}, {"network": "default"}, {"network": "pooled"}]
)
def test_other_settings_are_other_fits(mini, other):
    done = []
    mini(strategies=["rcps"], seeds=1)
    mini(strategies=["rcps"], seeds=1, progress=done.append, **other)
    assert len(done) == 1


def test_a_fit_depends_on_its_own_seed_only(mini, tmp_path):
    together = mini(tmp_path / "a", strategies=["standard", "rcps"])
    alone = mini(tmp_path / "b", strategies=["rcps"], seeds=[1])
    assert_frame_equal(results(together).iloc[[3]].reset_index(drop=True), results(alone))


@pytest.mark.parametrize("kind", ["npz", "rcseq"])
def test_damaged_fit_is_named_and_run_again(mini, tmp_path, kind):
    first = mini(strategies=["rcps"], seeds=1)
    (path,) = (tmp_path / "fits").glob(f"*/*.{kind}")
    path.write_bytes(path.read_bytes()[:100])
    with pytest.warns(UserWarning, match=f"{path.name} is damaged"):
        again = mini(strategies=["rcps"], seeds=1)
    assert_frame_equal(results(first), results(again))


def test_killed_run_goes_on_where_it_stopped(mini, tmp_path):
    code = """
import sys
from rcseq.experiments import EXPERIMENTS, reproduce, simulated_data
data = simulated_data(EXPERIMENTS["zhou2022-sim200"], 300)
reproduce("zhou2022-sim200", sys.argv[1], data=data, max_epochs=20, seeds=4,
          strategies=["rcps"], device="cpu")
"""
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with subprocess.Popen([sys.executable, "-c", code, str(killed)], env=environment) as process:
        while process.poll() is None and not list(killed.glob("fits/*/*.npz")):
            time.sleep(0.005)
        process.kill()
    kept = {path: path.stat().st_mtime_ns for path in killed.glob("fits/*/*.npz")}
    assert process.returncode < 0, "it was to be killed before it ended"
    assert 1 <= len(kept) < 4
    done = []
    resumed = mini(killed, strategies=["rcps"], seeds=4, max_epochs=20, progress=done.append)
    assert len(done) == 4 - len(kept)
    assert all(path.stat().st_mtime_ns == when for path, when in kept.items())
    expected = mini(whole, strategies=["rcps"], seeds=4, max_epochs=20)
    assert_frame_equal(results(resumed), results(expected))
    assert_frame_equal(
        resumed.curves.drop(columns="seconds"), expected.curves.drop(columns="seconds")
    )
