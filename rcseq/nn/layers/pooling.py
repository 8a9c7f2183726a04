"""Pooling over positions whose windows lie alike on both strands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rcseq.nn.fieldtype import TypeLike
from rcseq.nn.layers._length import n_windows
from rcseq.nn.layers._options import changed
from rcseq.nn.layers._windows import avg_pool, check_options, max_pool, symmetric_windows
from rcseq.nn.layers.base import RCLayer

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["RCAvgPool1d", "RCMaxPool1d"]


class _Pool(RCLayer):
    def __init__(
        self,
        in_type: TypeLike,
        kernel_size: int,
        *,
        stride: int | None = None,
        padding: int = 0,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__(in_type)
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding, self.ceil_mode = padding, ceil_mode
        check_options(self.kernel_size, self.stride, padding, ceil_mode)

    def windows(self, length: int) -> tuple[int, int, int]:
        """Return the size, stride and padding of the windows on a map, or refuse its length.

        Parameters
        ----------
        length : int
            In positions.

        Returns
        -------
        size, stride, padding : int
        """
        size, stride, padding = self.kernel_size, self.stride, self.padding
        if self.ceil_mode:
            size, padding = symmetric_windows(length, size, stride)
        room = length + 2 * padding - size
        if room < 0:
            raise ValueError(f"{self!r}: a length of {length} is shorter than the window")
        if remainder := room % stride:
            shorter = length - remainder
            raise ValueError(
                f"{self!r}: at length {length} the stride leaves {remainder} positions over, so "
                "the windows of one strand would not be those of the other; a length of "
                f"{shorter} or {shorter + stride} works, and so does ceil_mode=True, which shares "
                "the remainder evenly between both ends"
            )
        return size, stride, padding

    def output_length(self, length: int) -> int:
        """Return the length of the output for an input of a length, or refuse that length."""
        return n_windows(length, *self.windows(length))

    def _options(self) -> list[str]:
        defaults = {"stride": self.kernel_size, "padding": 0, "ceil_mode": False}
        return [f"kernel_size={self.kernel_size}", *changed(self, defaults)]


class RCMaxPool1d(_Pool):
    """Max-pooling over positions, exact at the ends.

    A window of one strand must be a window of the other, which a remainder of the stride at one
    end breaks. Such a length is refused, or, with `ceil_mode`, the remainder is shared by both
    ends: the map is padded evenly, and where the missing positions are odd in number the window is
    made one position wider first.

    Parameters
    ----------
    in_type : FieldType, int or str
        An int means that many regular pairs. ``b`` channels are refused: the largest of the
        negatives is not the negative of the largest.
    kernel_size : int
        Width of the window in positions.
    stride : int, optional
        Distance of the windows in positions; `kernel_size` if not given.
    padding : int, default 0
        Padding on either side, which never is the largest.
    ceil_mode : bool, default False
        Whether to take every length and leave no position out.

    Raises
    ------
    ValueError
        When built, if a channel flips its sign; when called without `ceil_mode`, if the stride
        leaves a remainder at this length.

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import RCMaxPool1d
    >>> RCMaxPool1d(16, 40, stride=20)
    RCMaxPool1d(16reg, kernel_size=40, stride=20)
    >>> RCMaxPool1d("1a", 4, ceil_mode=True)(torch.arange(6.0).view(1, 1, 6))
    tensor([[[2., 5.]]])
    """

    def __init__(
        self,
        in_type: TypeLike,
        kernel_size: int,
        *,
        stride: int | None = None,
        padding: int = 0,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__(in_type, kernel_size, stride=stride, padding=padding, ceil_mode=ceil_mode)
        if self.in_type.n_b:
            raise ValueError(
                f"max-pooling of {self.in_type} is not equivariant: the largest of the negatives "
                "of a b channel is not the negative of its largest; use RCAvgPool1d, or reg and a "
                "channels"
            )

    def forward(self, x: Tensor) -> Tensor:
        """Compute the largest value of each window."""
        self._check(x, positions=True)
        return max_pool(x, *self.windows(x.shape[-1]))


class RCAvgPool1d(_Pool):
    """Average-pooling over positions, exact at the ends.

    Parameters
    ----------
    in_type : FieldType, int or str
        An int means that many regular pairs; every type works.
    kernel_size : int
        Width of the window in positions.
    stride : int, optional
        Distance of the windows in positions; `kernel_size` if not given.
    padding : int, default 0
        Padding on either side, which is not counted.
    ceil_mode : bool, default False
        Whether to take every length and leave no position out, as in :class:`RCMaxPool1d`.

    Raises
    ------
    ValueError
        When called without `ceil_mode`, if the stride leaves a remainder at this length.

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import RCAvgPool1d
    >>> RCAvgPool1d("1b", 4, ceil_mode=True)(torch.arange(6.0).view(1, 1, 6))
    tensor([[[1., 4.]]])
    """

    def forward(self, x: Tensor) -> Tensor:
        """Average over each window."""
        self._check(x, positions=True)
        return avg_pool(x, *self.windows(x.shape[-1]), count_padding=False)
