"""The examples of skorch's user guide, with our estimators in place of its nets: data."""

import numpy as np
import pytest
import torch
from sklearn.model_selection import GridSearchCV
from skorch.dataset import Dataset
from skorch.helper import SliceDataset

from rcseq import SequenceRegressor
from tests.estimators.skorch_modules import Flat, Opaque, same, weights


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
