import copy

import pytest
import torch
from torch import Tensor, nn

from rcseq.nn import (
    DNA,
    FieldType,
    OutputSymmetry,
    RCActivation,
    RCBatchNorm1d,
    RCConv1d,
    RCDropout,
    RCLinear,
    RCSequential,
    StrandSum,
)
from rcseq.testing import assert_equivariant, assert_strand_invariant


def chain(*layers: nn.Module) -> nn.Sequential:
    """A network, up to the layer under test, of parts that all keep the symmetry."""
    return nn.Sequential(RCConv1d(DNA, 8, 5), *layers)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("training", [True, False])
def test_symmetric_networks_pass(dtype: torch.dtype, training: bool) -> None:
    body = RCSequential(
        RCConv1d(DNA, "4reg+2b", 5), RCBatchNorm1d("4reg+2b"), RCDropout("4reg+2b", 0.3)
    )
    head = [RCConv1d("4reg+2b", 4, 1), StrandSum(4), RCLinear("4a", 2, 46)]
    net = nn.Sequential(body, *head).to(dtype).train(training)
    assert_equivariant(body, length=50)
    assert_strand_invariant(net, length=50)
    assert_equivariant(net, out="2a", length=50)


@pytest.mark.parametrize("layer", [nn.BatchNorm1d(16), nn.GroupNorm(4, 16)], ids=str)
def test_a_network_that_is_symmetric_only_when_new_fails(layer: nn.Module) -> None:
    net = chain(layer, nn.ReLU(), StrandSum(8), nn.AdaptiveAvgPool1d(1)).eval()
    with pytest.raises(AssertionError, match=f"layer '1', {type(layer).__name__}"):
        assert_strand_invariant(net)
    assert_strand_invariant(net, randomise=False)
    assert_strand_invariant(chain(RCBatchNorm1d(8), StrandSum(8), nn.AdaptiveAvgPool1d(1)))


def test_the_module_is_left_as_it_is() -> None:
    net = chain(RCBatchNorm1d(8), RCDropout(8), RCActivation(8))
    state = copy.deepcopy(net.state_dict())
    random_state = torch.random.get_rng_state()
    assert_equivariant(net, out=8)
    assert all(torch.equal(value, state[key]) for key, value in net.state_dict().items())
    assert torch.equal(torch.random.get_rng_state(), random_state)
    assert not any(layer._forward_hooks for layer in net.modules())


@pytest.mark.parametrize(
    ("net", "out", "culprit"),
    [
        (chain(RCActivation(8), nn.Conv1d(16, 16, 3), RCActivation(8)), "8reg", "2', Conv1d"),
        (chain(nn.MaxPool1d(5), RCActivation(8)), "8reg", "1', MaxPool1d"),
        (chain(nn.ReLU(), nn.Dropout(0.5), RCConv1d(8, 8, 1)), "8reg", "2', Dropout"),
        (chain(nn.Flatten(), nn.Linear(16 * 96, 1)), "invariant", "2', Linear"),
        (chain(nn.Sequential(nn.ReLU(), nn.Conv1d(16, 2, 3))), "1reg", "1.1', Conv1d"),
    ],
)
def test_the_first_layer_at_fault_is_named(net: nn.Module, out: str, culprit: str) -> None:
    message = rf"^Sequential is not equivariant \(DNA -> {out}\): .* differ by \S+, where 1e-05 is "
    message += rf"allowed\. The first layer that breaks the symmetry is layer '{culprit}.*differ by"
    with pytest.raises(AssertionError, match=message):
        assert_equivariant(net, out=out)


def test_a_typed_layer_that_lies_is_named() -> None:
    class Shifted(RCActivation):
        def forward(self, x: Tensor) -> Tensor:
            return x.roll(1, -1)

    with pytest.raises(AssertionError, match=r"layer '1', RCActivation\(8reg, relu\): its outputs"):
        assert_equivariant(chain(Shifted(8), RCActivation(8)), out=8)


def test_a_fault_between_layers_is_told_apart() -> None:
    class Crooked(nn.Module):
        out_type = FieldType(8)

        def __init__(self) -> None:
            super().__init__()
            self.conv = RCConv1d(DNA, 8, 5)

        def forward(self, x: Tensor) -> Tensor:
            return self.conv(x)[..., 1:]

    with pytest.raises(AssertionError, match="breaks between layers, in the code of a forward"):
        assert_equivariant(Crooked())


def test_how_much_is_reported_and_the_tolerance_is_ours() -> None:
    class Offset(nn.Module):
        output_symmetry = OutputSymmetry.POSITIONS

        def forward(self, x: Tensor) -> Tensor:
            y = x.sum(1) / 2
            return y + torch.linspace(-0.05, 0.05, y.shape[-1])

    with pytest.raises(AssertionError, match=r"differ by 0\.1, where 1e-05 is allowed"):
        assert_equivariant(Offset())
    assert_equivariant(Offset(), atol=0.2)


def test_the_declared_symmetry_is_used() -> None:
    class Profile(nn.Module):
        output_symmetry = OutputSymmetry.BOTH

        def __init__(self) -> None:
            super().__init__()
            self.conv = RCConv1d(DNA, 1, 5)

        def forward(self, x: Tensor) -> Tensor:
            return self.conv(x)

    assert_equivariant(Profile())
    assert_equivariant(Profile(), out="both")
    for other in ("invariant", "positions", "strands"):
        with pytest.raises(AssertionError, match=f"DNA -> {other}"):
            assert_equivariant(Profile(), out=other)


def test_an_input_of_ones_own() -> None:
    net = chain(nn.ReLU())
    assert_equivariant(net, out=8, x=torch.randn(3, 4, 17))
    assert_equivariant(RCActivation("2b", "tanh"), length=7, batch=1)
    with pytest.raises(ValueError, match="takes 4 channels"):
        assert_equivariant(net, out=8, x=torch.randn(3, 5, 17))


def test_nan_is_no_agreement() -> None:
    net = chain()
    nn.init.constant_(net[0].weight, float("nan"))
    with pytest.raises(AssertionError, match="differ by inf"):
        assert_equivariant(net, out=8)


def test_other_shapes_for_other_strands_are_a_difference() -> None:
    class Ragged(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x[:, :, : 1 + int(x[0, :, 0].argmax())].sum(1)

    x = torch.eye(4)[None, :, [0, 1, 1, 2]]
    with pytest.raises(AssertionError, match="differ by inf"):
        assert_equivariant(Ragged(), out="positions", x=x)


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(TypeError, match="Sequential does not say what the reverse complement does"):
        assert_equivariant(chain())

    class Named(nn.Module):
        def forward(self, x: Tensor) -> dict[str, Tensor]:
            return {"x": x}

    with pytest.raises(TypeError, match="Named returns a dict; only tensors can be compared"):
        assert_equivariant(Named(), out="invariant")


def test_runs_where_the_module_is(device: str) -> None:
    assert_equivariant(chain(RCDropout(8)).to(device), out=8)
