"""Outputs for single substitutions, of which only what they can change is computed."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

__all__ = ["LocalOutputs", "substituted"]


class _Map(NamedTuple):
    """A map of the sequence, ``(1, C, L)``, and some positions of it that are others now."""

    unchanged: Tensor
    start: Tensor  # (n,): where they begin
    changed: Tensor  # (n, C, w)

    def window(self, start: Tensor, width: int) -> Tensor:
        """Take a stretch that holds all that is changed, (n, C, width)."""
        inside = start[:, None] + torch.arange(width, device=start.device)
        # positions first: copies whole rows of channels, which then are next to each other
        rows = self.unchanged[0].mT[inside]
        return self._put_into(rows.mT, self.start - start)

    def whole(self) -> Tensor:
        """Return the whole map, (n, C, L)."""
        copies = self.unchanged.expand(len(self.start), -1, -1)
        copies = copies.clone(memory_format=torch.preserve_format)
        return self._put_into(copies, self.start)

    def _put_into(self, maps: Tensor, start: Tensor) -> Tensor:
        at = start[:, None] + torch.arange(self.changed.shape[-1], device=start.device)
        rows = torch.arange(len(maps), device=start.device)[:, None]
        maps[rows, :, at] = self.changed.mT
        return maps


class LocalOutputs:
    """The outputs of a network for one sequence with a substitution, part by part.

    Parameters
    ----------
    module : torch.nn.Module
        In evaluation mode. Its ``local_parts`` says which layers read how many positions, as that
        of :class:`rcseq.nn.ParallelConvNet`, and ``pad`` comes before them.
    x : Tensor of shape (1, 4, L)
    """

    def __init__(self, module: Any, x: Tensor) -> None:
        padded = module.pad(x)
        self._before = (padded.shape[-1] - x.shape[-1]) // 2
        self._parts, self._rest = module.local_parts(padded.shape[-1])
        self._unchanged = [padded]
        for part in self._parts:
            self._unchanged.append(part.compute(self._unchanged[-1]))

    def __call__(self, base: Tensor, position: Tensor) -> Tensor:
        """Compute the outputs for sequences with a base at a position each, (n, n_outputs)."""
        at = position + self._before
        bases = torch.eye(4, dtype=self._unchanged[0].dtype, device=base.device)[base]
        current = _Map(self._unchanged[0], at, bases[:, :, None])
        read = []
        for part, unchanged in zip(self._parts, self._unchanged[1:], strict=True):
            current = _next(current, part, unchanged)
            if part.read:
                read.append(current.whole())
        outputs: Tensor = self._rest(read)
        return outputs


def _next(x: _Map, part: Any, unchanged: Tensor) -> _Map:
    """Compute what the changed positions of a map change in the next one."""
    before, after, stride = part.before, part.after, part.stride
    length, n_out = x.unchanged.shape[-1], unchanged.shape[-1]
    width = min(n_out, (x.changed.shape[-1] - 1 + before + after) // stride + 1)
    first = -((after - x.start).div(stride, rounding_mode="floor"))  # rounded up
    first = first.clamp(0, n_out - width)
    # What the part reads of it begins at a multiple of the stride. Its length is that of the map
    # modulo the stride, so that pools pad both alike.
    margin = -(-before // stride)
    size = stride * (margin + width - 1) + after + 1
    size = min(length, size + (length - size) % stride)
    begin = (first - margin).clamp(0, (length - size) // stride)
    y = part.compute(x.window(stride * begin, size))
    inside = (first - begin)[:, None] + torch.arange(width, device=first.device)
    rows = torch.arange(len(y), device=first.device)[:, None]
    return _Map(unchanged, first, y[rows, :, inside].mT)


def substituted(x: Tensor, base: Tensor, position: Tensor) -> Tensor:
    """Copy sequences, (n, 4, L), each with another base at a position."""
    rows = torch.arange(len(base), device=x.device)
    mutated = x.clone(memory_format=torch.contiguous_format)
    mutated[rows, :, position] = 0
    mutated[rows, base, position] = 1
    return mutated
