"""What all tests share."""

from pathlib import Path

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


@pytest.fixture(params=["cpu", "cuda"])
def device(request: pytest.FixtureRequest) -> str:
    """Run a test on the processor, and on a GPU where there is one."""
    import torch

    if request.param == "cuda" and not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    return request.param
