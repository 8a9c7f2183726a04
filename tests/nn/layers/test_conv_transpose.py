from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from rcseq.nn import RCConvTranspose1d, channels_last, to_conventional

types = st.sampled_from(["DNA", "2reg", "4reg", "2a", "2b", "2reg+1a+1b", "1reg+1reg", "kmer2"])


@settings(max_examples=80)
@given(
    in_type=types,
    out_type=types,
    kernel_size=st.integers(1, 31),
    stride=st.integers(1, 4),
    dilation=st.integers(1, 3),
    groups=st.sampled_from([1, 1, 1, 2, 4]),
    padding=st.integers(0, 3),
    bias=st.booleans(),
    length=st.integers(1, 9),
)
def test_exact_or_refused(
    check_equivariance: Callable[..., None],
    in_type: str,
    out_type: str,
    kernel_size: int,
    stride: int,
    dilation: int,
    groups: int,
    padding: int,
    bias: bool,
    length: int,
) -> None:
    refusal = ""
    try:
        layer = RCConvTranspose1d(
            in_type,
            out_type,
            kernel_size,
            stride=stride,
            dilation=dilation,
            groups=groups,
            padding=padding,
            bias=bias,
        )
    except ValueError as error:
        refusal = str(error)
    if refusal:
        zero = "kernel of size 1 leaves nothing but zero" in refusal and kernel_size == 1
        assert zero or ("groups" in refusal and groups > 1), refusal
        return
    length_out = (length - 1) * stride - 2 * padding + dilation * (kernel_size - 1) + 1
    if length_out < 1:
        return
    check_equivariance(layer, length)
    x = torch.randn(2, layer.in_type.size, length)
    assert layer(x).shape == (2, layer.out_type.size, length_out)
    torch.testing.assert_close(to_conventional(layer)(x), layer(x), rtol=0, atol=1e-5)


def test_original_layer(reference: Callable) -> None:
    original = reference("conv_transpose")
    kernel = original.weights["kernel"]  # (width, filters, mirrored in)
    filters = original.stacked(kernel.permute(2, 1, 0), 0)
    layer = RCConvTranspose1d(3, 3, 5, stride=2, bias=False)
    full = torch.cat([filters, layer.in_type.act(filters.transpose(0, 1)).transpose(0, 1)], 1)
    layer.load_state_dict({"weight": full[: layer.weight.shape[0]]})
    original.assert_same(layer(original.maps(original.input)), original.maps(original.output))
    torch.testing.assert_close(layer.expanded_weight(), full)


def test_agrees_with_torch_in_either_memory_format() -> None:
    layer = RCConvTranspose1d(4, 6, 5, stride=2, dilation=2, padding=3)
    x = torch.randn(3, 8, 21)
    plain = nn.ConvTranspose1d(8, 12, 5, stride=2, dilation=2, padding=3)
    plain.load_state_dict(to_conventional(layer).state_dict())
    torch.testing.assert_close(layer(x), plain(x))
    y = layer(channels_last(x))
    torch.testing.assert_close(y, plain(x))
    assert y.stride(1) == 1


def test_first_weights_have_the_variance_of_the_plain_layer() -> None:
    full = RCConvTranspose1d(16, 16, 12).expanded_weight()
    plain = nn.ConvTranspose1d(32, 32, 12).weight
    assert full.std().item() == pytest.approx(plain.std().item(), rel=0.03)


def test_gradients() -> None:
    layer = RCConvTranspose1d("1reg+1a", "1reg+1b", 3, stride=2).double()
    x = torch.randn(2, 3, 4, dtype=torch.float64, requires_grad=True)
    for inputs in (x, channels_last(x)):
        assert torch.autograd.gradcheck(layer, inputs)


def test_illegal_options_are_refused() -> None:
    with pytest.raises(ValueError, match="padding must be a whole number of at least 0"):
        RCConvTranspose1d(2, 2, 3, padding=-1)
    with pytest.raises(ValueError, match="does not map 3 groups of 3reg"):
        RCConvTranspose1d(3, 3, 3, groups=3)
    with pytest.raises(ValueError, match="takes 4 channels"):
        RCConvTranspose1d(2, 2, 3)(torch.zeros(1, 5, 7))


def test_repr_teaches() -> None:
    layer = RCConvTranspose1d(3, "2a", 4, stride=2, padding=1, bias=False)
    expected = "RCConvTranspose1d(3reg -> 2a, kernel_size=4, stride=2, padding=1, bias=False)"
    assert repr(layer) == expected
