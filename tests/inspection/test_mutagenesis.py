"""All single substitutions, through a network and through predictions."""

import numpy as np
import pytest
import torch
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from torch import Tensor, nn

from rcseq import DNAOneHotEncoder, KmerVectorizer, SequenceClassifier
from rcseq.alphabet import encode, reverse_complement
from rcseq.inspection import in_silico_mutagenesis
from rcseq.nn import ConvNet


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


def test_substitutions_of_a_linear_model():
    module, x = Linear(), one_hot()
    weight = module.weight.detach().numpy()
    expected = weight - (weight * x).sum(1, keepdims=True)
    np.testing.assert_allclose(in_silico_mutagenesis(module, x), expected, atol=1e-12)


def test_substitutions_one_by_one():
    torch.manual_seed(0)
    module, x = ConvNet(n_filters=4, dropout=0.5).double(), one_hot(2, 30)
    effects = in_silico_mutagenesis(module, x, batch_size=7)
    module.eval()
    with torch.no_grad():
        for base, position in [(0, 0), (1, 7), (2, 15), (3, 29)]:
            mutated = torch.tensor(x)
            mutated[:, :, position] = 0
            mutated[:, base, position] = 1
            expected = (module(mutated) - module(torch.tensor(x)))[:, 0]
            np.testing.assert_allclose(effects[:, base, position], expected, atol=1e-12)
    assert (effects[x == 1] == 0).all()


def test_unknown_bases_are_not_mutated():
    x = one_hot(1)
    x[:, :, :10] = 0
    x[:, :, 10] = [0.5, 0, 0.5, 0]
    effects = in_silico_mutagenesis(Linear(), x)
    assert (effects[..., :10] == 0).all()
    assert (effects[..., 10] != 0).all()


SEQUENCES = ["ACGTTGCATT", "TTGCAGGACC", "GGATCCATTA"]


@pytest.fixture(scope="module")
def kmers():
    model = make_pipeline(KmerVectorizer(k=2), LogisticRegression())
    return model.fit(SEQUENCES, [0, 1, 1])


def test_predictions_are_asked_where_there_is_no_network(kmers):
    effects = in_silico_mutagenesis(kmers, SEQUENCES, batch_size=7)
    assert effects.shape == (3, 4, 10)
    for row, base, position in [(0, 2, 0), (1, 0, 5), (2, 3, 9)]:
        sequence = SEQUENCES[row]
        mutated = sequence[:position] + "ACGT"[base] + sequence[position + 1 :]
        before, after = kmers.decision_function([sequence, mutated])
        assert effects[row, base, position] == pytest.approx(after - before, abs=1e-9)
    assert (effects[0, encode(SEQUENCES[0]), np.arange(10)] == 0).all()
    other = in_silico_mutagenesis(kmers, [reverse_complement(s) for s in SEQUENCES])
    np.testing.assert_allclose(other[:, ::-1, ::-1], effects, atol=1e-9)


def test_strings_of_unequal_lengths_and_unknown_bases(kmers):
    effects = in_silico_mutagenesis(kmers, np.array(["acgtNRTTAC", "ACGU"]))
    assert (effects[0, :, 4:6] == 0).all()
    assert (effects[1, :, 4:] == 0).all()
    assert (effects[1, :3, 3] != 0).any()
    assert effects[1, 3, 3] == 0  # U is T


def test_arrays_and_strings_are_the_same():
    def flat(x):
        return x.reshape(len(x), -1).astype(float)

    x = DNAOneHotEncoder().fit_transform(SEQUENCES)
    arrays = make_pipeline(FunctionTransformer(flat), Ridge()).fit(x, [0.0, 1.0, 3.0])
    strings = make_pipeline(DNAOneHotEncoder(), *arrays).fit(SEQUENCES, [0.0, 1.0, 3.0])
    expected = in_silico_mutagenesis(strings, SEQUENCES)
    np.testing.assert_allclose(in_silico_mutagenesis(arrays, x), expected, atol=1e-12)
    codes = np.stack([encode(s) for s in SEQUENCES])
    counts = make_pipeline(KmerVectorizer(k=1), Ridge()).fit(codes, [0.0, 1.0, 3.0])
    np.testing.assert_allclose(
        in_silico_mutagenesis(counts, codes), in_silico_mutagenesis(counts, SEQUENCES), atol=1e-12
    )


def test_what_is_not_read_has_no_effect_but_an_error():
    network = SequenceClassifier("convnet", module__n_filters=2, max_epochs=1)
    encoder = DNAOneHotEncoder(length=6)
    model = make_pipeline(encoder, network).fit(SEQUENCES * 2, [0, 1, 1] * 2)
    vote = VotingClassifier([("a", model), ("b", model)]).fit(SEQUENCES * 2, [0, 1, 1] * 2)
    with pytest.raises(ValueError, match="sequence 1 has 10 bases, but the model reads only 6"):
        in_silico_mutagenesis(vote, ["ACGTAC", SEQUENCES[0]])
    assert in_silico_mutagenesis(vote, ["ACGTAC"]).shape == (1, 4, 6)


def test_what_cannot_be_asked(kmers):
    with pytest.raises(ValueError, match="a single str"):
        in_silico_mutagenesis(kmers, "ACGT")
    with pytest.raises(ValueError, match="there are no sequences"):
        in_silico_mutagenesis(kmers, [])
    with pytest.raises(TypeError, match="none of predict_proba"):
        in_silico_mutagenesis(object(), ["ACGT"])
    several = make_pipeline(KmerVectorizer(k=1), Ridge()).fit(SEQUENCES, np.eye(3))
    with pytest.raises(ValueError, match="has 3 outputs; say which"):
        in_silico_mutagenesis(several, SEQUENCES)
    assert in_silico_mutagenesis(several, SEQUENCES, output=2).shape == (3, 4, 10)


def test_networks_that_read_both_strands_are_run_as_a_whole():
    from rcseq.prediction import network_of

    sequences = [
        "ACGTACGTAGCATCGATCAGCTAGCATCAGCATCGAC",
        "GGGTACGTAGCATAAATCAGCTAGCATCACCCTCGAC",
    ] * 4
    for strategy, plain in [("rcps", True), ("conjoined", False), ("posthoc", False)]:
        net = SequenceClassifier(strategy=strategy, max_epochs=1, random_state=0, device="cpu")
        model = make_pipeline(DNAOneHotEncoder(), net).fit(sequences, [0, 1] * 4)
        assert network_of(model).plain == plain
        effects = in_silico_mutagenesis(model, sequences[:1])
        changed = "T" + sequences[0][1:]
        asked = network_of(model)
        outputs = asked.predict([sequences[0], changed], 8)[:, 0]
        assert effects[0, 3, 0] == pytest.approx(outputs[1] - outputs[0], abs=1e-5)
