"""What every network owes to its user and to PyTorch."""

import copy
import io
import pickle
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from rcseq.nn import ConvNet, OutputSymmetry, count_parameters
from rcseq.nn.networks._network import PadTo
from rcseq.testing import assert_equivariant

both_modes = pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])
both_forms = pytest.mark.parametrize("equivariant", [True, False], ids=["rc", "plain"])


def seeded(net, x: Tensor) -> Tensor:
    torch.manual_seed(7)
    return net(x)


@both_modes
@pytest.mark.parametrize("length", [120, 123])
def test_output_changes_with_the_strand_as_declared(build, training, dtype, length):
    net = build().train(training).to(dtype)
    assert_equivariant(net, length=net.length or length)


def test_conventional_form_is_not_equivariant(build, x):
    with pytest.raises(AssertionError, match="not equivariant"):
        assert_equivariant(build(equivariant=False).eval(), length=x.shape[-1])


def test_gradient_is_equivariant(build, x):
    net, x = build().double().eval(), x.double()
    gradients = []
    for inputs in (x, x.flip(1, 2)):
        inputs = inputs.clone().requires_grad_()
        (gradient,) = torch.autograd.grad((net(inputs) ** 2).sum(), inputs)
        gradients.append(gradient)
    torch.testing.assert_close(gradients[1], gradients[0].flip(1, 2), rtol=0, atol=1e-12)


def test_both_forms_have_the_same_outputs_and_training_mode(build, x):
    rc, plain = build(), build(equivariant=False)
    assert rc(x).shape == plain(x).shape
    assert rc.output_symmetry is plain.output_symmetry
    assert isinstance(rc.output_symmetry, OutputSymmetry)


@both_forms
@both_modes
def test_every_parameter_is_learned(build, x, equivariant, training):
    net = build(equivariant=equivariant).train(training)
    net(x).pow(2).sum().backward()
    for name, parameter in net.named_parameters():
        if parameter.requires_grad:
            assert parameter.grad is not None, name
            assert parameter.grad.abs().sum() > 0, name


@both_forms
@both_modes
def test_state_and_copies(build, x, equivariant, training):
    net = build(equivariant=equivariant).train(training)
    net(x)  # batch norm has seen something
    file = io.BytesIO()
    torch.save(net.state_dict(), file)
    file.seek(0)
    loaded = build(equivariant=equivariant).train(training)
    loaded.load_state_dict(torch.load(file, weights_only=True))
    copies = [loaded, copy.deepcopy(net), pickle.loads(pickle.dumps(net))]
    expected = seeded(net, x)
    for other in copies:
        assert torch.equal(seeded(other, x), expected)


@both_modes
@pytest.mark.parametrize("name", ["default", "attention", "dense", "stranded_profile"])
@pytest.mark.filterwarnings("ignore:.*functools.lru_cache.*:UserWarning")  # inside torch.compile
def test_compiles_without_graph_break(networks, name, x, training):
    net = networks[name]().train(training)
    torch.compiler.reset()
    compiled = torch.compile(copy.deepcopy(net), backend="eager", fullgraph=True)
    assert torch.equal(seeded(compiled, x), seeded(net, x))


@both_modes
@pytest.mark.parametrize("name", ["default", "attention", "dense", "stranded_profile"])
def test_exports_with_any_batch(networks, name, x, training):
    net = networks[name]().train(training)
    dynamic = {0: torch.export.Dim("n", min=2)}
    program = torch.export.export(net, (x,), dynamic_shapes=(dynamic,))
    if not training:
        other = torch.cat([x, x])
        torch.testing.assert_close(program.module()(other), net(other))


@both_modes
def test_functional_call(build, x, training):
    net = build().train(training)
    state = {name: value.clone() for name, value in net.state_dict().items()}
    expected = seeded(copy.deepcopy(net), x)
    torch.manual_seed(7)
    assert torch.equal(torch.func.functional_call(net, state, (x,)), expected)


@both_modes
def test_runs_in_bfloat16(build, x, training, device):
    net = build().train(training).to(device)
    with torch.autocast(device, dtype=torch.bfloat16):
        y = net(x.to(device))
    y.float().sum().backward()
    assert all(p.grad.isfinite().all() for p in net.parameters() if p.requires_grad)
    if not training:
        torch.testing.assert_close(y.float(), net(x.to(device)), rtol=0.1, atol=0.1)


def test_agrees_with_double_precision_on_every_device(build, x, device):
    net = build().eval()
    expected = copy.deepcopy(net).double()(x.double())
    y = net.to(device)(x.to(device)).cpu()
    torch.testing.assert_close(y.double(), expected, rtol=1e-3, atol=1e-4)


def test_builds_on_the_meta_device(build, x):
    net = build().eval()
    with torch.device("meta"):
        shell = build().eval()
    assert all(value.is_meta for value in shell.state_dict().values())
    assert shell(x.to("meta")).shape == net(x).shape
    shell = shell.to_empty(device="cpu")
    shell.load_state_dict(net.state_dict())
    assert torch.equal(shell(x), net(x))


@pytest.mark.parametrize("name", ["attention", "dense", "stranded_profile"])
@pytest.mark.filterwarnings("ignore:.*LeafSpec.*:FutureWarning")  # PyTorch's exporter of itself
def test_onnx(networks, name, x, tmp_path: Path):
    pytest.importorskip("onnxscript", reason="onnx, onnxscript and onnxruntime are not installed")
    runtime = pytest.importorskip("onnxruntime")
    net = networks[name]().eval()
    path = tmp_path / "net.onnx"
    torch.onnx.export(net, (x,), path, dynamo=True, verbose=False, external_data=False)
    session = runtime.InferenceSession(path)
    (y,) = session.run(None, {session.get_inputs()[0].name: x.numpy()})
    torch.testing.assert_close(torch.from_numpy(y), net(x), rtol=1e-4, atol=1e-5)


def test_print_says_what_it_is():
    text = repr(ConvNet(3, n_filters=6))
    assert "equivariant, n_outputs=3, output_symmetry=invariant, 285 parameters" in text
    assert "RCConv1d(DNA -> 6reg, kernel_size=10)" in text
    assert "conventional" in repr(ConvNet(equivariant=False))


def test_parameters_are_counted_once_and_frozen_ones_not():
    layer = nn.Linear(3, 2)
    assert count_parameters(nn.Sequential(layer, layer)) == 8
    layer.bias.requires_grad_(False)
    assert count_parameters(layer) == 6


def test_padding_is_even():
    pad = PadTo(7)
    assert pad(torch.ones(1, 4, 4))[0, 0].tolist() == [0, 0, 1, 1, 1, 1, 0, 0]
    assert (pad.output_length(4), pad.output_length(5), pad.output_length(9)) == (8, 7, 9)


@pytest.mark.parametrize(
    "shape", [(2, 100), (2, 100, 4), (2, 5, 100)], ids=["codes", "channels last", "five letters"]
)
def test_input_of_another_shape_is_refused(build, shape):
    with pytest.raises(ValueError, match=r"one-hot sequences of shape \(n, 4, L\)"):
        build()(torch.zeros(shape))


@pytest.mark.parametrize("options", [{"n_outputs": 0}, {"length": 0}])
def test_impossible_numbers_are_refused(options):
    with pytest.raises(ValueError, match=f"{next(iter(options))} must be at least 1"):
        ConvNet(**options)
