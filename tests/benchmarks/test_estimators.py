"""Cost of an estimator, beside a loop written by hand.

The same network, data, memory format and batches, ours and the loop in turns, on one thread. What
is compared is the processor time of the fastest of several whole fits and predictions, divided by
the number of batches, so that other programs count little.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from rcseq import SequenceClassifier
from rcseq.estimators._precision import resolve_mixed_precision
from rcseq.nn import ConvNet
from rcseq.presets import FAST

# What the loop does as well: no augmentation, one learning rate.
PLAIN = {name: FAST[name] for name in ("optimizer", "lr", "lr_schedule", "shift", "mutation")}
N, BATCH, EPOCHS = 2048, 32, 2
BATCHES = N // BATCH


class Tiny(nn.Module):
    """A network that does next to nothing, so that what is around it shows."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(4, 4, 9)
        self.linear = nn.Linear(4, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear(self.conv(x).relu().amax(2))


@pytest.fixture(autouse=True)
def one_thread() -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def in_turns(name: str, ours: Callable[[], Any], loop: Callable[[], Any], batches: int, n: int = 9):
    """Least seconds of ours and of the loop, each for one batch."""
    times: list[list[float]] = [[], []]
    for turn in range(n + 1):
        for call, spent in zip((ours, loop), times, strict=True):
            start = time.process_time()
            call()
            if turn:  # the first turn warms up
                spent.append(time.process_time() - start)
    mine, theirs = (min(spent) / batches for spent in times)
    print(
        f"\n{name}: {mine * 1e3:.3f} ms a batch against {theirs * 1e3:.3f}: "
        f"{(mine - theirs) * 1e3:.3f} over it, {mine / theirs:.3f} times"
    )
    return mine, theirs


def data(length: int, n: int = N) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = np.eye(4, dtype=np.float32)[rng.integers(0, 4, (n, length))].transpose(0, 2, 1).copy()
    return X, rng.integers(0, 2, n)


def networks(length: int) -> dict[str, tuple[Any, dict[str, Any]]]:
    return {
        "tiny": (Tiny, {}),
        "small": (ConvNet, {"n_filters": 16, "kernel_size": 15, "length": length}),
        "large": (ConvNet, {"n_filters": 128, "kernel_size": 15, "length": length}),
    }


def model_of(
    name: str, length: int, **params: Any
) -> tuple[SequenceClassifier, Callable[[], nn.Module]]:
    module, settings = networks(length)[name]
    shared = {} if name == "tiny" else {"equivariant": False}
    model = SequenceClassifier(
        module,
        strategy="standard",
        random_state=0,
        early_stopping=False,
        max_epochs=EPOCHS,
        batch_size=BATCH,
        device="cpu",
        **PLAIN,
        **{f"module__{k}": v for k, v in settings.items()},
        **params,
    )
    return model, lambda: module(**settings, **shared)


def train_by_hand(build: Callable[[], nn.Module], X: np.ndarray, y: np.ndarray) -> None:
    net = build()
    optimizer, loss_of = torch.optim.Adam(net.parameters(), lr=0.01), nn.BCEWithLogitsLoss()
    X, y = torch.from_numpy(X), torch.from_numpy(y).float()
    net.train()
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(X)).split(BATCH):
            optimizer.zero_grad()
            loss = loss_of(net(X[rows]).ravel(), y[rows])
            loss.backward()
            optimizer.step()
            loss.item()


@torch.no_grad()
def predict_by_hand(net: nn.Module, X: np.ndarray, batch: int) -> np.ndarray:
    net.eval()
    p = torch.cat([torch.sigmoid(net(x)).ravel() for x in torch.from_numpy(X).split(batch)])
    return torch.stack([1 - p, p], dim=1).numpy()


@pytest.mark.parametrize(("name", "length"), [("tiny", 100), ("small", 200), ("large", 1000)])
def test_fit_costs_little_more_than_a_loop(name: str, length: int) -> None:
    n = 256 if name == "large" else N
    X, y = data(length, n)
    model, build = model_of(name, length)
    model.fit(X, y)
    batches = EPOCHS * n // BATCH
    mine, theirs = in_turns(
        f"fit, {name}", lambda: model.fit(X, y), lambda: train_by_hand(build, X, y), batches
    )
    assert mine - theirs <= 0.20e-3 or (theirs >= 5e-3 and mine <= 1.05 * theirs)
    if theirs >= 5e-3:
        assert mine <= 1.05 * theirs


@pytest.mark.parametrize("batch", [32, 128])
def test_prediction_costs_little_more_than_a_loop(batch: int) -> None:
    X, y = data(200)
    model, _ = model_of("small", 200, iterator_valid__batch_size=batch)
    model.set_params(max_epochs=1).fit(X, y)
    mine, theirs = in_turns(
        f"predict_proba, 200 bp, batches of {batch}",
        lambda: model.predict_proba(X),
        lambda: predict_by_hand(model.module_, X, batch),
        N // batch,
        n=15,
    )
    assert mine <= 1.10 * theirs


def test_prediction_of_a_tiny_network_costs_a_tenth_of_a_millisecond_more() -> None:
    X, y = data(100)
    model, _ = model_of("tiny", 100)
    model.set_params(max_epochs=1).fit(X, y)
    mine, theirs = in_turns(
        "predict_proba, tiny",
        lambda: model.predict_proba(X),
        lambda: predict_by_hand(model.module_, X, BATCH),
        BATCHES,
        n=15,
    )
    assert mine - theirs <= 0.1e-3


@pytest.mark.filterwarnings("ignore:mixed_precision=True")  # where it is imitated
@pytest.mark.parametrize("length", [100, 200])
def test_a_fit_of_the_default_in_bfloat16_takes_nine_tenths_of_the_time(length: int) -> None:
    X, y = data(length, 512)
    single, mixed = (
        SequenceClassifier(random_state=0, max_epochs=EPOCHS, device="cpu", mixed_precision=value)
        for value in (False, True)
    )
    mine, theirs = in_turns(
        f"fit in bfloat16, {length} bp",
        lambda: mixed.fit(X, y),
        lambda: single.fit(X, y),
        EPOCHS * len(X) // BATCH,
        n=3,
    )
    if not resolve_mixed_precision("auto", "cpu"):
        pytest.skip("the processor imitates bfloat16, at the cost above")
    assert mine <= 0.9 * theirs
