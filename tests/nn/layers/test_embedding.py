from collections.abc import Callable
from itertools import product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from rcseq.nn import DNA, KmerEmbedding, RCConv1d, to_conventional


def one_hot(sequence: str) -> Tensor:
    return torch.tensor([[[float(base == letter) for base in sequence] for letter in "ACGT"]])


@given(st.integers(1, 5), st.integers(0, 12))
def test_equivariant(check_equivariance: Callable[..., None], k: int, extra: int) -> None:
    check_equivariance(KmerEmbedding(k), k + extra)


@given(st.integers(1, 4), st.text("ACGT", min_size=4, max_size=12))
def test_each_position_is_the_kmer_that_starts_there(k: int, sequence: str) -> None:
    kmers = ["".join(letters) for letters in product("ACGT", repeat=k)]
    encoded = KmerEmbedding(k)(one_hot(sequence))
    assert encoded.shape == (1, 4**k, len(sequence) - k + 1)
    assert torch.equal(encoded.sum(1), torch.ones(1, len(sequence) - k + 1))
    found = [kmers[i] for i in encoded[0].argmax(0)]
    assert found == [sequence[i : i + k] for i in range(len(sequence) - k + 1)]


def test_unknown_bases_and_fractions() -> None:
    assert KmerEmbedding(2)(one_hot("ANC")).sum() == 0
    x = one_hot("AA")
    x[0, :, 1] = torch.tensor([0.5, 0, 0.5, 0])  # R
    y = KmerEmbedding(2)(x)[0, :, 0]
    assert y[:4].tolist() == [0.5, 0, 0.5, 0]
    assert y.sum() == 1


@pytest.mark.parametrize("k", [2, 3])
def test_an_embedding_can_be_learned(check_equivariance: Callable[..., None], k: int) -> None:
    layer = KmerEmbedding(k)
    assert layer.in_type == DNA
    embed = RCConv1d(layer.out_type, 5, 1)
    assert embed.weight.shape == (5, 4**k, 1)
    check_equivariance(embed, 4)


def test_illegal_values_are_refused() -> None:
    with pytest.raises(ValueError, match="k must be a whole number of at least 1"):
        KmerEmbedding(0)
    with pytest.raises(ValueError, match="k=9 would make 262,144 channels; k is at most 8"):
        KmerEmbedding(9)
    with pytest.raises(ValueError, match="needs at least 3 positions and got 2"):
        KmerEmbedding(3)(torch.zeros(1, 4, 2))


def test_conventional_form_and_repr() -> None:
    layer = KmerEmbedding(3)
    x = one_hot("ACGTA")
    assert torch.equal(to_conventional(layer)(x), layer(x))
    assert repr(layer) == "KmerEmbedding(DNA -> kmer3, k=3)"
