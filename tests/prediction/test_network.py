"""The network of a model: what it is handed, and that its outputs are the answers of the model."""

import numpy as np
import pytest
import torch
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from rcseq import DNAOneHotEncoder, PosthocConjoined, SequenceClassifier, SequenceRegressor
from rcseq.alphabet import reverse_complement
from rcseq.nn import ConvNet, OutputSymmetry
from rcseq.prediction import direct_network, members, network_of

SEQUENCES = ["ACGTTGCATT", "TTGCAGGACC", "ACGTN", "ccgt"] * 5
LABELS = [0, 1] * 10


def classifier(**options: object) -> SequenceClassifier:
    small = {"module": "convnet", "module__n_filters": 2, "module__kernel_size": 3}
    small |= {"max_epochs": 1, "random_state": 0}
    return SequenceClassifier(early_stopping=False, **(small | options))


@pytest.mark.parametrize("strategy", ["standard", "posthoc", "conjoined", "rcps"])
def test_outputs_are_the_decision_function(strategy: str) -> None:
    pipeline = make_pipeline(DNAOneHotEncoder(), classifier(strategy=strategy))
    pipeline.fit(SEQUENCES, LABELS)
    asked = network_of(pipeline)
    with asked.evaluating(), torch.no_grad():
        outputs = asked.outputs(asked.tensor(asked.encode(SEQUENCES)))
    assert outputs.shape == (20, 1)
    np.testing.assert_allclose(outputs[:, 0], pipeline.decision_function(SEQUENCES), rtol=1e-5)


def test_codes_and_fractions_are_expanded_as_the_estimator_does() -> None:
    encoder = DNAOneHotEncoder(output="codes", ambiguous="fractions")
    pipeline = make_pipeline(encoder, classifier()).fit(SEQUENCES, LABELS)
    asked = network_of(pipeline)
    x = asked.tensor(asked.encode(["ARNGTTGCAT"]))
    assert x[0, :, 1].tolist() == [0.5, 0, 0.5, 0]
    assert x[0, :, 2].tolist() == [0, 0, 0, 0]


def test_arrays_that_cannot_be_written_are_read() -> None:
    """As joblib hands them to its workers; PyTorch would warn."""
    asked = network_of(ConvNet(n_filters=2, kernel_size=3))
    codes = np.zeros((2, 30), dtype=np.uint8)
    codes.flags.writeable = False
    assert asked.tensor(codes).shape == (2, 4, 30)


def test_search_is_unwrapped() -> None:
    pipeline = make_pipeline(DNAOneHotEncoder(), "passthrough", classifier())
    search = GridSearchCV(pipeline, {"sequenceclassifier__lr": [0.1]}, cv=2)
    search.fit(SEQUENCES, LABELS)
    asked = network_of(search)
    assert asked.module is search.best_estimator_[-1].module_
    assert asked.encode(["ACGT"]).shape == (1, 4, 10)


def test_regressor() -> None:
    X = DNAOneHotEncoder().fit_transform(SEQUENCES)
    model = SequenceRegressor(max_epochs=1, early_stopping=False).fit(X, np.arange(20.0))
    asked = network_of(model)
    with asked.evaluating(), torch.no_grad():
        values = asked.output(asked.tensor(X), None)
    np.testing.assert_allclose(values, np.ravel(model.predict(X)), rtol=1e-5)


@pytest.mark.parametrize("network", [nn.Conv1d(4, 2, 3), nn.Flatten()])
def test_plain_network_takes_strings_of_one_length(network: nn.Module) -> None:
    asked = network_of(network)
    x = asked.tensor(asked.encode(["ACGT", "acgn"]))
    assert x.dtype == torch.float32
    assert x[1].tolist() == [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]


def test_one_hot_tensors_and_arrays() -> None:
    asked = network_of(ConvNet(n_filters=2).double())
    x = torch.eye(4)[None]
    assert asked.tensor(asked.encode(x)).dtype == torch.float64
    assert asked.encode(x.numpy()).shape == (1, 4, 4)


def test_modes_come_back() -> None:
    network = nn.Sequential(nn.Conv1d(4, 2, 3), nn.Dropout()).train()
    network[1].eval()
    with network_of(network).evaluating():
        assert not network[0].training
    assert network[0].training
    assert not network[1].training


def test_output_is_chosen() -> None:
    asked = network_of(ConvNet(3, n_filters=2))
    x = torch.eye(4)[None]
    with asked.evaluating():
        assert torch.equal(asked.output(x, 2), asked.outputs(x)[:, 2])
        with pytest.raises(ValueError, match="has 3 outputs; say which one, output=0 to 2"):
            asked.output(x, None)
        with pytest.raises(ValueError, match="output=3 is not one of the model's outputs, 0 to 2"):
            asked.output(x, 3)


def test_profiles_are_refused() -> None:
    with pytest.raises(ValueError, match=r"the shape \(1, 2, 2\); one number for each sequence"):
        network_of(nn.Conv1d(4, 2, 3)).outputs(torch.eye(4)[None])


@pytest.mark.parametrize(
    ("sequences", "message"),
    [
        ("ACGT", "a single str"),
        ([], "there are no sequences"),
        (["ACGT", "ACG"], "3 to 4 bases long; .* Put a DNAOneHotEncoder before it"),
        (["ACGT", "ACZT"], "sequence 1 has 'Z' at position 2"),
        (np.zeros((2, 10, 4)), r"an array of shape \(2, 10, 4\)"),
        (np.zeros((2, 10)), r"uint8 codes of shape \(n, L\)"),
    ],
)
def test_bad_sequences(sequences: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        network_of(ConvNet(n_filters=2)).encode(sequences)


def test_bad_models() -> None:
    with pytest.raises(TypeError, match="this SequenceClassifier is not fitted yet"):
        network_of(make_pipeline(DNAOneHotEncoder(), SequenceClassifier()))
    with pytest.raises(TypeError, match="LogisticRegression holds no network"):
        network_of(LogisticRegression())


def test_strands_of_strings_agree_through_the_pipeline() -> None:
    pipeline = make_pipeline(DNAOneHotEncoder(), classifier()).fit(SEQUENCES, LABELS)
    asked = network_of(pipeline)
    other = [reverse_complement(sequence) for sequence in SEQUENCES]
    x, y = asked.encode(SEQUENCES), asked.encode(other)
    assert (x[:, ::-1, ::-1] == y).all()


@pytest.mark.parametrize("average", ["logits", "probabilities"])
@pytest.mark.parametrize("encoder_inside", [True, False])
@pytest.mark.parametrize(
    "labels", [[0, 1], [0, 1, 2], [[0, 1], [1, 0], [1, 1]]], ids=["binary", "classes", "labels"]
)
def test_posthoc_is_the_average_of_its_network(average, encoder_inside, labels) -> None:
    y = np.array(labels)[np.arange(20) % len(labels)]
    network = classifier(strategy="standard", max_epochs=3)
    if encoder_inside:
        model = PosthocConjoined(make_pipeline(DNAOneHotEncoder(), network), average=average)
    else:
        model = make_pipeline(DNAOneHotEncoder(), PosthocConjoined(network, average=average))
    model.fit(SEQUENCES, y)
    asked = direct_network(model)
    x = asked.tensor(asked.encode(SEQUENCES))
    with asked.evaluating(), torch.no_grad():
        y, other = asked.outputs(x), asked.outputs(x.flip((1, 2)))
    assert torch.equal(y, other)  # to the last bit
    if y.shape[1] == 1:
        proba = y.sigmoid()[:, 0]
    else:
        proba = y.softmax(1) if np.ndim(labels[0]) == 0 else y.sigmoid()
    expected = model.predict_proba(SEQUENCES)
    expected = expected[:, 1] if y.shape[1] == 1 else expected
    np.testing.assert_allclose(proba, expected, atol=1e-6)


def test_several_networks_are_refused_with_what_works() -> None:
    pipeline = make_pipeline(DNAOneHotEncoder(), classifier())
    vote = VotingClassifier([("a", pipeline), ("b", pipeline)]).fit(SEQUENCES, LABELS)
    with pytest.raises(TypeError, match="VotingClassifier puts the answers of 2 models together"):
        network_of(vote)
    assert direct_network(vote) is None
    assert network_of(members(vote)[0]).module is vote.estimators_[0][-1].module_


def test_a_network_within_is_found_though_it_is_not_the_answer() -> None:
    inner = make_pipeline(DNAOneHotEncoder(), SequenceRegressor(max_epochs=1, early_stopping=False))
    model = TransformedTargetRegressor(inner, transformer=StandardScaler())
    model.fit(SEQUENCES, np.arange(20.0))
    assert network_of(model).module is model.regressor_[-1].module_
    assert not network_of(model).direct
    assert direct_network(model) is None


def test_an_average_that_the_encoder_spoils_is_refused() -> None:
    left = make_pipeline(DNAOneHotEncoder(align="left"), classifier(strategy="standard"))
    model = PosthocConjoined(left).fit(SEQUENCES, LABELS)
    assert direct_network(model) is None
    asked = network_of(model)
    with pytest.raises(ValueError, match="set align='center' in the encoder"):
        asked.encode(SEQUENCES)
    assert asked.encode(SEQUENCES[:2]).shape == (2, 4, 10)  # nothing to pad


def test_profiles_are_turned_before_the_average() -> None:
    class Profile(nn.Module):
        output_symmetry = OutputSymmetry.POSITIONS

        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv1d(4, 1, 3, padding=1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.conv(x)[:, 0]

    X = DNAOneHotEncoder().fit_transform(SEQUENCES)
    network = SequenceRegressor(Profile, strategy="standard", max_epochs=1, early_stopping=False)
    model = PosthocConjoined(network).fit(X, np.zeros((20, 10)))
    forward, reverse = model.predict(X), model.predict(X[:, ::-1, ::-1])
    np.testing.assert_allclose(reverse[:, ::-1], forward, atol=1e-6)
    assert np.abs(network.fit(X, np.zeros((20, 10))).predict(X) - forward).max() > 1e-4
    asked = network_of(model)
    with asked.evaluating(), torch.no_grad():
        np.testing.assert_allclose(asked.infer(asked.tensor(X)), forward, atol=1e-6)
