"""The five ways in which a network can meet the two strands of DNA.

A strategy says three things: whether the network itself is equivariant, whether a training batch
holds both strands, and whether the outputs on the two strands are averaged, in training or in
prediction. Everything else about a model (its architecture, its optimiser, its data) is the same
for all of them, which is what makes a comparison fair.

``rcps`` and ``augmented`` are those of Shrikumar, Greenside and Kundaje (2017), bioRxiv 103663,
``conjoined`` and ``posthoc`` those of Zhou, Shrikumar and Kundaje (2022), PMLR 165.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from rcseq.nn import OutputSymmetry
from rcseq.nn.functional import reverse_complement

__all__ = ["STRATEGIES", "Strategy", "get_strategy"]


@dataclass(frozen=True)
class Strategy:
    """How a network meets the two strands.

    Parameters
    ----------
    name : str
        The name by which estimators know the strategy.
    equivariant : bool
        Whether the network shares its parameters between the strands.
    augment : bool
        Whether every training batch holds both strands of every sequence.
    conjoin_train, conjoin_predict : bool
        Whether the network runs on both strands and its outputs (logits) are averaged, in
        training and in prediction.
    label : str
        The name to print beside a curve or in a table; `name` by default.
    colour : str
        Colour in every picture, as ``"#rrggbb"``.
    description : str
        One sentence for people.
    reference : str
        Where the strategy was published.

    Examples
    --------
    >>> from rcseq.strategies import get_strategy
    >>> get_strategy("posthoc").conjoin_train, get_strategy("posthoc").conjoin_predict
    (False, True)
    """

    name: str
    equivariant: bool = False
    augment: bool = False
    conjoin_train: bool = False
    conjoin_predict: bool = False
    label: str = ""
    colour: str = ""
    description: str = ""
    reference: str = ""

    @property
    def strand_exact(self) -> bool:
        """Whether predictions agree on both strands by construction."""
        return self.equivariant or self.conjoin_predict

    def augment_batch(
        self, x: Tensor, y: Tensor, symmetry: OutputSymmetry = OutputSymmetry.INVARIANT
    ) -> tuple[Tensor, Tensor]:
        """Append the other strand of every sequence of a training batch.

        Parameters
        ----------
        x : Tensor of shape (n, 4, L)
            One-hot sequences.
        y : Tensor of shape (n, ...)
            Their targets.
        symmetry : OutputSymmetry
            What a strand flip does to the targets.

        Returns
        -------
        x, y : Tensor of shape (2n, 4, L) and (2n, ...), or the input where the strategy does
            not augment.
        """
        if not self.augment:
            return x, y
        return torch.cat([x, reverse_complement(x)]), torch.cat([y, symmetry.act(y)])

    def infer(
        self,
        module: Callable[..., Tensor],
        x: Tensor,
        symmetry: OutputSymmetry = OutputSymmetry.INVARIANT,
        *,
        training: bool = False,
        **kwargs: object,
    ) -> Tensor:
        """Run a network as the strategy has it.

        Parameters
        ----------
        module : callable
            The network.
        x : Tensor of shape (n, 4, L)
            One-hot sequences.
        symmetry : OutputSymmetry
            What a strand flip does to the output of the network.
        training : bool
            Whether this is a training step.
        **kwargs
            Passed to the network.

        Returns
        -------
        Tensor of shape (n, ...)
        """
        if not (self.conjoin_train if training else self.conjoin_predict):
            return module(x, **kwargs)
        forward, reverse = module(x, **kwargs), module(reverse_complement(x), **kwargs)
        if not isinstance(forward, Tensor):
            raise TypeError(
                f"strategy={self.name!r} averages the outputs of the two strands, which must be "
                f"one tensor; the module returned {type(forward).__name__}. Return a tensor, or "
                f"use strategy='standard', 'augmented' or 'rcps'."
            )
        return (forward + symmetry.act(reverse)) / 2


STRATEGIES: dict[str, Strategy] = {
    strategy.name: strategy
    for strategy in (
        Strategy(
            "standard",
            colour="#4d4d4d",
            description="The conventional network on the strand as given.",
        ),
        Strategy(
            "augmented",
            colour="#e69f00",
            reference="Shrikumar, Greenside and Kundaje (2017), bioRxiv 103663",
            augment=True,
            description="The conventional network; every training batch holds both strands.",
        ),
        Strategy(
            "conjoined",
            colour="#56b4e9",
            reference="Zhou, Shrikumar and Kundaje (2022), PMLR 165",
            conjoin_train=True,
            conjoin_predict=True,
            description="The conventional network on both strands, logits averaged throughout.",
        ),
        Strategy(
            "posthoc",
            colour="#009e73",
            reference="Zhou, Shrikumar and Kundaje (2022), PMLR 165",
            augment=True,
            conjoin_predict=True,
            description="Trained as augmented, logits of both strands averaged in prediction.",
        ),
        Strategy(
            "rcps",
            colour="#d55e00",
            reference="Shrikumar, Greenside and Kundaje (2017), bioRxiv 103663",
            equivariant=True,
            description="The equivariant network: parameters shared between the strands.",
        ),
    )
}
"""The strategies by name."""


def get_strategy(name: str | Strategy) -> Strategy:
    """Look a strategy up by its name.

    Parameters
    ----------
    name : str or Strategy
        One of ``"standard"``, ``"augmented"``, ``"conjoined"``, ``"posthoc"``, ``"rcps"``.

    Returns
    -------
    Strategy

    Raises
    ------
    ValueError
        If there is no such strategy; the message names the nearest.

    Examples
    --------
    >>> from rcseq.strategies import get_strategy
    >>> get_strategy("rcps").equivariant
    True
    """
    if isinstance(name, Strategy):
        return name
    if isinstance(name, str) and name in STRATEGIES:
        return STRATEGIES[name]
    near = difflib.get_close_matches(str(name), STRATEGIES, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"strategy={name!r} is not one of {', '.join(STRATEGIES)}.{hint}")
