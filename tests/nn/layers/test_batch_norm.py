from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from rcseq.nn import FieldType, RCBatchNorm1d, channels_last, to_conventional

types = ["DNA", "2reg", "3a", "2b", "2reg+1a+1b", "1reg+1reg", "kmer2"]


@pytest.mark.parametrize("training", [True, False])
@given(in_type=st.sampled_from(types), length=st.sampled_from([None, 1, 2, 7]), n=st.integers(2, 4))
def test_equivariant(
    check_equivariance: Callable[..., None],
    training: bool,
    in_type: str,
    length: int | None,
    n: int,
) -> None:
    layer = RCBatchNorm1d(in_type).train(training)
    for parameter in layer.parameters():
        nn.init.normal_(parameter)
    if not training:
        layer.running_mean.normal_()
        layer.running_var.uniform_(0.5, 2)
    check_equivariance(layer, length, n)


def test_trained_like_the_original_layer(reference: Callable) -> None:
    original = reference("batchnorm_training")
    layer = RCBatchNorm1d(3, eps=original.meta["epsilon"])
    original.assert_same(layer(original.maps(original.input)), original.maps(original.output))


def test_evaluates_like_the_original_layer(reference: Callable) -> None:
    original = reference("batchnorm_inference")
    layer = RCBatchNorm1d(3, eps=original.meta["epsilon"]).eval()
    names = {
        "gamma": "weight",
        "beta": "bias",
        "moving_mean": "running_mean",
        "moving_variance": "running_var",
    }
    state = {new: original.weights[old] for old, new in names.items()}
    layer.load_state_dict({**layer.state_dict(), **state})
    x = original.maps(original.input)
    original.assert_same(layer(x), original.maps(original.output))
    original.assert_same(layer(channels_last(x)), original.maps(original.output))


@pytest.mark.parametrize("in_type", types)
@pytest.mark.parametrize("length", [None, 9])
def test_statistics_are_those_of_both_strands(in_type: str, length: int | None) -> None:
    """Plain batch norm on the map and its reverse complement together is the definition."""
    layer = RCBatchNorm1d(in_type, momentum=1.0).double()
    size = layer.in_type.size
    shape = (5, size) if length is None else (5, size, length)
    x = 2 + 3 * torch.randn(shape, dtype=torch.float64)
    plain = nn.BatchNorm1d(size, momentum=1.0).double()
    both = plain(torch.cat([x, layer.in_type.act(x)]))
    for inputs in [x] if length is None else [x, channels_last(x)]:
        torch.testing.assert_close(layer.train()(inputs), both[:5])
    # In evaluation, with running statistics: Bessel's correction counts each value once.
    layer.eval()
    pooled = torch.cat([x, layer.in_type.act(x)])
    dims = (0,) if length is None else (0, 2)
    mean = pooled.mean(dims, keepdim=True)
    n_values = x.numel() // size
    orbit = torch.tensor([1 + (i != j) for i, j in enumerate(layer.in_type.perm)]) * n_values
    free = torch.tensor([int(sign > 0) for sign in layer.in_type.sign])
    var = ((pooled - mean) ** 2).mean(dims) * orbit / (orbit - free)
    var = var.view(mean.shape)
    expected = (x - mean) / torch.sqrt(var + layer.eps)
    torch.testing.assert_close(layer(x), expected)
    torch.testing.assert_close(to_conventional(layer)(x), expected)


def test_table_and_view_give_the_same() -> None:
    """The general formula on regular pairs is the fast view, gradients and statistics included."""
    x = torch.randn(4, 6, 11, dtype=torch.float64, requires_grad=True)
    results = []
    for general in (False, True):
        layer = RCBatchNorm1d(3).double()
        layer.load_state_dict({**layer.state_dict(), "weight": torch.tensor([1.0, 2.0, 3.0])})
        if general:
            layer.forward = layer._by_orbits
        y = layer(x)
        (gradient,) = torch.autograd.grad(y.square().sum() + y[:, 0].sum(), x)
        results.append((y, gradient, layer.running_mean, layer.running_var))
    for fast, general in zip(*results, strict=True):
        torch.testing.assert_close(fast, general)


@pytest.mark.parametrize("in_type", ["3reg", "2reg+1a+1b"])
def test_running_statistics_converge_to_the_pooled_ones(in_type: str) -> None:
    layer = RCBatchNorm1d(in_type, momentum=None)
    size = layer.in_type.size
    batches = [
        1 + torch.randn(50, size, 20) * torch.arange(1, size + 1)[:, None] for _ in range(20)
    ]
    for batch in batches:
        layer(batch)
    assert layer.num_batches_tracked == 20
    everything = torch.cat(batches)
    pooled = torch.cat([everything, layer.in_type.act(everything)])
    y = layer.eval()(everything)
    var, mean = torch.var_mean(pooled, (0, 2), keepdim=True)
    torch.testing.assert_close(y, (everything - mean) / var.sqrt(), atol=2e-2, rtol=2e-2)


@pytest.mark.parametrize(
    "options", [{"affine": False}, {"track_running_stats": False}, {"momentum": None}]
)
@pytest.mark.parametrize("in_type", ["2reg", "1reg+1a+1b"])
def test_options_are_those_of_torch(options: dict, in_type: str) -> None:
    layer = RCBatchNorm1d(in_type, **options)
    x = torch.randn(6, 4, 8)
    layer(x), layer(x + 1)
    layer.eval()
    plain = to_conventional(layer)
    torch.testing.assert_close(plain(x), layer(x)) if layer.track_running_stats else None
    names = {name for name, _ in layer.named_buffers()}
    assert ("running_mean" in names) == options.get("track_running_stats", True)
    assert (layer.weight is not None) == options.get("affine", True)
    acted = layer.in_type.act(layer(x))
    torch.testing.assert_close(layer(layer.in_type.act(x)), acted, rtol=1e-5, atol=1e-5)


def test_one_set_of_statistics_for_a_pair() -> None:
    layer = RCBatchNorm1d("2reg+1a+1b")
    assert {name: tuple(value.shape) for name, value in layer.state_dict().items()} == {
        "weight": (4,),
        "bias": (3,),
        "running_mean": (3,),
        "running_var": (4,),
        "num_batches_tracked": (),
    }
    layer = RCBatchNorm1d("2b")
    assert layer.bias is None
    assert layer.running_mean.shape == (0,)


def test_reset() -> None:
    layer = RCBatchNorm1d("2reg+1b")
    fresh = {name: value.clone() for name, value in layer.state_dict().items()}
    layer(5 + torch.randn(4, 5, 6))
    nn.init.normal_(layer.weight)
    nn.init.normal_(layer.bias)
    assert not torch.equal(layer.running_var, fresh["running_var"])
    layer.reset_parameters()
    for name, value in layer.state_dict().items():
        assert torch.equal(value, fresh[name])


def test_memory_format_is_kept() -> None:
    x = channels_last(torch.randn(3, 6, 10))
    for layer in (RCBatchNorm1d(3), RCBatchNorm1d("6a")):
        assert layer(x).stride() == x.stride()
        assert layer(x.contiguous()).is_contiguous()


def test_gradients() -> None:
    for in_type in ("2reg", "1reg+1a+1b", "2b"):
        size = FieldType(in_type).size
        x = torch.randn(3, size, 4, dtype=torch.float64, requires_grad=True)
        layer = RCBatchNorm1d(in_type).double()
        for inputs in (x, channels_last(x)):
            assert torch.autograd.gradcheck(layer, inputs)
            assert torch.autograd.gradgradcheck(layer, inputs)


def test_conventional_forms() -> None:
    layer = RCBatchNorm1d(3).double()
    layer(torch.randn(4, 6, 5, dtype=torch.float64))
    plain = to_conventional(layer.eval())
    assert type(plain) is nn.BatchNorm1d
    assert plain.running_var.dtype == torch.float64
    assert plain.num_batches_tracked == 1
    assert not plain.training


def test_illegal_inputs_are_refused() -> None:
    with pytest.raises(ValueError, match="takes 6 channels on axis 1"):
        RCBatchNorm1d(3)(torch.zeros(2, 5, 3))
    with pytest.raises(ValueError, match="takes a tensor of shape"):
        RCBatchNorm1d(3)(torch.zeros(6))


def test_one_value_is_too_few_to_train_on() -> None:
    with pytest.raises(ValueError, match="needs more than one value of a channel to train on"):
        RCBatchNorm1d("1reg+1a")(torch.zeros(1, 3))
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        RCBatchNorm1d("2a")(torch.zeros(1, 2))
    assert RCBatchNorm1d("1reg+1a").eval()(torch.zeros(1, 3)).shape == (1, 3)


def test_repr_teaches() -> None:
    assert repr(RCBatchNorm1d(16)) == "RCBatchNorm1d(16reg)"
    layer = RCBatchNorm1d("2a", eps=1e-3, momentum=None, affine=False)
    assert repr(layer) == "RCBatchNorm1d(2a, eps=0.001, momentum=None, affine=False)"
