"""Training in bfloat16: in which steps, with what kept in single precision, on which devices."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

import rcseq
from rcseq import SequenceClassifier, SequenceRegressor
from rcseq.estimators import _precision
from rcseq.estimators._precision import in_bfloat16, resolve_mixed_precision
from rcseq.metrics import strand_discordance
from rcseq.nn.networks import NETWORKS
from rcseq.presets import FAST
from rcseq.strategies import STRATEGIES

CAPABLE = "_computes_in_bfloat16"


@pytest.fixture
def native(monkeypatch):
    """Act as on a processor that has the instructions; others imitate them."""
    monkeypatch.setattr(_precision, CAPABLE, lambda device: True)


class Spy(torch.nn.Module):
    def __init__(self, in_channels=4, strands_apart=0.0):
        super().__init__()
        self.linear = torch.nn.Linear(in_channels, 1)
        self.dropout = torch.nn.Dropout(0.5)
        self.seen = []

    def forward(self, x):
        y = self.linear(self.dropout(x.mean(2) + x.flip(1, 2).mean(2)))
        self.seen.append((self.training, x.dtype, y.dtype))
        return y


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_computes_in_bfloat16_in_training_alone(X, y, native, strategy):
    model = SequenceClassifier(
        Spy, strategy=strategy, mixed_precision=True, early_stopping=True, max_epochs=2
    )
    model.fit(X, y)
    assert {output for training, _, output in model.module_.seen if training} == {torch.bfloat16}
    assert {output for training, _, output in model.module_.seen if not training} == {torch.float32}
    assert {dtype for _, dtype, _ in model.module_.seen} == {torch.float32}
    model.module_.seen.clear()
    assert next(model.forward_iter(X, training=True)).dtype == torch.float32  # with dropout
    assert {output for *_, output in model.module_.seen} == {torch.float32}


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_every_network_steps_in_the_direction_of_single_precision(X, y, native, name):
    step = {
        "optimizer": torch.optim.SGD,
        "lr_schedule": None,
        "batch_size": -1,
        "random_state": 0,
    }

    def weights(**params):
        model = SequenceClassifier(name, **step, **params).fit(X[:60], y[:60])
        assert strand_discordance(model, X[:20]) < 1e-5
        return torch.nn.utils.parameters_to_vector(model.module_.parameters()).detach()

    start = weights(max_epochs=0)
    steps = [weights(max_epochs=1, mixed_precision=mixed) - start for mixed in (False, True)]
    assert {moved.dtype for moved in steps} == {torch.float32}
    assert not torch.equal(*steps)
    assert torch.cosine_similarity(*steps, dim=0) > 0.99


def test_a_network_trained_in_bfloat16_answers_as_well(X, y, native):
    settings = {**FAST, "early_stopping": False, "module__n_filters": 8, "random_state": 0}
    models = [SequenceClassifier(**settings, mixed_precision=m).fit(X, y) for m in (False, True)]
    scores = [model.score(X, y) for model in models]
    assert min(scores) > 0.95
    single, mixed = (model.predict_proba(X) for model in models)
    assert_allclose(mixed, single, atol=0.2)
    assert not np.array_equal(mixed, single)


def test_it_is_the_same_again(X, y, quick, native):
    first, second = (quick(mixed_precision=True).fit(X, y) for _ in range(2))
    assert_array_equal(first.predict_proba(X), second.predict_proba(X))


def test_the_loss_is_in_single_precision(X, y, native):
    seen = []

    class Loss(torch.nn.BCEWithLogitsLoss):
        def forward(self, output, target):
            seen.append((output.dtype, target.dtype, torch.is_autocast_enabled("cpu")))
            return super().forward(output, target)

    SequenceClassifier(criterion=Loss, mixed_precision=True, max_epochs=1, device="cpu").fit(X, y)
    assert set(seen) == {(torch.float32, torch.float32, False)}


def test_regression(X, y, native):
    target = np.stack([y, 1 - y], axis=1) + 0.5
    single, mixed = (
        SequenceRegressor(mixed_precision=value, max_epochs=2, random_state=0).fit(X, target)
        for value in (False, True)
    )
    assert_allclose(mixed.predict(X), single.predict(X), atol=0.05)
    assert not np.array_equal(mixed.predict(X), single.predict(X))
    assert strand_discordance(mixed, X) < 1e-5


def test_partial_fit_and_single_steps_follow_the_parameter(X, y, native):
    model = SequenceClassifier(Spy, max_epochs=1).fit(X, y)
    for mixed, dtype in ((True, torch.bfloat16), (False, torch.float32)):
        model.set_params(mixed_precision=mixed)
        for step in (model.partial_fit, lambda X, y: model.train_step((torch.tensor(X), y))):
            model.module_.seen.clear()
            step(X, y)
            assert {seen[2] for seen in model.module_.seen if seen[0]} == {dtype}
        assert model.mixed_precision_ is mixed


def test_auto_asks_the_device_and_a_clone_asks_again(X, y, quick, monkeypatch):
    model = quick(mixed_precision="auto", max_epochs=1)
    for capable in (False, True):
        monkeypatch.setattr(_precision, CAPABLE, lambda device, capable=capable: capable)
        assert clone(model).fit(X, y).mixed_precision_ is capable
        assert resolve_mixed_precision("auto", "cpu") is capable
    assert clone(model).mixed_precision == "auto"


def test_what_was_taken_is_saved(X, y, quick, native, tmp_path):
    model = quick(mixed_precision="auto", max_epochs=1).fit(X, y)
    rcseq.save(model, tmp_path / "model.rcseq")
    loaded = rcseq.load(tmp_path / "model.rcseq")
    assert loaded.mixed_precision == "auto"
    assert loaded.mixed_precision_ is True
    assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))


def test_a_device_that_would_imitate_it_is_warned_of(X, y, quick, monkeypatch):
    monkeypatch.setattr(_precision, CAPABLE, lambda device: False)
    with pytest.warns(UserWarning, match=r"mixed_precision=True on .*'auto' trains") as caught:
        model = quick(mixed_precision=True, max_epochs=1, device="cpu").fit(X, y)
    assert caught[0].filename == __file__  # the user's line, not one of ours
    assert model.mixed_precision_ is True
    quick(mixed_precision=False, max_epochs=1).fit(X, y)  # without a word
    quick(mixed_precision="auto", max_epochs=1).fit(X, y)


@pytest.mark.parametrize("value", ["yes", 2, None])
def test_another_value_is_refused(X, y, quick, value):
    with pytest.raises(ValueError, match="'mixed_precision' parameter of SequenceClassifier must"):
        quick(mixed_precision=value).fit(X, y)


@pytest.mark.parametrize(
    ("can", "expected"),
    [
        ({"avx2": True, "avx512_f": True, "avx512_bf16": False}, False),
        ({"avx512_bf16": True}, True),
        ({"amx_bf16": True}, True),
        ({"bf16": True}, False),  # of ARM nothing was measured
        (None, False),
    ],
    ids=str,
)
def test_a_processor_is_asked_for_its_instructions(monkeypatch, can, expected):
    if can is None:  # a torch that does not tell
        monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    else:
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: can, raising=False)
    assert _precision._computes_in_bfloat16.__wrapped__(torch.device("cpu")) is expected
    assert _precision._computes_in_bfloat16.__wrapped__(torch.device("meta")) is False


def test_a_network_keeps_what_is_not_bfloat16(device):
    double = torch.nn.Linear(4, 1, device=device).double()
    x = torch.ones(2, 4, dtype=torch.float64, device=device)
    assert in_bfloat16(double, x.device)(x).dtype == torch.float64
    several = in_bfloat16(lambda x: (torch.nn.functional.linear(x, x), "aside"), x.device)
    output, aside = several(x.float())
    assert (output.dtype, aside) == (torch.float32, "aside")


def test_trains_on_every_device(X, y, native, device):
    model = SequenceClassifier(Spy, mixed_precision=True, max_epochs=2, device=device).fit(X, y)
    assert {output for training, _, output in model.module_.seen if training} == {torch.bfloat16}
    assert strand_discordance(model, X) < 1e-5
