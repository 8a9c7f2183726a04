"""What a scikit-learn user expects of the classifier; X and y are a small motif data set."""

import pickle
import subprocess
import sys

import joblib
import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline

from rcseq import DNAOneHotEncoder, SequenceClassifier
from rcseq.datasets import load_nfe2
from rcseq.metrics import strand_discordance
from rcseq.strategies import STRATEGIES


def quick(**params):
    defaults = {"max_epochs": 3, "random_state": 0, "lr": 0.01, "module__n_filters": 4}
    return SequenceClassifier(**{**defaults, **params})


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_learns_a_motif(X, y, strategy):
    model = quick(strategy=strategy, max_epochs=60, module__n_filters=8, n_iter_no_change=30)
    assert model.fit(X, y).score(X, y) > 0.9


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("output", ["onehot", "codes"])
def test_strings_give_the_same_probability_on_both_strands(sequences, strategy, output):
    # lengths 1 to 40, so every remainder of the padding; IUPAC codes and lower case too
    strings = [s[: 1 + i % 40] for i, s in enumerate(sequences[0])] + ["acgtnRYswkmBDHV" * 2]
    labels = np.append(sequences[1], True)
    model = make_pipeline(DNAOneHotEncoder(length=40, output=output), quick(strategy=strategy))
    discordance = strand_discordance(model.fit(strings, labels), strings)
    if STRATEGIES[strategy].strand_exact:
        assert discordance <= 1e-5
    else:
        assert discordance > 1e-3


@pytest.mark.parametrize("strategy", STRATEGIES)
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
    trained = [x for training, x in seen if training]
    n = 108  # nine tenths of 120
    if strategy in ("augmented", "posthoc"):
        assert len(trained) == 1
        assert len(trained[0]) == 2 * n
        torch.testing.assert_close(trained[0][n:], trained[0][:n].flip(1, 2))
    elif strategy == "conjoined":
        assert len(trained) == 2
        torch.testing.assert_close(trained[1], trained[0].flip(1, 2))
    else:
        assert len(trained) == 1
        assert len(trained[0]) == n
    seen.clear()
    model.predict_proba(X[:5])
    assert len(seen) == (2 if strategy in ("conjoined", "posthoc") else 1)


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
def test_labels_come_back_as_they_were(X, y, labels):
    model = quick(max_epochs=1).fit(X, labels[y])
    assert_array_equal(model.classes_, labels)
    assert model.classes_.dtype == labels.dtype
    assert set(model.predict(X)) <= set(labels)
    assert model.predict(X).dtype == labels.dtype


def test_shapes_are_those_of_scikit_learns_own_network(X, y):
    from sklearn.neural_network import MLPClassifier

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


def test_probabilities_agree_with_each_other(X, y):
    model = quick().fit(X, y)
    proba = model.predict_proba(X)
    assert_allclose(proba.sum(axis=1), 1, atol=1e-6)
    assert_allclose(np.log(proba[:, 1] / proba[:, 0]), model.decision_function(X), atol=1e-4)
    assert_allclose(np.exp(model.predict_log_proba(X)), proba, rtol=1e-6)
    assert_array_equal(model.predict(X), model.classes_[proba.argmax(axis=1)])


def test_multiclass_probabilities_sum_to_one(X):
    model = quick(max_epochs=1).fit(X, np.arange(120) % 3)
    assert_allclose(model.predict_proba(X).sum(axis=1), 1, atol=1e-6)
    assert model.decision_function(X).shape == (120, 3)


def test_missing_labels_are_left_out_of_loss_and_score(X, y):
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


def test_a_task_without_labels_teaches_nothing(X, y):
    targets = np.stack([y.astype(float), np.full(120, np.nan)], axis=1)
    model = quick(module__n_filters=2).fit(X, targets)
    other = quick(module__n_filters=2).fit(X, np.where(np.isnan(targets), np.nan, targets))
    assert_array_equal(model.predict_proba(X), other.predict_proba(X))
    assert np.isfinite(model.predict_proba(X)).all()


def test_class_weight_moves_the_prediction(X, y):
    plain = quick().fit(X, y).predict_proba(X)[:, 1].mean()
    heavy = quick(class_weight={0: 1, 1: 20}).fit(X, y).predict_proba(X)[:, 1].mean()
    assert heavy > plain + 0.1


def test_balanced_class_weight_is_that_of_scikit_learn(X, y):
    from sklearn.utils import compute_sample_weight

    y = (np.arange(120) % 5 == 0).astype(int)
    balanced = quick(class_weight="balanced").fit(X, y)
    weighted = quick().fit(X, y, sample_weight=compute_sample_weight("balanced", y))
    assert_array_equal(balanced.predict_proba(X), weighted.predict_proba(X))


def test_samples_of_weight_zero_teach_nothing(X, y):
    wrong = np.where(np.arange(120) < 60, y, 1 - y)
    weight = (np.arange(120) < 60).astype(float)
    model = quick(max_epochs=60, n_iter_no_change=60, module__n_filters=8)
    model.fit(X, wrong, sample_weight=weight)
    assert model.score(X, y) > 0.8
    assert model.score(X, wrong, sample_weight=weight) == pytest.approx(model.score(X[:60], y[:60]))


def test_no_parameter_changes_in_fit(X, y):
    model = quick(module__kernel_size=5)
    before = {k: v for k, v in model.get_params().items() if not k.startswith("callbacks__")}
    model.fit(X, y)
    after = {k: v for k, v in model.get_params().items() if not k.startswith("callbacks__")}
    assert before == after
    assert (
        clone(model).get_params().keys() == clone(quick(module__kernel_size=5)).get_params().keys()
    )
    assert after["device"] == "auto"


def test_clone_of_a_fitted_model_carries_no_shapes(X, y):
    model = clone(quick().fit(X, y))
    shorter = X[:, :, :30]
    assert model.fit(shorter, y).length_ == 30


def test_refits_are_the_same_to_the_bit(X, y):
    first, second = quick().fit(X, y), quick()
    np.random.seed(123)
    torch.manual_seed(123)
    second.fit(X, y)
    assert_array_equal(first.predict_proba(X), second.predict_proba(X))
    assert_array_equal(first.fit(X, y).predict_proba(X), second.predict_proba(X))
    assert not np.array_equal(
        quick(random_state=1).fit(X, y).predict_proba(X), second.predict_proba(X)
    )


def test_global_generators_are_left_alone(X, y):
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()
    quick(module__dropout=0.5).fit(X, y).predict_proba(X)
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert_array_equal(np.random.get_state()[1], numpy_state)


def test_threads_of_torch_are_left_alone(X, y):
    before = torch.get_num_threads()
    quick().fit(X, y)
    assert torch.get_num_threads() == before


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_cross_validation_is_the_same_to_the_bit_however_it_runs(sequences, backend):
    model = make_pipeline(DNAOneHotEncoder(), quick(module__dropout=0.3))
    alone = cross_val_score(model, *sequences, cv=4, scoring="neg_log_loss")
    with joblib.parallel_backend(backend, n_jobs=2):
        beside = cross_val_score(model, *sequences, cv=4, scoring="neg_log_loss", n_jobs=2)
    assert_array_equal(alone, beside)


def test_the_example_of_the_contract(tmp_path):
    data = load_nfe2()
    X, y = data.sequences[::8], data.target[::8]
    model = make_pipeline(DNAOneHotEncoder(), quick(max_epochs=2))
    assert cross_val_score(model, X, y, scoring="roc_auc", cv=3).shape == (3,)
    grid = {
        "sequenceclassifier__strategy": ["standard", "rcps"],
        "sequenceclassifier__module__n_filters": [2, 4],
    }
    search = GridSearchCV(model, grid, cv=2, n_jobs=2, error_score="raise").fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    expected = search.predict_proba(X)
    assert_array_equal(pickle.loads(pickle.dumps(search)).predict_proba(X), expected)
    joblib.dump((search, X, expected), tmp_path / "search.joblib")
    code = (
        "import joblib, numpy as np, sys\n"
        "search, X, expected = joblib.load(sys.argv[1])\n"
        "np.testing.assert_array_equal(search.predict_proba(X), expected)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "search.joblib")], check=True)


def test_misspelt_module_parameter_names_the_nearest(X, y):
    with pytest.raises(ValueError, match="Did you mean module__n_filters"):
        SequenceClassifier(module__n_filter=3).fit(X, y)
    with pytest.raises(ValueError, match="Did you mean module__kernel_size"):
        quick().set_params(module__kernelsize=3)
    with pytest.raises(ValueError, match="Did you mean module__n_filters"):
        GridSearchCV(quick(), {"module__nfilters": [2]}, cv=2).fit(X, y)


def test_unknown_strategy_is_named(X, y):
    with pytest.raises(ValueError, match="Did you mean 'posthoc'"):
        quick(strategy="post-hoc").fit(X, y)


def test_early_stopping_restores_the_best_weights(X, y):
    model = quick(max_epochs=200, n_iter_no_change=3, lr=0.1, module__n_filters=16).fit(X, y)
    losses = model.history[:, "valid_loss"]
    assert len(losses) < 200
    assert model.best_epoch_ == int(np.argmin(losses)) + 1
    assert len(losses) == model.best_epoch_ + 3
    # the weights are those of the best epoch: its validation loss comes out again
    again = quick(max_epochs=model.best_epoch_, n_iter_no_change=999, lr=0.1, module__n_filters=16)
    assert_array_equal(again.fit(X, y).predict_proba(X), model.predict_proba(X))


def test_without_early_stopping_all_data_is_for_training(X, y):
    model = quick(early_stopping=False).fit(X, y)
    assert len(model.history) == 3
    assert "valid_loss" not in model.history[0]
    assert sum(model.history[0, "batches", :, "train_batch_size"]) == 120


def test_groups_keep_to_one_side_of_the_validation_split(X, y):
    groups = np.arange(120) // 12
    model = quick(max_epochs=1, validation_fraction=0.2)
    seen = {}

    from skorch.callbacks import Callback

    class Spy(Callback):
        def on_epoch_begin(self, net, dataset_train, dataset_valid, **kwargs):
            seen["train"], seen["valid"] = dataset_train.indices, dataset_valid.indices

    model.set_params(callbacks=[Spy()]).fit(X, y, groups=groups)
    assert not set(groups[seen["train"]]) & set(groups[seen["valid"]])


def test_partial_fit_goes_on_and_learns_classes_first(X, y):
    model = quick(early_stopping=False, max_epochs=1)
    model.partial_fit(X[y == 0], y[y == 0], classes=[0, 1])
    model.partial_fit(X[y == 1], y[y == 1])
    assert len(model.history) == 2
    assert_array_equal(model.classes_, [0, 1])
    with pytest.raises(ValueError, match="label 7, which is not one of the classes 0, 1"):
        model.partial_fit(X, np.full(120, 7))


def test_warm_start_goes_on(X, y):
    model = quick(warm_start=True, early_stopping=False, max_epochs=2).fit(X, y).fit(X, y)
    assert len(model.history) == 4
    cold = quick(early_stopping=False, max_epochs=2).fit(X, y).fit(X, y)
    assert len(cold.history) == 2


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
def test_hostile_targets_are_refused(X, y, make, message):
    with pytest.raises(ValueError, match=message):
        quick().fit(*make(X, y))


def test_prediction_checks_its_input(X, y):
    model = quick()
    for method in ("predict", "predict_proba", "decision_function", "score"):
        with pytest.raises(NotFittedError, match="not fitted yet"):
            getattr(model, method)(*((X, y) if method == "score" else (X,)))
    model.fit(X, y)
    with pytest.raises(ValueError, match="fitted on length 40"):
        model.predict(X[:, :, :39])


def test_a_conventional_module_cannot_be_rcps(X, y):
    class Conventional(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = torch.nn.Conv1d(4, 1, 5)

        def forward(self, x):
            return self.conv(x).amax(2)

    with pytest.raises(ValueError, match="strategy='rcps' needs a module built from equivariant"):
        SequenceClassifier(Conventional, max_epochs=1).fit(X, y)
    model = SequenceClassifier(Conventional, strategy="posthoc", max_epochs=1, random_state=0)
    assert strand_discordance(model.fit(X, y), X) < 1e-5


def test_an_equivariant_module_of_the_users_own(X, y):
    from rcseq.nn import DNA, RCConv1d, StrandMax

    class Own(torch.nn.Module):
        def __init__(self, n_filters=3):
            super().__init__()
            self.conv = RCConv1d(DNA, n_filters, kernel_size=7)
            self.merge = StrandMax(n_filters)
            self.linear = torch.nn.Linear(n_filters, 1)

        def forward(self, x):
            return self.linear(self.merge(self.conv(x)).amax(2))

    model = SequenceClassifier(Own, max_epochs=1, random_state=0).fit(X, y)
    assert strand_discordance(model, X) < 1e-5


def test_ctrl_c_is_not_swallowed(X, y):
    """skorch takes it for the end of training, and a search would go on with half a model."""
    import _thread

    from skorch.callbacks import Callback

    class PressKey(Callback):
        def on_batch_end(self, net, **kwargs):
            _thread.interrupt_main()

    with pytest.raises(KeyboardInterrupt):
        quick(callbacks=[PressKey()]).fit(X, y)


def test_a_callback_may_stop_the_training(X, y):
    from skorch.callbacks import Callback

    class Stop(Callback):
        def on_epoch_end(self, net, **kwargs):
            raise KeyboardInterrupt

    model = quick(callbacks=[Stop()], max_epochs=9).fit(X, y)
    assert len(model.history) == 1
    assert model.predict(X).shape == (120,)


def test_scoring_callbacks_see_the_users_labels(X, y):
    from skorch.callbacks import EpochScoring

    scoring = EpochScoring("accuracy", lower_is_better=False, name="valid_acc")
    model = quick(callbacks=[scoring], max_epochs=20).fit(X, np.array(["no", "yes"])[y])
    assert max(model.history[:, "valid_acc"]) > 0.6


def test_two_outputs_with_cross_entropy_for_two_classes(X, y):
    model = quick(criterion=torch.nn.CrossEntropyLoss).fit(X, y)
    assert model.n_outputs_ == 2
    assert model.predict_proba(X).shape == (120, 2)
    assert model.decision_function(X).shape == (120,)


def test_on_any_device(X, y, device):
    model = quick(device=device).fit(X, y)
    assert next(model.module_.parameters()).device.type == device
    assert pickle.loads(pickle.dumps(model)).predict(X).shape == (120,)
