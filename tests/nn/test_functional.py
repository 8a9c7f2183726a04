import copy
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from rcseq.nn import FieldType, act, channels_last, is_channels_last, reverse_complement
from rcseq.nn.functional import ChannelLaw, KernelLaw

TYPES = ["DNA", "2reg", "3reg", "2a", "2b", "1reg+1a+1b", "1reg+1reg", "kmer2", "1b+2reg"]
types = st.sampled_from(TYPES).map(FieldType)


def is_legal(out_type: FieldType, in_type: FieldType, groups: int) -> bool:
    """Whether the channels that a group connects stay connected on the other strand."""
    if out_type.size % groups or in_type.size % groups:
        return False
    group_out = torch.arange(groups).repeat_interleave(out_type.size // groups)
    group_in = torch.arange(groups).repeat_interleave(in_type.size // groups)
    connected = group_out[:, None] == group_in
    return torch.equal(connected, connected[list(out_type.perm)][:, list(in_type.perm)])


def dense(kernel: Tensor, in_type: FieldType, groups: int) -> Tensor:
    """Write a grouped kernel as one over all channels."""
    n_out, n_in, size = kernel.shape
    full = kernel.new_zeros(n_out, in_type.size, size)
    for row in range(n_out):
        start = row // (n_out // groups) * n_in
        full[row, start : start + n_in] = kernel[row]
    return full


def acted_on(kernel: Tensor, out_type: FieldType, in_type: FieldType) -> Tensor:
    """The kernel as the other strand sees it: P_out flip(W) P_in."""
    by_columns = in_type.act(kernel)
    return by_columns[list(out_type.perm)] * torch.tensor(out_type.sign)[:, None, None]


@given(types, types, st.integers(1, 6), st.sampled_from([1, 2, 3, 4, 8, 16]))
def test_law(out_type: FieldType, in_type: FieldType, size: int, groups: int) -> None:
    if not is_legal(out_type, in_type, groups):
        with pytest.raises(ValueError, match="groups"):
            KernelLaw(out_type, in_type, size, groups=groups)
        return
    shape = (out_type.size, in_type.size, size)
    # All kernels that obey the law are averages of a kernel and its image.
    kernel = torch.randn(out_type.size, in_type.size // groups, size, dtype=torch.float64)
    kernel = dense(kernel, in_type, groups)
    kernel = (kernel + acted_on(kernel, out_type, in_type)) / 2
    if not kernel.any(-1).any(-1).all():  # a row of zeros, an output that would be dead
        with pytest.raises(
            ValueError, match="kernel of size 1 leaves nothing but zero to output channel"
        ):
            KernelLaw(out_type, in_type, size, groups=groups)
        return
    law = KernelLaw(out_type, in_type, size, groups=groups)
    weight = torch.randn(law.shape, dtype=torch.float64)
    full = dense(law.expand(weight), in_type, groups)
    assert full.shape == shape
    assert torch.equal(full, acted_on(full, out_type, in_type))  # sound
    n_columns = in_type.size // groups
    compact = torch.stack(
        [
            kernel[row, (start := row // (out_type.size // groups) * n_columns) : start + n_columns]
            for row in range(out_type.size)
        ]
    )
    assert torch.equal(law.expand(law.reduce(compact)), compact)  # complete
    # No parameter too many: an orbit of two has one, an entry that is its own partner one or none.
    n_distinct = len(kernel.abs()[kernel != 0].unique())
    assert math.prod(law.shape) == n_distinct


@given(types, types, st.integers(1, 5))
def test_table_agrees_with_the_short_way(
    out_type: FieldType, in_type: FieldType, size: int
) -> None:
    """Rows of regular pairs are not looked up in a table; the values are those of the law."""
    out_type = FieldType(out_type.size)
    law = KernelLaw(out_type, in_type, size)
    weight = torch.randn(law.shape)
    assert law.shape == (out_type.size // 2, in_type.size, size)
    assert torch.equal(law.expand(weight), torch.cat([weight, in_type.act(weight)]))
    assert torch.equal(law.reduce(law.expand(weight)), weight)


@given(types, st.integers(1, 7))
def test_mirrored_depthwise_law(in_type: FieldType, size: int) -> None:
    law = KernelLaw(in_type, in_type, size, groups=in_type.size, mirrored=True)
    full = law.expand(torch.randn(law.shape))
    assert torch.equal(full, full.flip(-1))
    assert torch.equal(full, full[list(in_type.perm)])
    n_orbits = len({frozenset({i, j}) for i, j in enumerate(in_type.perm)})
    assert law.shape == (n_orbits * math.ceil(size / 2),)


def test_mirrored_law_refuses_signs() -> None:
    with pytest.raises(ValueError, match="must not change signs"):
        KernelLaw("1b", "1a", 3, mirrored=True)


@given(types)
def test_channel_law(field_type: FieldType) -> None:
    law = ChannelLaw(field_type)
    values = law.expand(torch.randn(law.shape))
    assert values.shape == law.full_shape == (field_type.size,)
    assert torch.equal(values, field_type.act(values[None])[0])
    assert torch.equal(law.expand(law.reduce(values)), values)
    assert torch.equal(values == 0, torch.tensor(field_type.sign) < 0)


def test_message_says_what_groups_work() -> None:
    with pytest.raises(ValueError, match="between regular pairs every even number"):
        KernelLaw(3, 3, 1, groups=3)
    with pytest.raises(ValueError, match="must divide the 6 channels of 3reg and the 4 channels"):
        KernelLaw(2, 3, 1, groups=3)


def test_law_survives_copies_and_builds_on_the_meta_device() -> None:
    with torch.device("meta"):
        law = KernelLaw("1reg+1a+1b", "1reg+1a", 3)
    weight = torch.randn(law.shape)
    expected = law.expand(weight)
    assert torch.equal(copy.deepcopy(law).expand(weight), expected)
    assert law.expand(weight.to("meta")).device.type == "meta"
    assert law.to(torch.device("meta")) is law
    assert torch.equal(law.to(torch.device("cpu")).expand(weight), expected)


def test_reverse_complement() -> None:
    x = torch.rand(3, 4, 11)
    assert torch.equal(reverse_complement(x), x.flip(1, 2))
    assert torch.equal(act(x, 2), torch.cat([x[:, 2:], x[:, :2]], 1).flip(-1))
    with pytest.raises(ValueError, match="4 channels"):
        reverse_complement(torch.zeros(3, 5, 11))


@given(st.integers(1, 3), st.integers(2, 5), st.integers(2, 9))
def test_channels_last(n: int, channels: int, length: int) -> None:
    x = torch.randn(n, channels, length)
    y = channels_last(x)
    assert torch.equal(x, y)
    assert y.stride()[1:] == (1, channels)
    assert is_channels_last(y)
    assert not is_channels_last(x)
    assert channels_last(y).data_ptr() == y.data_ptr()
