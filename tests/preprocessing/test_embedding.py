"""Embeddings of a frozen model: what it is given, and what is made of its answers."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from rcseq.alphabet import reverse_complement
from rcseq.metrics import strand_discordance
from rcseq.preprocessing import EmbeddingTransformer

X = ["ACGTTGCA", "AAACCCGG", "ttgacnnA", "GATTACAG", "CCGATTAA"]


class Small(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv1d(4, 3, 3)
        self.dropout = torch.nn.Dropout(0.5)

    def forward(self, x):
        return self.dropout(self.conv(x).relu()).mean(-1)


def first_bases(sequences):
    return np.array([[s.count("A"), s[0] == "A"] for s in sequences], dtype=float)


def test_strands_are_averaged():
    embedded = EmbeddingTransformer(first_bases, batch_size=2).fit_transform(X)
    other = [reverse_complement(x) for x in X]
    upper = [[x.upper() for x in strand] for strand in (X, other)]
    assert_allclose(embedded, (first_bases(upper[0]) + first_bases(upper[1])) / 2)
    assert_allclose(EmbeddingTransformer(first_bases).fit_transform(other), embedded)
    one = EmbeddingTransformer(first_bases, both_strands=False).fit_transform(X)
    assert_array_equal(one, first_bases(upper[0]))


def test_a_module_reads_one_hot_of_one_length_at_a_time_and_stays_as_it_is():
    module = Small()
    unequal = [*X, "ACGTACGTACG", "TTGCA"]
    embed = EmbeddingTransformer(module, reads="onehot", batch_size=3).fit(unequal)
    embedded = embed.transform(unequal)
    assert embedded.shape == (7, 3)
    assert embed.n_features_out_ == 3
    assert embed.get_feature_names_out().tolist() == ["embedding0", "embedding1", "embedding2"]
    for text, row in zip(unequal, embedded, strict=True):  # in the order given
        assert_allclose(embed.transform([text])[0], row, atol=1e-6)
    assert all(part.training for part in module.modules())
    other = [reverse_complement(x) for x in unequal]
    assert_allclose(embed.transform(other), embedded, atol=1e-6)


def test_what_is_learned_on_top_is_strand_free():
    module = Small()
    model = make_pipeline(EmbeddingTransformer(module, reads="onehot"), LogisticRegression())
    assert strand_discordance(model.fit(X, [0, 1, 0, 1, 0]), X) < 1e-6
    blind = model.set_params(embeddingtransformer__both_strands=False)
    assert strand_discordance(blind.fit(X, [0, 1, 0, 1, 0]), X) > 1e-4


def test_functions_may_return_tensors():
    def tensors(sequences):
        return torch.tensor([[float(len(s))] for s in sequences], requires_grad=True)

    assert EmbeddingTransformer(tensors).fit_transform(X).ravel().tolist() == [8.0] * 5


def test_what_is_refused():
    with pytest.raises(ValueError, match=r"the shape \(1, 2, 3\) for 1 seq.* Average over"):
        EmbeddingTransformer(lambda batch: np.zeros((len(batch), 2, 3))).fit(X)
    with pytest.raises(ValueError, match="not finite"):
        EmbeddingTransformer(lambda batch: np.full((len(batch), 2), np.nan)).fit(X)
    with pytest.raises(ValueError, match="'module' parameter"):
        EmbeddingTransformer("model").fit(X)
    with pytest.raises(ValueError, match="'reads' parameter"):
        EmbeddingTransformer(first_bases, reads="codes").fit(X)
