"""DeepLIFT: contributions that add up, on both strands."""

import sys
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.pipeline import make_pipeline
from torch import nn

from rcseq import DNAOneHotEncoder, PosthocConjoined, SequenceClassifier
from rcseq.alphabet import reverse_complement
from rcseq.datasets import load_nfe2
from rcseq.inspection import deeplift
from rcseq.nn import ConvNet, DilatedConvNet, ShrikumarNet, get_network
from rcseq.prediction import network_of

pytest.importorskip("captum", reason='DeepLIFT is the extra "motifs"')
LENGTH = 61


def random_sequences(n: int, length: int = LENGTH) -> list[str]:
    rng = np.random.default_rng(0)
    return ["".join(rng.choice(list("ACGT"), length)) for _ in range(n)]


class Shared(nn.Module):
    """A network whose activation is called twice, in place, and read elsewhere as well."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv1d(4, 8, 5), nn.Conv1d(8, 8, 3, padding=1)
        self.relu, self.output = nn.ReLU(inplace=True), nn.Linear(16, 1)
        self.pool = nn.MaxPool1d(57)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.relu(self.first(x))
        h = h + self.relu(self.second(h))
        return self.output(torch.cat([h.mean(2), self.pool(h).squeeze(2)], 1))


NETWORKS = {
    "default": lambda: get_network(SequenceClassifier().module)(),
    "ConvNet": lambda: ConvNet(n_filters=6, n_layers=2, pool_size=(3, 4), batch_norm=True),
    "overlapping windows": lambda: ConvNet(n_filters=6, pool_size=7, pool_stride=4),
    "conventional": lambda: ConvNet(n_filters=6, equivariant=False),
    "dense": lambda: ConvNet(1, LENGTH, n_filters=6, readout="dense"),
    "DilatedConvNet": lambda: DilatedConvNet(n_filters=4, n_layers=2),
    "ShrikumarNet": lambda: ShrikumarNet(1, LENGTH),
    "shared": Shared,
}


def randomise(network: Any) -> Any:
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.normal_(std=0.3)
    return network.eval().double()


@pytest.mark.parametrize("name", NETWORKS)
def test_contributions_add_up(name: str) -> None:
    network = randomise(NETWORKS[name]())
    values = deeplift(network, random_sequences(4), references="zeros")
    x = torch.from_numpy(network_of(network).encode(random_sequences(4)))
    with torch.no_grad():
        x = torch.eye(4, dtype=torch.float64)[x.long()].transpose(1, 2)
        difference = (network(x) - network(torch.zeros_like(x)))[:, 0]
    assert difference.abs().max() > 0.01
    np.testing.assert_allclose(values.sum((1, 2)), difference, atol=1e-9)
    assert not values[x.numpy() == 0].any()


@pytest.fixture(scope="module")
def fitted() -> Any:
    data = load_nfe2(subset="train")
    model = SequenceClassifier(max_epochs=2, random_state=0)
    return make_pipeline(DNAOneHotEncoder(), model).fit(data.sequences[::8], data.target[::8])


def test_strands_of_the_fitted_default_network_are_mirror_images(fitted: Any) -> None:
    # Of many lengths; words that occur twice have the same answer at two places.
    sequences = [*load_nfe2(subset="test").sequences[:5], "ACGTTGCA" * 9, "A" * 70, "ACGT" * 9]
    other = [reverse_complement(sequence) for sequence in sequences]
    for hypothetical in (False, True):
        values = deeplift(fitted, sequences, hypothetical=hypothetical, n_references=3)
        turned = deeplift(fitted, other, hypothetical=hypothetical, n_references=3)
        np.testing.assert_allclose(turned[:, ::-1, ::-1], values, atol=1e-7)


@pytest.mark.parametrize("wrapped", ["conjoined", "PosthocConjoined"])
def test_averages_over_the_strands(wrapped: str) -> None:
    X, y = random_sequences(20), [0, 1] * 10
    strategy = "conjoined" if wrapped == "conjoined" else "standard"
    model: Any = make_pipeline(
        DNAOneHotEncoder(),
        SequenceClassifier(strategy=strategy, max_epochs=1, early_stopping=False, random_state=0),
    )
    model = model if wrapped == "conjoined" else PosthocConjoined(model, average="logits")
    model.fit(X, y)
    asked = network_of(model)
    values = deeplift(model, X[:3], references="zeros")
    with asked.evaluating(), torch.no_grad():
        x = asked.tensor(asked.encode(X[:3]))
        difference = asked.output(x, None) - asked.output(torch.zeros_like(x), None)
    np.testing.assert_allclose(values.sum((1, 2)), difference, atol=1e-5)


def test_an_average_of_probabilities_is_refused() -> None:
    torch.manual_seed(0)
    model = PosthocConjoined(
        make_pipeline(
            DNAOneHotEncoder(),
            SequenceClassifier(strategy="standard", max_epochs=1, early_stopping=False),
        ),
        average="probabilities",
    ).fit(random_sequences(20), [0, 1] * 10)
    with torch.no_grad():
        for parameter in network_of(model).module.parameters():
            parameter.normal_()
    with pytest.raises(ValueError, match="average='logits'"):
        deeplift(model, random_sequences(2))


def test_hypothetical_contributions_hold_the_real_ones() -> None:
    network = randomise(ConvNet(n_filters=4))
    sequences = random_sequences(3)
    every = deeplift(network, sequences, hypothetical=True)
    real = deeplift(network, sequences)
    np.testing.assert_allclose(every[real != 0], real[real != 0])
    assert (every != 0).sum() > 2 * (real != 0).sum()


def test_unknown_bases_contribute_nothing() -> None:
    network = randomise(ConvNet(n_filters=4))
    sequence = "N" * 20 + random_sequences(1)[0][:30] + "NNNACGTN" + "N"
    values = deeplift(network, [sequence, sequence.replace("N", "A")])
    known = np.array([letter != "N" for letter in sequence])
    assert not values[0][:, ~known].any()
    assert values[1][:, ~known].any()


def test_references_of_ones_own() -> None:
    network = randomise(ConvNet(n_filters=4))
    sequences = random_sequences(2)
    zeros = np.zeros((2, 3, 4, LENGTH))
    np.testing.assert_allclose(
        deeplift(network, sequences, references=zeros),
        deeplift(network, sequences, references="zeros"),
    )
    with pytest.raises(ValueError, match="references have the shape"):
        deeplift(network, sequences, references=zeros[:1])
    with pytest.raises(ValueError, match="neither 'dinucleotide' nor 'zeros'"):
        deeplift(network, sequences, references="shuffled")


def test_what_does_not_add_up_is_refused() -> None:
    class Functional(Shared):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            h = torch.relu(self.first(x))
            return self.output(torch.cat([h.amax(2), h.mean(2)], 1))

    with pytest.raises(ValueError, match="miss the output of Functional by up to"):
        deeplift(randomise(Functional()), random_sequences(3))


def test_without_captum(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "captum.attr", None)
    with pytest.raises(ImportError, match=r'pip install "rcseq\[motifs\]"'):
        deeplift(ConvNet(n_filters=4), random_sequences(1))
