import pytest
import torch
from torch import nn

from rcseq.nn import (
    DNA,
    AvgPool1d,
    Conv1d,
    ConvTranspose1d,
    KmerEmbedding,
    MaxPool1d,
    RCActivation,
    RCAvgPool1d,
    RCConv1d,
    RCConvTranspose1d,
    RCMaxPool1d,
    RCResidual,
    RCSequential,
    Residual,
    output_length,
)
from rcseq.nn.layers._length import n_windows

LAYERS = {
    "RCConv1d": lambda: RCConv1d(DNA, 2, 5),
    "RCConv1d same": lambda: RCConv1d(DNA, 2, 5, dilation=2, padding="same"),
    "RCConv1d stride": lambda: RCConv1d(DNA, 2, 5, stride=2, padding=1),
    "RCConvTranspose1d": lambda: RCConvTranspose1d(DNA, 2, 5, stride=3, dilation=2, padding=1),
    "RCMaxPool1d": lambda: RCMaxPool1d(DNA, 3, stride=2),
    "RCMaxPool1d ceil": lambda: RCMaxPool1d(DNA, 4, stride=3, ceil_mode=True),
    "RCAvgPool1d": lambda: RCAvgPool1d(DNA, 4, stride=1, padding=2),
    "KmerEmbedding": lambda: KmerEmbedding(3),
    "RCResidual": lambda: RCResidual(RCConv1d(DNA, DNA, 5)),
    "RCSequential": lambda: RCSequential(
        RCConv1d(DNA, 2, 4), RCActivation(2), RCMaxPool1d(2, 3, ceil_mode=True)
    ),
    "Conv1d": lambda: Conv1d(4, 2, 5, stride=2, dilation=2, padding=3),
    "Conv1d same": lambda: Conv1d(4, 2, 5, padding="same"),
    "Conv1d valid": lambda: Conv1d(4, 2, 4, padding="valid"),
    "ConvTranspose1d": lambda: ConvTranspose1d(
        4, 2, 5, stride=3, dilation=2, padding=1, output_padding=1
    ),
    "MaxPool1d": lambda: MaxPool1d(3, 2, padding=1, dilation=2),
    "MaxPool1d ceil": lambda: MaxPool1d(4, 3, ceil_mode=True),
    "AvgPool1d": lambda: AvgPool1d(4, 3, padding=1),
    "Residual": lambda: Residual(Conv1d(4, 4, 5)),
    "ReLU": nn.ReLU,
}


@pytest.mark.parametrize("name", LAYERS)
def test_length_is_that_of_the_map(name: str) -> None:
    layer = LAYERS[name]()
    for length in range(9, 30):
        try:
            expected = layer(torch.zeros(1, 4, length)).shape[-1]
        except ValueError:  # a length that cannot be exact is refused in both
            with pytest.raises(ValueError, match=r"works|short|positions"):
                output_length(layer, length)
        else:
            assert output_length(layer, length) == expected


def test_chains_add_up() -> None:
    chain = nn.Sequential(RCConv1d(DNA, 2, 5), nn.Sequential(RCActivation(2), KmerEmbedding(3)))
    assert output_length(chain, 20) == 20 - 4 - 2


def test_attribute_of_that_name_is_no_method() -> None:
    layer = nn.ReLU()
    layer.output_length = 3
    assert output_length(layer, 20) == 20


def test_windows_are_counted() -> None:
    assert n_windows(10, 4, 3) == 3
    assert n_windows(10, 4, 3, 1) == 3
    assert n_windows(10, 4) == 7
