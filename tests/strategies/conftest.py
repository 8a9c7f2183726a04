import pytest
import torch


@pytest.fixture(params=[torch.float32, torch.float64], ids=str)
def x(request):
    codes = torch.randint(0, 4, (3, 7), generator=torch.Generator().manual_seed(0))
    return torch.nn.functional.one_hot(codes, 4).transpose(1, 2).to(request.param)


@pytest.fixture
def first_base():
    """A network that is as far from strand-free as can be: it reads the first position alone."""
    return lambda x: x[:, :1, 0] * (1 + x[:, -1:, 0])


@pytest.fixture
def squared():
    """A loss of two tensors, and a divergence."""

    def loss(output, y):
        return (output.ravel() - y).square().sum()

    loss.divergence = lambda output, other: (output - other).abs().sum()
    return loss
