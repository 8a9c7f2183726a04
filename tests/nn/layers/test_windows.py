import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rcseq.nn import channels_last
from rcseq.nn.layers._windows import avg_pool, check_options, max_pool, symmetric_windows


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 60))
def test_windows_are_symmetric_and_leave_nothing_out(size: int, stride: int, length: int) -> None:
    if stride > size:
        return
    width, padding = symmetric_windows(length, size, stride)
    padded = length + 2 * padding
    assert width in (size, size + 1)
    assert 2 * padding <= width
    assert (padded - width) % stride == 0
    if (length - size) % stride == 0:
        assert (width, padding) == (size, 0)
    if length >= size:  # as many windows as PyTorch's own ceil_mode gives; a wider one may do
        plain = torch.nn.functional.max_pool1d(
            torch.zeros(1, 1, length), size, stride, ceil_mode=True
        )
        n_windows = (padded - width) // stride + 1
        assert n_windows == plain.shape[-1] - (width > size and (length - size) % stride == 1)


def test_impossible_options_are_refused() -> None:
    check_options(4, 2, 2, ceil_mode=False)
    with pytest.raises(ValueError, match="kernel_size must be"):
        check_options(0, 2, 0, ceil_mode=False)
    with pytest.raises(ValueError, match="padding=3 is more than half of kernel_size=4"):
        check_options(4, 2, 3, ceil_mode=False)
    with pytest.raises(ValueError, match="leave padding at 0"):
        check_options(4, 2, 1, ceil_mode=True)
    with pytest.raises(ValueError, match="take a stride of at most 4"):
        check_options(4, 5, 0, ceil_mode=True)


def test_memory_format_is_followed() -> None:
    x = torch.randn(2, 3, 11)
    for y, other in [
        (max_pool(x, 4, 2, 1), max_pool(channels_last(x), 4, 2, 1)),
        (avg_pool(x, 4, 2, 1, False), avg_pool(channels_last(x), 4, 2, 1, False)),
    ]:
        torch.testing.assert_close(y, other)
        assert y.is_contiguous()
        assert other.stride(1) == 1
