"""Networks of other fields than regular pairs: their symmetry, size, refusals, and in a grid."""

import numpy as np
import pytest
import torch
from sklearn.model_selection import GridSearchCV

import rcseq
from rcseq import make_model
from rcseq.inspection import deeplift, filters_to_motifs
from rcseq.nn import (
    ConvNet,
    DilatedConvNet,
    FieldType,
    ParallelConvNet,
    RCConv1d,
    to_conventional,
)
from rcseq.nn.networks._fields import AsPairs, Fields, ReLUTanh, SignedMaxPool, split
from rcseq.testing import assert_equivariant

FIELDS = ["8reg+4a+4b", "3reg+1a", "1b"]
WITH_FIELD = [
    "default",
    "one_layer",
    "max_mean",
    "attention",
    "weighted_sum",
    "dense",
    "scalar",
    "stranded",
    "profile",
    "stranded_profile",
]


def _trained(net, x):
    """Take the network away from where training starts."""
    net.train()
    net(x)  # running statistics
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.1)
    return net.eval()


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("name", WITH_FIELD)
def test_every_field_is_equivariant(networks, name, field, x):
    net = _trained(networks[name](equivariant=True, field=field), x)
    assert net(x).std() > 0
    assert_equivariant(net, length=120)
    torch.testing.assert_close(to_conventional(net)(x), net(x), atol=1e-4, rtol=1e-4)
    assert_equivariant(net.double(), length=120)


@pytest.mark.parametrize("name", WITH_FIELD)
def test_regular_pairs_are_the_network_as_it_was(networks, name, x):
    outputs = []
    for field in (None, "16reg", 3):
        torch.manual_seed(0)
        outputs.append(networks[name](equivariant=True, field=field).eval()(x))
    assert torch.equal(outputs[0], outputs[1])
    assert torch.equal(outputs[0], outputs[2])


def test_every_field_has_two_channels_for_each_filter():
    for field in FIELDS:
        for n in range(1, 40):
            assert Fields(field).type(n).size == 2 * n
    assert Fields("8reg+8a+8b").type(64) == FieldType("32reg+32a+32b")
    assert Fields("8reg+4a+4b").type(6) == FieldType("4reg+2a+2b")


def test_widths_side_by_side_have_all_channels():
    fields = Fields("2reg+1a+1b")
    for n in (1, 3, 12, 64):
        parts = split(fields, n, 4)
        assert sum(part.size for part in parts) == 2 * n
        assert sum(part.n_a for part in parts) == fields.type(n).n_a


@pytest.mark.parametrize("kernel_size", [6, 10])
def test_convolutions_have_as_many_parameters_in_every_field(kernel_size):
    options = {"n_filters": 24, "kernel_size": kernel_size, "n_layers": 2}
    nets = [ConvNet(field=field, **options) for field in (None, "1reg+1a+1b", "1a+1b")]
    convolutions = [[m for m in net.modules() if isinstance(m, RCConv1d)] for net in nets]
    counts = [sum(conv.weight.numel() for conv in of_net) for of_net in convolutions]
    assert counts[0] == counts[1] == counts[2]
    # Two features for each of 24 pairs; of 12 pairs, 12 a and 12 b channels; of 24 and 24.
    assert [net.readout.output.in_features for net in nets] == [48, 72, 96]


def test_channels_that_change_their_sign_are_pooled_with_it():
    x = torch.tensor([[[1.0, -3.0, 2.0, -2.0, 0.5, 4.0]] * 2])
    pool = Fields("1a+1b").max_pool(1, 3, stride=3, ceil_mode=True)
    assert isinstance(pool, SignedMaxPool)
    assert pool(x).tolist() == [[[2.0, 4.0], [-1.0, 2.0]]]
    assert pool(-x)[:, 1].tolist() == [[1.0, -2.0]]
    assert ReLUTanh(1)(x)[0, :, 1].tolist() == [0.0, pytest.approx(np.tanh(-3.0))]


def test_any_map_can_be_written_as_regular_pairs():
    as_pairs = AsPairs(2, 3, 1)
    field, pairs = FieldType("2reg+3a+1b"), FieldType(6)
    x = torch.randn(2, field.size, 7)
    assert torch.equal(as_pairs(field.act(x)), pairs.act(as_pairs(x)))


@pytest.mark.parametrize("network", [ConvNet, ParallelConvNet])
def test_they_can_be_explained(network):
    pytest.importorskip("captum")
    net = network(n_filters=8, field="2reg+1a+1b").eval()
    sequences = ["ACGTTTACGGATAATGCAGT", "TGACGATTACAGGGCAACGT"]
    values = deeplift(net, sequences, n_references=2)  # which adds them up
    turned = [s[::-1].translate(str.maketrans("ACGT", "TGCA")) for s in sequences]
    other = deeplift(net, turned, n_references=2)
    np.testing.assert_allclose(other[:, ::-1, ::-1], values, atol=1e-6)
    assert np.abs(values).max() > 0
    long = [2 * sequence for sequence in sequences]  # the widest filters read 23 bases
    assert len(filters_to_motifs(net, long)) > 0


def test_what_is_refused():
    for network in (ConvNet, ParallelConvNet, DilatedConvNet):
        with pytest.raises(ValueError, match=r"must be None where equivariant=False .* '1a\+1b'"):
            network(equivariant=False, field="1a+1b")
        with pytest.raises(ValueError, match="strands_apart is not 0"):
            network(strands_apart=0.5, field="1a+1b")
        with pytest.raises(ValueError, match="among reg, a and b"):
            network(field="DNA")
        with pytest.raises(ValueError, match="'8c' in the field type '8c' is not a block"):
            network(field="8c")


@pytest.mark.parametrize("network", ["convnet", "parallelconvnet"])
def test_fields_in_a_grid_and_saved(network, tmp_path):
    rng = np.random.default_rng(0)
    X = np.array(["".join(rng.choice(list("ACGT"), 60)) for _ in range(60)])
    y = rng.integers(2, size=60)
    model = make_model(
        module=network,
        strategy="rcps",
        max_epochs=1,
        random_state=0,
        module__n_filters=8,
    )
    grid = {"sequenceclassifier__module__field": [None, "8reg+4a+4b", "1a"]}
    search = GridSearchCV(model, grid, cv=2, error_score="raise").fit(X, y)
    assert len(search.cv_results_["params"]) == 3
    best = model.set_params(sequenceclassifier__module__field="8reg+4a+4b").fit(X, y)
    rcseq.save(best, tmp_path / "model.safetensors")
    loaded = rcseq.load(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(loaded.predict_proba(X), best.predict_proba(X))
    turned = [s[::-1].translate(str.maketrans("ACGT", "TGCA")) for s in X]
    np.testing.assert_allclose(loaded.predict_proba(turned), best.predict_proba(X), atol=1e-5)
