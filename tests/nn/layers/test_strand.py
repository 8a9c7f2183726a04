from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rcseq.nn import StrandMax, StrandMean, StrandSum, to_conventional

KINDS = {StrandSum: torch.sum, StrandMean: torch.mean, StrandMax: torch.amax}


@pytest.mark.parametrize("kind", KINDS)
@given(
    st.sampled_from(["1reg", "3reg", "2a", "2reg+3a", "1a+1reg+2reg"]),
    st.sampled_from([None, 1, 5]),
)
def test_strand_free(
    check_equivariance: Callable[..., None], kind: type, in_type: str, length: int | None
) -> None:
    layer = kind(in_type)
    assert layer.out_type.is_trivial
    check_equivariance(layer, length)
    if length is None:  # without positions nothing is left that could change
        x = torch.randn(2, layer.in_type.size)
        torch.testing.assert_close(layer(x), layer(layer.in_type.act(x)))


@pytest.mark.parametrize(("kind", "function"), KINDS.items())
def test_values(kind: type, function: Callable) -> None:
    x = torch.randn(2, 8, 5)
    expected = function(x[:, :6].unflatten(1, (2, 3)), dim=1)
    torch.testing.assert_close(kind(3)(x[:, :6]), expected)
    y = kind("3reg+2a")(x)
    torch.testing.assert_close(y[:, :3], expected)
    assert torch.equal(y[:, 3:], x[:, 6:])


@pytest.mark.parametrize("kind", KINDS)
def test_conventional_form_is_a_copy(kind: type) -> None:
    layer = kind(3)
    x = torch.randn(2, 6)
    copy = to_conventional(layer)
    assert copy is not layer
    assert torch.equal(copy(x), layer(x))


@pytest.mark.parametrize("in_type", ["DNA", "2b", "2reg+1b"])
def test_other_types_are_refused(in_type: str) -> None:
    with pytest.raises(ValueError, match="put a layer between that gives reg or a channels"):
        StrandSum(in_type)


def test_repr_teaches() -> None:
    assert repr(StrandMax("2reg+3a")) == "StrandMax(2reg+3a -> 5a)"
    assert repr(StrandMean("3a")) == "StrandMean(3a -> 3a)"
