"""Pointwise functions and dropout, where they commute with the reverse complement."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import nn

from rcseq.nn.fieldtype import FieldType, TypeLike
from rcseq.nn.layers._options import changed
from rcseq.nn.layers.base import RCLayer

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["RCActivation", "RCDropout"]

_FUNCTIONS: dict[str, Callable[[], nn.Module]] = {
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "hardtanh": nn.Hardtanh,
    "identity": nn.Identity,
    "leaky_relu": nn.LeakyReLU,
    "relu": nn.ReLU,
    "sigmoid": nn.Sigmoid,
    "silu": nn.SiLU,
    "softplus": nn.Softplus,
    "softshrink": nn.Softshrink,
    "softsign": nn.Softsign,
    "tanh": nn.Tanh,
}


class RCActivation(RCLayer):
    """Pointwise function of a feature map, checked to be equivariant.

    On regular pairs and ``a`` channels every pointwise function is; on ``b`` channels, whose sign
    flips, only an odd one, such as tanh. The function is tried on numbers when the layer is built.

    Parameters
    ----------
    in_type : FieldType, int or str
        An int means that many regular pairs.
    function : str, torch.nn.Module or callable, default "relu"
        One of ``"elu"``, ``"gelu"``, ``"hardtanh"``, ``"identity"``, ``"leaky_relu"``, ``"relu"``,
        ``"sigmoid"``, ``"silu"``, ``"softplus"``, ``"softshrink"``, ``"softsign"`` and ``"tanh"``,
        or a function of a tensor.

    Raises
    ------
    ValueError
        If the name is unknown or the function does not commute with the reverse complement.

    Examples
    --------
    >>> from rcseq.nn import RCActivation
    >>> RCActivation("8reg+2a", "gelu")
    RCActivation(8reg+2a, gelu)
    >>> RCActivation("2b", "relu")
    Traceback (most recent call last):
        ...
    ValueError: relu is not equivariant on 2b: the sign of b channels flips, ...
    """

    function: Callable[[Tensor], Tensor]

    def __init__(
        self,
        in_type: TypeLike,
        function: str | nn.Module | Callable[[Tensor], Tensor] = "relu",
    ) -> None:
        super().__init__(in_type)
        if isinstance(function, str):
            if function not in _FUNCTIONS:
                raise ValueError(
                    f"{function!r} is not a known activation; the known ones are "
                    f"{', '.join(_FUNCTIONS)}, and a function or a module also works"
                )
            self.function = _FUNCTIONS[function]()
            self._name = function
        else:
            self.function = function
            self._name = getattr(function, "__name__", type(function).__name__)
        self._refuse_if_not_equivariant()

    def _refuse_if_not_equivariant(self) -> None:
        if isinstance(self.function, nn.Module):
            for name, parameter in self.function.named_parameters():
                if parameter.numel() != 1:
                    raise ValueError(
                        f"{self._name}.{name} has {parameter.numel()} values, which training would "
                        "drive apart for the two strands; share one value among all channels"
                    )
                if self.in_type.n_b:
                    raise ValueError(
                        f"{self._name} learns {name}, and not every value of it is odd, as the b "
                        f"channels of {self.in_type} need; use an odd function such as tanh, or "
                        "reg and a channels"
                    )
                if parameter.device.type == "meta":
                    return
        # Fixed numbers, on the CPU by name: building a layer draws nothing from the generators.
        numbers = torch.arange(7 * self.in_type.size, device="cpu", dtype=torch.get_default_dtype())
        x = 3 * torch.sin(1 + numbers**1.5).view(1, -1, 7)
        with torch.no_grad():
            y, y_reverse = self.function(x), self.function(self.in_type.act(x))
        if y.shape == x.shape and torch.allclose(y_reverse, self.in_type.act(y), atol=1e-5):
            return
        if self.in_type.n_b:
            raise ValueError(
                f"{self._name} is not equivariant on {self.in_type}: the sign of b channels flips, "
                "so f(-x) must be -f(x); use an odd function such as tanh, or reg and a channels"
            )
        raise ValueError(
            f"{self._name} does not commute with the reverse complement of {self.in_type}: it must "
            "treat every channel and position alike and draw no random numbers"
        )

    def forward(self, x: Tensor) -> Tensor:
        """Apply the function."""
        self._check(x)
        return self.function(x)

    def __repr__(self) -> str:
        return f"RCActivation({self.in_type}, {self._name})"


class RCDropout(RCLayer):
    """Dropout with one mask for both channels of a pair.

    What is dropped in a channel at one position is dropped in its partner at the mirrored position,
    so both strands lose the same and a network in training mode is equivariant, draw by draw.

    Parameters
    ----------
    in_type : FieldType, int or str
        An int means that many regular pairs.
    p : float, default 0.5
        Probability that a value is dropped. The others are divided by ``1 - p``.
    whole_channels : bool, default False
        Whether a channel of a map is dropped at all positions at once, with its partner, as
        :class:`torch.nn.Dropout1d` does it.

    Raises
    ------
    ValueError
        If `p` is not in [0, 1].

    Examples
    --------
    >>> import torch
    >>> from rcseq.nn import RCDropout
    >>> dropout = RCDropout(16, p=0.2)
    >>> y = dropout(torch.ones(2, 32, 50))
    >>> torch.equal(y, dropout.in_type.act(y))
    True
    """

    def __init__(self, in_type: TypeLike, p: float = 0.5, *, whole_channels: bool = False) -> None:
        super().__init__(in_type)
        if not 0 <= p <= 1:
            raise ValueError(f"p is a probability, from 0 to 1; got {p!r}")
        self.p, self.whole_channels = p, whole_channels

    def forward(self, x: Tensor) -> Tensor:
        """Drop values in training mode, pass them in evaluation mode."""
        self._check(x)
        if not self.training or self.p == 0:
            return x
        return x * self._mask(x)

    def _mask(self, x: Tensor) -> Tensor:
        """One draw for each pair of a value and its partner."""
        like = x.detach()
        if self.whole_channels and x.ndim == 3:
            like = like[..., :1]
        if self.in_type.is_regular:
            half = nn.functional.dropout(torch.ones_like(like.chunk(2, dim=1)[0]), self.p)
            return torch.cat([half, half.flip(-1) if x.ndim == 3 else half], dim=1)
        mask = nn.functional.dropout(torch.ones_like(like), self.p)
        # The earlier of two partners decides for both: act on their numbers to find it.
        number = torch.arange(like[0].numel(), device=x.device).view(1, *like.shape[1:])
        unsigned: FieldType = self.in_type.unsigned
        return torch.where(number <= unsigned.act(number), mask, unsigned.act(mask))

    def _options(self) -> list[str]:
        return [f"p={self.p}", *changed(self, {"whole_channels": False})]
