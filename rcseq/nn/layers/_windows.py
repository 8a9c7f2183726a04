"""Windows that lie symmetrically, and pooling in the memory format of the input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch.nn import functional as F

from rcseq.nn.functional import is_channels_last
from rcseq.nn.layers._options import check_sizes

if TYPE_CHECKING:
    from torch import Tensor


def check_options(size: int, stride: int, padding: int, ceil_mode: bool) -> None:
    """Refuse what no length can make sense of."""
    check_sizes(kernel_size=size, stride=stride)
    check_sizes(least=0, padding=padding)
    if 2 * padding > size:
        raise ValueError(
            f"padding={padding} is more than half of kernel_size={size}: the outermost windows "
            "would hold little but padding"
        )
    if ceil_mode and padding:
        raise ValueError("ceil_mode=True chooses the padding for each length; leave padding at 0")
    if ceil_mode and stride > size:
        raise ValueError(
            f"ceil_mode=True is there to leave no position out, but stride={stride} with "
            f"kernel_size={size} skips positions; take a stride of at most {size}"
        )


def symmetric_windows(length: int, size: int, stride: int) -> tuple[int, int]:
    """Share the remainder of the stride evenly between both ends.

    Returns the window and the padding on each side. The window is one position wider than asked
    for where the missing positions are odd in number: then the asked window has no even split.
    """
    missing = -(length - size) % stride
    if missing % 2:
        size += 1
        missing = -(length - size) % stride
    return size, missing // 2


def max_pool(x: Tensor, size: int, stride: int, padding: int) -> Tensor:
    """Max-pool (n, C, L) in its memory format."""
    if is_channels_last(x):
        return F.max_pool2d(x.unsqueeze(2), (1, size), (1, stride), (0, padding)).squeeze(2)
    return F.max_pool1d(x, size, stride, padding)


def avg_pool(x: Tensor, size: int, stride: int, padding: int, count_padding: bool) -> Tensor:
    """Average-pool (n, C, L) in its memory format."""
    if is_channels_last(x):
        y = F.avg_pool2d(
            x.unsqueeze(2), (1, size), (1, stride), (0, padding), count_include_pad=count_padding
        )
        return y.squeeze(2)
    return F.avg_pool1d(x, size, stride, padding, count_include_pad=count_padding)
