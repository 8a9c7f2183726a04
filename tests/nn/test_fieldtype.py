import copy
import pickle

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from rcseq.nn import DNA, FieldType, OutputSymmetry

blocks = st.one_of(
    st.tuples(st.sampled_from(["reg", "a", "b"]), st.integers(1, 4)),
    st.tuples(st.just("kmer"), st.integers(1, 3)),
)
field_types = st.lists(blocks, min_size=1, max_size=4).map(lambda found: FieldType(tuple(found)))


@given(field_types)
def test_prints_what_it_parses(field_type: FieldType) -> None:
    assert FieldType.parse(str(field_type)) == field_type
    assert eval(repr(field_type)) == field_type


@given(field_types)
def test_signed_permutation_is_an_involution(field_type: FieldType) -> None:
    perm, sign = field_type.perm, field_type.sign
    assert len(perm) == len(sign) == field_type.size
    assert all(perm[perm[i]] == i and sign[i] == sign[perm[i]] for i in range(field_type.size))


@given(field_types, st.integers(1, 5), st.booleans())
def test_act_is_the_signed_permutation(field_type: FieldType, length: int, positions: bool) -> None:
    x = torch.randn(2, field_type.size, length) if positions else torch.randn(2, field_type.size)
    sign = torch.tensor(field_type.sign)
    flipped = x.flip(-1) if positions else x
    expected = flipped[:, list(field_type.perm)] * (sign[:, None] if positions else sign)
    assert torch.equal(field_type.act(x), expected)
    assert torch.equal(field_type.act(field_type.act(x)), x)


@given(field_types, field_types)
def test_sum_puts_channels_side_by_side(left: FieldType, right: FieldType) -> None:
    both = left + right
    assert both.size == left.size + right.size
    assert both.sign == left.sign + right.sign
    assert both.perm == left.perm + tuple(left.size + i for i in right.perm)
    assert both.n_reg == left.n_reg + right.n_reg


def test_int_and_string_mean_types() -> None:
    assert FieldType(16) == FieldType("16reg") == FieldType((("reg", 16),))
    assert FieldType(FieldType(3)) == FieldType(3)
    assert FieldType("8reg + 4a+2b") + 2 == FieldType("8reg+4a+2b+2reg")
    assert 2 + FieldType("1a") == FieldType("2reg+1a")
    assert "1a" + FieldType("2a") == FieldType("3a")
    assert hash(FieldType("2a+2a")) == hash(FieldType("4a"))
    assert FieldType("2reg+2reg") != FieldType("4reg")
    assert FieldType("3reg+0a") == FieldType(3)


def test_counts() -> None:
    mixed = FieldType("2a+8reg+4a+2b")
    assert (mixed.n_reg, mixed.n_a, mixed.n_b, mixed.size) == (8, 6, 2, 24)
    assert not mixed.is_regular
    assert not mixed.is_trivial
    assert FieldType(2).is_regular
    assert FieldType("3a").is_trivial
    assert FieldType("2reg+3b").unsigned == FieldType("2reg+3a")


def test_one_hot_dna() -> None:
    assert str(DNA) == "DNA"
    assert FieldType("kmer1") == DNA
    x = torch.rand(2, 4, 7)
    assert torch.equal(DNA.act(x), x.flip(1, 2))


@pytest.mark.parametrize("k", [1, 2, 3, 4])
def test_kmer_is_swapped_with_its_reverse_complement(k: int) -> None:
    from itertools import product

    kmers = ["".join(letters) for letters in product("ACGT", repeat=k)]
    complement = str.maketrans("ACGT", "TGCA")
    perm = [kmers.index(kmer.translate(complement)[::-1]) for kmer in kmers]
    assert FieldType.kmer(k).perm == tuple(perm)


def test_copies_and_pickles() -> None:
    for field_type in (DNA, FieldType("8reg+4a+2b")):
        assert copy.deepcopy(field_type) == field_type
        assert pickle.loads(pickle.dumps(field_type)) == field_type


@pytest.mark.parametrize(
    "text", ["", "16", "reg", "3c", "8reg+", "8reg-2a", "-1reg", "kmer", "RNA"]
)
def test_unreadable_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a block; write a number and one of reg, a, b"):
        FieldType.parse(text)


@pytest.mark.parametrize("value", [0, "0reg", (), (("reg", 0),)])
def test_empty_type_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="at least one channel"):
        FieldType(value)


@pytest.mark.parametrize("value", [1.5, None, True, [("reg", 2)]])
def test_other_values_are_refused(value: object) -> None:
    with pytest.raises(TypeError, match="a field type is an int"):
        FieldType(value)


def test_impossible_blocks_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot have the size -2"):
        FieldType(-2)
    with pytest.raises(ValueError, match="cannot have the size 0"):
        FieldType.kmer(0)
    with pytest.raises(ValueError, match="'c' is not a kind of block"):
        FieldType((("c", 2),))
    with pytest.raises(TypeError):
        FieldType(2) + 1.5
    with pytest.raises(TypeError):
        1.5 + FieldType(2)


@pytest.mark.parametrize("shape", [(2, 5, 7), (4,), (2, 7, 4)])
def test_act_refuses_other_shapes(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="DNA has 4 channels on axis 1"):
        DNA.act(torch.zeros(shape))


@pytest.mark.parametrize(
    ("symmetry", "expected"),
    [
        ("invariant", [[[1, 2, 3], [4, 5, 6]]]),
        ("positions", [[[3, 2, 1], [6, 5, 4]]]),
        ("strands", [[[4, 5, 6], [1, 2, 3]]]),
        ("both", [[[6, 5, 4], [3, 2, 1]]]),
    ],
)
def test_output_symmetry(symmetry: str, expected: list[list[list[int]]]) -> None:
    y = torch.tensor([[[1, 2, 3], [4, 5, 6]]])
    acted: Tensor = OutputSymmetry(symmetry).act(y)
    assert acted.tolist() == expected
    assert torch.equal(OutputSymmetry(symmetry).act(acted), y)


def test_output_symmetry_refuses_other_shapes() -> None:
    with pytest.raises(ValueError, match="swaps the two strands on axis 1"):
        OutputSymmetry.STRANDS.act(torch.zeros(3, 1))
    with pytest.raises(ValueError, match="flips positions on the last axis"):
        OutputSymmetry.POSITIONS.act(torch.zeros(3))
    with pytest.raises(ValueError, match="flips positions on the last axis"):
        OutputSymmetry.BOTH.act(torch.zeros(3, 2))
