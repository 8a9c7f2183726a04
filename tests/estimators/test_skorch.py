"""The examples of skorch's user guide, with our estimators in place of its nets."""

import copy
import pickle

import numpy as np
import pytest
import torch
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from skorch.callbacks import (
    Checkpoint,
    LoadInitState,
    TrainEndCheckpoint,
)
from skorch.dataset import Dataset, ValidSplit
from skorch.helper import predefined_split
from torch import nn

from rcseq import DNAOneHotEncoder, SequenceClassifier
from tests.estimators.skorch_modules import Flat, same, weights

# -- neuralnet ---------------------------------------------------------------------------------


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


# -- customisation -----------------------------------------------------------------------------


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


# -- saving ------------------------------------------------------------------------------------


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


# -- performance -------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::UserWarning")  # torch looks at gradients where it compiles
@pytest.mark.parametrize("strategy", ["conjoined", "rcps"])
def test_compiled(X, y, quick, strategy):
    params = {"strategy": strategy, "early_stopping": False}
    plain = quick(**params).fit(X, y)
    compiled = quick(compile=True, compile__backend="eager", **params).fit(X, y)
    assert hasattr(compiled.module_, "_orig_mod")
    np.testing.assert_allclose(compiled.predict_proba(X), plain.predict_proba(X), rtol=1e-4)
