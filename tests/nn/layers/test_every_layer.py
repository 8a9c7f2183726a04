"""What all layers owe to PyTorch: copies, devices, precisions, compilers and exporters."""

import copy
import io
import pickle
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

import rcseq.nn.layers
from rcseq.nn import (
    DNA,
    FieldType,
    KmerEmbedding,
    RCActivation,
    RCAvgPool1d,
    RCBatchNorm1d,
    RCConv1d,
    RCConvTranspose1d,
    RCDropout,
    RCLayerNorm,
    RCLinear,
    RCMaxPool1d,
    RCResidual,
    RCSelfAttention,
    RCSeparableLinear,
    RCSequential,
    RCWeightedSum,
    StrandMax,
    StrandMean,
    StrandSum,
    channels_last,
    to_conventional,
)
from rcseq.testing import assert_equivariant

LENGTH = 12
MIXED = "1reg+2a+1b"

# At least one of each kind; where a type may be mixed, both the short way and the general one.
LAYERS: dict[str, Callable[[], nn.Module]] = {
    "RCConv1d": lambda: RCConv1d(DNA, 3, 5),
    "RCConv1d mixed": lambda: RCConv1d(MIXED, MIXED, 3, padding="same"),
    "RCConvTranspose1d": lambda: RCConvTranspose1d(2, 3, 5, stride=2),
    "RCConvTranspose1d mixed": lambda: RCConvTranspose1d(MIXED, 2, 5),
    "RCBatchNorm1d": lambda: RCBatchNorm1d(3),
    "RCBatchNorm1d mixed": lambda: RCBatchNorm1d(MIXED),
    "RCLayerNorm": lambda: RCLayerNorm(3),
    "RCLayerNorm mixed": lambda: RCLayerNorm(MIXED),
    "RCWeightedSum": lambda: RCWeightedSum(3, LENGTH, bias=True),
    "RCWeightedSum mixed": lambda: RCWeightedSum(MIXED, LENGTH, symmetric=True),
    "RCLinear": lambda: RCLinear(3, 2, LENGTH),
    "RCLinear mixed": lambda: RCLinear(MIXED, MIXED, LENGTH),
    "RCSeparableLinear": lambda: RCSeparableLinear(3, 2, LENGTH),
    "RCMaxPool1d": lambda: RCMaxPool1d(3, 5, ceil_mode=True),
    "RCAvgPool1d": lambda: RCAvgPool1d(MIXED, 5, ceil_mode=True),
    "RCActivation": lambda: RCActivation(3, "gelu"),
    "RCActivation mixed": lambda: RCActivation(MIXED, "tanh"),
    "RCDropout": lambda: RCDropout(3, 0.3),
    "RCDropout mixed": lambda: RCDropout(MIXED, 0.3),
    "StrandSum": lambda: StrandSum(3),
    "StrandMean": lambda: StrandMean("2reg+1a"),
    "StrandMax": lambda: StrandMax(3),
    "KmerEmbedding": lambda: KmerEmbedding(2),
    "RCResidual": lambda: RCResidual(RCConv1d(3, 3, 3)),
    "RCSequential": lambda: RCSequential(RCConv1d(DNA, 3, 3), RCActivation(3), StrandSum(3)),
}
every_layer = pytest.mark.parametrize("name", LAYERS)
both_modes = pytest.mark.parametrize("training", [True, False])


def build(name: str, training: bool = True) -> tuple[nn.Module, Tensor]:
    layer = LAYERS[name]().train(training)
    return layer, torch.randn(4, layer.in_type.size, LENGTH)


def seeded(layer: Callable[..., Tensor], x: Tensor) -> Tensor:
    torch.manual_seed(5)
    return layer(x)


def test_every_layer_is_here() -> None:
    kinds = {type(build()).__name__ for build in LAYERS.values()}
    public = {
        name
        for name in rcseq.nn.layers.__all__
        if name.startswith(("RC", "Strand", "Kmer")) and name != "RCLayer"
    }
    elsewhere = {"RCAttentionBlock", "RCSelfAttention"}  # in test_attention.py
    assert kinds == public - elsewhere


@every_layer
@both_modes
def test_equivariant_as_the_public_check_says(name: str, training: bool) -> None:
    layer, _ = build(name, training)
    assert_equivariant(layer, length=LENGTH)
    assert_equivariant(layer.double(), length=LENGTH)


@every_layer
@both_modes
def test_copies_give_the_same(name: str, training: bool) -> None:
    layer, x = build(name, training)
    other = LAYERS[name]().train(training)
    other.load_state_dict(layer.state_dict())
    saved = io.BytesIO()
    torch.save(layer, saved)
    saved.seek(0)
    copies = [
        other,
        copy.deepcopy(layer),
        pickle.loads(pickle.dumps(layer)),
        torch.load(saved, weights_only=False),
    ]
    expected = seeded(layer, x)
    for twin in copies:
        assert torch.equal(seeded(twin, x), expected)
        assert repr(twin) == repr(layer)


@every_layer
@both_modes
def test_memory_format_changes_nothing(name: str, training: bool) -> None:
    layer, x = build(name, training)
    if isinstance(layer, RCDropout) and training:
        pytest.skip("each memory format has its own order of draws")
    expected = layer(x)
    torch.testing.assert_close(layer(channels_last(x)), expected, rtol=1e-4, atol=1e-5)


@every_layer
@both_modes
def test_functional_call_and_gradients(name: str, training: bool) -> None:
    layer, x = build(name, training)
    state = {key: value.detach().clone() for key, value in layer.named_parameters()}

    def loss(parameters: dict[str, Tensor], buffers: dict[str, Tensor], x: Tensor) -> Tensor:
        return torch.func.functional_call(layer, (parameters, buffers), (x,)).square().sum()

    buffers = {key: value.clone() for key, value in layer.named_buffers()}
    torch.manual_seed(5)
    gradients = torch.func.grad(loss)(state, buffers, x)
    torch.manual_seed(5)
    layer(x).square().sum().backward() if state else None
    for key, parameter in layer.named_parameters():
        torch.testing.assert_close(gradients[key], parameter.grad)
        assert parameter.grad.abs().sum() > 0 or "bias" in key  # every parameter is used


@every_layer
@both_modes
def test_gradient_of_an_invariant_is_equivariant(name: str, training: bool) -> None:
    layer, x = build(name, training)
    layer, x = layer.double(), x.double()
    gradients = []
    for inputs in (x, layer.in_type.act(x)):
        inputs.requires_grad_()
        y = seeded(layer, inputs)
        (gradient,) = torch.autograd.grad((y**2).sum(), inputs)
        gradients.append(gradient)
    torch.testing.assert_close(gradients[1], layer.in_type.act(gradients[0]), rtol=0, atol=1e-12)


@every_layer
@both_modes
# The compiler makes an instance of an autograd function, which PyTorch itself frowns upon.
@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")
def test_compiles_without_graph_break(name: str, training: bool) -> None:
    layer, x = build(name, training)
    torch.compiler.reset()
    compiled = torch.compile(layer, backend="eager", fullgraph=True)
    assert torch.equal(seeded(compiled, x), seeded(copy.deepcopy(layer), x))


@every_layer
def test_exports(name: str) -> None:
    layer, x = build(name, training=False)
    dynamic = {0: torch.export.Dim("n", min=2)}
    program = torch.export.export(layer, (x,), dynamic_shapes=(dynamic,))
    other = torch.randn(7, *x.shape[1:])
    torch.testing.assert_close(program.module()(other), layer(other))


@every_layer
def test_conventional_form_gives_the_same_in_evaluation(name: str) -> None:
    layer, x = build(name)
    layer(x)  # statistics of a batch norm are no longer the first ones
    layer.eval()
    plain = to_conventional(layer).eval()
    torch.testing.assert_close(plain(x), layer(x), rtol=1e-4, atol=1e-5)
    assert not any(a is b for a in plain.parameters() for b in layer.parameters())


@every_layer
@both_modes
def test_runs_in_bfloat16(name: str, training: bool, device: str) -> None:
    layer, x = build(name, training)
    expected = seeded(copy.deepcopy(layer), x)
    layer, x = layer.to(device), x.to(device)
    with torch.autocast(device, dtype=torch.bfloat16):
        y = layer(x.requires_grad_())
    y.float().sum().backward() if y.requires_grad else None
    if device == "cpu" or not isinstance(layer, RCDropout):  # each device draws for itself
        assert y.shape == expected.shape
    if not (isinstance(layer, RCDropout) and training):
        torch.testing.assert_close(y.float().cpu(), expected, rtol=0.1, atol=0.1)
    assert torch.isfinite(x.grad).all()


@every_layer
@both_modes
def test_agrees_with_double_precision_on_every_device(
    name: str, training: bool, device: str
) -> None:
    layer, x = build(name, training)
    if isinstance(layer, RCDropout) and training:
        pytest.skip("each device has its own order of draws")
    expected = copy.deepcopy(layer).double()(x.double())
    y = copy.deepcopy(layer).to(device)(x.to(device))
    torch.testing.assert_close(y.cpu().double(), expected, rtol=1e-3, atol=1e-4)
    assert_equivariant(layer.double().to(device), length=LENGTH)


# What can be built between types that are drawn at random; those without an output type ignore it.
OF_ANY_TYPE: dict[str, Callable[[FieldType, FieldType], nn.Module]] = {
    "RCConv1d": lambda i, o: RCConv1d(i, o, 3, padding=1),
    "RCConvTranspose1d": lambda i, o: RCConvTranspose1d(i, o, 3, stride=2),
    "RCBatchNorm1d": lambda i, _: RCBatchNorm1d(i),
    "RCLayerNorm": lambda i, _: RCLayerNorm(i),
    "RCWeightedSum": lambda i, _: RCWeightedSum(i, LENGTH, bias=True),
    "RCLinear": lambda i, o: RCLinear(i, o, LENGTH),
    "RCSeparableLinear": lambda i, o: RCSeparableLinear(i, o, LENGTH),
    "RCMaxPool1d": lambda i, _: RCMaxPool1d(i, 5, ceil_mode=True),
    "RCAvgPool1d": lambda i, _: RCAvgPool1d(i, 5, ceil_mode=True),
    "RCActivation": lambda i, _: RCActivation(i, "tanh"),
    "RCActivation relu": lambda i, _: RCActivation(i, "relu"),
    "RCDropout": lambda i, _: RCDropout(i, 0.3),
    "RCResidual": lambda i, o: RCResidual(RCConv1d(i, o, 3), RCConv1d(i, o, 3, padding=1)),
    "RCSelfAttention": lambda i, _: RCSelfAttention(i, 2, head_size=2),
    "StrandSum": lambda i, _: StrandSum(i),
    "StrandMean": lambda i, _: StrandMean(i),
    "StrandMax": lambda i, _: StrandMax(i),
}
blocks = st.tuples(st.sampled_from(["reg", "a", "b", "kmer"]), st.integers(1, 2))
types = st.lists(blocks, min_size=1, max_size=3).map(lambda drawn: FieldType(tuple(drawn)))


@pytest.mark.parametrize("name", OF_ANY_TYPE)
@both_modes
@settings(max_examples=15)
@given(in_type=types, out_type=types)
def test_exact_or_refused_between_random_types(
    name: str,
    training: bool,
    in_type: FieldType,
    out_type: FieldType,
    check_equivariance: Callable[..., None],
) -> None:
    try:
        layer = OF_ANY_TYPE[name](in_type, out_type)
    except ValueError as error:
        refusal = str(error)
    else:
        with torch.no_grad():  # fresh scales and statistics are symmetric, whatever the layer does
            for parameter in layer.parameters():
                parameter.add_(0.3 * torch.randn_like(parameter))
            for buffer in layer.buffers():
                if buffer.is_floating_point():
                    buffer.add_(torch.rand_like(buffer))
        check_equivariance(layer.train(training), LENGTH)
        return
    kinds = {kind for of in (in_type, out_type) for kind, _ in of.blocks}
    assert str(in_type) in refusal
    assert kinds & {"b", "kmer"}  # a type of regular pairs and a channels is always welcome


@every_layer
def test_builds_on_the_meta_device(name: str) -> None:
    layer, x = build(name, training=False)
    with torch.device("meta"):
        shell = LAYERS[name]().eval()
    assert all(value.is_meta for value in shell.state_dict().values())
    assert shell(x.to("meta")).shape == layer(x).shape
    shell = shell.to_empty(device="cpu")
    shell.load_state_dict(layer.state_dict())
    assert torch.equal(shell(x), layer(x))


@pytest.mark.parametrize("in_type", ["4reg", "2reg+2a+2b"])
@pytest.mark.filterwarnings("ignore:.*LeafSpec.*:FutureWarning")  # PyTorch's exporter of itself
def test_onnx(in_type: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    pytest.importorskip("onnxscript", reason="onnx, onnxscript and onnxruntime are not installed")
    runtime = pytest.importorskip("onnxruntime")
    layers = [
        RCConv1d(DNA, in_type, 5),
        RCBatchNorm1d(in_type),
        RCActivation(in_type, "tanh"),
        RCDropout(in_type),
        RCAvgPool1d(in_type, 4, ceil_mode=True),
        RCResidual(RCSequential(RCLayerNorm(in_type), RCConv1d(in_type, in_type, 3))),
        RCConv1d(in_type, 3, 1),
        RCMaxPool1d(3, 2, ceil_mode=True),
        RCConvTranspose1d(3, 2, 4, stride=2),
        RCWeightedSum(2, 8),
        StrandMax(2),
        RCLinear("2a", 3),
    ]
    net = RCSequential(*layers).eval()
    x = torch.randn(3, 4, 40)
    path = tmp_path_factory.mktemp("onnx") / "net.onnx"
    torch.onnx.export(net, (x,), path, dynamo=True, verbose=False, external_data=False)
    session = runtime.InferenceSession(path)
    (y,) = session.run(None, {session.get_inputs()[0].name: x.numpy()})
    torch.testing.assert_close(torch.from_numpy(y), net(x), rtol=1e-4, atol=1e-5)
