"""What the classifier predicts, in which shape, and what it refuses."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.utils import compute_sample_weight
from skorch.callbacks import Callback
from skorch.helper import predefined_split

from rcseq import DNAOneHotEncoder
from rcseq.alphabet import reverse_complement
from rcseq.estimators._batches import SequenceDataset
from rcseq.metrics import strand_discordance
from rcseq.sequences import window_starts
from rcseq.strategies import STRATEGIES


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_learns_a_motif(X, y, strategy, quick):
    model = quick(strategy=strategy, max_epochs=60, module__n_filters=8, n_iter_no_change=30)
    assert model.fit(X, y).score(X, y) > 0.9


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("output", ["onehot", "codes"])
def test_strings_give_the_same_probability_on_both_strands(sequences, strategy, output, quick):
    # lengths 1 to 40, so every remainder of the padding; IUPAC codes and lower case too
    strings = [s[: 1 + i % 40] for i, s in enumerate(sequences[0])] + ["acgtnRYswkmBDHV" * 2]
    labels = np.append(sequences[1], True)
    model = make_pipeline(DNAOneHotEncoder(length=40, output=output), quick(strategy=strategy))
    discordance = strand_discordance(model.fit(strings, labels), strings)
    if STRATEGIES[strategy].strand_exact:
        assert discordance <= 1e-5
    else:
        assert discordance > 1e-4


@pytest.mark.parametrize(
    "labels",
    [
        np.array(["no", "yes"]),
        np.array([3, 17]),
        np.array([False, True]),
        np.array([-1.0, 1.0]),
        np.array(["no", "yes"], dtype=object),
    ],
)
def test_labels_come_back_as_they_were(X, y, labels, quick):
    model = quick(max_epochs=1).fit(X, labels[y])
    assert_array_equal(model.classes_, labels)
    assert model.classes_.dtype == labels.dtype
    assert set(model.predict(X)) <= set(labels)
    assert model.predict(X).dtype == labels.dtype


def test_shapes_are_those_of_scikit_learns_own_network(X, y, quick):
    targets = {
        "binary": y,
        "multiclass": np.arange(120) % 3,
        "multilabel": np.stack([y, 1 - y, np.arange(120) % 3 == 0], axis=1).astype(int),
    }
    flat = X.reshape(len(X), -1)
    for name, target in targets.items():
        ours = quick(max_epochs=1).fit(X, target)
        theirs = MLPClassifier(max_iter=500, hidden_layer_sizes=4, tol=1).fit(flat, target)
        for method in ("predict", "predict_proba", "predict_log_proba"):
            a, b = getattr(ours, method)(X), getattr(theirs, method)(flat)
            assert a.shape == b.shape, (name, method)
        assert_array_equal(ours.classes_, theirs.classes_)
        assert ours.predict(X).dtype == theirs.predict(flat).dtype


def test_probabilities_agree_with_each_other(X, y, quick):
    model = quick().fit(X, y)
    proba = model.predict_proba(X)
    assert_allclose(proba.sum(axis=1), 1, atol=1e-6)
    assert_allclose(np.log(proba[:, 1] / proba[:, 0]), model.decision_function(X), atol=1e-4)
    assert_allclose(np.exp(model.predict_log_proba(X)), proba, rtol=1e-6)
    assert_array_equal(model.predict(X), model.classes_[proba.argmax(axis=1)])


def test_multiclass_probabilities_sum_to_one(X, quick):
    model = quick(max_epochs=1).fit(X, np.arange(120) % 3)
    assert_allclose(model.predict_proba(X).sum(axis=1), 1, atol=1e-6)
    assert model.decision_function(X).shape == (120, 3)


def test_class_weight_moves_the_prediction(X, y, quick):
    plain = quick().fit(X, y).predict_proba(X)[:, 1].mean()
    heavy = quick(class_weight={0: 1, 1: 20}).fit(X, y).predict_proba(X)[:, 1].mean()
    assert heavy > plain + 0.1


def test_balanced_class_weight_is_that_of_scikit_learn(X, y, quick):
    y = (np.arange(120) % 5 == 0).astype(int)
    balanced = quick(class_weight="balanced").fit(X, y)
    weighted = quick().fit(X, y, sample_weight=compute_sample_weight("balanced", y))
    assert_array_equal(balanced.predict_proba(X), weighted.predict_proba(X))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda X, y: (X, np.zeros(120)), "at least 2 classes, but y holds 1 class: 0"),
        (lambda X, y: (X, y[:-1]), "inconsistent numbers of samples"),
        (lambda X, y: (X[:1], y[:1]), "2 classes|minimum of 2"),
        (lambda X, y: (X[:0], y[:0]), "0 sample"),
        (lambda X, y: (X, None), "requires y to be passed"),
        (lambda X, y: (X, np.linspace(0, 1, 120)), "Unknown label type"),
        (lambda X, y: (X, np.where(y == 0, np.nan, 1.0)), "contains NaN"),
        (lambda X, y: (X, np.full((120, 2), 0.5)), "Unknown label type"),
        (lambda X, y: (X, np.zeros((120, 2, 2))), "dim|shape"),
    ],
)
def test_hostile_targets_are_refused(X, y, make, message, quick):
    with pytest.raises(ValueError, match=message):
        quick().fit(*make(X, y))


def test_two_outputs_with_cross_entropy_for_two_classes(X, y, quick):
    model = quick(criterion=torch.nn.CrossEntropyLoss).fit(X, y)
    assert model.n_outputs_ == 2
    assert model.predict_proba(X).shape == (120, 2)
    assert model.decision_function(X).shape == (120,)


def test_balanced_sampler_shows_rare_classes_as_often(X, quick):
    y = (np.arange(120) % 6 == 0).astype(int)
    seen = []

    class Spy(Callback):
        def on_batch_end(self, net, batch, training, **kwargs):
            if training:
                seen.extend(batch[1])

    quick(sampler="balanced", callbacks=[Spy()], max_epochs=10).fit(X, y)
    assert 0.42 < np.mean(seen) < 0.58
    with pytest.raises(ValueError, match=r"'sampler' parameter .* Did you mean 'balanced'"):
        quick(sampler="balance").fit(X, y)
    with pytest.raises(ValueError, match="class_weight='balanced'"):
        quick(sampler="balanced").fit(X, np.stack([y, y], axis=1))


def test_no_class_or_an_infinite_label_is_refused(X, y, quick):
    with pytest.raises(ValueError, match="classes is empty"):
        quick(classes=[]).fit(X, y)
    with pytest.raises(ValueError, match="Input y contains infinity"):
        quick().fit(X, np.where(y == 1, np.inf, 0.0))


def test_accuracy_of_tasks_without_a_known_label(X, quick):
    y = np.full((len(X), 2), np.nan)
    y[:40] = np.arange(80).reshape(40, 2) % 2
    model = quick(train_split=predefined_split(SequenceDataset(X[40:], y[40:]))).fit(X, y)
    assert np.isnan(model.history[:, "valid_acc"]).all()


def scanner(model, longer="scan"):
    return make_pipeline(DNAOneHotEncoder(longer=longer), model)


@pytest.mark.parametrize(
    ("target", "options"),
    [
        ("binary", {}),
        ("binary", {"criterion": torch.nn.CrossEntropyLoss}),
        ("multiclass", {}),
        ("multilabel", {}),
    ],
)
def test_scanning_takes_the_largest_answer_over_windows(sequences, y, quick, target, options):
    labels = {
        "binary": y,
        "multiclass": np.arange(len(y)) % 3,
        "multilabel": np.stack([y, 1 - y], axis=1),
    }[target]
    model = scanner(quick(max_epochs=5, **options)).fit(sequences[0], labels)
    long = ["".join(sequences[0][i : i + 3])[:97] for i in range(6)]
    windows = [[s[start : start + 40] for start in window_starts(97, 40)] for s in long]
    largest = np.stack([model.predict_proba(cut).max(axis=0) for cut in windows])
    if target == "multiclass":
        expected = largest / largest.sum(axis=1, keepdims=True)
    elif target == "binary":
        expected = np.stack([1 - largest[:, 1], largest[:, 1]], axis=1)
    else:
        expected = largest
    mixed = [long[0], sequences[0][0], *long[1:]]  # one that is a single window
    answer = model.predict_proba(mixed)
    np.testing.assert_allclose(np.delete(answer, 1, axis=0), expected, atol=1e-5)
    np.testing.assert_allclose(answer[1], model.predict_proba(sequences[0][:1])[0], atol=1e-6)
    other = model.predict_proba([reverse_complement(s) for s in mixed])
    np.testing.assert_allclose(other, answer, atol=1e-5)


def test_a_site_far_from_the_middle_is_found_by_scanning_alone(sequences, y, quick):
    model = scanner(quick(max_epochs=30)).fit(sequences[0], y)
    empty = ["C" * 500, "C" * 500]
    with_site = ["C" * 50 + "TGACTCA" + "C" * 443, "C" * 443 + "TGAGTCA" + "C" * 50]
    before, after = model.decision_function(empty), model.decision_function(with_site)
    assert (after > before + 1).all()
    cropping = model.set_params(dnaonehotencoder__longer="crop")
    np.testing.assert_array_equal(
        cropping.decision_function(with_site), cropping.decision_function(empty)
    )


def test_windows_are_for_predictions(sequences, y, quick):
    encoder = DNAOneHotEncoder(longer="scan").fit(sequences[0])
    windows = encoder.transform(["A" * 100] * 4)
    with pytest.raises(ValueError, match="4 sequences are 16 windows"):
        quick().fit(windows, [0, 1, 0, 1])
