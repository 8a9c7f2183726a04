"""The simulations of Zhou, Shrikumar and Kundaje 2022."""

from typing import Any

import numpy as np

from rcseq.datasets._embedding import MotifEmbedding
from rcseq.datasets._placement import Poisson
from rcseq.datasets._simulation import make_motif_sequences

_MOTIFS = ("ELF1_known2", "GATA_known6", "RXRA_known1")


def make_zhou2022(
    length: int = 200,
    *,
    label_noise: float = 0.2,
    random_state: int | np.random.RandomState | None = None,
) -> Any:
    """Simulate one of the two sets of Zhou, Shrikumar and Kundaje 2022.

    Which of three motifs is in the sequence? 10,000 sequences for each, with one to three
    instances of it (Poisson of mean 2, drawn again if outside), on either strand, at uniform
    positions without overlap, in a zero-order background (A C G T = 0.3 0.2 0.2 0.3); 12,000
    sequences for training, 9,000 for validation, 9,000 for testing. A fifth of the labels of the
    training set are flipped.

    Parameters
    ----------
    length : int, default=200
        Of each sequence: 200 (``sim_200``) or 1000 (``sim_1000``) bases in the publication.
    label_noise : float, default=0.2
        Share of the entries of the training set's labels that are flipped.
    random_state : int, RandomState or None, default=None
        Source of randomness; an int makes the same sequences again.

    Returns
    -------
    data : LabelledSequences
        As :func:`make_motif_sequences` returns it: 30,000 ``sequences``, ``target`` with a column
        for each motif, ``split`` (``"train"``, ``"valid"`` or ``"test"``), ``true_target``,
        ``embeddings`` and ``motifs``.

    References
    ----------
    Zhou H, Shrikumar A, Kundaje A. Towards a better understanding of reverse-complement
    equivariance for deep learning models in genomics. Proceedings of Machine Learning Research
    165, 1-33 (2022).

    Examples
    --------
    >>> from rcseq.datasets import make_zhou2022
    >>> data = make_zhou2022(length=200, random_state=0)
    >>> data.target.shape, data.target_names.tolist()
    ((30000, 3), ['ELF1_known2', 'GATA_known6', 'RXRA_known1'])
    """
    number = Poisson(2, low=1, high=3)
    return make_motif_sequences(
        {"train": 12_000, "valid": 9_000, "test": 9_000},
        length=length,
        classes=[[MotifEmbedding(motif, number=number)] for motif in _MOTIFS],
        multilabel=True,
        label_noise=label_noise,
        random_state=random_state,
    )
