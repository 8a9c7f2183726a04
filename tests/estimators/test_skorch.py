"""The examples of skorch's user guide, with our estimators in place of its nets."""

import copy
import pickle

import numpy as np
import pytest
import torch
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import make_pipeline
from skorch.callbacks import (
    BatchScoring,
    Callback,
    Checkpoint,
    EarlyStopping,
    EpochScoring,
    Freezer,
    GradientNormClipping,
    LoadInitState,
    LRScheduler,
    ProgressBar,
    TrainEndCheckpoint,
)
from skorch.dataset import Dataset, ValidSplit
from skorch.helper import SliceDataset, predefined_split
from skorch.history import History
from torch import nn

from rcseq import DNAOneHotEncoder, SequenceClassifier, SequenceRegressor
from rcseq.presets import FAST


class Flat(nn.Module):
    """A module as any user of skorch has one: it knows nothing of this package."""

    def __init__(self, units=8, dropout=0.0):
        super().__init__()
        self.hidden = nn.Linear(160, units)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(units, 1)

    def forward(self, X):
        return self.output(self.dropout(torch.relu(self.hidden(X.flatten(1)))))


@pytest.fixture
def net():
    def make(module=Flat, **params):
        defaults = {**FAST, "strategy": "standard", "max_epochs": 2, "random_state": 0}
        del defaults["module"]
        return SequenceClassifier(module, **{**defaults, **params})

    return make


def weights(net):
    return [p.detach().clone() for p in net.module_.parameters()]


def same(one, two):
    return all(torch.equal(a, b) for a, b in zip(one, two, strict=True))


# -- neuralnet --------------------------------------------------------------------------------


def test_prefixes(X, y, net):
    model = net(
        module__units=3,
        optimizer=torch.optim.SGD,
        optimizer__momentum=0.9,
        optimizer__weight_decay=0.01,
        criterion__pos_weight=torch.tensor(2.0),
        iterator_train__drop_last=True,
        iterator_valid__batch_size=7,
        batch_size=50,
    ).fit(X, y)
    assert model.module_.hidden.out_features == 3
    group = model.optimizer_.param_groups[0]
    assert (group["momentum"], group["weight_decay"], group["lr"]) == (0.9, 0.01, model.lr)
    assert model.criterion_.pos_weight == 2
    batches = model.history[0, "batches"]
    assert [row["train_batch_size"] for row in batches if "train_batch_size" in row] == [50, 50]
    assert {row["valid_batch_size"] for row in batches if "valid_batch_size" in row} == {7, 5}


def test_parameter_groups(X, y, net):
    model = net(optimizer__param_groups=[("hidden*", {"lr": 0.0})], lr=0.1)
    before = weights(model.initialize())
    model.partial_fit(X, y)
    frozen = [torch.equal(a, b) for a, b in zip(before, weights(model), strict=True)]
    assert frozen == [True, True, False, False]


@pytest.mark.parametrize("criterion", [nn.BCEWithLogitsLoss, nn.BCEWithLogitsLoss()])
def test_criterion_by_class_or_instance(X, y, net, criterion):
    assert net(criterion=criterion).fit(X, y).predict_proba(X).shape == (len(X), 2)


def test_loss_that_takes_class_numbers(X, y, net):
    class Two(Flat):
        def __init__(self):
            super().__init__()
            self.output = nn.Linear(8, 2)

    class Focal(nn.Module):  # a loss that this package does not know
        def forward(self, logits, target):
            p = torch.log_softmax(logits, dim=1).gather(1, target[:, None])
            return -((1 - p.exp()) ** 2 * p).mean()

    for criterion in (nn.CrossEntropyLoss, Focal):
        model = net(Two, criterion=criterion, predict_nonlinearity=lambda z: torch.softmax(z, -1))
        proba = model.fit(X, y).predict_proba(X)
        np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-5)


@pytest.mark.parametrize(
    ("split", "train"),
    [
        (None, 120),
        (False, 120),
        (ValidSplit(4), 90),
        (ValidSplit(KFold(3)), 80),
        (ValidSplit(0.25), 90),
    ],
)
def test_train_split(X, y, net, split, train):
    model = net(train_split=split, batch_size=-1).fit(X, y)
    assert model.history[0, "batches", 0, "train_batch_size"] == train
    assert ("valid_loss" in model.history[0]) == bool(split)


def test_predefined_split(X, y, net):
    model = net(train_split=predefined_split(Dataset(X[90:], y[90:])), batch_size=-1)
    model.fit(X[:90], y[:90])
    assert model.history[0, "batches", 0, "train_batch_size"] == 90
    assert model.history[0, "batches", -1, "valid_batch_size"] == 30


def test_groups_reach_a_split_of_the_users_own(X, y, net):
    from sklearn.model_selection import GroupKFold

    groups = np.arange(len(X)) // 40
    model = net(train_split=ValidSplit(GroupKFold(3)), batch_size=-1).fit(X, y, groups=groups)
    assert model.history[0, "batches", -1, "valid_batch_size"] == 40


def test_fit_again_warm_start_and_partial_fit(X, y, net):
    cold = net().fit(X, y)
    assert len(cold.fit(X, y).history) == 2
    assert len(cold.partial_fit(X, y).history) == 4
    warm = net(warm_start=True).fit(X, y)
    assert len(warm.fit(X, y).history) == 4
    assert len(warm.fit(X, y, epochs=3).history) == 7


def test_fit_loop_for_some_epochs(X, y, net):
    model = net().initialize()
    model.partial_fit(X, y, epochs=1)
    model.fit_loop(X, y, epochs=3)
    assert len(model.history) == 4


@pytest.mark.parametrize("n_classes", [2, 3])
def test_partial_fit_of_an_initialised_net_learns_what_the_data_says(X, n_classes, quick):
    y = np.arange(len(X)) % n_classes
    model = quick(max_epochs=1).initialize().partial_fit(X, y)
    assert list(model.classes_) == list(range(n_classes))
    assert model.predict_proba(X).shape == (len(X), n_classes)


def test_set_params_on_an_initialised_net(X, y, net):
    model = net().fit(X, y)
    model.set_params(module__units=5)
    assert model.module_.hidden.out_features == 5
    optimizer = model.optimizer_
    model.set_params(optimizer__lr=0.5, lr=0.4)
    assert model.optimizer_ is optimizer
    assert optimizer.param_groups[0]["lr"] == 0.4
    assert len(model.partial_fit(X, y).history) == 4


def test_initialised_module(X, y, net):
    module = Flat(units=6)
    first = net(module).fit(X, y)
    assert first.module_ is module
    second = net(module, module__units=4).fit(X, y)
    assert second.module_ is not module
    assert second.module_.hidden.out_features == 4


@pytest.mark.filterwarnings("ignore:.*weight_norm:FutureWarning")
@pytest.mark.filterwarnings("ignore:.*weight_norm:DeprecationWarning")
def test_module_that_cannot_be_copied(X, y, net):
    class Normed(Flat):
        def __init__(self):
            super().__init__()
            self.hidden = nn.utils.weight_norm(self.hidden)

    with pytest.raises(RuntimeError, match="deepcopy"):
        copy.deepcopy(Normed())
    assert net(Normed, early_stopping=True).fit(X, y).predict(X).shape == (len(X),)


def test_forward(X, y, net):
    model = net(module__dropout=0.5).fit(X, y)
    assert model.forward(X).shape == (len(X), 1)
    batches = list(model.forward_iter(X))
    assert [len(batch) for batch in batches] == [32, 32, 32, 24]
    assert torch.equal(torch.cat(batches), model.forward(X))
    assert not torch.equal(model.forward(X, training=True), model.forward(X))
    np.testing.assert_allclose(model.decision_function(X), model.forward(X).ravel(), rtol=1e-6)


def test_several_outputs_of_the_module(X, y, net):
    class Latent(Flat):
        def forward(self, X):
            hidden = torch.relu(self.hidden(X.flatten(1)))
            return self.output(hidden), hidden

    model = net(Latent).fit(X, y)
    logits, hidden = model.forward(X)
    assert logits.shape == (len(X), 1)
    assert hidden.shape == (len(X), 8)
    assert model.predict(X).shape == (len(X),)


# -- callbacks --------------------------------------------------------------------------------


class Count(Callback):
    def __init__(self, step=1):
        self.step = step

    def initialize(self):
        self.epochs_ = 0
        return self

    def on_epoch_end(self, net, **kwargs):
        self.epochs_ += self.step


@pytest.mark.parametrize("callback", [Count, Count(), ("count", Count()), ("count", Count)])
def test_callbacks_by_class_or_instance(X, y, net, callback):
    model = net(callbacks=[callback]).fit(X, y)
    [count] = [cb for _, cb in model.callbacks_ if isinstance(cb, Count)]
    assert count.epochs_ == 2


def test_parameters_of_callbacks(X, y, net):
    model = net(callbacks=[("a", Count), ("b", Count)], callbacks__a__step=10)
    model.set_params(callbacks__b__step=100)
    model.fit(X, y)
    counts = {name: cb.epochs_ for name, cb in model.callbacks_ if isinstance(cb, Count)}
    assert counts == {"a": 20, "b": 200}


def test_default_callbacks_are_renamed_and_switched_off(X, y, net):
    model = net(callbacks__valid_acc__name="accuracy of valid set").fit(X, y)
    assert "accuracy of valid set" in model.history[-1]
    model = net(callbacks__valid_acc=None).fit(X, y)
    assert "valid_acc" not in model.history[-1]
    model = net(callbacks="disable").fit(X, y)
    assert "train_loss" not in model.history[-1]


def test_search_over_callbacks(X, y, net):
    schedule = ("schedule", LRScheduler("StepLR", step_size=1))
    search = GridSearchCV(
        net(callbacks=[schedule]),
        {"callbacks__schedule": [None], "callbacks__schedule__step_size": [1, 2]},
        cv=2,
    )
    search.param_grid = [
        {"callbacks__schedule": [None]},
        {"callbacks__schedule__step_size": [1, 2]},
    ]
    search.fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_scoring(X, y, net):
    def discordance(net, X, y):
        return 0.5

    model = net(
        callbacks=[
            ("auc", EpochScoring("roc_auc", lower_is_better=False)),
            ("train_auc", EpochScoring("roc_auc", name="train_auc", on_train=True)),
            ("batch", BatchScoring("accuracy", name="batch_acc", lower_is_better=False)),
            ("own", EpochScoring(discordance, name="own")),
            ("score", EpochScoring(None, name="score", lower_is_better=False)),
        ]
    ).fit(X, np.array(["no", "yes"])[y])
    row = model.history[-1]
    assert {"roc_auc", "roc_auc_best", "train_auc", "batch_acc", "own", "valid_acc"} <= row.keys()
    assert row["valid_acc"] == row["score"]


def test_uncached_scores_are_those_of_the_cache(X, y, net):
    cached, not_cached = (
        net(use_caching=caching, callbacks=[EpochScoring("roc_auc", name="auc")]).fit(X, y)
        for caching in (True, False)
    )
    assert cached.history[:, "auc"] == not_cached.history[:, "auc"]


class OwnHistory(History):
    pass


def test_history_of_the_users_own(X, y, net):
    own = SequenceClassifier(Flat, strategy="standard", history=OwnHistory(), max_epochs=1)
    assert type(own.fit(X, y).history) is OwnHistory


def test_schedule_clipping_bar_and_early_stopping(X, y, net, capsys):
    model = net(
        max_epochs=20,
        lr=0.0,
        early_stopping=False,
        train_split=ValidSplit(4),
        callbacks=[
            LRScheduler("StepLR", step_size=1, gamma=0.5),
            GradientNormClipping(0.1),
            ProgressBar(detect_notebook=False),
            EarlyStopping(patience=3, sink=lambda text: None),
        ],
    ).fit(X, y)
    assert len(model.history) == 4
    assert "it/s" in capsys.readouterr().err
    assert model.history[:, "event_lr"] == [0.0] * 4


def test_freezer(X, y, net):
    model = net(callbacks=[Freezer("hidden.*")])
    before = weights(model.initialize())
    model.partial_fit(X, y)
    unchanged = [torch.equal(a, b) for a, b in zip(before, weights(model), strict=True)]
    assert unchanged == [True, True, False, False]


def test_history(X, y, net):
    history = net().fit(X, y).history
    assert {"epoch", "train_loss", "valid_loss", "valid_acc", "dur"} <= history[-1].keys()
    assert len(history[:, "train_loss"]) == 2
    assert len(history[:, ("train_loss", "valid_loss")]) == 2
    assert isinstance(history[-1, "batches", 0, "train_loss"], float)
    assert type(history)(copy.deepcopy(history.to_list())) == history


# -- customisation ----------------------------------------------------------------------------


def test_own_loss(X, y, net):
    class L1(SequenceClassifier):
        def get_loss(self, y_pred, y_true, X=None, training=False):
            loss = super().get_loss(y_pred, y_true, X=X, training=training)
            return loss + 0.1 * sum(p.abs().sum() for p in self.module_.parameters())

    plain = net().fit(X, y)
    model = L1(**plain.get_params(deep=False)).fit(X, y)
    assert model.history[0, "train_loss"] > plain.history[0, "train_loss"] + 0.1


def test_own_loss_that_calls_the_criterion(X, y, net):
    class Direct(SequenceClassifier):
        def get_loss(self, y_pred, y_true, X=None, training=False):
            return self.criterion_(y_pred.squeeze(1), torch.as_tensor(y_true).float())

    plain = net(early_stopping=True)
    model = Direct(**plain.get_params(deep=False)).fit(X, y)
    plain.fit(X, y)
    for name in ("train_loss", "valid_loss"):
        np.testing.assert_allclose(model.history[:, name], plain.history[:, name], rtol=1e-5)


def test_gradient_accumulation(X, y):
    class Accumulating(SequenceClassifier):
        def __init__(self, *args, acc_steps=2, **kwargs):
            super().__init__(*args, **kwargs)
            self.acc_steps = acc_steps

        def get_loss(self, *args, **kwargs):
            return super().get_loss(*args, **kwargs) / self.acc_steps

        def train_step(self, batch, **fit_params):
            step = self.train_step_single(batch, **fit_params)
            if len(self.history[-1, "batches"]) % self.acc_steps == 0:
                self.optimizer_.step()
                self.optimizer_.zero_grad()
            return step

    model = Accumulating(Flat, strategy="augmented", max_epochs=2, random_state=0, acc_steps=3)
    assert np.isfinite(model.fit(X, y).history[:, "train_loss"]).all()


def test_second_module(X, y):
    class TwoModules(SequenceClassifier):
        def __init__(self, *args, second=Flat, **kwargs):
            self.second = second
            super().__init__(*args, **kwargs)

        def initialize_module(self):
            super().initialize_module()
            self.second_ = self.initialized_instance(self.second, self.get_params_for("second"))
            return self

        def infer(self, x, **fit_params):
            x = torch.as_tensor(x, device=self.device).float()
            return self.module_(x) + self.second_(x)

    model = TwoModules(Flat, strategy="standard", second__units=3, max_epochs=1, random_state=0)
    before = weights(model.initialize())
    model.partial_fit(X, y)
    assert not same(before, weights(model))
    assert model.second_.hidden.out_features == 3
    assert model.predict(X).shape == (len(X),)


def test_extra_arguments_of_forward(X, y, net):
    class Scaled(Flat):
        def forward(self, X, factor=1.0):
            return factor * super().forward(X)

    assert net(Scaled).fit(X, y, factor=0.0).history[0, "train_loss"] == pytest.approx(np.log(2))


# -- data -------------------------------------------------------------------------------------


def test_several_inputs_of_the_module_come_as_a_data_set(X, y, net):
    class Pair(Flat):
        def forward(self, one, other, factor=1.0):
            return super().forward(one) - factor * super().forward(other)

    one = X.astype(np.float32)
    inputs = {"one": one, "other": one[:, ::-1, ::-1].copy()}
    model = net(Pair)
    with pytest.raises(TypeError, match=r"dictionary of 'one', 'other'; .*Dataset\(X, y\)"):
        model.fit(inputs, y)
    model.fit(Dataset(inputs, y), factor=2.0)
    assert model.predict(Dataset(inputs)).shape == (len(X),)
    with pytest.raises(TypeError, match="dictionary of 'one', 'other'"):
        model.predict(inputs)


def test_torch_tensors(X, y, net):
    arrays = net().fit(X, y)
    tensors = net().fit(torch.from_numpy(X), torch.from_numpy(y))
    assert same(weights(arrays), weights(tensors))
    proba = tensors.predict_proba(torch.from_numpy(X))
    np.testing.assert_array_equal(proba, arrays.predict_proba(X))


class Opaque(torch.utils.data.Dataset):
    """A data set that shows neither X nor y, as one that reads from a disk."""

    def __init__(self, X, y):
        self.inside = X, y

    def __len__(self):
        return len(self.inside[0])

    def __getitem__(self, index):
        return self.inside[0][index], self.inside[1][index]


def test_data_sets(X, y, net):
    params = {"early_stopping": False}
    arrays = net(**params).fit(X, y)
    tensors = torch.utils.data.TensorDataset(torch.from_numpy(X), torch.from_numpy(y))
    for dataset in (Dataset(X, y), tensors):
        model = net(**params).fit(dataset, y=None)
        assert same(weights(arrays), weights(model))
        assert list(model.classes_) == [0, 1]
        assert model.length_ == 40
        np.testing.assert_array_equal(model.predict(dataset), arrays.predict(X))
    model = net(**params, classes=[0, 1]).fit(Opaque(X, y))
    assert same(weights(arrays), weights(model))
    np.testing.assert_array_equal(model.predict(Opaque(X, y)), arrays.predict(X))


class Triples(torch.utils.data.Dataset):
    def __len__(self):
        return 8

    def __getitem__(self, index):
        return torch.zeros(4, 20), 0, 1.0


def test_data_set_of_three_values_is_refused_in_words(X, y, net):
    with pytest.raises(ValueError, match="returns 3 values"):
        net(train_split=False).fit(Triples(), np.arange(8) % 2)
    with pytest.raises(ValueError, match="returns 3 values"):
        net().fit(X, y).predict(Triples())


def test_data_set_of_several_classes_that_shows_nothing(X, quick):
    y = np.arange(len(X)) % 3
    model = quick(classes=["a", "b", "c"]).fit(Opaque(X, np.array(["a", "b", "c"])[y]))
    assert model.predict_proba(X).shape == (len(X), 3)
    assert set(model.predict(X)) <= {"a", "b", "c"}


def test_data_set_for_regression(X, quick):
    y = X[:, 0].sum(axis=1).astype(np.float32)
    model = SequenceRegressor(max_epochs=2, random_state=0).fit(Opaque(X, y))
    assert model.predict(X).shape == (len(X), 1)


def test_validation_split_of_a_data_set(X, y, net):
    model = net(batch_size=-1).fit(Dataset(X, y))
    assert model.history[0, "batches", -1, "valid_batch_size"] == 12


def test_slice_dataset_in_a_search(X, y, net):
    search = GridSearchCV(net(), {"lr": [0.01, 0.1]}, cv=2, scoring="accuracy")
    search.fit(SliceDataset(Dataset(X, y), idx=0), y)
    assert search.best_score_ > 0


class Shifted(Dataset):
    def __init__(self, X, y=None, shift=0):
        super().__init__(np.roll(X, shift, axis=-1), y)


def test_dataset_class_of_the_users_own(X, y, net):
    params = {"early_stopping": False}
    shifted = net(dataset=Shifted, dataset__shift=3, **params).fit(X, y)
    by_hand = net(**params).fit(np.roll(X, 3, axis=-1), y)
    assert same(weights(shifted), weights(by_hand))
    np.testing.assert_array_equal(shifted.predict(X), by_hand.predict(np.roll(X, 3, axis=-1)))
    with pytest.raises(ValueError, match=r"dataset=.* hands out no weights"):
        net(dataset=Shifted).fit(X, y, sample_weight=np.ones(len(X)))


class Loader(torch.utils.data.DataLoader):
    """An iterator of the user's own, which collates samples as all do."""


def test_iterator_class_of_the_users_own(X, y, net):
    params = {"early_stopping": False, "iterator_train__shuffle": False}
    own = net(iterator_train=Loader, iterator_valid=Loader, **params).fit(X, y)
    default = net(**params).fit(X, y)
    assert same(weights(own), weights(default))
    np.testing.assert_array_equal(own.predict(X), default.predict(X))
    with pytest.raises(ValueError, match=r"iterator_train=.* hands out no weights"):
        net(iterator_train=Loader).fit(X, y, sample_weight=np.ones(len(X)))


def test_order_of_the_batches(X, y, net):
    params = {"early_stopping": False, "max_epochs": 1}
    shuffled = net(**params).fit(X, y)
    in_order = net(iterator_train__shuffle=False, **params).fit(X, y)
    assert not same(weights(shuffled), weights(in_order))
    sampler = torch.utils.data.SequentialSampler(X)
    assert same(
        weights(in_order), weights(net(iterator_train__sampler=sampler, **params).fit(X, y))
    )


# -- saving -----------------------------------------------------------------------------------


def test_pickle_of_a_pipeline(sequences, y, net):
    model = make_pipeline(DNAOneHotEncoder(), net()).fit(sequences[0], y)
    loaded = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(
        loaded.predict_proba(sequences[0]), model.predict_proba(sequences[0])
    )


def test_training_goes_on_after_a_copy(X, y, net):
    model = net().fit(X, y)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        other.partial_fit(X, y)
        assert len(other.history) == 4
        assert not same(weights(model), weights(other))


def test_parameters_optimizer_and_history(X, y, net, tmp_path):
    files = {
        "f_params": tmp_path / "model.pt",
        "f_optimizer": tmp_path / "optimizer.pt",
        "f_history": tmp_path / "history.json",
    }
    model = net().fit(X, y)
    model.save_params(**files)
    loaded = net().initialize()
    loaded.load_params(**files)
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    assert len(loaded.partial_fit(X, y).history) == 4


def test_labels_of_loaded_weights(X, y, quick, tmp_path):
    labels = np.array(["no", "yes"])[y]
    model = quick().fit(X, labels)
    model.save_params(f_params=tmp_path / "model.pt")
    numbers = quick().initialize()
    numbers.load_params(f_params=tmp_path / "model.pt")
    np.testing.assert_array_equal(np.array(["no", "yes"])[numbers.predict(X)], model.predict(X))
    named = quick(classes=["no", "yes"]).initialize()
    named.load_params(f_params=tmp_path / "model.pt")
    np.testing.assert_array_equal(named.predict(X), model.predict(X))


def test_checkpoints(X, y, net, tmp_path):
    checkpoint = Checkpoint(dirname=tmp_path, monitor="valid_loss_best")
    end = TrainEndCheckpoint(dirname=tmp_path)
    model = net(callbacks=[checkpoint, end]).fit(X, y)
    assert (tmp_path / "params.pt").exists()
    goes_on = net(callbacks=[LoadInitState(end)], max_epochs=1).fit(X, y)
    assert len(goes_on.history) == 3
    best = net().initialize()
    best.load_params(checkpoint=checkpoint)
    assert best.predict(X).shape == model.predict(X).shape


def test_trimmed_for_prediction(X, y, net):
    model = net().fit(X, y)
    before = model.predict_proba(X)
    model.trim_for_prediction()
    np.testing.assert_array_equal(model.predict_proba(X), before)


# -- performance ------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::UserWarning")  # torch looks at gradients where it compiles
@pytest.mark.parametrize("strategy", ["conjoined", "rcps"])
def test_compiled(X, y, quick, strategy):
    params = {"strategy": strategy, "early_stopping": False}
    plain = quick(**params).fit(X, y)
    compiled = quick(compile=True, compile__backend="eager", **params).fit(X, y)
    assert hasattr(compiled.module_, "_orig_mod")
    np.testing.assert_allclose(compiled.predict_proba(X), plain.predict_proba(X), rtol=1e-4)
