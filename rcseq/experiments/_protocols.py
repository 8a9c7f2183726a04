"""The published experiments: data, network and training of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch.optim import Adam

from rcseq._messages import did_you_mean
from rcseq.datasets import MotifEmbedding, Normal, make_motif_sequences, make_zhou2022
from rcseq.experiments._ceiling import motif_posterior, placement_odds
from rcseq.experiments._training import best_epoch_by_auroc
from rcseq.nn import ShrikumarNet, ZhouChipNet, ZhouSimulationNet
from rcseq.strategies import get_strategy

__all__ = ["EXPERIMENTS", "NETWORKS", "Experiment", "get_experiment"]

#: The published network and training; the same with the maximum and mean over positions and strands
#: in place of its fully connected layer; ``SequenceClassifier()``.
NETWORKS = ("published", "pooled", "default")

# In the publication one strategy is the model of another, until it predicts.
MADE_OF = {"posthoc": "augmented"}


@dataclass(frozen=True)
class Experiment:
    """A published experiment.

    Parameters
    ----------
    name : str
        As the command knows it.
    task : str or None
        Its name among the published figures, see :func:`load_published`; None where there are no
        figures to be set beside it.
    title : str
    network : class
        The published network.
    batch_size : int
        Sequences in a training batch.
    augmented_batch_size : int
        The same where a strategy adds their reverse complements to them.
    simulate : callable, optional
        Makes the data for a ``random_state``, as :func:`rcseq.datasets.make_motif_sequences` gives
        them; None where the user brings the data.
    ceiling : callable, optional
        Scores of the classifier that knows how the data were simulated, of codes of shape (n, L)
        and of the motifs.
    length : int, optional
        Of the simulated sequences, in bases.
    anywhere : bool
        Whether the motifs lie anywhere, so that weights for positions have nothing to learn.
    lr : float
        Learning rate of Adam.
    max_epochs : int
        The epoch of the best validation auROC is chosen among so many.
    patience : int, optional
        Training stops after so many epochs without a better validation loss.
    notes : tuple of str
        What is not known about the protocol, for the report.
    """

    name: str
    task: str | None
    title: str
    network: Any
    batch_size: int
    augmented_batch_size: int
    simulate: Callable[[int], Any] | None = None
    ceiling: Callable[[NDArray[np.uint8], Sequence[Any]], NDArray[np.float64]] | None = None
    length: int | None = None
    anywhere: bool = False
    lr: float = 1e-3
    max_epochs: int = 200
    patience: int | None = None
    notes: tuple[str, ...] = field(default=())

    def estimator(
        self,
        n_train: int,
        n_valid: int,
        *,
        strategy: str = "rcps",
        network: str = "published",
        max_epochs: int | None = None,
        device: str = "auto",
    ) -> Any:
        """Make the untrained model.

        Parameters
        ----------
        n_train, n_valid : int
            The first `n_train` samples that ``fit`` gets are trained on, the next `n_valid` choose
            the epoch.
        strategy : str, default="rcps"
        network : {"published", "pooled", "default"}
            The published network and training; the same with the maximum and the mean over
            positions and strands in the place of the fully connected layer; or what
            ``SequenceClassifier`` has by default (which stops by its validation loss).
        max_epochs : int, optional
            Instead of the published, or the default, number.
        device : str, default="auto"

        Returns
        -------
        SequenceClassifier

        Raises
        ------
        ValueError
            If there is no such network or strategy.
        """
        from rcseq.estimators import PredefinedValidation, SequenceClassifier

        if network not in NETWORKS:
            raise ValueError(f"network={network!r} is not one of {', '.join(NETWORKS)}.")
        settings: dict[str, Any] = {
            "strategy": strategy,
            "device": device,
            "train_split": PredefinedValidation(n_train, n_valid),
        }
        if network == "default":
            if max_epochs is not None:
                settings["max_epochs"] = max_epochs
            return SequenceClassifier(**settings)
        max_epochs = self.max_epochs if max_epochs is None else max_epochs
        augment = get_strategy(strategy).augments
        if network == "pooled":
            settings["module__readout"] = "max_mean"
        return SequenceClassifier(
            self.network,
            optimizer=Adam,
            lr=self.lr,
            lr_schedule=None,
            shift=0,
            mutation=0.0,
            batch_size=self.augmented_batch_size if augment else self.batch_size,
            iterator_valid__batch_size=1000,  # only a matter of memory and speed
            max_epochs=max_epochs,
            early_stopping=False,
            callbacks=best_epoch_by_auroc(max_epochs, self.patience),
            **settings,
        )


_SIMULATION_NOTES = (
    "The published seeds start another generator of random numbers; seeds here are 0, 1, … on one "
    "simulated data set.",
    "The networks start otherwise than published, to the advantage of their scores: the weights of "
    "the fully connected layer as a mean over the positions, and the filters smaller.",
    "Training stops as in the public code of the publication, after ten epochs without a better "
    "validation loss.",
    "As published, a batch of a strategy that augments holds as many sequences as any other, half "
    "of them reverse complements, so that an epoch has twice as many steps. Here each is in the "
    "batch of its own reverse complement; there they were shuffled one by one.",
)
_CHIP_NOTES = (
    "The public code of the publication trains on all chromosomes but 1 and 2, validates on "
    "chromosome 1 and tests on chromosome 2, for 160 epochs of 50 batches, in which a positive "
    "weighs 4.75 negatives. Its public notebook takes windows of 1,000 bases, the background of a "
    "file for each factor, and of that another part in every epoch, four to a positive. Here the "
    "split is that of the table, or by the same chromosomes with one such part where peaks are "
    "given; an epoch goes through the whole training set, and all sequences weigh the same.",
    "The published ChIP-seq figures are most likely of chromosome 1, on which the epoch was "
    "selected, so they are optimistic.",
)


def _simulate_zhou2022(length: int, random_state: int) -> Any:
    return make_zhou2022(length, random_state=random_state)


def _simulation(length: int) -> Experiment:
    return Experiment(
        f"zhou2022-sim{length}",
        f"sim_{length}",
        f"Simulated sequences of {length:,} bases, three motifs (Zhou et al. 2022)",
        ZhouSimulationNet,
        batch_size=500,
        augmented_batch_size=250,
        simulate=partial(_simulate_zhou2022, length),
        ceiling=motif_posterior,
        length=length,
        anywhere=True,
        patience=10,
        notes=_SIMULATION_NOTES,
    )


def _chip(factor: str | None) -> Experiment:
    what = "ChIP-seq" if factor is None else f"{factor} ChIP-seq in GM12878"
    return Experiment(
        f"zhou2022-{(factor or 'chip').lower()}",
        factor,
        f"{what} (Zhou et al. 2022), on data of your own",
        ZhouChipNet,
        batch_size=100,
        augmented_batch_size=100,
        notes=_CHIP_NOTES,
    )


_PLACE = Normal(10)
_POSITION_NOTES = (
    "Neither the simulated data nor the figures of Shrikumar et al. are published as files. The "
    "network is theirs, and so is the question that its weighted sum answers; the simulation and "
    "the stopping rule are of this package, and no published figures stand beside the results.",
)


def _simulate_place(random_state: int) -> Any:
    """Embed one motif in every sequence: anywhere in half of them, near the centre in the rest."""
    return make_motif_sequences(
        {"train": 4_000, "valid": 2_000, "test": 2_000},
        length=200,
        classes=[[MotifEmbedding("GATA_known6", position=place)] for place in ("uniform", _PLACE)],
        random_state=random_state,
    )


def _place_odds(
    codes: NDArray[np.uint8], motifs: Sequence[NDArray[np.float64]]
) -> NDArray[np.float64]:
    (motif,) = motifs
    return placement_odds(codes, motif, _PLACE)


EXPERIMENTS: Mapping[str, Experiment] = {
    experiment.name: experiment
    for experiment in (
        _simulation(200),
        _simulation(1000),
        Experiment(
            "shrikumar2017-position",
            None,
            "A motif near the centre or anywhere: where the place is the signal (after Shrikumar "
            "et al. 2017)",
            ShrikumarNet,
            batch_size=100,
            augmented_batch_size=50,
            simulate=_simulate_place,
            ceiling=_place_odds,
            length=200,
            patience=10,
            notes=_POSITION_NOTES,
        ),
        _chip(None),
        _chip("CTCF"),
        _chip("MAX"),
        _chip("SPI1"),
    )
}


def get_experiment(name: str | Experiment) -> Experiment:
    """Find an experiment by its name.

    Parameters
    ----------
    name : str or Experiment

    Returns
    -------
    Experiment

    Raises
    ------
    ValueError
        If there is none of that name.

    Examples
    --------
    >>> from rcseq.experiments import get_experiment
    >>> get_experiment("zhou2022-sim200").batch_size
    500
    """
    if isinstance(name, Experiment):
        return name
    if name not in EXPERIMENTS:
        raise ValueError(
            f"{name!r} is not an experiment; there are {', '.join(EXPERIMENTS)}."
            f"{did_you_mean(name, EXPERIMENTS)}"
        )
    return EXPERIMENTS[name]
