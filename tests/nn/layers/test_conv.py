from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from rcseq.nn import DNA, FieldType, RCConv1d, channels_last, to_conventional

types = st.sampled_from(["DNA", "2reg", "4reg", "2a", "2b", "2reg+1a+1b", "1reg+1reg", "kmer2"])


@settings(max_examples=300)
@given(
    in_type=types,
    out_type=types,
    kernel_size=st.integers(1, 31),
    stride=st.integers(1, 4),
    dilation=st.integers(1, 3),
    groups=st.sampled_from([1, 1, 1, 2, 4]),
    padding=st.sampled_from(["valid", "same", 0, 1, 5]),
    bias=st.booleans(),
    windows=st.integers(1, 6),
    extra=st.integers(0, 3),
    n=st.integers(1, 3),
)
def test_exact_or_refused(
    check_equivariance: Callable[..., None],
    in_type: str,
    out_type: str,
    kernel_size: int,
    stride: int,
    dilation: int,
    groups: int,
    padding: int | str,
    bias: bool,
    windows: int,
    extra: int,
    n: int,
) -> None:
    span = dilation * (kernel_size - 1)
    refusal = ""
    try:
        layer = RCConv1d(
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
        reasons = {
            "which two sides cannot share": padding == "same" and span % 2 == 1,
            "keeps the length and stride": padding == "same" and stride > 1,
            "kernel of size 1 leaves nothing but zero": kernel_size == 1
            and "b" in in_type + out_type,
            "groups": groups > 1,
        }
        assert any(text in refusal and holds for text, holds in reasons.items()), refusal
        return
    pad = {"valid": 0, "same": span // 2}.get(str(padding), padding)
    remainder = extra % stride
    length = span + 1 + (windows - 1) * stride + remainder - 2 * int(pad)
    if length < 1:
        return
    if remainder:
        with pytest.raises(ValueError, match=f"leaves {remainder} positions over"):
            layer(torch.zeros(n, layer.in_type.size, length))
        return
    check_equivariance(layer, length, n)
    x = torch.randn(n, layer.in_type.size, length)
    assert layer(x).shape == (n, layer.out_type.size, windows)
    torch.testing.assert_close(to_conventional(layer)(x), layer(x), rtol=0, atol=1e-5)


@pytest.mark.parametrize(
    "case", ["conv_nobias", "conv_even_kernel", "conv_hidden_stride2", "conv_hidden_dilated"]
)
def test_original_layer(reference: Callable, case: str) -> None:
    original = reference(case)
    x, kernel, meta = original.maps(original.input), original.weights["kernel"], original.meta
    hidden = x.shape[1] != 4
    layer = RCConv1d(
        x.shape[1] // 2 if hidden else DNA,
        meta["filters"],
        meta["kernel_size"],
        stride=meta.get("strides", 1),
        dilation=meta.get("dilation", 1),
        bias=False,
    )
    filters = kernel.permute(2, 1, 0)
    filters = original.stacked(filters, 1) if hidden else filters
    layer.load_state_dict({"weight": filters})
    original.assert_same(layer(x), original.maps(original.output))


def test_agrees_with_torch_in_either_memory_format() -> None:
    layer = RCConv1d(4, 6, 5, stride=2, dilation=2, padding=3)
    x = torch.randn(3, 8, 21)
    plain = nn.Conv1d(8, 12, 5, stride=2, dilation=2, padding=3)
    plain.load_state_dict(to_conventional(layer).state_dict())
    torch.testing.assert_close(layer(x), plain(x))
    y = layer(channels_last(x))
    torch.testing.assert_close(y, plain(x))
    assert y.stride(1) == 1
    assert type(to_conventional(layer)) is nn.Conv1d


def test_learned_parameters_are_those_of_the_paper() -> None:
    layer = RCConv1d(DNA, 16, kernel_size=15)
    assert layer.weight.shape == (16, 4, 15)
    assert layer.bias is not None
    assert layer.bias.shape == (16,)
    full = layer.expanded_weight()
    assert torch.equal(full[:16], layer.weight)
    assert torch.equal(full[16:], layer.weight.flip(1, 2))
    assert RCConv1d(16, 16, 14).weight.shape == (16, 32, 14)
    assert RCConv1d(DNA, 16, 15, bias=False).bias is None
    assert RCConv1d(DNA, "4b", 15).expanded_bias() is None
    mixed = RCConv1d(DNA, "4reg+2a+3b", 15)
    assert mixed.expanded_bias().count_nonzero() == 10


@pytest.mark.parametrize("out_type", ["24reg", "48a", "16reg+8a+8b"])
def test_entries_have_the_variance_of_the_plain_layer(out_type: str) -> None:
    layer = RCConv1d(8, out_type, kernel_size=12)
    plain = nn.Conv1d(16, layer.out_type.size, 12)
    full = layer.expanded_weight()
    assert full.std().item() == pytest.approx(plain.weight.std().item(), rel=0.03)
    assert full.abs().max().item() <= (16 * 12) ** -0.5
    grouped = RCConv1d(8, 8, 12, groups=4)
    assert grouped.expanded_weight().std().item() == pytest.approx((3 * 4 * 12) ** -0.5, rel=0.1)


def test_gradients() -> None:
    for in_type, out_type in [("DNA", "2reg"), ("1reg+1a+1b", "1a+1b+1reg")]:
        layer = RCConv1d(in_type, out_type, 3, stride=2, padding=1).double()
        x = torch.randn(2, layer.in_type.size, 7, dtype=torch.float64, requires_grad=True)
        for inputs in (x, channels_last(x)):
            assert torch.autograd.gradcheck(layer, inputs)
        weight = layer.weight.detach().clone().requires_grad_()
        assert torch.autograd.gradcheck(
            lambda w, layer=layer, x=x: torch.func.functional_call(layer, {"weight": w}, (x,)),
            weight,
        )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kernel_size": 0}, "kernel_size must be a whole number of at least 1; got 0"),
        ({"stride": 0}, "stride must be a whole number of at least 1"),
        ({"dilation": 1.5}, "dilation must be a whole number"),
        ({"padding": -1}, "padding must be 'valid', 'same' or a whole number of at least 0"),
        ({"padding": "full"}, "padding must be 'valid', 'same' or"),
        ({"padding": "same", "kernel_size": 4}, "take an odd kernel_size, an even dilation"),
        ({"padding": "same", "kernel_size": 5, "stride": 2}, "give the padding as a number"),
        ({"groups": 3}, "must divide the 4 channels of DNA"),
        ({"groups": 4}, "does not map 4 groups of DNA onto groups of 8reg"),
    ],
)
def test_illegal_options_are_refused(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RCConv1d(DNA, 8, **{"kernel_size": 5, **options})


def test_illegal_inputs_are_refused() -> None:
    layer = RCConv1d(DNA, 8, 5, stride=3)
    with pytest.raises(ValueError, match="takes a tensor of shape"):
        layer(torch.zeros(4, 20))
    with pytest.raises(ValueError, match="takes 4 channels on axis 1"):
        layer(torch.zeros(2, 20, 4))
    with pytest.raises(ValueError, match="a length of 20 or 23 works"):
        layer(torch.zeros(2, 4, 21))
    with pytest.raises(ValueError, match="too short by 2"):
        layer(torch.zeros(2, 4, 3))


def test_repr_teaches() -> None:
    assert repr(RCConv1d(DNA, 16, kernel_size=15)) == "RCConv1d(DNA -> 16reg, kernel_size=15)"
    layer = RCConv1d(4, "4reg", 3, stride=2, dilation=2, groups=2, padding=1, bias=False)
    assert repr(layer) == (
        "RCConv1d(4reg -> 4reg, kernel_size=3, stride=2, dilation=2, groups=2, padding=1, "
        "bias=False)"
    )
    assert layer.in_type == layer.out_type == FieldType(4)
