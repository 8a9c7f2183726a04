from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from rcseq.nn import AvgPool1d, MaxPool1d, RCAvgPool1d, RCMaxPool1d, channels_last, to_conventional


@settings(max_examples=200)
@given(
    kind=st.sampled_from([RCMaxPool1d, RCAvgPool1d]),
    in_type=st.sampled_from(["DNA", "2reg", "2a", "2b", "1reg+1a+1b", "kmer2"]),
    kernel_size=st.integers(1, 31),
    stride=st.one_of(st.none(), st.integers(1, 31)),
    padding=st.integers(0, 4),
    ceil_mode=st.booleans(),
    length=st.integers(1, 70),
)
def test_exact_or_refused(
    check_equivariance: Callable[..., None],
    kind: type,
    in_type: str,
    kernel_size: int,
    stride: int | None,
    padding: int,
    ceil_mode: bool,
    length: int,
) -> None:
    step = kernel_size if stride is None else stride
    refused_when_built = {
        "not equivariant": kind is RCMaxPool1d and "b" in in_type,
        "more than half": 2 * padding > kernel_size,
        "leave padding at 0": ceil_mode and padding > 0,
        "skips positions": ceil_mode and step > kernel_size,
    }
    options = {"stride": stride, "padding": padding, "ceil_mode": ceil_mode}
    if any(refused_when_built.values()):
        with pytest.raises(
            ValueError, match="|".join(k for k, v in refused_when_built.items() if v)
        ):
            kind(in_type, kernel_size, **options)
        return
    layer = kind(in_type, kernel_size, **options)
    x = torch.randn(2, layer.in_type.size, length)
    room = length + 2 * padding - kernel_size
    if (room < 0 and not ceil_mode) or (room % step and not ceil_mode):
        with pytest.raises(ValueError, match=r"positions over|shorter than the window"):
            layer(x)
        return
    try:
        y = layer(x)
    except ValueError:
        assert ceil_mode
        assert length < kernel_size
        return
    check_equivariance(layer, length)
    torch.testing.assert_close(to_conventional(layer)(x.double()), layer(x.double()))
    if not ceil_mode:
        plain = (
            nn.MaxPool1d(kernel_size, step, padding)
            if kind is RCMaxPool1d
            else nn.AvgPool1d(kernel_size, step, padding, count_include_pad=False)
        )
        torch.testing.assert_close(y, plain(x))


def test_ceil_mode_leaves_no_position_out() -> None:
    for length in range(3, 30):
        x = torch.zeros(1, 1, length)
        for position in range(length):
            x.zero_()[0, 0, position] = 1
            assert RCMaxPool1d("1a", 7, stride=5, ceil_mode=True)(x).max() == 1


def test_padding_is_not_counted_in_averages() -> None:
    ones = torch.ones(1, 1, 9)
    assert torch.equal(RCAvgPool1d("1a", 4, ceil_mode=True)(ones), torch.ones(1, 1, 2))
    assert torch.equal(RCAvgPool1d("1a", 3, padding=1, stride=2)(ones), torch.ones(1, 1, 5))


def test_message_says_what_works() -> None:
    with pytest.raises(ValueError, match="a length of 40 or 60 works, and so does ceil_mode=True"):
        RCMaxPool1d(2, 40, stride=20)(torch.zeros(1, 4, 53))
    with pytest.raises(ValueError, match="a length of 7 is shorter than the window"):
        RCMaxPool1d(2, 40, stride=20)(torch.zeros(1, 4, 7))
    with pytest.raises(ValueError, match="use RCAvgPool1d, or reg and a channels"):
        RCMaxPool1d("2reg+1b", 4)


def test_conventional_forms_pad_alike() -> None:
    x = torch.randn(2, 4, 23)
    for layer, plain in [
        (RCMaxPool1d(2, 6, stride=4, ceil_mode=True), MaxPool1d),
        (RCAvgPool1d(2, 6, stride=4, ceil_mode=True), AvgPool1d),
    ]:
        conventional = to_conventional(layer)
        assert type(conventional) is plain
        assert torch.equal(conventional(x), layer(x))
        assert torch.equal(conventional(channels_last(x)), layer(channels_last(x)))


def test_gradients() -> None:
    x = torch.randn(2, 2, 11, dtype=torch.float64, requires_grad=True)
    for layer in (RCMaxPool1d(1, 4, ceil_mode=True), RCAvgPool1d("2b", 4, ceil_mode=True)):
        for inputs in (x, channels_last(x)):
            assert torch.autograd.gradcheck(layer, inputs)


def test_repr_teaches() -> None:
    assert repr(RCMaxPool1d(16, 40, stride=20)) == "RCMaxPool1d(16reg, kernel_size=40, stride=20)"
    assert repr(RCAvgPool1d("2b", 4, padding=1)) == "RCAvgPool1d(2b, kernel_size=4, padding=1)"
