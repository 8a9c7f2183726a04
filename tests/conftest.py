"""What all tests share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# The same examples in every run, and no failure because a machine was busy.
settings.register_profile("deterministic", derandomize=True, deadline=None, database=None)
settings.load_profile("deterministic")


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """Folder of reference values and data that lies beside the checkout."""
    path = Path(__file__).parents[2] / "shared"
    if not path.is_dir():
        pytest.skip("no folder `shared` beside the checkout: reference values and data are there")
    return path


@pytest.fixture(scope="session")
def processes_left() -> Callable[..., list[int]]:
    """Wait until no process of a session lives; return those that still do after some seconds."""
    import time

    def of_session(session: int) -> list[int]:
        found = []
        for path in Path("/proc").glob("[0-9]*"):
            try:
                state, _, group = path.joinpath("stat").read_text().rpartition(")")[2].split()[:3]
                command = path.joinpath("cmdline").read_bytes()
            except OSError:  # it ended meanwhile
                continue
            # joblib's tracker outlives the others, to clean up behind them
            if int(group) == session and state != "Z" and b"resource_tracker" not in command:
                found.append(int(path.name))
        return found

    def wait(session: int, seconds: float) -> list[int]:
        end = time.monotonic() + seconds
        while (alive := of_session(session)) and time.monotonic() < end:
            time.sleep(0.02)
        return alive

    return wait


@pytest.fixture(params=["cpu", "cuda"])
def device(request: pytest.FixtureRequest) -> str:
    """Run a test on the processor, and on a GPU where there is one."""
    import torch

    if request.param == "cuda" and not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    return request.param


@pytest.fixture(scope="session")
def make_comparison() -> Callable[..., Any]:
    """Make results of a comparison with chosen scores, without training anything."""
    import numpy as np
    import pandas as pd

    from rcseq.model_selection import StrategyComparison

    def make(
        scores: dict[str, Any],
        *,
        discordance: dict[str, float] | None = None,
        speed: dict[str, float] | None = None,
        baselines: tuple[str, ...] = (),
        n_folds: int = 5,
        fit_time: dict[str, float] | None = None,
    ) -> StrategyComparison:
        """Scores by strategy, over folds and then seeds; a speed of 2 learns in half the steps."""
        rng = np.random.default_rng(0)
        rows, curves, predictions = [], [], []
        for name, values in scores.items():
            apart = (discordance or {}).get(name, 0.0)
            for number, score in enumerate(values):
                seed, fold = divmod(number, n_folds)
                key = {"strategy": name, "seed": seed, "fold": fold, "train_size": 1.0}
                truth = np.arange(40) % 2
                score_forward = np.clip(0.3 + 0.4 * truth + rng.normal(0, 0.15, 40), 0, 1)
                score_reverse = score_forward.copy()
                score_reverse[0] += apart if score_forward[0] < 0.5 else -apart
                rows.append(
                    {
                        **{k: v for k, v in key.items() if k != "train_size"},
                        "test_roc_auc": score,
                        "fit_time": (fit_time or {}).get(name, 1.0),
                        "score_time": 0.1,
                        "n_epochs": None if name in baselines else 10,
                        "n_parameters": 500,
                        "strand_discordance": apart,
                        "n_train": 160,
                        "n_test": 40,
                        "train_size": 1.0,
                    }
                )
                predictions.append(
                    pd.DataFrame(
                        {
                            **key,
                            "index": np.arange(40) + 40 * fold,
                            "output": 1,
                            "y_true": truth,
                            "y_score": score_forward,
                            "y_score_rc": score_reverse,
                        }
                    )
                )
                rate = (speed or {}).get(name, 1.0) * (1 + 0.02 * number)
                for epoch in range(1, 0 if name in baselines else 11):
                    loss = 0.7 * np.exp(-0.2 * rate * epoch)
                    curves.append(
                        {
                            **key,
                            "epoch": epoch,
                            "step": 20 * epoch,
                            "seconds": 0.1 * epoch,
                            "train_loss": loss,
                            "valid_loss": loss + 0.05,
                        }
                    )
        return StrategyComparison(
            pd.DataFrame(rows).astype({"n_epochs": "Int64", "n_parameters": "Int64"}),
            curves=pd.DataFrame(curves),
            predictions=pd.concat(predictions, ignore_index=True),
            chance={"roc_auc": 0.5},
            baselines=baselines,
        )

    return make
