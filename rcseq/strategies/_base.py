"""What a strategy is: hooks for the batch, the loss and the prediction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Protocol

import torch
from sklearn.base import BaseEstimator
from torch import Tensor

from rcseq.nn import OutputSymmetry
from rcseq.nn.functional import reverse_complement

__all__ = ["Loss", "Network", "Strategy", "average_strands", "both_strands", "outputs_of_strands"]

Network = Callable[[Tensor], Any]


class Loss(Protocol):
    """The loss of one batch; weights and missing targets are seen to."""

    def __call__(self, output: Any, y: Tensor) -> Tensor:
        """Return the supervised loss, a scalar."""

    def divergence(self, output: Tensor, other: Tensor) -> Tensor:
        """Return how far two outputs for the same sequences are from each other, a scalar."""


class Strategy(BaseEstimator):
    """How a network handles reverse-complement symmetry; the base class of all strategies.

    A subclass sets the attributes below and overrides the hooks in which it differs. What its
    constructor takes are its parameters, as in scikit-learn: they are stored as they are, can be
    searched over as ``strategy__NAME``, and are copied by :func:`sklearn.base.clone`.

    Attributes
    ----------
    name : str
        The name by which estimators know the strategy.
    label : str
        The name to print beside a curve or in a table; `name` by default.
    colour : str
        Colour in every picture, as ``"#rrggbb"``.
    description : str
        One sentence for people; the first line of the class's docstring by default.
    reference : str
        Where the strategy was published.
    equivariant : bool
        Whether the network is built to share its parameters between the strands.
    strand_exact : bool
        Whether predictions agree on both strands by construction.
    assumes_symmetry : bool
        Whether the strategy makes use of targets being the same on both strands. Where they are
        not, it is not the one to take.
    compared_by_default : bool
        Whether comparisons run the strategy when they are not told which to run.
    network_settings : dict of str to object
        What the constructor of the network gets because of the strategy, by the names of its
        parameters: ``equivariant``, and what a subclass adds, such as ``in_channels``.

    Examples
    --------
    A strategy of your own reads the other strand in half of the training steps.

    >>> import torch
    >>> from rcseq import SequenceClassifier
    >>> from rcseq.nn import OutputSymmetry
    >>> from rcseq.nn.functional import reverse_complement
    >>> from rcseq.strategies import Strategy
    >>> class Flipped(Strategy):
    ...     '''The conventional network; some training batches hold the other strand.'''
    ...     name = "flipped"
    ...     def __init__(self, share=0.5):
    ...         self.share = share
    ...     def training_batch(self, x, y, symmetry=OutputSymmetry.INVARIANT):
    ...         if torch.rand(()) < self.share:
    ...             return reverse_complement(x), symmetry.act(y)
    ...         return x, y
    >>> SequenceClassifier(strategy=Flipped(share=0.1))
    SequenceClassifier(strategy=Flipped(share=0.1))

    After ``register_strategy(Flipped())`` the name ``"flipped"`` works as well.
    """

    name: str = ""
    label: str = ""
    colour: str = "#999999"
    description: str = ""
    reference: str = ""
    equivariant: bool = False
    strand_exact: bool = False
    assumes_symmetry: bool = True
    compared_by_default: bool = False

    #: What the parameters may be, as scikit-learn writes it; an estimator checks it in ``fit``.
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # what is printed and drawn of a strategy is its own, not that of its parent
        own = {
            "label": cls.name,
            "description": (cls.__doc__ or "").strip().partition("\n")[0],
            "colour": Strategy.colour,
            "reference": "",
            "compared_by_default": False,
        }
        for name, default in own.items():
            if name not in vars(cls):
                setattr(cls, name, default)

    @property
    def augments(self) -> bool:
        """Whether a training batch holds something else than the sequences as given."""
        return type(self).training_batch is not Strategy.training_batch

    @property
    def network_settings(self) -> dict[str, Any]:
        """What the constructor of the network gets because of the strategy."""
        return {"equivariant": self.equivariant}

    def training_batch(
        self, x: Tensor, y: Tensor, symmetry: OutputSymmetry = OutputSymmetry.INVARIANT
    ) -> tuple[Tensor, Tensor]:
        """Return what a training batch holds; by default the sequences as given.

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
        x, y : Tensor of shape (k * n, in_channels, L) and (k * n, ...)
            A whole number of copies of the batch, one after another, each in the order of the
            samples: weights follow by this rule.
        """
        return x, y

    def training_loss(
        self,
        network: Network,
        x: Tensor,
        y: Tensor,
        loss: Loss,
        symmetry: OutputSymmetry = OutputSymmetry.INVARIANT,
    ) -> tuple[Tensor, Any]:
        """Return the loss of a training batch; by default that of the network's output.

        Parameters
        ----------
        network : callable
            Maps sequences to the output of the network.
        x : Tensor of shape (n, 4, L)
            One-hot sequences.
        y : Tensor of shape (n, ...)
            Their targets.
        loss : callable
            ``loss(output, y)`` is the supervised loss, a scalar; weights and missing targets are
            seen to. ``loss.divergence(output, other)`` is how far two outputs for the same
            sequences are from each other: the symmetric Kullback-Leibler divergence of the
            predicted classes or labels, the squared difference of real values.
        symmetry : OutputSymmetry
            What a strand flip does to the output of the network.

        Returns
        -------
        loss : Tensor
            A scalar.
        output : Tensor of shape (n, ...)
            The predictions that scores on the training set are computed from.
        """
        output = network(x)
        return loss(output, y), output

    def predict(
        self,
        network: Network,
        x: Tensor,
        symmetry: OutputSymmetry = OutputSymmetry.INVARIANT,
    ) -> Any:
        """Return the prediction for sequences; by default the network's output.

        Parameters
        ----------
        network : callable
            Maps sequences to the output of the network.
        x : Tensor of shape (n, 4, L)
            One-hot sequences.
        symmetry : OutputSymmetry
            What a strand flip does to the output of the network.

        Returns
        -------
        Tensor of shape (n, ...)
        """
        return network(x)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), self.name))


def both_strands(
    x: Tensor, y: Tensor, symmetry: OutputSymmetry = OutputSymmetry.INVARIANT
) -> tuple[Tensor, Tensor]:
    """Append the reverse complement of every sequence of a batch, and its target.

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
    x, y : Tensor of shape (2n, 4, L) and (2n, ...)
    """
    return torch.cat([x, reverse_complement(x)]), torch.cat([y, symmetry.act(y)])


def outputs_of_strands(
    network: Network, x: Tensor, symmetry: OutputSymmetry = OutputSymmetry.INVARIANT
) -> tuple[Tensor, Tensor]:
    """Return a network's outputs on the two strands, the second one turned back.

    Parameters
    ----------
    network : callable
        Maps sequences to the output of the network, which must be one tensor.
    x : Tensor of shape (n, 4, L)
        One-hot sequences.
    symmetry : OutputSymmetry
        What a strand flip does to the output.

    Returns
    -------
    forward, reverse : Tensor of shape (n, ...)
        They are equal where the network cannot tell the strands apart.

    Raises
    ------
    TypeError
        If the network returns anything but one tensor.
    """
    forward, reverse = network(x), network(reverse_complement(x))
    if not isinstance(forward, Tensor):
        raise TypeError(
            "The outputs on the two strands are put together, so each must be one tensor; the "
            f"module returned {type(forward).__name__}. Return a tensor, or choose a strategy that "
            "reads one strand."
        )
    return forward, symmetry.act(reverse)


def average_strands(
    network: Network, x: Tensor, symmetry: OutputSymmetry = OutputSymmetry.INVARIANT
) -> Tensor:
    """Return the average of a network's outputs on the two strands.

    Parameters
    ----------
    network, x, symmetry
        As in :func:`outputs_of_strands`.

    Returns
    -------
    Tensor of shape (n, ...)

    Raises
    ------
    TypeError
        If the network returns anything but one tensor.
    """
    forward, reverse = outputs_of_strands(network, x, symmetry)
    return (forward + reverse) / 2
