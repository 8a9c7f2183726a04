import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from rcseq import SequenceClassifier
from rcseq.metrics import strand_discordance
from rcseq.strategies import STRATEGIES
from rcseq.strategies._apart import Apart

QUICK = {
    "module": "convnet",
    "module__n_filters": 4,
    "module__kernel_size": 5,
    "module__n_layers": 2,
    "module__pool_size": 3,
    "module__dropout": 0.0,
    "max_epochs": 3,
    "random_state": 0,
}
RNG = np.random.default_rng(0)
X = np.eye(4, dtype=np.float32)[RNG.integers(4, size=(60, 30))].transpose(0, 2, 1)
Y = np.arange(60) % 2


def test_with_no_share_it_is_parameter_sharing_to_the_bit():
    ours = SequenceClassifier(strategy=Apart(0), **QUICK).fit(X, Y)
    theirs = SequenceClassifier(strategy="rcps", **QUICK).fit(X, Y)
    assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))


def test_with_all_of_it_it_is_the_conjoined_network():
    ours = SequenceClassifier(strategy=Apart(1), **QUICK).fit(X, Y)
    theirs = SequenceClassifier(strategy="conjoined", **QUICK).fit(X, Y)
    assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-5)
    assert ours.n_parameters_ == theirs.n_parameters_


def test_in_between_it_is_neither_and_exact():
    middle = SequenceClassifier(strategy="apart", **QUICK).fit(X, Y)
    assert strand_discordance(middle, X) < 1e-5
    sizes = [
        SequenceClassifier(strategy=Apart(share), **QUICK).fit(X, Y).n_parameters_
        for share in (0, 0.25, 0.5, 1)
    ]
    assert sizes[0] > sizes[1] > sizes[2] == sizes[3]
    assert STRATEGIES["apart"].network_settings["strands_apart"] == 0.5


def test_a_share_beyond_the_ends_is_refused():
    with pytest.raises(ValueError, match="'share' parameter of Apart must be"):
        SequenceClassifier(strategy=Apart(1.5), **QUICK).fit(X, Y)
