import numpy as np
import pytest

import rcseq
from rcseq import SequenceRegressor, make_model
from rcseq.presets import FAST, PRESETS


def some_sequences(n):
    return ["".join(row) for row in np.random.default_rng(0).choice(list("ACGT"), (n, 20))]


SMALL = {"n_members": 2, "partner__gappedkmervectorizer__n_landmarks": 5}


@pytest.mark.parametrize("preset", ["fast", "default"])
def test_a_preset_reads_strings_and_may_be_changed(preset):
    model = make_model(preset, strategy="posthoc", random_state=0, max_epochs=1)
    model.fit(["TTGCATGACTCATTGA", "TTTGCACGAACCCTGA"] * 4, [1, 0] * 4)
    assert model[-1].strategy == "posthoc"
    assert len(model[-1].history) == 1
    assert model.predict_proba(["TTGCATGACTCATTGA"]).shape == (1, 2)


def test_fast_stops_early_and_changes_no_sequence():
    network = make_model("fast")[-1]
    assert {name: network.get_params()[name] for name in FAST} == FAST
    assert network.early_stopping
    assert network.shift == network.mutation == 0


def test_best_stacks_networks_with_gapped_kmers(tmp_path):
    model = make_model("best", strategy="posthoc", random_state=0, max_epochs=1)
    assert (model.n_members, model.calibration) == (5, "auto")
    X, y = some_sequences(24), [1, 0] * 12
    model.set_params(**SMALL).fit(X, y)
    assert [m[-1].strategy for m in model.estimators_] == ["posthoc"] * 2
    assert [len(m[0].landmarks_) for m in model.partners_] == [5, 5]
    assert model.weights_.shape == (2,)
    proba, spread = model.predict_proba(X, return_std=True)
    loaded = rcseq.load(rcseq.save(model, tmp_path / "best.rcseq"))
    np.testing.assert_array_equal(loaded.predict_proba(X), proba)
    again = make_model("best", strategy="posthoc", random_state=0, max_epochs=1)
    again.set_params(**SMALL).fit(X, y)
    np.testing.assert_array_equal(again.predict_proba(X, return_std=True)[1], spread)


def test_each_preset_says_what_it_costs():
    for name, text in PRESETS.items():
        assert "2,000 sequences" in text
        assert make_model(name) is not None


def test_regression_by_the_best():
    model = make_model("best", task="regression", max_epochs=1, random_state=0).set_params(**SMALL)
    X = some_sequences(20)
    mean, spread = model.fit(X, np.arange(20.0)).predict(X, return_std=True)
    assert mean.shape == spread.shape == (20,)
    assert all(isinstance(m[-1], SequenceRegressor) for m in model.estimators_)


def test_regression():
    model = make_model(task="regression", max_epochs=1, random_state=0)
    assert isinstance(model[-1], SequenceRegressor)
    values = np.arange(8.0)
    assert model.fit(["ACGTACGTAA"] * 8, values).predict(["ACGT"]).shape == (1,)


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match=r"preset='fats' is not one of .* Did you mean 'fast'\?"):
        make_model("fats")
    with pytest.raises(ValueError, match="task='ranking' must be"):
        make_model(task="ranking")
