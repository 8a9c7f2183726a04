import numpy as np
import pytest
import torch
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor, nn

from rcseq import KmerVectorizer, PosthocConjoined, SequenceClassifier, SequenceRegressor
from rcseq.inspection import in_silico_mutagenesis, saliency
from rcseq.nn import ConvNet, ShrikumarNet

TOLERANCE = {torch.float32: 1e-5, torch.float64: 1e-12}


def one_hot(n=3, length=40, seed=0, dtype=torch.float64):
    codes = torch.randint(4, (n, length), generator=torch.Generator().manual_seed(seed))
    return torch.eye(4, dtype=dtype)[codes].mT.contiguous().numpy()


class Linear(nn.Module):
    def __init__(self, length: int = 40) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(1)
        self.weight = nn.Parameter(torch.randn(4, length, generator=generator).double())

    def forward(self, x: Tensor) -> Tensor:
        return (x * self.weight).sum((1, 2))


@pytest.mark.parametrize("function", [saliency, in_silico_mutagenesis])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("network", [ConvNet, ShrikumarNet])
def test_same_on_both_strands_of_a_symmetric_model(function, dtype, network):
    torch.manual_seed(0)
    length = 100
    module = network(length=length).to(dtype)
    x = one_hot(2, length)
    values = function(module, x)
    assert values.shape == x.shape
    assert values.dtype == module.readout.output.weight.detach().numpy().dtype
    other = function(module, np.ascontiguousarray(x[:, ::-1, ::-1]))
    scale = max(1, np.abs(values).max())
    assert np.abs(values).max() > 0
    assert np.abs(other[:, ::-1, ::-1] - values).max() <= TOLERANCE[dtype] * scale


@pytest.mark.parametrize("strategy", ["posthoc", "conjoined"])
@pytest.mark.parametrize("function", [saliency, in_silico_mutagenesis])
def test_same_on_both_strands_where_the_strategy_averages(function, strategy):
    x = one_hot(20).astype(np.uint8)
    model = SequenceClassifier(
        strategy=strategy, module__n_filters=3, max_epochs=1, early_stopping=False, random_state=0
    ).fit(x, np.arange(20) % 2)
    values, other = function(model, x), function(model, x[:, ::-1, ::-1])
    np.testing.assert_allclose(other[:, ::-1, ::-1], values, atol=1e-5)
    assert np.abs(values).max() > 1e-4


def test_gradient_of_a_linear_model():
    module, x = Linear(), one_hot()
    weight = module.weight.detach().numpy()
    np.testing.assert_allclose(saliency(module, x, center=False), np.tile(weight, (3, 1, 1)))
    centred = weight - weight.mean(0)
    np.testing.assert_allclose(saliency(module, x), np.tile(centred, (3, 1, 1)), atol=1e-15)
    times = saliency(module, x, multiply_by_input=True)
    np.testing.assert_allclose(times, centred * x, atol=1e-15)


def test_batches_do_not_matter():
    torch.manual_seed(0)
    module, x = ConvNet(n_filters=4).double(), one_hot(5, 30)
    for function in (saliency, in_silico_mutagenesis):
        whole, parts = function(module, x), function(module, x, batch_size=2)
        np.testing.assert_allclose(whole, parts, atol=1e-12)


def test_one_of_several_outputs():
    torch.manual_seed(0)
    module, x = ConvNet(3, n_filters=4).double(), one_hot(2)
    for function in (saliency, in_silico_mutagenesis):
        first, last = function(module, x, output=0), function(module, x, output=2)
        assert not np.allclose(first, last)
        with pytest.raises(ValueError, match="has 3 outputs; say which"):
            function(module, x)


def test_gradients_of_the_parameters_are_left_alone():
    module = ConvNet(n_filters=4)
    saliency(module, one_hot(2))
    assert all(parameter.grad is None for parameter in module.parameters())
    assert module.training


def test_strings(device):
    module = ConvNet(n_filters=4).to(device)
    values = saliency(module, ["ACGTACGTAC", "ACGTNNGTAC"], multiply_by_input=True)
    assert values.shape == (2, 4, 10)
    assert (values[1, :, 4:6] == 0).all()
    assert in_silico_mutagenesis(module, ["ACGTACGTAC"]).shape == (1, 4, 10)


@pytest.mark.parametrize("average", ["logits", "probabilities"])
def test_posthoc_conjoined_is_explained_as_the_average(average):
    x = one_hot(20).astype(np.uint8)
    model = PosthocConjoined(
        SequenceClassifier(
            strategy="standard",
            module__n_filters=3,
            max_epochs=2,
            early_stopping=False,
            random_state=0,
        ),
        average=average,
    ).fit(x, np.arange(20) % 2)
    values = saliency(model, x)
    turned = saliency(model, x[:, ::-1, ::-1])[:, ::-1, ::-1]
    np.testing.assert_allclose(turned, values, atol=1e-7)
    # Without the mean over bases, which is a sum in another order, to the last bit.
    raw, other = (saliency(model, strand, center=False) for strand in (x, x[:, ::-1, ::-1]))
    np.testing.assert_array_equal(other[:, ::-1, ::-1], raw)
    inner = model.estimator_
    alone, other = saliency(inner, x), saliency(inner, x[:, ::-1, ::-1])[:, ::-1, ::-1]
    assert np.abs(alone - other).max() > 1e-3
    if average == "logits":
        np.testing.assert_allclose(values, (alone + other) / 2, atol=1e-6)
    else:
        # d logit(p) = dp / (p (1 - p)), of the mean probability
        p = [inner.predict_proba(strand)[:, 1, None, None] for strand in (x, x[:, ::-1, ::-1])]
        mean = (p[0] + p[1]) / 2
        slopes = [q * (1 - q) / (2 * mean * (1 - mean)) for q in p]
        np.testing.assert_allclose(values, slopes[0] * alone + slopes[1] * other, atol=1e-5)


def test_a_transformed_target_is_explained_in_units_of_its_network():
    x = one_hot(20).astype(np.uint8)
    network = SequenceRegressor(module__n_filters=3, max_epochs=1, early_stopping=False)
    model = TransformedTargetRegressor(network, transformer=StandardScaler())
    model.fit(x, np.arange(20.0))
    np.testing.assert_array_equal(saliency(model, x), saliency(model.regressor_, x))


def test_a_model_without_a_network_is_refused_with_what_works():
    kmers = make_pipeline(KmerVectorizer(k=1), LogisticRegression()).fit(["AC", "AA"], [0, 1])
    with pytest.raises(TypeError, match="in_silico_mutagenesis work on any model that predicts"):
        saliency(kmers, ["AC"])
