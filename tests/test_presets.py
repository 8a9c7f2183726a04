import numpy as np
import pytest

from rcseq import SequenceRegressor, make_model
from rcseq.presets import FAST, PRESETS


@pytest.mark.parametrize("preset", PRESETS)
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
