from collections.abc import Callable

import pytest
import torch
from torch import nn

from rcseq.nn import channels_last
from rcseq.nn.layers import plain
from rcseq.nn.layers.plain import cropped

CASES = [
    ("Conv1d", (6, 4, 5), {"stride": 2, "padding": 2, "dilation": 2}),
    ("Conv1d", (6, 6, 3), {"groups": 3, "padding": "same"}),
    ("Conv1d", (6, 4, 3), {"padding": 1, "padding_mode": "circular"}),
    ("ConvTranspose1d", (6, 4, 5), {"stride": 2, "padding": 2, "output_padding": 1}),
    ("BatchNorm1d", (6,), {}),
    ("MaxPool1d", (4,), {"stride": 3, "padding": 1}),
    ("MaxPool1d", (4,), {"dilation": 2}),
    ("AvgPool1d", (4,), {"stride": 3, "padding": 1}),
    ("AvgPool1d", (4,), {"padding": 1, "count_include_pad": False}),
]


@pytest.mark.parametrize(("name", "args", "options"), CASES)
@pytest.mark.parametrize("training", [True, False])
def test_same_as_torch_in_either_memory_format(
    name: str, args: tuple, options: dict, training: bool
) -> None:
    layer = getattr(plain, name)(*args, **options).train(training)
    twin = getattr(nn, name)(*args, **options).train(training)
    twin.load_state_dict(layer.state_dict())
    x = torch.randn(3, 6, 17)
    expected = twin(x)
    torch.testing.assert_close(layer(x), expected)
    torch.testing.assert_close(layer(channels_last(x)), expected, rtol=1e-4, atol=1e-5)
    if options.get("padding_mode") is None and options.get("dilation", 1) == 1:
        assert layer(channels_last(x)).stride(1) == 1
    assert set(layer.state_dict()) == set(twin.state_dict())


@pytest.mark.parametrize(
    "layer", [plain.MaxPool1d(4, 3, ceil_mode=True), plain.AvgPool1d(4, 3, ceil_mode=True)]
)
@pytest.mark.parametrize("length", range(4, 16))
def test_pooling_with_ceil_mode_is_symmetric(layer: nn.Module, length: int) -> None:
    x = torch.randn(2, 3, length)
    torch.testing.assert_close(layer(x.flip(-1)), layer(x).flip(-1))
    torch.testing.assert_close(layer(channels_last(x)), layer(x))
    ones = torch.ones(1, 1, length)
    assert torch.equal(layer(ones), torch.ones_like(layer(ones)))  # padding counts for nothing


@pytest.mark.parametrize("kind", [plain.MaxPool1d, plain.AvgPool1d])
def test_ceil_mode_refuses_its_own_padding(kind: Callable) -> None:
    with pytest.raises(ValueError, match="leave padding at 0"):
        kind(4, padding=1, ceil_mode=True)(torch.zeros(1, 1, 9))


def test_batch_norm_takes_vectors_and_refuses_the_rest() -> None:
    x = torch.randn(5, 6)
    torch.testing.assert_close(plain.BatchNorm1d(6)(x), nn.BatchNorm1d(6)(x))
    with pytest.raises(ValueError, match="expected a tensor of shape"):
        plain.BatchNorm1d(6)(torch.zeros(6))


def test_transposed_convolution_takes_an_output_size() -> None:
    layer = plain.ConvTranspose1d(6, 4, 5, stride=2)
    x = torch.randn(1, 6, 9)
    assert layer(channels_last(x), output_size=[22]).shape == (1, 4, 22)


def test_layer_norm_of_channels() -> None:
    x = 3 + torch.randn(2, 6, 9)
    layer, twin = plain.LayerNorm(6), nn.LayerNorm(6)
    expected = twin(x.transpose(1, 2)).transpose(1, 2)
    torch.testing.assert_close(layer(x), expected)
    torch.testing.assert_close(layer(channels_last(x)), expected)
    masked = plain.LayerNorm(6, centred=[True] * 4 + [False] * 2)
    y = masked(x)
    torch.testing.assert_close(y[:, :4].mean(1), torch.zeros(2, 9), atol=1e-5, rtol=0)
    torch.testing.assert_close(y.square().mean(1), torch.ones(2, 9), atol=1e-4, rtol=0)
    assert masked.state_dict()["centred"].tolist() == [True] * 4 + [False] * 2
    assert plain.LayerNorm(6, centred=[True] * 6).centred is None


def test_residual_crops_evenly() -> None:
    x = torch.randn(2, 6, 9)
    body = plain.Conv1d(6, 6, 5)
    torch.testing.assert_close(plain.Residual(body)(x), x[..., 2:-2] + body(x))
    narrow = plain.Conv1d(6, 6, 1)
    torch.testing.assert_close(
        plain.Residual(body, narrow)(x), narrow(x)[..., 2:-2] + body(x), rtol=1e-5, atol=1e-5
    )
    with pytest.raises(ValueError, match="over 9 positions got 6 from its body"):
        plain.Residual(plain.Conv1d(6, 6, 4))(x)
    vectors = x[..., 0]  # without positions there is nothing to crop
    assert cropped(vectors, vectors) is vectors
    assert cropped(x, x) is x


def test_channels_last_changes_the_memory_format_alone() -> None:
    x = torch.randn(2, 6, 9)
    y = plain.ChannelsLast()(x)
    assert torch.equal(y, x)
    assert y.stride() == (54, 1, 6)
