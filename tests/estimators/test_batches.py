import pickle

import numpy as np
import pytest
import torch
from skorch.dataset import Dataset as SkorchDataset
from torch.utils.data import (
    DataLoader,
    IterableDataset,
    RandomSampler,
    Subset,
    TensorDataset,
    default_collate,
)
from torch.utils.data._utils.pin_memory import pin_memory

from rcseq import DNAOneHotEncoder, SequenceClassifier
from rcseq.estimators._batches import (
    Annotated,
    Batch,
    Batches,
    Collate,
    Loader,
    OneByOne,
    Packed,
    SequenceDataset,
    expand,
    make_iterator,
)
from rcseq.nn import is_channels_last
from rcseq.presets import FAST
from tests.estimators.skorch_modules import Opaque

ONE_HOT = DNAOneHotEncoder().fit_transform(["ACGT", "GGNA"])
CODES = DNAOneHotEncoder(output="codes").fit_transform(["ACGT", "GGNA"])


def net(X, y, **params):
    return SequenceClassifier(**FAST | {"random_state": 0} | params).initialize()


def test_batches_of_arrays_are_handed_out_whole(X, y):
    dataset = net(X, y).get_dataset(X, y)
    assert isinstance(dataset, SequenceDataset)
    batch = next(iter(net(X, y, batch_size=50).get_iterator(dataset)))
    assert batch[0].shape == (50, 4, 40)
    np.testing.assert_array_equal(batch[1], y[:50])


def test_training_is_shuffled_by_the_seed_and_prediction_is_not(X, y):
    dataset = SequenceDataset(np.arange(12)[:, None], np.arange(12))

    def order(training):
        batches = net(X, y, batch_size=5).get_iterator(dataset, training=training)
        return np.concatenate([targets for _, targets in batches]).tolist()

    assert order(False) == list(range(12))
    assert order(True) == order(True) != list(range(12))
    assert sorted(order(True)) == list(range(12))


def test_whole_data_set_as_one_batch(X, y):
    model = net(X, y, batch_size=-1)
    [batch] = model.get_iterator(model.get_dataset(X, y))
    assert len(batch[1]) == len(X)


def test_data_set_of_the_users_own_is_taken_as_it_is(X, y):
    dataset = TensorDataset(torch.from_numpy(X), torch.from_numpy(y))
    model = net(X, y, batch_size=50)
    assert model.get_dataset(dataset) is dataset
    sequences, targets = next(iter(model.get_iterator(dataset)))
    assert torch.equal(sequences, torch.from_numpy(X[:50]))
    assert torch.equal(targets, torch.from_numpy(y[:50]))


class Stream(IterableDataset):
    """Sequences that come one after another, without an end that is known before."""

    def __init__(self, X, y):
        self.inside = X, y

    def __iter__(self):
        yield from zip(*self.inside, strict=True)


def test_stream(X, y, quick):
    model = quick(classes=[0, 1], early_stopping=False).fit(Stream(X, y))
    assert len(model.history) == 3
    arrays = quick(early_stopping=False, iterator_train__shuffle=False).fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), arrays.predict_proba(X))


def test_split_keeps_groups_together(X, y):
    groups = np.arange(len(X)) // 12
    train, valid = net(X, y).get_split_datasets(SequenceDataset(X, y, groups=groups), y)
    assert not set(groups[train.indices]) & set(groups[valid.indices])
    assert len(train) + len(valid) == len(X)


def test_no_split_without_early_stopping(X, y):
    train, valid = net(X, y, early_stopping=False).get_split_datasets(SequenceDataset(X, y), y)
    assert len(train) == len(X)
    assert valid is None


class Fetched(Opaque):
    """Samples that come a batch at a time."""

    def __getitems__(self, indices):
        return [self[i] for i in indices]


def tensors(X, y):
    return TensorDataset(torch.from_numpy(X), torch.from_numpy(y))


DATASETS = [SkorchDataset, tensors, Opaque, Fetched]
WEIGHT = np.random.default_rng(0).random(120) * 5


@pytest.mark.parametrize("make", DATASETS)
@pytest.mark.parametrize(
    ("params", "given"),
    [
        ({"class_weight": {0: 1, 1: 50}}, {}),
        ({"class_weight": "balanced"}, {"sample_weight": WEIGHT}),
        ({}, {"sample_weight": WEIGHT}),
        ({"sampler": "balanced"}, {}),
        ({}, {"groups": np.arange(120) // 12}),
        ({"class_weight": {0: 3}}, {"groups": np.arange(120) // 12, "sample_weight": WEIGHT}),
    ],
    ids=str,
)
def test_weights_groups_and_sampler_work_as_with_arrays(X, y, quick, make, params, given):
    y = np.where(np.arange(120) % 3, 0, y)
    arrays = quick(max_epochs=2, **params).fit(X, y, **given)
    model = quick(max_epochs=2, classes=[0, 1], **params).fit(make(X, y), y, **given)
    np.testing.assert_array_equal(model.predict_proba(X), arrays.predict_proba(X))
    plain = quick(max_epochs=2).fit(X, y)
    assert np.abs(model.predict_proba(X) - plain.predict_proba(X)).max() > 1e-5
    if make in (SkorchDataset, tensors):  # they show their targets
        model = quick(max_epochs=2, **params).fit(make(X, y), None, **given)
        np.testing.assert_array_equal(model.predict_proba(X), arrays.predict_proba(X))


def test_what_a_data_set_cannot_do_is_refused(X, y, quick):
    known = {"classes": [0, 1], "early_stopping": False}
    for params, given, asked in [
        ({"class_weight": "balanced"}, {}, "class_weight"),
        ({"sampler": "balanced"}, {}, "sampler"),
        ({}, {"sample_weight": WEIGHT}, "sample_weight"),
        ({}, {"groups": WEIGHT}, "groups"),
    ]:
        with pytest.raises(ValueError, match=f"numbered samples, so {asked} cannot be used"):
            quick(**known, **params).fit(Stream(X, y), **given)
        if params:
            with pytest.raises(ValueError, match=f"{asked} cannot be used without the labels"):
                quick(**known, **params).fit(Opaque(X, y))
    for given in ({"sample_weight": WEIGHT[:9]}, {"groups": WEIGHT[:9]}):
        with pytest.raises(ValueError, match=r"inconsistent numbers|sample_weight.shape"):
            quick(**known).fit(Opaque(X, y), y, **given)
    with pytest.raises(ValueError, match="hands out no weights"):
        quick(iterator_train=Own, **known).fit(Opaque(X, y), y, sample_weight=WEIGHT)
    for data in (X, Opaque(X, y)):
        with pytest.raises(ValueError, match="draws samples in an order of its own"):
            quick(iterator_train=Own, sampler="balanced", **known).fit(data, y)


class Own(DataLoader):
    """An iterator of the user's own."""


def test_groups_reach_a_data_set_whose_iterator_is_the_users_own(X, y, quick):
    model = quick(iterator_train=Own, iterator_valid=Own, max_epochs=1, classes=[0, 1])
    assert len(model.fit(Opaque(X, y), y, groups=np.arange(120) // 12).history) == 1


def test_balanced_sampling_needs_one_label_a_sample(X, y, quick):
    model = quick(sampler="balanced", early_stopping=False)
    with pytest.raises(ValueError, match="one label a sample"):
        model.fit(tensors(X, np.stack([y, y], axis=1)))


@pytest.mark.parametrize("make", [None, Opaque])
def test_worker_processes_change_nothing(X, y, quick, make):
    def fit(**params):
        model = quick(max_epochs=1, class_weight="balanced", **params)
        return model.fit(X if make is None else make(X, y), y).predict_proba(X)

    loaded = fit(iterator_train__num_workers=1, iterator_valid__num_workers=1)
    np.testing.assert_array_equal(loaded, fit())


@pytest.mark.parametrize("part", [False, True])
def test_a_collate_function_of_the_users_own_gets_samples(X, y, quick, part):
    seen = []

    def collate(samples):
        seen.append(len(samples))
        return default_collate(samples)

    def fit(**params):
        options = {"early_stopping": part, "max_epochs": 1, "batch_size": 50}
        return quick(**options, **params).fit(X, y, sample_weight=WEIGHT).predict_proba(X)

    np.testing.assert_allclose(fit(iterator_train__collate_fn=collate), fit(), atol=1e-6)
    assert seen[0] == 50


@pytest.mark.parametrize("annotated", [False, True])
def test_pinned_batches_keep_all_that_they_hold(X, y, annotated, monkeypatch):
    dataset = SequenceDataset(X, y, np.ones(120, "float32"), target=y)
    if annotated:
        dataset = Annotated(Opaque(X, y), weight=np.ones(120, "float32"))
    pinned = []
    monkeypatch.setattr(  # there need not be an accelerator
        torch.Tensor, "pin_memory", lambda self, *a: pinned.append(self) or self
    )
    samples = dataset.__getitems__([0, 1])
    packed = pin_memory(Collate(default_collate)(samples) if annotated else samples, "cpu")
    assert isinstance(packed, Packed)
    assert packed.batch().weight.tolist() == [1, 1]
    assert len(pinned) == 2
    assert any(tensor is packed.X for tensor in pinned)
    assert pickle.loads(pickle.dumps(packed)).batch()[1].tolist() == y[:2].tolist()


def test_pinned_memory_on_a_gpu(X, y, quick, device):
    def fit(**params):
        model = quick(max_epochs=1, device=device, class_weight={0: 1, 1: 9}, **params)
        return model.fit(X, y).predict_proba(X)

    pinned = {"iterator_train__pin_memory": device != "cpu", "iterator_train__num_workers": 0}
    np.testing.assert_allclose(fit(**pinned), fit(), atol=1e-6)


def test_samples_one_by_one_collate(X, y):
    samples = OneByOne(SequenceDataset(X, y))
    assert len(samples) == len(X)
    sequences, targets = next(iter(DataLoader(samples, batch_size=7)))
    assert torch.equal(sequences, torch.from_numpy(X[:7]))
    assert torch.equal(targets, torch.from_numpy(y[:7]))


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("part", [False, True])
def test_order_and_random_numbers_are_those_of_a_loader(part, drop_last):
    dataset = SequenceDataset(np.arange(23)[:, None], np.arange(23))
    dataset = Subset(dataset, [*range(3, 20)]) if part else dataset

    def epochs(**extra):
        settings = {"batch_size": 5, "drop_last": drop_last, **extra}
        iterator = make_iterator(dataset, settings, seed=7)
        batches = [[y.tolist() for _, y in iterator] for _ in range(3)]
        return type(iterator), len(iterator), batches, settings["generator"].get_state()

    kind, n, ours, state = epochs()
    loader, n_loader, theirs, state_of_loader = epochs(num_workers=0)
    assert (kind, loader) == (Batches, Loader)
    assert n == n_loader == len(ours[0])
    assert ours == theirs
    assert torch.equal(state, state_of_loader)


def test_a_sampler_may_draw_fewer_than_all():
    dataset = SequenceDataset(np.arange(23)[:, None], np.arange(23))
    batches = Batches(dataset, 4, RandomSampler(dataset, num_samples=6))
    assert [len(y) for _, y in batches] == [4, 2]
    assert len(batches) == 2


def test_encoded_targets_come_with_the_batch():
    dataset = SequenceDataset(ONE_HOT, np.array(["a", "b"]), target=np.array([0, 1]))
    [batch] = Batches(dataset, 2)
    assert batch.target.tolist() == [0, 1]
    assert batch.weight is None


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_codes_expand_to_what_one_hot_is(dtype, device):
    x = expand(torch.from_numpy(CODES).to(device), dtype)
    assert x.dtype is dtype
    assert x.device.type == device
    assert is_channels_last(x)
    np.testing.assert_array_equal(x.cpu(), ONE_HOT)


def test_loader_hands_out_whole_batches():
    dataset = SequenceDataset(ONE_HOT, np.array(["a", "b"]), np.float32([1, 2]))
    (batch,) = make_iterator(
        Subset(dataset, [1, 0]), {"batch_size": 2, "num_workers": 0}, seed=None
    )
    X, y = batch
    assert isinstance(batch, Batch)
    np.testing.assert_array_equal(X, ONE_HOT[::-1])
    assert y.tolist() == ["b", "a"]
    assert batch.weight.tolist() == [2, 1]


def test_batches_of_read_only_and_reversed_arrays_are_tensors():
    X = ONE_HOT[:, ::-1, ::-1]
    X.flags.writeable = False
    batch = SequenceDataset(X).__getitems__([0, 1])
    assert isinstance(batch.X, torch.Tensor)
    np.testing.assert_array_equal(batch.X, X)
