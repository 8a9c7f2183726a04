"""Single steps: which strands, which weights, which threads, and predictions of arrays."""

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline

import rcseq
from rcseq import DNAOneHotEncoder, SequenceClassifier
from rcseq.nn import DNA, RCConv1d, RCWeightedSum, StrandSum
from rcseq.sequences import as_sequences
from rcseq.strategies import STRATEGIES

FOUR_CHANNELS = [n for n, s in STRATEGIES.items() if s.network_settings.keys() == {"equivariant"}]


@pytest.mark.parametrize("strategy", FOUR_CHANNELS)
def test_what_a_strategy_shows_the_network(X, y, strategy):
    seen = []

    class Spy(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = torch.nn.Linear(4, 1)

        def forward(self, x):
            seen.append((self.training, x.detach().clone()))
            return self.linear(x.mean(2) + x.flip(1, 2).mean(2))

    model = SequenceClassifier(Spy, strategy=strategy, max_epochs=1, batch_size=-1, random_state=0)
    model.fit(X, y)
    # the check of the symmetry of a module looks at a few sequences
    trained = [x for training, x in seen if training and len(x) > 8]
    n = 120
    if strategy in ("augmented", "posthoc"):
        assert len(trained) == 1
        assert len(trained[0]) == 2 * n
        torch.testing.assert_close(trained[0][n:], trained[0][:n].flip(1, 2))
    elif strategy in ("conjoined", "consistent"):
        assert len(trained) == 2
        torch.testing.assert_close(trained[1], trained[0].flip(1, 2))
    else:
        assert len(trained) == 1
        assert len(trained[0]) == n
    seen.clear()
    model.predict_proba(X[:5])
    assert len(seen) == (2 if strategy in ("conjoined", "posthoc") else 1)


@pytest.mark.parametrize("output", ["onehot", "codes"])
@pytest.mark.parametrize("strategy", [s for s in FOUR_CHANNELS if s != "rcps"])
def test_networks_of_others_may_take_views_of_their_input(sequences, y, strategy, output):
    class Views(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = torch.nn.Linear(4 * 40, 1)

        def forward(self, x):
            return self.linear(x.view(len(x), -1))

    model = SequenceClassifier(Views, strategy=strategy, max_epochs=1, random_state=0)
    X = DNAOneHotEncoder(output=output).fit_transform(sequences[0])
    assert model.fit(X, y).predict(X).shape == y.shape


def test_missing_labels_are_left_out_of_loss_and_score(X, y, quick):
    both = np.stack([y, y], axis=1).astype(float)
    some = both.copy()
    some[::3, 1] = np.nan
    model = quick(max_epochs=40).fit(X, some)
    assert np.isfinite(model.history[:, "train_loss"]).all()
    assert all(torch.isfinite(p).all() for p in model.module_.parameters())
    hidden = some.copy()
    hidden[:, 1] = np.nan  # only the first task counts
    expected = (model.predict(X)[:, 0] == y).mean()
    assert model.score(X, hidden) == pytest.approx(expected)


def test_a_task_without_labels_teaches_nothing(X, y, quick):
    targets = np.stack([y.astype(float), np.full(120, np.nan)], axis=1)
    model = quick(module__n_filters=2).fit(X, targets)
    other = quick(module__n_filters=2).fit(X, np.where(np.isnan(targets), np.nan, targets))
    assert_array_equal(model.predict_proba(X), other.predict_proba(X))
    assert np.isfinite(model.predict_proba(X)).all()


def test_samples_of_weight_zero_teach_nothing(X, y, quick):
    wrong = np.where(np.arange(120) < 60, y, 1 - y)
    weight = (np.arange(120) < 60).astype(float)
    model = quick(max_epochs=60, n_iter_no_change=60, module__n_filters=8)
    model.fit(X, wrong, sample_weight=weight)
    assert model.score(X, y) > 0.8
    assert model.score(X, wrong, sample_weight=weight) == pytest.approx(model.score(X[:60], y[:60]))


def test_threads_of_torch_are_left_alone(X, y, quick):
    before = torch.get_num_threads()
    quick().fit(X, y)
    assert torch.get_num_threads() == before


ENDLESS = {"optimizer__lr": float("inf"), "max_epochs": 1, "batch_size": -1}


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"lr": 1e30, "max_epochs": 20}, r"in epoch \d+ the \w+ loss is (nan|inf).*lr=1e\+30"),
        (ENDLESS | {"early_stopping": False}, "after epoch 1 the parameter '.*' of the network is"),
        (ENDLESS, "in epoch 1 the validation loss is nan"),
    ],
    ids=str,
)
def test_a_training_that_diverges_says_so_and_leaves_no_network(X, y, quick, params, message):
    model = quick(optimizer=torch.optim.SGD, **params)
    with pytest.raises(ValueError, match=f"The training diverged: {message}"):
        model.fit(X, y)
    with pytest.raises(NotFittedError):
        model.predict(X)
    assert not hasattr(model, "classes_")


class Buffered(torch.nn.Module):
    def __init__(self, value=0.0):
        super().__init__()
        self.linear = torch.nn.Linear(4, 1)
        self.register_buffer("offset", torch.tensor(value))

    def forward(self, x):
        y = self.linear(x.mean(2))
        return y if self.training else y + self.offset.nan_to_num(posinf=0)


def test_a_buffer_may_be_infinite_but_not_nan(X, y):
    options = {"strategy": "standard", "max_epochs": 1, "random_state": 0}
    SequenceClassifier(Buffered, module__value=float("inf"), **options).fit(X, y)
    with pytest.raises(ValueError, match="the buffer 'offset' of the network is not finite"):
        SequenceClassifier(Buffered, module__value=float("nan"), **options).fit(X, y)


@pytest.mark.parametrize("value", ["nan", "inf"])
def test_predictions_that_are_not_finite_are_refused(X, y, quick, value):
    model = quick(max_epochs=1).fit(X, y)
    with torch.no_grad():
        model.module_.get_parameter(_last(model)).fill_(float(value))
    for method in ("predict", "predict_proba", "decision_function"):
        with pytest.raises(ValueError, match="120 of 120 predictions are not finite, the first of"):
            getattr(model, method)(X)


def _last(model):
    return [name for name, _ in model.module_.named_parameters()][-1]


@pytest.mark.parametrize("factor", [1e37, 1e300, 1e-300, 1e-40])
def test_weights_of_any_size_are_ratios(X, y, quick, factor):
    weight = np.where(np.arange(120) < 60, 2.0, 1.0)
    expected = quick(max_epochs=1).fit(X, y, sample_weight=weight)
    scaled = quick(max_epochs=1).fit(X, y, sample_weight=weight * factor)
    np.testing.assert_allclose(scaled.predict_proba(X), expected.predict_proba(X), atol=1e-6)


@pytest.mark.parametrize("weight", [{0: -1, 1: 1}, {0: 1e39}, {0: np.nan}, {0: 0, 1: 0}], ids=str)
def test_class_weights_that_are_none_are_refused(X, y, quick, weight):
    with pytest.raises(
        ValueError, match=r"class_weight=\{.* must hold numbers from 0 up to 3.4e\+38"
    ):
        quick(class_weight=weight).fit(X, y)


def test_an_array_of_weights_is_left_as_it_is(X, y, quick):
    weight = np.full(120, 3.0)
    quick(max_epochs=1).fit(X, y, sample_weight=weight)
    assert (weight == 3).all()


def test_smoothness_of_position_weights_is_in_the_training_loss(X, y):
    class Smooth(torch.nn.Module):
        def __init__(self, smoothness):
            super().__init__()
            self.conv = RCConv1d(DNA, 2, kernel_size=7)
            self.sum = RCWeightedSum(2, length=34, smoothness=smoothness)
            self.merge = StrandSum(2)
            self.linear = torch.nn.Linear(2, 1)

        def forward(self, x):
            return self.linear(self.merge(self.sum(self.conv(x))))

    def roughness(smoothness):
        model = SequenceClassifier(
            Smooth, module__smoothness=smoothness, max_epochs=20, random_state=0
        )
        weights = model.fit(X, y).module_.sum.expanded_weight().detach()
        return weights.diff(dim=-1).abs().mean()

    assert roughness(1.0) < 0.5 * roughness(0.0)


def test_a_weight_of_two_is_the_sample_twice(X, y, quick):
    params = {"early_stopping": False, "batch_size": -1, "module__dropout": 0.0}
    weight = np.where(np.arange(len(X)) < 30, 2, 1)
    weighted = quick(**params).fit(X, y, sample_weight=10.0 * weight)  # only ratios matter
    repeated = quick(**params).fit(X.repeat(weight, axis=0), y.repeat(weight))
    np.testing.assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X), rtol=1e-3)
    with pytest.raises(ValueError, match="at least one non-zero"):
        quick().fit(X, y, sample_weight=np.zeros(len(X)))


def test_arrays_are_predicted_as_batches_of_a_loader_are(X, y, quick):
    """Slices, a loader of torch, and a net whose step is the user's own."""

    class Own(SequenceClassifier):
        def evaluation_step(self, batch, training=False):
            return super().evaluation_step(batch, training=training)

    model = quick(iterator_valid__batch_size=7).fit(X, y)
    expected = model.predict_proba(X)
    assert_array_equal(model.set_params(iterator_valid__num_workers=0).predict_proba(X), expected)
    assert not model._may_slice(X)
    own = Own(**{**quick().get_params(deep=False), "iterator_valid__batch_size": 7}).fit(X, y)
    assert not own._may_slice(X)
    assert_array_equal(own.predict_proba(X), expected)
    one_batch = quick().fit(X, y).set_params(iterator_valid__batch_size=-1)
    np.testing.assert_allclose(one_batch.predict_proba(X[:, ::-1, ::-1]), expected, atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 1), ()])
def test_a_module_without_a_row_for_each_sequence_is_refused_in_prediction(X, y, quick, shape):
    model = quick().fit(X, y)
    forward = model.module_.forward
    model.module_.forward = lambda x: forward(x).mean().reshape(shape)
    with pytest.raises(ValueError, match="one row for each"):
        model.predict_proba(X)


def test_encoded_sequences_of_one_type_are_taken(X, y, sequences, quick):
    model = quick().fit(as_sequences(X), y)
    assert_array_equal(model.predict_proba(as_sequences(X)), quick().fit(X, y).predict_proba(X))
    with pytest.raises(ValueError, match="make_pipeline"):
        model.predict(as_sequences(sequences[0]))


def test_one_probability_passes_few_files(sequences, quick):
    """From a string to its probability; the layers of the network are counted apart."""
    model = make_pipeline(DNAOneHotEncoder(), quick()).fit(*sequences)
    model.predict_proba(sequences[0][:1])
    root, files = Path(rcseq.__file__).parent, []

    def record(frame, event, argument):
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.is_relative_to(root):
            files.append(path.relative_to(root).as_posix())

    sys.setprofile(record)
    try:
        model.predict_proba(sequences[0][:1])
    finally:
        sys.setprofile(None)
    outside = [path for path in files if not path.startswith("nn/")]
    changes = sum(a != b for a, b in pairwise(outside))
    assert len(set(outside)) <= 9
    assert changes <= 17
